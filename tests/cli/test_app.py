"""The program as a whole: help, versions, exit codes and errors."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import IO

import pytest

from pinsmith.cli import _app, main
from pinsmith.cli._command import LazyGroup, load, stem_of
from pinsmith.exit_code import MEANINGS, ExitCode
from tests.cli.support import run

ROOT = Path(__file__).parents[2]


def _start(*words: str, stdout: IO[str] | int = subprocess.PIPE) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", "import sys; from pinsmith.cli import main; sys.exit(main())", *words]
    return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=stdout, stderr=subprocess.PIPE, text=True)


@pytest.mark.parametrize("name", _app.names())
def test_the_overview_has_the_summary_of_every_command(name: str) -> None:
    """The overview repeats the summary of every command for speed, and both texts are equal."""
    group, _, word = name.rpartition(" ")
    parent = load(group) if group else _app.program
    assert isinstance(parent, LazyGroup)
    assert (load(name).help or "").partition("\n\n")[0] == parent.summaries[word]


@pytest.mark.parametrize("name", _app.names())
def test_help_shows_examples_before_options(name: str) -> None:
    """Help shows first how the command is used."""
    shown = run(*name.split(), "--help")
    assert shown.code == ExitCode.OK
    assert 0 < shown.stdout.index("Examples:") < shown.stdout.index("Usage:") < shown.stdout.index("Options:")


@pytest.mark.parametrize("name", _app.names())
def test_help_shows_no_python_types(name: str) -> None:
    """Help names values by their meaning for people and not by their Python type."""
    parameters = load(name).params
    unnamed = [
        parameter.name for parameter in parameters if not parameter.metavar and not getattr(parameter, "is_flag", False)
    ]
    assert not unnamed
    assert not re.search(r"x>=|<=x", run(*name.split(), "--help").stdout)


@pytest.mark.parametrize("name", _app.names())
def test_examples_of_help_name_options_that_exist(name: str) -> None:
    """The options of every example in the help exist, so that it can be pasted."""
    command = load(name)
    options = {text for parameter in command.params for text in parameter.opts}
    for _, line in command.examples:
        words = line.partition(" -- ")[0].split()
        assert words[: len(name.split()) + 1] == ["pinsmith", *name.split()]
        if not isinstance(command, LazyGroup):
            assert {word for word in words if word.startswith("-") and word != "-"} <= options | {"--help"}


def test_files_and_commands_are_the_same() -> None:
    """Every public file of the folder is a command, and every command has its file."""
    folder = Path(_app.__file__).parent
    assert {path.stem for path in folder.glob("[!_]*.py")} == {stem_of(name) for name in _app.names()}


def test_the_overview_lists_every_exit_code() -> None:
    """The table of exit codes in the help is complete."""
    assert set(MEANINGS) == set(ExitCode)
    shown = run("--help").stdout
    assert all(f"  {int(code)} " in shown and meaning in shown for code, meaning in MEANINGS.items())


def test_without_arguments_the_overview_is_shown() -> None:
    """A bare `pinsmith` shows the overview, as a question and not as an error."""
    assert run() == run("--help") == run("-h")


def test_the_version_is_that_of_the_package() -> None:
    """The fast way to print the version and the parser's way print the same."""
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert run("--version").stdout == f"pinsmith {declared}\n"
    assert run("--version", "--version").stdout == f"pinsmith {declared}\n"
    assert run("-V").stdout == f"pinsmith {declared}\n"


@pytest.mark.parametrize("words", [(), ("fetch",), ("lab",), ("lab", "run")])
def test_help_of_a_command_has_two_spellings(words: tuple[str, ...]) -> None:
    """`pinsmith help COMMAND` and `pinsmith COMMAND --help` print the same."""
    asked = run("help", *words)
    assert (asked.code, asked.stdout) == (ExitCode.OK, run(*words, "--help").stdout)
    assert "examples:" in asked.stdout.lower()


def test_help_of_an_unknown_command_names_the_nearest() -> None:
    """A typing error after `help` gets the nearest command, at any depth."""
    asked = run("help", "lab", "rum")
    assert (asked.code, asked.stderr) == (ExitCode.USAGE, run("lab", "rum", "--help").stderr)
    assert "did you mean fetch?" in run("help", "fetsch").stderr


