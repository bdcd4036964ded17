"""
Show the open rotations, and the guards of their next moves.

It connects to nothing, so the guards that ask what servers present are unknown; `pinsmith rotate next HOST --dry-run`
asks them too. With HOST, it also shows a rotation that has not begun.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, get_args

import click

from pinsmith.cli import _clock, _complete_pin_file, _options, _output, _rotation
from pinsmith.cli._command import Command, argument
from pinsmith.exit_code import ExitCode

if TYPE_CHECKING:
    from pathlib import Path

Output = Literal["text", "json"]
EXAMPLES: Final = (
    ("Show every open rotation:", "pinsmith rotate status"),
    ("Show what the next rotation of a host needs:", "pinsmith rotate status api.example.com"),
)


@click.command("status", Command, help=__doc__, examples=EXAMPLES)
@argument("host", metavar="HOST", required=False, shell_complete=_complete_pin_file.hosts, help="The host.")
@_options.file_option
@_rotation.lead_time_option
@_rotation.ttl_option
@_options.format_option(*get_args(Output))
def rotate_status(
    *, host: str | None, file: Path | None, lead_time: int | None, ttl: int | None, output: Output
) -> int:
    """Ask the guards that need no connection."""
    from pinsmith import pinfile
    from pinsmith.documents.document import encode
    from pinsmith.documents.rotation import rotations_document
    from pinsmith.host import canonical_host
    from pinsmith.pinfile.releases import Releases
    from pinsmith.rotation.course import course_of, open_hosts
    from pinsmith.rotation.guards import ask_guards
    from pinsmith.rotation.journal import Journal
    from pinsmith.rotation.situation import situate

    path, now = _options.find_pin_file(file), _clock.now()
    pin_file, journal, releases = pinfile.load_file(path), Journal.beside(path), Releases.beside(path).alive(now)
    found = []
    for name in [canonical_host(host)] if host else open_hosts(journal):
        course = course_of(pin_file.policy, journal, name)
        kept = _rotation.ttl_of(ttl)
        situation = situate(pin_file, course, journal, releases, now=now, lead_time=lead_time, ttl=kept)
        found.append((course, ask_guards(situation, course.move)))
    if output == "json":
        _output.document(encode(rotations_document(found)))
        return ExitCode.OK
    for course, guards in found:
        _output.result(*_rotation.lines(course, guards))
    if not found:
        _output.note("no rotation is open; `pinsmith rotate plan HOST` plans one")
    return ExitCode.OK
