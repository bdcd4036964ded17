"""Jobs that run `pinsmith lint` and `pinsmith sync --check` on the CI systems that teams use."""

from __future__ import annotations

from typing import Final, Literal

System = Literal["github", "gitlab", "pre-commit"]

# The extras read YAML and code.
_PACKAGE: Final = "pinsmith[audit,yaml]"
_TITLES: Final = {"lint": "pins of all files", "sync": "files generated from pins.toml"}
_WORDS: Final = {"lint": "lint", "sync": "sync --check"}


def job(command: Literal["lint", "sync"], system: System) -> str:
    """Return a job in the syntax of *system* that fails if `lint` or `sync --check` finds something."""
    words = f"pinsmith {_WORDS[command]}"
    if system == "github":
        return _GITHUB.format(name=command, package=_PACKAGE, words=words)
    if system == "gitlab":
        written = " --report junit pins-lint.xml" if command == "lint" else " --format junit > pins-sync.xml"
        return _GITLAB.format(name=command, package=_PACKAGE, words=words + written)
    return _PRE_COMMIT.format(name=command, package=_PACKAGE, words=words, title=_TITLES[command])


# https://docs.github.com/actions/reference/workflows-and-actions/workflow-syntax
_GITHUB: Final = """\
name: pins
on: [push, pull_request]
permissions:
  contents: read
jobs:
  {name}:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
        with:
          persist-credentials: false
      - run: pipx run --spec "{package}" {words} --format github
"""
# https://docs.gitlab.com/ci/yaml/ and https://docs.gitlab.com/ci/yaml/artifacts_reports/#artifactsreportsjunit
_GITLAB: Final = """\
pins-{name}:
  image: python:3.13-slim
  script:
    - pip install "{package}"
    - {words}
  artifacts:
    when: always
    reports:
      junit: pins-{name}.xml
"""
# https://pre-commit.com/#new-hooks, a local hook
_PRE_COMMIT: Final = """\
repos:
  - repo: local
    hooks:
      - id: pinsmith-{name}
        name: {title}
        entry: {words}
        language: python
        additional_dependencies: ["{package}"]
        pass_filenames: false
"""
