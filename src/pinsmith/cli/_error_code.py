"""``pinsmith help CODE``: the meaning of an error code, or of a rule. Their pages are written from the same texts."""

from __future__ import annotations

import inspect
import re
from typing import TYPE_CHECKING, Final, NamedTuple

import click

from pinsmith import errors
from pinsmith._closest import closest
from pinsmith.checks.chain_fault import MEANINGS as UNVERIFIED
from pinsmith.cli import _output
from pinsmith.documents.page import page_of_error, page_of_rule
from pinsmith.exit_code import ExitCode

if TYPE_CHECKING:
    from collections.abc import Iterable

PAGE: Final = "docs/reference/errors.md"

# The codes that commands print without an exception of that code.
OF_COMMANDS: Final[dict[str, tuple[ExitCode, str]]] = {
    "already-done": (
        ExitCode.BROKE,
        "A worker has finished a part of `pinsmith scan` that another one had finished. The first result counts.",
    ),
    "broken-journal": (
        ExitCode.BROKE,
        "A line of pins.journal.jsonl was changed or removed, or holds a proof that is not valid. Nothing was written.",
    ),
    "cannot-listen": (
        ExitCode.BROKE,
        "`pinsmith serve` cannot use the address or the port, or everybody there could see its pages.",
    ),
    "custody": (
        ExitCode.BROKE,
        "A private key cannot be used where it is kept: in a file, in a token, or by a command. Nothing was changed.",
    ),
    "database": (
        ExitCode.BROKE,
        "The database of `pinsmith serve` or of a queue is damaged, or of a newer release. Nothing in it was changed.",
    ),
    "dead-shard": (
        ExitCode.BROKE,
        "`pinsmith scan` has given up a part of its hosts, because no worker could finish it in five attempts.",
    ),
    "demo": (ExitCode.BROKE, "A step of `pinsmith demo` did not behave as expected."),
    "import-differs": (
        ExitCode.MISMATCH,
        "Both files of `import --into` describe a host, and they differ. Nothing was changed.",
    ),
    "internal": (ExitCode.BROKE, "A bug in pinsmith, which nothing in your files or your command line should cause."),
    "invalid-bundle": (
        ExitCode.BROKE,
        "The folder of `pinsmith bundle` cannot be used as it is, or clients refuse it. No file in it was changed.",
    ),
    "invalid-suspension": (
        ExitCode.BROKE,
        "A suspension of pins is longer than 30 days, has no reason, or is for a host that cannot be suspended.",
    ),
    "not-signed": (
        ExitCode.BROKE,
        "A key may not sign a proposal of `pinsmith bundle`, or TUF has no scheme for it. Nothing was changed.",
    ),
    "update-refused": (
        ExitCode.MISMATCH,
        "A signed policy, or one that should be signed, would lock users out or protect them less. It is not in force.",
    ),
    "invalid-update": (
        ExitCode.BROKE,
        "A program got an update of pins that is not signed or not whole. The policy in force stays.",
    ),
    "stale-update": (
        ExitCode.BROKE,
        "A program was shown an old or expired state of its updates. The policy in force stays.",
    ),
    "update-failed": (ExitCode.BROKE, "A program got no newer policy from any address. The policy in force stays."),
    "update-settings": (
        ExitCode.BROKE,
        "Updates of a program cannot be set up: [updates], its root or python-tuf is missing, or cannot be used.",
    ),
    "update-unreachable": (
        ExitCode.BROKE,
        "An address of updates was not reached, or presented no pinned key. The policy in force stays.",
    ),
    "invalid-form": (
        ExitCode.USAGE,
        "A form or a document that was sent to `pinsmith serve` cannot be used. Nothing was done.",
    ),
    "invalid-shard": (
        ExitCode.BROKE,
        "A part or a run of `pinsmith scan`, or the result of a worker, cannot be used. The queue was not changed.",
    ),
    "invalid-settings": (
        ExitCode.BROKE,
        "The settings of `pinsmith serve` cannot be used. The message names the setting.",
    ),
    "clock-set-back": (
        ExitCode.BROKE,
        "The clock is more than an hour behind the last move of a rotation in the journal. Nothing was changed.",
    ),
    "lease-lost": (
        ExitCode.BROKE,
        "A worker took too long for a part of `pinsmith scan`, so another worker may have it.",
    ),
    "out-of-reach": (
        ExitCode.USAGE,
        "`pinsmith serve` or `pinsmith mcp` may not connect to a host, an address or a port. Nothing was contacted.",
    ),
    "key-in-use": (
        ExitCode.MISMATCH,
        "`pinsmith key retire` found that clients still need the key, or could not ask everybody. Nothing was changed.",
    ),
    "too-often": (
        ExitCode.USAGE,
        "Somebody has asked `pinsmith serve` for too many hosts within a minute. Nothing was contacted.",
    ),
    "nothing-proven": (
        ExitCode.BROKE,
        "`pinsmith lab proxy` saw too little of an app to judge whether it pins a host that must be pinned.",
    ),
    "not-set-up": (
        ExitCode.MISMATCH,
        "`pinsmith setup` did not add an output that `sync` would refuse, or `--check` found something missing.",
    ),
    "report-stream": (
        ExitCode.BROKE,
        "Kafka or ClickHouse cannot be used, or refuses. Counts of reports that were acknowledged are kept.",
    ),
    "unreadable-batch": (
        ExitCode.BROKE,
        "A message in the topic of reports is not a batch of counts. `pinsmith report consume` passes over it.",
    ),
    "out-of-sync": (
        ExitCode.MISMATCH,
        "`pinsmith sync --check` found a file that is not what the pin file demands.",
    ),
    "proxy": (ExitCode.BROKE, "`pinsmith lab proxy` itself failed, so its verdicts may be incomplete."),
    "queue": (
        ExitCode.BROKE,
        "The NATS servers of a queue cannot be reached, or do not allow what `scan` or `worker` needs.",
    ),
    "release-locked-out": (
        ExitCode.MISMATCH,
        "`pinsmith check` found a host that presents no key that a shipped release pins, so its users are refused.",
    ),
    "reload-failed": (
        ExitCode.BROKE,
        "The command that `pinsmith rotate deploy` runs to reload a server failed. The old files are back in place.",
    ),
    "rotation-blocked": (
        ExitCode.MISMATCH,
        "A guard of the next move of `pinsmith rotate` does not hold, or is not known. Nothing was changed.",
    ),
    "unknown-store": (
        ExitCode.USAGE,
        "A text does not name a trust store, such as `android-9`, `ios-16` or `mozilla-2026-07-19`.",
    ),
    "unfit-key": (
        ExitCode.BROKE,
        "A key of your own must not be pinned, because others can compute or know it, or because it is used already.",
    ),
    "warnings": (ExitCode.WARNED, "`pinsmith check --strict` found warnings, but no failure."),
}


