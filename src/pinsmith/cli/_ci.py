"""Jobs that run `pinsmith sync --check` on the CI systems that teams use."""

from __future__ import annotations

from typing import Final

JOBS: Final[dict[str, str]] = {
    # https://docs.github.com/actions/reference/workflows-and-actions/workflow-syntax
    "github": """\
name: pins
on: [push, pull_request]
permissions:
  contents: read
jobs:
  pins:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
        with:
          persist-credentials: false
      - run: pipx run pinsmith sync --check --format github
""",
    # https://docs.gitlab.com/ci/yaml/
    "gitlab": """\
pins:
  image: python:3.13-slim
  script:
    - pip install pinsmith
    - pinsmith sync --check
""",
    # https://pre-commit.com/#new-hooks, a local hook
    "pre-commit": """\
repos:
  - repo: local
    hooks:
      - id: pinsmith-sync
        name: files generated from pins.toml
        entry: pinsmith sync --check
        language: python
        additional_dependencies: [pinsmith]
        pass_filenames: false
""",
}
