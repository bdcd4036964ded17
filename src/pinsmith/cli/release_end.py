"""
Stop checking a release, because nobody uses it any more.

If users still have it, `check` no longer warns when they are locked out, so look at its share of users first. The
release stays in the file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from pinsmith.cli import _clock, _output
from pinsmith.cli._command import Command, argument
from pinsmith.cli._editing import editing
from pinsmith.cli._options import file_option, find_pin_file
from pinsmith.exit_code import ExitCode

if TYPE_CHECKING:
    from pathlib import Path

EXAMPLES: Final = (("Stop checking a release:", "pinsmith release end android 3.9"),)


@click.command("end", Command, help=__doc__, examples=EXAMPLES)
@argument("app", metavar="APP", help="The app, such as android.")
@argument("version", metavar="VERSION", help="The version, as `pinsmith release list` shows it.")
@file_option
def release_end(*, app: str, version: str, file: Path | None) -> int:
    """End the release."""
    from pinsmith.pinfile.releases import Releases

    path = find_pin_file(file)
    with editing(path):
        releases = Releases.beside(path)
        release = releases.end(app, version, _clock.now().date())
        releases.save()
    _output.success(f"{release.who} is not checked any more; `check` no longer warns when its users are locked out")
    return ExitCode.OK
