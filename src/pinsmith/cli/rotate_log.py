"""
Print the journal of what was done with keys, and verify it.

Every entry contains the hashes of the entries before it, and the command verifies every proof of a key. It fails if a
line was changed or removed. This finds accidents, such as a bad merge. It does not find attackers, because anybody who
can write the file can also replace all of it.

To keep the journal valid when branches of Git are merged, write `pins.journal.jsonl merge=union` into .gitattributes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, get_args

import click

from pinsmith.cli import _output
from pinsmith.cli._command import Command
from pinsmith.cli._options import file_option, find_pin_file, format_option
from pinsmith.exit_code import ExitCode

if TYPE_CHECKING:
    from pathlib import Path

Output = Literal["text", "json"]
EXAMPLES: Final = (
    ("Print it:", "pinsmith rotate log"),
    ("Verify it in CI:", "pinsmith rotate log --verify"),
)


@click.command("log", Command, help=__doc__, examples=EXAMPLES)
@file_option
@click.option("--verify", is_flag=True, help="Print no entries. The journal is always verified.")
@format_option(*get_args(Output))
def rotate_log(*, file: Path | None, verify: bool, output: Output) -> int:
    """Read the journal, which verifies it."""
    from pinsmith.documents.document import encode
    from pinsmith.documents.keys import journal_document
    from pinsmith.documents.lab_report import counted
    from pinsmith.rotation.journal import Journal

    journal = Journal.beside(find_pin_file(file))
    if output == "json":
        _output.document(encode(journal_document(journal)))
        return ExitCode.OK
    for entry in () if verify else journal.entries:
        facts = {**({"kept in": entry.proof.custody} if entry.proof and entry.proof.custody else {}), **entry.facts}
        subject = " ".join(filter(None, (entry.host, entry.key)))
        _output.result(
            f"{entry.time}  {entry.event}  {subject}", *(f"  {name}: {fact}" for name, fact in facts.items())
        )
    if journal.exists:
        count = counted(len(journal.entries), "entry", "entries")
        _output.success(f"{journal.path} is complete: {count}, and every proof in it is valid")
    else:
        _output.note(f"there is no {journal.path}, so nothing was recorded yet; `pinsmith key prove` writes it")
    return ExitCode.OK
