"""Completion in shells: answers when a shell asks, and the script that makes it ask."""

from __future__ import annotations

import os
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Final, NamedTuple

from pinsmith.cli import _output
from pinsmith.exit_code import ExitCode

if TYPE_CHECKING:
    import click

    from pinsmith.errors import UsageError

VARIABLE: Final = "_PINSMITH_COMPLETE"


class Place(NamedTuple):
    """Where a shell finds the script, below the home directory, and the line of its start-up file that names it."""

    script: str
    start_up: str | None = None
    line: str = ""


PLACES: Final = {
    "bash": Place(".bash_completions/pinsmith.sh", ".bashrc", "source ~/.bash_completions/pinsmith.sh"),
    "fish": Place(".config/fish/completions/pinsmith.fish"),
    "zsh": Place(".zfunc/_pinsmith", ".zshrc", "autoload -Uz compinit; compinit; source ~/.zfunc/_pinsmith"),
}


def answer(program: click.Command, instruction: str) -> int:
    """
    Print what a shell asks for, by the protocol of click, and return the exit code.

    Errors are not reported, because the user is still typing: a broken pin file completes to nothing.
    """
    from click.shell_completion import shell_complete

    try:
        return shell_complete(program, {}, "pinsmith", VARIABLE, instruction)
    except Exception:
        if instruction.endswith("_complete"):
            return ExitCode.OK
        raise


def script(program: click.Command) -> str:
    """
    Return the script for the user's shell.

    Raises:
        UsageError: If click has no script for this shell.
    """
    from click.shell_completion import get_completion_class

    kind = get_completion_class(_shell())
    if kind is None:
        raise _unknown("--show-completion")
    # click's script for fish cuts a description at its first comma.
    return kind(program, {}, "pinsmith", VARIABLE).source().replace('(string split ",', '(string split --max 1 ",')


def install(program: click.Command) -> None:
    """
    Write the script where the user's shell finds it, and tell the shell to look there.

    Raises:
        UsageError: If that place is not known.
        FileError: If a file cannot be written.
    """
    from pinsmith import files

    place = PLACES.get(_shell())
    if place is None:
        raise _unknown("--install-completion")
    home = Path.home()
    files.write_atomically(home / place.script, script(program))
    _output.note(f"wrote {home / place.script}")
    if place.start_up:
        start_up = home / place.start_up
        text = start_up.read_text("utf-8", "surrogateescape") if start_up.exists() else ""
        if place.line not in text.splitlines():
            with start_up.open("a", encoding="utf-8") as file:
                file.write(("" if text.endswith("\n") or not text else "\n") + place.line + "\n")
            _output.note(f"added a line to {start_up}: {place.line}")
    _output.note("completion works in shells that are started from now on")


def _shell() -> str:
    return PurePath(os.environ.get("SHELL") or ("powershell" if os.name == "nt" else "")).stem


def _unknown(option: str) -> UsageError:
    from pinsmith.errors import UsageError

    return UsageError(
        f"the environment variable SHELL is {os.environ.get('SHELL', '')!r}: expected bash, fish or zsh",
        hint=f"name the shell: `SHELL=bash pinsmith {option}`",
    )
