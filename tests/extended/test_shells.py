"""Real shells complete with the script that pinsmith installs for them; bash is asked in `tests/cli`."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from pinsmith.exit_code import ExitCode
from tests.cli.support import run
from tests.extended.program import find

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.extended

# Each read waits until the shell has printed the text.
ZSH = """
zmodload zsh/zpty
zpty shell 'env TERM=dumb zsh -f -i'
zpty -w shell 'PS1=REA""DY; autoload -Uz compinit; compinit -u; source ~/.zfunc/_pinsmith; clear'
zpty -r shell seen '*READY*'
zpty -w -n shell $'pinsmith formats expo-a\\t'
zpty -r shell seen '*expo-ats *'
zpty -d shell
print completed
"""


def _ask(shell: str, words: list[str], home: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Install the completion of *shell*, and run it with a `pinsmith` on its PATH."""
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("SHELL", shell)
    assert run("--install-completion").code == ExitCode.OK
    program = home / "bin" / "pinsmith"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m pinsmith "$@"\n', "utf-8")
    program.chmod(0o755)
    environment = os.environ | {"PATH": f"{program.parent}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run([shell, *words], env=environment, capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


def test_fish_completes_with_whole_descriptions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A new shell offers commands with their summaries, commas included, and the ids of formats."""
    asked = 'complete -C "pinsmith ad"; complete -C "pinsmith formats expo-"'
    assert _ask(str(find("fish", "fish")), ["-c", asked], tmp_path, monkeypatch) == [
        "add\tPin more hosts, or more keys of a host, in pins.toml.",
        "expo-ats",
        "expo-nsc",
    ]


def test_zsh_completes_as_it_is_typed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a shell at a terminal, the tabulator completes the id of a format."""
    assert _ask(str(find("zsh", "zsh")), ["-f", "-c", ZSH], tmp_path, monkeypatch) == ["completed"]
