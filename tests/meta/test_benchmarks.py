"""The command that runs benchmarks."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from benchmarks.__main__ import main


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> list[str]:
    """Run the command without its benchmarks, and return those that it would have run."""
    begun: list[str] = []

    def begin(command: list[str], **_: object) -> object:
        begun.append(Path(command[-1]).stem)
        return SimpleNamespace(returncode=0)

    monkeypatch.setattr(subprocess, "run", begin)
    monkeypatch.setattr(sys, "argv", ["benchmarks", *arguments])
    assert main() == 0
    return begun


def test_names_choose_benchmarks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a name, all of them run."""
    assert run(monkeypatch, "startup") == ["startup"]
    assert {"startup", "ingestion"} <= set(run(monkeypatch))


@pytest.mark.parametrize("argument", ["--help", "nothing"])
def test_what_is_not_a_name_runs_nothing(
    argument: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Help and a misspelt name end the command, and both list the names or say what is wrong."""
    with pytest.raises(SystemExit):
        run(monkeypatch, argument)
    printed = capsys.readouterr()
    assert "startup" in printed.out or "unknown benchmark: nothing" in printed.err
