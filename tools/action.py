"""
The steps of action.yml, one a call: ``tools/action.py install``, ``lint`` or ``sync``.

It reads the inputs of the action from variables such as INPUT_PATHS, and finds the files of the job in variables of the
runner. Names of files and texts of findings come from a repository that nobody has reviewed. So they reach the log only
in annotations, which pinsmith escapes, or while the runner ignores commands. No module is imported from the repository
(``-P``).

Source:
    https://docs.github.com/actions/reference/workflows-and-actions/variables
    https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands; the runner looks for commands
    after blanks, and for ``##[`` anywhere in a line (``src/Runner.Common/ActionCommand.cs`` in actions/runner)
"""

from __future__ import annotations

import os
import re
import secrets
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
# The exit codes of `pinsmith lint`.
FOUND = {"info": 11, "low": 12, "medium": 13, "high": 14}
# What pinsmith needs, and what builds it.
LOCKS = ("run", "wheel-audit", "wheel-yaml")


class InputError(Exception):
    """An input of the action is wrong."""

    def __init__(self, name: str, wanted: str) -> None:
        super().__init__(f"the input {name} of the action must be {wanted}")


def main(step: str) -> int:
    """Run one step, and return its exit code."""
    try:
        return {"install": install, "lint": lint, "sync": sync}[step]()
    except InputError as error:
        _log(f"::error title=pinsmith::{error}\n".encode())
        return 2


def install() -> int:
    """Install pinsmith into an environment of its own: from the tree of the action, or a release from PyPI."""
    version = os.environ["INPUT_VERSION"]
    if version and not re.fullmatch(r"[0-9][0-9A-Za-z.]*", version):
        raise InputError("version", "a release such as 0.1.0, or empty")
    pip = [_python(), "-P", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    locks = [word for lock in LOCKS for word in ("-r", str(ROOT / "requirements" / f"{lock}.txt"))]
    of_tree = [[*pip, "--require-hashes", *locks], [*pip, "--no-deps", "--no-build-isolation", str(ROOT)]]
    of_release = [[*pip, f"pinsmith[audit,yaml]=={version}"]]
    commands = [[sys.executable, "-P", "-m", "venv", str(_environment())], *(of_release if version else of_tree)]
    return next((code for code in map(subprocess.call, commands) if code), 0)


def lint() -> int:
    """Annotate the findings, add them to the summary of the job, write SARIF, and fail by severity."""
    fail_on, baseline = os.environ["INPUT_FAIL_ON"], os.environ["INPUT_BASELINE"]
    if fail_on not in {*FOUND, "never"}:
        raise InputError("fail-on", "info, low, medium, high or never")
    _is_on("sarif")
    paths = [line.strip() for line in os.environ["INPUT_PATHS"].splitlines() if line.strip()]
    if not paths:
        raise InputError("paths", "the name of at least one file or folder")
    sarif, summary = _temporary("pinsmith.sarif"), _temporary("pinsmith-lint.md")
    code = _run(
        "lint",
        f"--min-severity={os.environ['INPUT_MIN_SEVERITY']}",
        f"--persona={os.environ['INPUT_PERSONA']}",
        *(["--online"] if _is_on("online") else []),
        *([f"--baseline={baseline}"] if baseline else []),
        *("--report", "sarif", str(sarif), "--report", "markdown", str(summary), "--format", "github", "--"),
        *paths,
    )
    if summary.exists():
        _append("GITHUB_STEP_SUMMARY", summary.read_bytes())
        _append("GITHUB_OUTPUT", f"sarif-file={sarif}\n".encode())
    if code in FOUND.values() and (fail_on == "never" or code < FOUND[fail_on]):
        return 0
    return code


def sync() -> int:
    """Annotate the files that differ from pins.toml, add them to the summary of the job, and fail if there are any."""
    if not _is_on("sync"):
        return 0
    words = [*_pinsmith(), "sync", "--check", "--format", "markdown"]
    _append("GITHUB_STEP_SUMMARY", subprocess.run(words, capture_output=True, check=False, env=_utf8()).stdout)
    return _run("sync", "--check", "--format", "github")


def _is_on(name: str) -> bool:
    value = os.environ[f"INPUT_{name.upper()}"]
    if value not in {"true", "false"}:
        raise InputError(name, "true or false")
    return value == "true"


def _run(*words: str) -> int:
    """Run pinsmith. Its standard output has the annotations; the runner must not look for commands in the other one."""
    done = subprocess.run([*_pinsmith(), *words], capture_output=True, check=False, env=_utf8())
    token = secrets.token_hex(16).encode()
    _log(b"::stop-commands::%b\n%b\n::%b::\n%b" % (token, done.stderr.rstrip(b"\n"), token, done.stdout))
    if done.returncode and not done.stdout:
        text = f"pinsmith {words[0]} failed with exit code {done.returncode}, and the log has the reason"
        _log(f"::error title=pinsmith::{text}\n".encode())
    return done.returncode


def _log(content: bytes) -> None:
    sys.stdout.buffer.write(content)
    sys.stdout.flush()


def _append(variable: str, content: bytes) -> None:
    with Path(os.environ[variable]).open("ab") as file:
        file.write(content)


def _temporary(name: str) -> Path:
    """Name a file of this job, and remove that of an earlier step."""
    path = Path(os.environ["RUNNER_TEMP"]) / name
    path.unlink(missing_ok=True)
    return path


def _environment() -> Path:
    return Path(os.environ["RUNNER_TEMP"]) / "pinsmith"


def _python() -> str:
    return str(_environment() / ("Scripts/python.exe" if os.name == "nt" else "bin/python"))


def _pinsmith() -> list[str]:
    return [_python(), "-P", "-m", "pinsmith"]


def _utf8() -> dict[str, str]:
    return {**os.environ, "PYTHONUTF8": "1"}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
