"""`pinsmith mcp` before it speaks: what it serves, and what it needs."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import pytest

from pinsmith import mcp
from pinsmith.exit_code import ExitCode
from tests.cli.support import run

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def test_without_the_extra_it_is_named(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without release 2 of the package mcp, the command says which extra to install."""
    monkeypatch.setitem(sys.modules, "mcp_types", None)
    answer = run("mcp")
    assert (answer.code, answer.stdout) == (ExitCode.USAGE, "")
    assert answer.stderr.splitlines() == [
        "pinsmith: error[usage]: the package mcp, release 2, is not installed, so pinsmith cannot speak to agents",
        "pinsmith: hint: pip install 'pinsmith[mcp]'",
        "pinsmith: example: pinsmith mcp",
    ]


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """Note what the command would serve, and serve nothing."""
    calls: list[tuple[Any, ...]] = []

    def serve(pin_file: Path, *, any_host: bool, timeout_seconds: float) -> None:
        calls.append((pin_file, any_host, timeout_seconds))

    noted: Callable[..., None] = serve
    monkeypatch.setattr(mcp, "serve", noted)
    return calls


def test_the_nearest_pin_file_is_served(
    here: Path, monkeypatch: pytest.MonkeyPatch, served: list[tuple[Any, ...]]
) -> None:
    """The pin file is found upward when the command starts, and named by --file; there need not be one yet."""
    assert run("mcp").code == ExitCode.OK
    (here / "pins.toml").write_text("version = 1\n")
    (here / "sub").mkdir()
    monkeypatch.chdir(here / "sub")
    assert run("mcp", "--timeout", "3").code == ExitCode.OK
    assert run("mcp", "-f", "other.toml", "--allow-any-host").code == ExitCode.OK
    assert served == [
        (here / "pins.toml", False, 10.0),
        (here / "pins.toml", False, 3.0),
        (here / "sub" / "other.toml", True, 10.0),
    ]
