"""
List the formats of platforms, and what each can say.

What a format cannot say is a loss, and is named before anything is written: see `pinsmith export`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click
import msgspec

from pinsmith.cli import _output
from pinsmith.cli._command import Command
from pinsmith.cli._options import format_option
from pinsmith.documents.document import Versioned, encode
from pinsmith.exit_code import ExitCode

if TYPE_CHECKING:
    from pinsmith.cli._options import Format

EXAMPLES: Final = (
    ("See what there is:", "pinsmith formats"),
    ("The same for programs:", "pinsmith formats --format json"),
)


class FormatOut(msgspec.Struct, frozen=True, kw_only=True):
    """One format."""

    id: str
    title: str
    reads: bool
    writes: bool
    can: list[str]
    spec: str
    options: list[str]


class FormatsDocument(Versioned, frozen=True, kw_only=True):
    """``pinsmith formats --format json``."""

    formats: list[FormatOut]


@click.command("formats", Command, help=__doc__, examples=EXAMPLES)
@format_option()
def formats(*, output: Format) -> int:
    """Print the family."""
    from pinsmith.formats import FORMATS

    if output == "json":
        document = FormatsDocument(
            formats=[
                FormatOut(
                    id=each.id,
                    title=each.title,
                    reads=each.read is not None,
                    writes=each.write is not None,
                    can=list(each.can.flags()),
                    spec=each.spec,
                    options=[option.name for option in each.options],
                )
                for each in FORMATS
            ]
        )
        _output.document(encode(document))
        return ExitCode.OK
    width, title = (max(len(getattr(each, name)) for each in FORMATS) for name in ("id", "title"))
    for each in FORMATS:
        ways = f"{'in' if each.read else '  '} {'out' if each.write else '   '}"
        said = ", ".join(each.can.flags())
        _output.result([f"{each.id:{width}}  {ways}  {each.title:{title}}  ", _output.Mark(said, "faint")])
    return ExitCode.OK
