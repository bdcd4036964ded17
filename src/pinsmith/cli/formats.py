"""
List the formats of platforms, and what they can express.

A part of the policy that a format cannot express would be lost. `pinsmith export` names each loss before it writes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from pinsmith.cli import _output
from pinsmith.cli._command import Command
from pinsmith.cli._options import format_option
from pinsmith.exit_code import ExitCode

if TYPE_CHECKING:
    from pinsmith.cli._options import Format

EXAMPLES: Final = (
    ("List the formats:", "pinsmith formats"),
    ("List them for programs:", "pinsmith formats --format json"),
)


@click.command("formats", Command, help=__doc__, examples=EXAMPLES)
@format_option()
def formats(*, output: Format) -> int:
    """Print the family."""
    from pinsmith.formats import FORMATS

    if output == "json":
        from pinsmith.documents.document import encode
        from pinsmith.documents.formats import formats_document

        _output.document(encode(formats_document(FORMATS)))
        return ExitCode.OK
    width, title = (max(len(getattr(entry, name)) for entry in FORMATS) for name in ("id", "title"))
    for entry in FORMATS:
        ways = f"{'in' if entry.read else '  '} {'out' if entry.write else '   '}"
        flags = ", ".join(entry.can.flags())
        _output.result([f"{entry.id:{width}}  {ways}  {entry.title:{title}}  ", _output.Mark(flags, "faint")])
    return ExitCode.OK