def test_an_unknown_command_gets_a_suggestion() -> None:
    """The error for a mistyped command names the nearest one."""
    answer = run("fecth")
    assert answer.code == ExitCode.USAGE
    assert answer.stderr.splitlines() == [
        "pinsmith: error[usage]: there is no command 'fecth'",
        "pinsmith: hint: did you mean fetch?",
        "pinsmith: example: pinsmith fetch example.com",
    ]


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (("--timeout", "10s"), "--timeout '10s': expected a number"),
        (("--timeout", "0"), "--timeout '0': expected 0.001 or more"),
        (("--timeout=-1",), "--timeout '-1': expected 0.001 or more"),
        (("--timeout", "inf"), "--timeout 'inf': expected 86400 or less"),
        (("--timeout", "nan"), "--timeout 'nan': expected 86400 or less"),
        (("--port", "https"), "--port 'https': expected a whole number"),
        (("--port", "70000"), "--port '70000': expected 65535 or less"),
        (("--concurrency", "1.5"), "--concurrency '1.5': expected a whole number"),
        (("--format", "x\x1b[2J"), r"--format 'x\x1b[2J' is not one of 'text', 'json', 'ndjson'"),
    ],
    ids=lambda value: " ".join(map(repr, value)) if isinstance(value, tuple) else "",
)
def test_a_refused_value_is_quoted_with_the_allowed_values(words: tuple[str, ...], problem: str) -> None:
    """The error repeats a mistyped value and lists what is allowed."""
    answer = run("fetch", "example.com", *words)
    assert (answer.code, answer.stdout) == (ExitCode.USAGE, "")
    assert answer.stderr.splitlines()[:2] == [
        f"pinsmith: error[usage]: {problem}",
        "pinsmith: hint: `pinsmith fetch --help` lists arguments and options",
    ]


@pytest.mark.parametrize(
    ("line", "corrected"),
    [
        ("lab run curl -k {url}", "lab run -- curl -k '{url}'"),
        ("lab run --timeout 5 --key=ec-p256 curl -k {url}", "lab run --timeout 5 --key=ec-p256 -- curl -k '{url}'"),
        ("lab run --show-output curl --cacert=x {url}", "lab run --show-output -- curl --cacert=x '{url}'"),
        ("lab proxy curl -x {proxy}", "lab proxy -- curl -x '{proxy}'"),
        ("lab run curl --key client.pem {url}", "lab run -- curl --key client.pem '{url}'"),
        ("lab run --jobs 2 curl --timeout=5s {url}", "lab run --jobs 2 -- curl --timeout=5s '{url}'"),
        ("lab run fetch {url} --format", "lab run -- fetch '{url}' --format"),
    ],
)
def test_a_program_without_the_separator_is_shown_with_it(line: str, corrected: str) -> None:
    """The hint shows the working command, also if pinsmith has an option of the same name as the judged program."""
    answer = run(*line.split())
    assert answer.code == ExitCode.USAGE
    assert answer.stderr.splitlines()[-2:] == [
        "pinsmith: hint: write -- before the program and its arguments",
        f"pinsmith: example: pinsmith {corrected}",
    ]


@pytest.mark.parametrize(
    "line",
    ["lab run --nonsense curl {url}", "lab run -k", "check -k x", "lab run -k -- curl", "lab run --key x curl {url}"],
)
def test_an_unknown_option_of_pinsmith_itself_gets_no_separator_hint(line: str) -> None:
    """The help lists the options that exist."""
    assert "--help` lists arguments and options" in run(*line.split()).stderr


def test_an_unexpected_error_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault of the program shows a traceback only on request."""
    monkeypatch.setattr(_app, "run", lambda words: [][len(words)])
    plain = run("fetch")
    assert plain.code == ExitCode.BROKE
    assert plain.stderr.splitlines()[0] == "pinsmith: error[internal]: IndexError: list index out of range"
    assert "Traceback" not in plain.stderr
    assert "PINSMITH_TRACEBACK" in plain.stderr
    monkeypatch.setenv("PINSMITH_TRACEBACK", "1")
    assert "Traceback" in run("fetch").stderr


def test_main_never_exits_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """`main` returns the exit code, even for usage errors, so that a program which embeds it stays in control."""
    monkeypatch.setattr(sys, "argv", ["pinsmith", "--nonsense"])
    assert main() == ExitCode.USAGE


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only on Linux: needs /dev/full")
def test_a_full_disk_behind_standard_output_is_an_error() -> None:
    """The failed write is reported once, and the interpreter adds no message of its own."""
    with Path("/dev/full").open("w") as full:
        process = _start("--help", stdout=full)
        _, err = process.communicate(timeout=30)
    assert process.returncode == ExitCode.BROKE
    assert err.splitlines() == [
        "pinsmith: error[file]: the output cannot be written: No space left on device",
        "pinsmith: hint: make room on the disk and run it again",
    ]


def test_a_reader_that_stops_early_causes_no_message() -> None:
    """`pinsmith ... | head` ends without a message."""
    reader, writer = os.pipe()
    os.close(reader)
    process = _start("--help", stdout=writer)
    os.close(writer)
    _, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (ExitCode.BROKE, "")


def test_asking_for_the_version_loads_no_parser() -> None:
    """`--version` and `--help` are used often, so they load almost nothing."""
    code = "import sys; from pinsmith.cli import main; main([WORD]); print(*sorted(sys.modules), file=sys.stderr)"
    for word, forbidden in (
        ("--version", {"click", "ssl"}),
        ("--help", {"rich.console", "ssl", "msgspec", *(f"pinsmith.cli.{stem_of(name)}" for name in _app.names())}),
    ):
        done = subprocess.run(
            [sys.executable, "-c", code.replace("WORD", json.dumps(word))], capture_output=True, text=True, check=True
        )
        assert not forbidden & set(done.stderr.split())
