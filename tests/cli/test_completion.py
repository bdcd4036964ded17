"""Completion, through the protocol of each shell and in a real bash."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import click
import pytest

from pinsmith.cli import _app, _command, _completion
from pinsmith.exit_code import ExitCode
from tests.cli.support import run

if TYPE_CHECKING:
    from pathlib import Path

BASH = shutil.which("bash")
needs_bash = pytest.mark.skipif(BASH is None, reason="only on systems with bash")


def _asked(shell: str, line: str) -> dict[str, str]:
    """Return the variables with which the script of *shell* asks for completions of the last word of *line*."""
    words = line.split(" ")
    at = words[-1] if shell == "fish" else str(len(words) - 1)
    return {"_PINSMITH_COMPLETE": f"{shell}_complete", "COMP_WORDS": line, "COMP_CWORD": at}


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("pinsmith fe", ["plain,fetch"]),
        ("pinsmith lab s", ["plain,serve"]),
        ("pinsmith fetch --form", ["plain,--format"]),
        ("pinsmith fetch --starttls sm", ["plain,smtp"]),
        ("pinsmith --show", ["plain,--show-completion"]),
        ("pinsmith fetch --from ho", ["file,ho"]),
        ("pinsmith show ful", ["file,ful"]),
        ("pinsmith fecth --form", [""]),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_bash_gets_the_completions_of_a_line(line: str, answer: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands, options, values and files are completed."""
    for name, value in _asked("bash", line).items():
        monkeypatch.setenv(name, value)
    result = run()
    assert (result.code, result.stderr, result.stdout.splitlines()) == (ExitCode.OK, "", answer)


def test_zsh_and_fish_get_the_help_of_each_word() -> None:
    """Shells that show a text beside a word get the one of the help."""
    summary = _app.COMMANDS["fetch"]
    expected = {"zsh": ["plain", "fetch", summary], "fish": [f"plain,fetch\t{summary}"]}
    for shell, answer in expected.items():
        environment = os.environ | _asked(shell, "pinsmith fe")
        command = [sys.executable, "-m", "pinsmith"]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        assert (done.stderr, done.stdout.splitlines()) == ("", answer)


def test_commands_are_completed_without_loading_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Completion runs at every key press, so it loads no command."""
    monkeypatch.setattr(_command, "load", lambda name: pytest.fail(f"{name} was loaded"))
    context = click.Context(_app.program)
    assert [item.value for item in _app.program.shell_complete(context, "")] == list(_app.COMMANDS)


@needs_bash
def test_a_real_bash_completes_after_installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A new shell completes after `--install-completion`, and a second installation adds no second line."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("SHELL", "/bin/bash")
    start_up = tmp_path / ".bashrc"
    start_up.write_text("alias ll='ls -l'", "utf-8")
    for _ in range(2):
        assert run("--install-completion").code == ExitCode.OK
    assert start_up.read_text("utf-8") == "alias ll='ls -l'\nsource ~/.bash_completions/pinsmith.sh\n"

    program = tmp_path / "bin" / "pinsmith"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m pinsmith "$@"\n', "utf-8")
    program.chmod(0o755)
    typed = "COMP_WORDS=(pinsmith lab r) COMP_CWORD=2; _pinsmith_completion pinsmith; echo ${COMPREPLY[*]}"
    done = subprocess.run(
        [str(BASH), "--rcfile", str(start_up), "-i", "-c", f"{typed}; complete -p pinsmith"],
        env=os.environ | {"PATH": f"{program.parent}{os.pathsep}{os.environ['PATH']}"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines() == ["run", "complete -o nosort -F _pinsmith_completion pinsmith"]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_of_the_shell_is_shown_and_installed(
    shell: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The installed script is the shown one, and one line is added to the file that the shell reads at its start."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("SHELL", f"/usr/bin/{shell}")
    shown = run("--show-completion")
    assert (shown.code, shown.stderr) == (ExitCode.OK, "")
    assert f"_PINSMITH_COMPLETE={shell}_complete" in shown.stdout
    result = run("--install-completion")
    assert (result.code, result.stdout) == (ExitCode.OK, "")
    place = _completion.PLACES[shell]
    assert (tmp_path / place.script).read_text("utf-8") == shown.stdout
    written = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()}
    assert written == {place.script, *filter(None, [place.start_up])}
    assert all(str(tmp_path / name) in result.stderr for name in written)


@pytest.mark.parametrize("option", ["--show-completion", "--install-completion"])
def test_a_shell_without_completion_is_named(option: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """For an unknown shell nothing is written, and the hint explains how to name another."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("SHELL", "/bin/tcsh")
    answer = run(option)
    assert (answer.code, answer.stdout) == (ExitCode.USAGE, "")
    assert answer.stderr.splitlines()[:2] == [
        "pinsmith: error[usage]: the environment variable SHELL is '/bin/tcsh': expected bash, fish or zsh",
        f"pinsmith: hint: name the shell: `SHELL=bash pinsmith {option}`",
    ]
    assert not list(tmp_path.iterdir())