class Meaning(NamedTuple):
    """The text of one code, in paragraphs, the exit code, and the exception if there is one."""

    text: str
    exit_code: ExitCode
    error: type[errors.PinsmithError] | None = None


def classes() -> list[type[errors.PinsmithError]]:
    """List the classes of `pinsmith.errors`, each after its base, in the order of the tree."""
    found: list[type[errors.PinsmithError]] = []

    def descend(base: type[errors.PinsmithError]) -> None:
        found.append(base)
        for child in base.__subclasses__():
            if getattr(errors, child.__name__, None) is child and child not in found:
                descend(child)

    descend(errors.PinsmithError)
    return found


def known() -> dict[str, Meaning]:
    """Return the meaning of every code that the command line prints."""
    of_classes = {error.code: Meaning(_prose(error), ExitCode(error.exit_code), error) for error in classes()}
    unverified: dict[str, Meaning] = {code: Meaning(text, ExitCode.MISMATCH) for code, text in UNVERIFIED.items()}
    of_commands = {code: Meaning(text, exit_code) for code, (exit_code, text) in OF_COMMANDS.items()}
    return {**of_classes, **unverified, **of_commands}


def explain(word: str, commands: Iterable[str]) -> tuple[bool, str | None]:
    """
    Print the meaning of a code or of a rule.

    Args:
        word: The code, alone or as it is printed: ``error[pin-mismatch]``.

        commands: The commands, which *word* may be meant to name.

    Returns:
        Whether *word* is a code or a rule, and the nearest command or code if it is not.
    """
    codes = known()
    printed = re.fullmatch(r"error\[(.*)\]", word)
    code = printed[1] if printed else word
    if code not in codes:
        from pinsmith.documents.rule import meanings

        if not printed and (rule := meanings().get(word)):
            _print(word, rule, [("documentation:", f"docs/{page_of_rule(word)}")])
            return True, None
        return False, closest(code, codes if printed else (*commands, *codes))
    meaning = codes[code]
    rows = [("exit code:", str(int(meaning.exit_code)))]
    if meaning.error is not None:
        rows.append(("in Python:", f"pinsmith.errors.{meaning.error.__name__}"))
    _print(code, meaning.text, [*rows, ("documentation:", f"docs/{page_of_error(code)}")])
    return True, None


def _print(name: str, text: str, rows: list[tuple[str, str]]) -> None:
    formatter = click.HelpFormatter()
    for paragraph in text.split("\n\n"):
        formatter.write_paragraph()
        formatter.write_text(paragraph.replace("\n", " "))
    formatter.write_paragraph()
    formatter.write_dl(rows)
    _output.result([_output.Mark(name, "strong")], "", *formatter.getvalue().rstrip("\n").split("\n"))


def _prose(error: type[errors.PinsmithError]) -> str:
    """Return the docstring of a class without its sections."""
    text = inspect.getdoc(error) or ""
    return re.split(r"\n\n(?=[A-Z][a-z]+:\n)", text)[0].replace("``", "`")
