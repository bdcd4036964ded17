"""`make demo` and `make test` report in plain words what prevents them from working."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.meta import source

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="not on Windows: make is a tool of POSIX systems")

TOOLS = ("cat", "cksum", "dirname", "grep", "make", "mkdir", "rm", "sh", "tail")


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """Copy the files that the set-up reads before it installs the package, as in a fresh clone."""
    folder = tmp_path / "clone"
    folder.mkdir()
    for name in ("Makefile", "pyproject.toml"):
        shutil.copy2(source.ROOT / name, folder / name)
    for name in ("requirements", "tools"):
        shutil.copytree(source.ROOT / name, folder / name)
    return folder


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Make a PATH with the tools of a bare system, without Python."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for tool in TOOLS:
        (folder / tool).symlink_to(shutil.which(tool) or pytest.fail(f"this system has no {tool}"))
    return folder


def _fake_python(path: Path, name: str, version: tuple[int, int, int]) -> None:
    """Write a script that answers the two questions of tools/setup as another Python would."""
    text = ".".join(map(str, version))
    (path / name).write_text(
        f'#!/bin/sh\ncase "$2" in *print*) echo {text} ;; *) exit {int(version < (3, 11))} ;; esac\n'
    )
    (path / name).chmod(0o755)


def _quick_python(path: Path) -> dict[str, str]:
    """
    Put a Python whose virtual environments use the pip of this one, because installing another takes seconds.

    Returns:
        The variables that this takes. An environment that uv made has no pip; then nothing is saved.
    """
    real = Path(sys.base_prefix) / "bin" / f"python3.{sys.version_info.minor}"
    pip = importlib.util.find_spec("pip")
    option = "--without-pip" if pip else ""
    (path / "python3").write_text(f'#!/bin/sh\ncase "$2" in venv) set -- "$@" {option} ;; esac\nexec {real} "$@"\n')
    (path / "python3").chmod(0o755)
    if pip is None or pip.origin is None:
        return {}
    lent = path / "lent"
    lent.mkdir()
    (lent / "pip").symlink_to(Path(pip.origin).parent)
    return {"PYTHONPATH": str(lent)}


def _make(clone: Path, path: Path, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": str(path), "HOME": str(clone), "PIP_RETRIES": "0", **variables}
    return subprocess.run(
        [str(path / "make"), "-C", str(clone), "--no-print-directory", *words],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def _errors(done: subprocess.CompletedProcess[str]) -> str:
    """Return the text on standard error, without the lines of make itself."""
    assert done.returncode != 0
    return re.sub(r"^make.*\n", "", done.stderr, flags=re.MULTILINE)


@pytest.mark.parametrize("target", ["demo", "test"])
def test_without_python_the_hint_names_what_to_install(clone: Path, path: Path, target: str) -> None:
    """Without any Python, the set-up prints one error line and a hint, and creates no environment."""
    assert _errors(_make(clone, path, target)) == (
        "pinsmith: error: python3 was not found\n"
        "pinsmith: hint: install Python 3.11 or newer, or name one: make PYTHON=/path/to/python3\n"
    )
    assert not (clone / ".venv").exists()


@pytest.mark.parametrize("target", ["demo", "test"])
def test_with_an_old_python_the_error_names_the_needed_one(clone: Path, path: Path, target: str) -> None:
    """The error names the version of a Python that is too old."""
    _fake_python(path, "python3", (3, 10, 14))
    assert _errors(_make(clone, path, target)).startswith(
        "pinsmith: error: python3 is Python 3.10.14; pinsmith needs 3.11 or newer\npinsmith: hint: "
    )


def test_a_chosen_python_is_not_replaced(clone: Path, path: Path) -> None:
    """With PYTHON=, the set-up uses exactly this Python or fails, even if another one would work."""
    (path / "python3").symlink_to(sys.executable)
    _fake_python(path, "python3.9", (3, 9, 1))
    assert "PYTHON=python3.9 is Python 3.9.1; pinsmith needs 3.11" in _errors(
        _make(clone, path, "demo", "PYTHON=python3.9")
    )
    assert "PYTHON=nothing does not run" in _errors(_make(clone, path, "demo", "PYTHON=nothing"))


def test_a_newer_python_beside_an_old_one_is_found(clone: Path, path: Path) -> None:
    """If `python3` is too old but `python3.13` exists, the set-up uses that."""
    _fake_python(path, "python3", (3, 10, 14))
    _fake_python(path, "python3.13", (3, 13, 0))
    assert "pinsmith: creating .venv with Python 3.13.0" in _errors(_make(clone, path, "demo"))


@pytest.fixture
def closed_port() -> int:
    """Find a port of the loopback on which nothing listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


@pytest.mark.thorough
def test_without_pypi_there_is_an_error_and_a_hint(clone: Path, path: Path, closed_port: int) -> None:
    """If the index cannot be reached, the set-up prints one error line and a hint, and leaves the details in a log."""
    index = {"PIP_INDEX_URL": f"http://127.0.0.1:{closed_port}/simple", "PIP_CONFIG_FILE": os.devnull}
    done = _make(clone, path, "demo", **_quick_python(path), **index)
    lines = [
        line for line in _errors(done).splitlines() if not line.startswith(("pinsmith: creating", "pinsmith: install"))
    ]
    assert lines[0] == "pinsmith: error: PyPI cannot be reached"
    assert lines[1].startswith("pinsmith: hint: check network and proxy")
    assert len(lines) == 2
    assert (clone / ".venv" / "setup.log").stat().st_size
    assert not (clone / ".venv" / ".stamp-run").exists()
