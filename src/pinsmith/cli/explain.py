"""
Explain what a pin lets in, where it survives, and until when.

SUBJECT is a pin in any usual spelling, the name of a key of the pin file, or a host that the pin file covers.

Of a public authority, `explain` shows the certificates that carry its key and the authorities below it. It shows which
versions of Android, iOS, Java, Mozilla and Windows trust the key, what the authority says about pinning, and which
dates are coming. Of a key of the pin file, it also shows the hosts and the releases that pin it, and when somebody last
proved that the private key exists.

The tables are not complete. "Unknown" means that they cannot tell, and never that the answer is no. Nothing is
contacted.
"""

from __future__ import annotations

from datetime import UTC
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from pinsmith.cli import _clock, _complete_pin_file, _options, _output
from pinsmith.cli._command import Command, argument
from pinsmith.exit_code import ExitCode

if TYPE_CHECKING:
    from pinsmith.cli._options import Format

EXAMPLES: Final = (
    (
        "Explain the pin of a public authority:",
        "pinsmith explain sha256/C5+lpZ7tcVwmwQIMcRtPbsQtWLABXhQzejna0wHFr8M=",
    ),
    ("Explain a key of the nearest pins.toml:", "pinsmith explain api-2026"),
    ("Explain each pin of a host, as JSON:", "pinsmith explain api.example.com --json"),
)


@click.command("explain", Command, help=__doc__, examples=EXAMPLES)
@argument(
    "subject",
    metavar="SUBJECT",
    shell_complete=_complete_pin_file.hosts,
    help="A pin, the name of a key, or a host.",
)
@_options.file_option
@_options.format_option()
def explain(*, subject: str, file: Path | None, output: Format) -> int:
    """Find what is meant, explain it, and print it."""
    from pinsmith.cli._explain_result import lines
    from pinsmith.documents.document import encode
    from pinsmith.documents.explain import explain_document
    from pinsmith.errors import UsageError
    from pinsmith.explaining.asked import explain_word
    from pinsmith.explaining.records import Records

    now = _clock.now()
    path = _path(file)
    found = explain_word(subject, Records.beside(path), now=now)
    if found is None:
        raise UsageError(
            f"{subject!r} is not a pin, and {path or 'no pin file here'} has no key or host of that name",
            hint="write a pin such as sha256/..., or name a key or a host of the pin file",
        )
    if output == "json":
        _output.document(encode(explain_document(found)))
    else:
        _output.result(*lines(found, now.astimezone(UTC).date()))
    return ExitCode.OK


def _path(file: Path | None) -> Path | None:
    """Return the pin file; None if there is none and none was named, because a pin needs none."""
    from pinsmith.errors import FileError

    try:
        return _options.find_pin_file(file)
    except FileError as error:
        if Path(error.path).is_file():  # there is one, but of another user
            raise
        return None
