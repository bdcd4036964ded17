"""
Propose that the pins of a suspended host are enforced again.

Not needed if the suspension should end by itself, at the time that `pinsmith bundle show` prints.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from pinsmith.cli import _bundle
from pinsmith.cli._command import Command, argument
from pinsmith.cli._editing import editing
from pinsmith.cli._options import file_option
from pinsmith.exit_code import ExitCode

if TYPE_CHECKING:
    from pathlib import Path

EXAMPLES: Final = (("End a suspension early:", "pinsmith bundle resume api.example.com"),)


@click.command("resume", Command, help=__doc__, examples=EXAMPLES)
@argument("host", metavar="HOST", help="A suspended host.")
@_bundle.bundle_option
@file_option
def bundle_resume(*, host: str, bundle: Path | None, file: Path | None) -> int:
    """Propose it."""
    from pinsmith.host import canonical_host

    opened = _bundle.open_bundle(file, bundle)
    opened.directory.require_exists()
    from pinsmith.errors.updates import SuspensionError

    name = canonical_host(host)
    with editing(opened.path):
        content = _bundle.latest(opened)
        if all(suspension.host != name for suspension in content.suspensions):
            raise SuspensionError(f"{name} is not suspended", hint="`pinsmith bundle show` lists suspensions")
        _bundle.propose_suspensions(opened, content, name, None)
    _bundle.tell_progress(opened.directory)
    return ExitCode.OK
