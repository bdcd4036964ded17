"""
List the formats of platforms, or describe one.

Without NAME, prints all formats, grouped by platform: in is for `pinsmith import`, out for `pinsmith export`. With the
id of a format, prints where its file goes, the lines to add elsewhere, its options, what it does not cover, and how to
verify it. With the name of a platform, such as ios, prints the formats of that platform.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from pinsmith.cli import _output
from pinsmith.cli._command import Command, argument
from pinsmith.cli._complete_members import format_ids
from pinsmith.cli._options import format_option
from pinsmith.exit_code import ExitCode

if TYPE_CHECKING:
    from pinsmith.cli._options import Format

EXAMPLES: Final = (
    ("List the formats:", "pinsmith formats"),
    ("List the formats of a platform:", "pinsmith formats ios"),
    ("Find out how to use one:", "pinsmith formats android-nsc"),
    ("List them for programs:", "pinsmith formats --format json"),
)


@click.command("formats", Command, help=__doc__, examples=EXAMPLES)
@argument(
    "name",
    required=False,
    metavar="NAME",
    help="The id of a format, or the name of a platform.",
    shell_complete=format_ids,
)
@format_option()
def formats(*, name: str | None, output: Format) -> int:
    """Print the family, a part of it, or a member."""
    from pinsmith.cli._format_page import description, overview
    from pinsmith.formats import FORMATS, PLATFORMS, find, of_platform, platform_of

    platform = platform_of(name) if name is not None else None
    # Some formats are named like their platform.
    target = next((entry for entry in FORMATS if entry.id == name), None)
    if name is not None and target is None and platform is None:
        target = find(name)
    if output == "json":
        from pinsmith.documents.document import encode
        from pinsmith.documents.formats import formats_document

        chosen = (target,) if target else of_platform(platform) if platform else FORMATS
        _output.document(encode(formats_document(chosen)))
        return ExitCode.OK
    if target is not None:
        from pinsmith.documents.formats import format_out

        _output.result(*description(format_out(target)))
    if platform is not None and target is not None:
        _output.result("")
    if platform is not None or target is None:
        _output.result(*overview([platform] if platform else PLATFORMS))
    return ExitCode.OK
