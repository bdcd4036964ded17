"""Programs of the group `extended`, and copies of this project to install from."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import TYPE_CHECKING, Final

import pytest

from tests.meta import source

if TYPE_CHECKING:
    from pathlib import Path

_SECONDS: Final = 280
# What a commit needs; git reads no configuration of the user. Tests run without SSL_CERT_FILE (tests/conftest.py), so
# uv must trust what the system trusts.
_VARIABLES: Final = {
    "UV_SYSTEM_CERTS": "true",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_AUTHOR_NAME": "a",
    "GIT_AUTHOR_EMAIL": "a@example.com",
    "GIT_COMMITTER_NAME": "a",
    "GIT_COMMITTER_EMAIL": "a@example.com",
}


def run(folder: Path, program: str, *words: str | Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a *program* in *folder*; the source of this project is not on its path."""
    found = shutil.which(program)
    if found is None:
        pytest.skip(f"{program} is not installed: pip install -r requirements/extended.txt")
    inherited = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return subprocess.run(
        [found, *words],
        cwd=folder,
        env={**inherited, **_VARIABLES, **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        timeout=_SECONDS,
        check=False,
    )


def require(done: subprocess.CompletedProcess[str]) -> str:
    """Return the output of a program that must succeed."""
    assert done.returncode == 0, done.stdout
    return done.stdout


def commit(folder: Path) -> str:
    """Commit everything in *folder*, and return the hash."""
    if not (folder / ".git").exists():
        require(run(folder, "git", "init", "--quiet"))
    require(run(folder, "git", "add", "--all"))
    require(run(folder, "git", "commit", "--quiet", "--message", "all"))
    return require(run(folder, "git", "rev-parse", "HEAD")).strip()


def copy_project(folder: Path) -> Path:
    """Copy the files of this project that are under version control, as a clone would."""
    for path in source.tracked_files():
        target = folder / path.relative_to(source.ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, target)
    return folder
