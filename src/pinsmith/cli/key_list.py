"""List the keys of pins.toml, with their hosts, and the places from which their private keys were proven."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, get_args

import click

from pinsmith.cli import _output
from pinsmith.cli._command import Command
from pinsmith.cli._options import file_option, find_pin_file, format_option
from pinsmith.cli._output import Mark
from pinsmith.exit_code import ExitCode

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pinsmith.cli._output import Line
    from pinsmith.documents.keys import KeyOut

Output = Literal["text", "json"]
EXAMPLES: Final = (("List them:", "pinsmith key list"),)


@click.command("list", Command, help=__doc__, examples=EXAMPLES)
@file_option
@format_option(*get_args(Output))
def key_list(*, file: Path | None, output: Output) -> int:
    """Print the keys."""
    from pinsmith import pinfile
    from pinsmith.documents.document import encode
    from pinsmith.documents.keys import keys_document
    from pinsmith.rotation.journal import Journal

    path = find_pin_file(file)
    document = keys_document(pinfile.load(path), Journal.beside(path))
    if output == "json":
        _output.document(encode(document))
    else:
        _output.result(*(line for key in document.keys for line in _lines(key)))
    return ExitCode.OK


def _lines(key: KeyOut) -> Iterator[Line]:
    what = f"standby {key.role}" if key.standby else key.role
    yield [Mark(key.name, "strong"), f"  {what}  {key.pin}"]
    yield f"  hosts: {', '.join(key.hosts) or 'none'}"
    for site in key.sites:
        yield f"  proven on {site.proven[:10]}" + (f", kept in: {site.custody}" if site.custody else "")
    if key.standby and not key.sites:
        yield "  never proven"
