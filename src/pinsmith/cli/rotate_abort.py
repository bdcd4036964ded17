"""
End the open rotation of a host, and keep the old keys.

Every key stays pinned. It connects to the host first: while an address presents the next key, put the old certificate
back, because the next key is then a standby key again. `--override served` ends the rotation without that check.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, get_args

import click

from pinsmith.cli import _clock, _complete_pin_file, _options, _rotation
from pinsmith.cli._command import Command, argument, choice_option
from pinsmith.cli._editing import editing
from pinsmith.exit_code import ExitCode

if TYPE_CHECKING:
    from pathlib import Path

Output = Literal["text", "json"]
EXAMPLES: Final = (("End a rotation:", "pinsmith rotate abort api.example.com"),)


@click.command("abort", Command, help=__doc__, examples=EXAMPLES)
@argument("host", metavar="HOST", shell_complete=_complete_pin_file.hosts, help="The host.")
@_options.file_option
@choice_option("--override", "overridden", choices=("served",), multiple=True, help="Do not ask the host.")
@_options.connect_option
@_options.proxy_option
@_options.cafile_option
@_options.timeout_option()
@_options.format_option(*get_args(Output))
def rotate_abort(
    *,
    host: str,
    file: Path | None,
    overridden: tuple[str, ...],
    connect: str | None,
    proxy: str | None,
    cafile: Path | None,
    timeout: float,
    output: Output,
) -> int:
    """End the rotation if no address presents the new key."""
    from dataclasses import replace

    from pinsmith.host import canonical_host
    from pinsmith.rotation import advance
    from pinsmith.rotation.books import Books
    from pinsmith.rotation.course import aborted_course
    from pinsmith.rotation.guards.servers import old_served
    from pinsmith.rotation.situation import situate

    path, now = _options.find_pin_file(file), _clock.now()
    with editing(path):
        books = Books.open(path)
        pin_file, journal = books.edit.result(), books.journal
        course = aborted_course(pin_file.policy, journal, canonical_host(host))
        guards = []
        if "served" not in overridden:
            outcomes = _rotation.Reach(path, connect, proxy, cafile, timeout).look(pin_file.policy, host)
            situation = replace(situate(pin_file, course, journal, (), now=now), outcomes=outcomes)
            guards = [old_served(situation)]
            advance.require(course, guards)
        changes = advance.abort(course, books.edit, journal, now)
        written = books.save_with_outputs(now)
    changes.append(f"the rotation of {course.host} is ended")
    _rotation.show(output, course, guards, changes=changes, written=written)
    return ExitCode.OK
