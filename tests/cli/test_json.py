"""`--json` is `--format json` in every command that can print JSON."""

from __future__ import annotations

import pytest

from pinsmith.cli import _app
from pinsmith.cli._command import load
from pinsmith.exit_code import ExitCode
from tests.cli.support import run

WITH_JSON = [
    name
    for name in _app.names()
    if any("--format" in option.opts and "json" in (option.metavar or "") for option in load(name).params)
]


def test_every_command_with_a_document_has_the_short_option() -> None:
    """No command that prints JSON lacks `--json`, and no other command has it."""
    assert [name for name in _app.names() if any("--json" in option.opts for option in load(name).params)] == WITH_JSON
    assert {
        "fetch",
        "show",
        "explain",
        "check",
        "lint",
        "audit",
        "import",
        "sync",
        "formats",
        "setup",
        "report parse",
        "bundle show",
        "release list",
        "key list",
        "rotate log",
        "rotate next",
        "rotate status",
        "rotate abort",
        "rotate plan",
        "lab run",
        "lab serve",
        "lab proxy",
        "lab list",
        "serve",
    } == set(WITH_JSON)


@pytest.mark.parametrize("words", [("formats",), ("lab", "list", "wrong-key"), ("show", __file__)], ids=" ".join)
def test_both_spellings_print_the_same(words: tuple[str, ...]) -> None:
    """`--json`, `--format json` and both together print the same document."""
    whole = run(*words, "--format", "json")
    assert whole.stdout.startswith("{")
    assert run(*words, "--json") == run(*words, "--json", "--format", "json") == whole


@pytest.mark.parametrize("name", WITH_JSON)
@pytest.mark.parametrize("line", ["--json --format text", "--format=text --json"])
def test_another_format_contradicts_the_short_option(name: str, line: str) -> None:
    """`--json` with another format is a mistake in every command, whichever stands first."""
    words = {"lab run": ["true"], "lab proxy": ["true"], "show": ["x"], "import": ["x"]}.get(name, [])
    answer = run(*name.split(), *line.split(), "--" if words else "--json", *words)
    assert (answer.code, answer.stdout) == (ExitCode.USAGE, "")
    assert answer.stderr.splitlines()[:2] == [
        "pinsmith: error[usage]: --json and --format text exclude each other",
        "pinsmith: hint: leave out one of them",
    ]
