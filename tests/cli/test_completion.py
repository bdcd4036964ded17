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
from pinsmith.formats import FORMATS
from pinsmith.lab.scenarios import SCENARIOS
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


PINS = """
version = 1
[keys.api-2026]
[keys.api-standby]
[keys.www-2026]
[keys."x; reboot"]
[[host]]
name = "api.example.com"
keys = ["api-2026", "api-standby"]
[[host]]
name = "www.example.com"
keys = ["www-2026"]
[[host]]
name = "$(reboot)"
keys = []
"""


def _words(line: str, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Complete *line* and return the words that a bash gets; it gets no message."""
    for name, value in _asked("bash", line).items():
        monkeypatch.setenv(name, value)
    result = run()
    assert (result.code, result.stderr) == (ExitCode.OK, "")
    return [text.removeprefix("plain,") for text in result.stdout.split()]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("check ", ["api.example.com", "www.example.com"]),
        ("add w", ["www.example.com"]),
        ("remove a", ["api.example.com"]),
        ("export curl --host a", ["api.example.com"]),
        ("remove --key ", ["api-2026", "api-standby", "www-2026"]),
        ("remove api.example.com --key ", ["api-2026", "api-standby"]),
        ("remove api.example.com --offline --key=w", []),
        ("remove unknown.example.com --key w", ["www-2026"]),
        ("add api.example.com --key api-s", ["api-standby"]),
        ("add api.example.com --key next", ["file,next"]),
        ("key certificate w", ["www-2026"]),
        ("check --file other.toml ", ["other.example.com"]),
        ("check --file missing.toml ", []),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_hosts_and_keys_of_the_pin_file_are_completed(
    line: str, words: list[str], here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The nearest pin file is used, or that of --file, and no word in it can be a command of the shell."""
    (here / "pins.toml").write_text(PINS)
    (here / "other.toml").write_text('[[host]]\nname = "other.example.com"')
    (here / "below").mkdir()
    assert _words(f"pinsmith {line}", monkeypatch) == words
    monkeypatch.chdir(here / "below")
    assert (_words(f"pinsmith {line}", monkeypatch) == words) is ("other" not in line)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"version = 1",
        b"[[host]\n",
        b"host = 3\nkeys = 4",
        b"[[host]]\nname = 5\n[keys]\n",
        b"\xff",
        b"a = " + b"[" * 3000,
        b"#" * 3_000_000,
    ],
    ids=["empty", "no host", "syntax", "types", "name", "encoding", "depth", "size"],
)
@pytest.mark.parametrize("line", ["check ", "remove ", "remove api.example.com --key ", "key certificate "])
def test_a_broken_pin_file_completes_to_nothing(
    line: str, content: bytes, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The user is still typing, so no error is shown."""
    (here / "pins.toml").write_bytes(content)
    assert _words(f"pinsmith {line}", monkeypatch) == []


def test_formats_and_scenarios_are_completed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every member of both families is completed where a command takes one."""
    ids = sorted(target.id for target in FORMATS)
    for line in ("export ", "formats ", "convert a b --to ", "convert --from ", "import --from "):
        assert _words(f"pinsmith {line}", monkeypatch) == ids
    assert _words("pinsmith export okhttp-k", monkeypatch) == ["okhttp-kotlin"]
    names = sorted(scenario.id for scenario in SCENARIOS)
    for line in ("list ", "run --scenario ", "serve --scenario "):
        assert _words(f"pinsmith lab {line}", monkeypatch) == names


@pytest.mark.parametrize("line", ["export ", "check ", "key certificate ", "lab list "])
def test_completion_loads_no_part_of_the_library_that_is_slow(line: str, here: Path) -> None:
    """Neither formats nor scenarios are imported to list them, and no reader of pin files to find hosts."""
    (here / "pins.toml").write_text(PINS)
    code = "import sys; from pinsmith.cli import main; main(); print(*sorted(sys.modules), file=sys.stderr)"
    environment = os.environ | _asked("bash", f"pinsmith {line}")
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout
    assert not {"pinsmith.formats", "pinsmith.lab.scenarios", "pinsmith.pinfile", "jinja2"} & set(done.stderr.split())


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
