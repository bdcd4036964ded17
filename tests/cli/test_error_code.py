"""`pinsmith help CODE` prints the meaning of each error code."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from pinsmith.checks.chain_fault import MEANINGS as UNVERIFIED
from pinsmith.cli import _app, _error_code
from pinsmith.exit_code import ExitCode
from tests.cli.support import run

ROOT = Path(__file__).parents[2]
CLI = Path(_error_code.__file__).parent


def _printed() -> set[str]:
    """List the codes that commands pass to `_output.error` as they stand, or choose there by a condition."""
    calls = (
        node
        for path in CLI.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "_output.error"
    )
    return {
        part.value
        for call in calls
        for part in ast.walk(call.args[0])
        if isinstance(part, ast.Constant) and isinstance(part.value, str)
    }


def test_every_code_that_a_command_prints_has_a_meaning() -> None:
    """No code in the source of the commands is missing in the table."""
    assert {"usage", "out-of-sync", "demo"} <= _printed() <= set(_error_code.known())


@pytest.mark.parametrize("code", sorted(_error_code.known()))
def test_the_meaning_of_a_code_is_that_of_its_page(code: str) -> None:
    """The command prints the first sentence of the page, the exit code, and an address that exists."""
    shown = run("help", f"error[{code}]")
    assert (shown.code, shown.stderr) == (ExitCode.OK, "")
    page = (ROOT / _error_code.PAGE).read_text("utf-8")
    section = page.partition(f"\n## {code}\n")[2].partition("\n#")[0]
    meaning = _error_code.known()[code]
    assert " ".join(meaning.text.split()) in " ".join(section.replace("``", "`").split())
    assert code in UNVERIFIED or f"exits with {int(meaning.exit_code)}." in section
    assert shown.stdout.splitlines()[0] == code
    assert shown.stdout.splitlines()[-1].split() == ["documentation:", f"{_error_code.PAGE}#{code}"]


def test_a_code_is_explained_without_its_brackets() -> None:
    """The word may be typed alone."""
    shown = run("help", "pin-mismatch")
    assert shown == run("help", "error[pin-mismatch]")
    assert shown.stdout.splitlines() == [
        "pin-mismatch",
        "",
        "A host presented no pinned key.",
        "",
        "exit code:      3",
        "in Python:      pinsmith.errors.PinMismatchError",
        "documentation:  docs/reference/errors.md#pin-mismatch",
    ]


@pytest.mark.parametrize("name", sorted(set(_error_code.known()) & set(_app.COMMANDS)))
def test_a_command_comes_before_a_code_of_its_name(name: str) -> None:
    """`help` still explains the command, and the code is found as it is printed."""
    assert run("help", name) == run(name, "--help")
    assert run("help", f"error[{name}]").stdout.splitlines()[0] == name


@pytest.mark.parametrize(
    ("word", "near"),
    [("fetsch", "fetch"), ("pin-mismach", "pin-mismatch"), ("not-pinned", "host-not-pinned"), ("error[lob]", "lab")],
)
def test_an_unknown_word_gets_the_nearest_command_or_code(word: str, near: str) -> None:
    """Both commands and codes are suggested."""
    asked = run("help", word)
    assert (asked.code, asked.stdout) == (ExitCode.USAGE, "")
    assert asked.stderr.splitlines()[:2] == [
        f"pinsmith: error[usage]: {word!r} is neither a command, nor an error code, nor a rule",
        f"pinsmith: hint: did you mean {near}?",
    ]


def test_a_word_that_resembles_nothing_gets_both_lists() -> None:
    """The hint says where commands and codes are listed, and the word cannot reach the terminal."""
    asked = run("help", "\x1b[2J")
    assert asked.stderr.splitlines()[:2] == [
        r"pinsmith: error[usage]: '\x1b[2J' is neither a command, nor an error code, nor a rule",
        "pinsmith: hint: docs/reference/errors.md lists the codes, `pinsmith --help` the commands",
    ]


def test_the_rule_of_a_finding_is_explained_too() -> None:
    """`help` prints what the rule means and where it is documented."""
    shown = run("help", "not-served")
    assert shown.code == ExitCode.OK
    assert shown.stdout.splitlines() == [
        "not-served",
        "",
        "A key is pinned as one in service, but no address of the host presents it.",
        "",
        "documentation:  docs/reference/rules.md#rule-not-served",
    ]
