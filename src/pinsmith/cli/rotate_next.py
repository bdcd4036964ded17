"""
Make the next move of a rotation, or say which guard stops it and how to satisfy it.

A rotation has four moves. `pin` adds the next key to the pins. `certify` examines the new certificate before you
deploy it. `switch` records that every address presents the new key. `remove` removes the old keys. Before each move,
guards are asked: about the private key, releases that users have, and what every address presents. If all hold, the
pin file, its outputs and the journal are written, all or none. Otherwise nothing changes, and the exit code is 3.

The first move begins the rotation. `--dry-run` shows the guards and changes nothing. `--override GUARD` goes on
without a guard, and the journal records it. `--emergency` shows which releases an immediate change locks out, and
demands a choice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, get_args

import click

from pinsmith.cli import _clock, _complete_pin_file, _options, _rotation
from pinsmith.cli._command import PATH, Command, argument, choice_option
from pinsmith.cli._editing import editing
from pinsmith.exit_code import ExitCode
from pinsmith.rotation.course import CHOICES, EMERGENCIES
from pinsmith.rotation.guards import FIRM, GUARDS

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from pinsmith.rotation.course import Choice, Emergency
    from pinsmith.rotation.guards import GuardName

Output = Literal["text", "json"]
EXAMPLES: Final = (
    ("See what the next move needs:", "pinsmith rotate next api.example.com --dry-run"),
    ("Pin the standby key, and write the outputs:", "pinsmith rotate next api.example.com"),
    (
        "Examine the new certificate before it is deployed:",
        "pinsmith rotate next api.example.com --certificate fullchain.pem --renewal by-hand",
    ),
    (
        "The key in service is stolen:",
        "pinsmith rotate next api.example.com --emergency key-compromised --choose rotate-now",
    ),
)


@click.command("next", Command, help=__doc__, examples=EXAMPLES)
@argument("host", metavar="HOST", shell_complete=_complete_pin_file.hosts, help="The host.")
@_options.file_option
@_rotation.to_option
@_rotation.from_option
@click.option("--certificate", type=PATH, metavar="FILE", help="The new certificate, with its whole chain.")
@click.option("--renewal", metavar="FILE|by-hand", help="The file of the tool that renews the certificate.")
@choice_option(
    "--override",
    "overridden",
    choices=[name for name in GUARDS if name not in FIRM],
    multiple=True,
    help="Go on without this guard.",
)
@choice_option("--emergency", choices=EMERGENCIES, help="Why users cannot be waited for.")
@_rotation.since_option
@choice_option("--choose", "choice", choices=CHOICES, help="In an emergency: lock out users of old releases, or wait.")
@_rotation.lead_time_option
@_rotation.ttl_option
@click.option("--dry-run", is_flag=True, help="Show the guards, and change nothing.")
@_options.connect_option
@_options.proxy_option
@_options.cafile_option
@_options.timeout_option()
@_options.format_option(*get_args(Output))
def rotate_next(
    *,
    host: str,
    file: Path | None,
    to: str | None,
    leaving: tuple[str, ...],
    certificate: Path | None,
    renewal: str | None,
    overridden: tuple[GuardName, ...],
    emergency: Emergency | None,
    choice: Choice | None,
    since: datetime | None,
    lead_time: int | None,
    ttl: int | None,
    dry_run: bool,
    connect: str | None,
    proxy: str | None,
    cafile: Path | None,
    timeout: float,
    output: Output,
) -> int:
    """Ask the guards, and make the move if they hold."""
    from dataclasses import replace

    from pinsmith.host import canonical_host
    from pinsmith.pinfile.releases import Releases
    from pinsmith.rotation import advance
    from pinsmith.rotation.books import Books
    from pinsmith.rotation.course import course_of
    from pinsmith.rotation.guards import ask_guards
    from pinsmith.rotation.situation import situate

    path, now = _options.find_pin_file(file), _clock.now()
    reach = _rotation.Reach(path, connect, proxy, cafile, timeout)
    with editing(path):
        books = Books.open(path)
        pin_file, journal = books.edit.result(), books.journal
        course = course_of(
            pin_file.policy,
            journal,
            canonical_host(host),
            to=to,
            leaving=leaving,
            emergency=emergency,
            choice=choice,
            since=_rotation.utc(since),
        )
        releases = Releases.beside(path).alive(now)
        bare = situate(pin_file, course, journal, releases, now=now, lead_time=lead_time, ttl=_rotation.ttl_of(ttl))
        situation = replace(
            bare,
            outcomes=reach.look(pin_file.policy, host) if course.move != "pin" else None,
            issued=reach.read_issued(certificate, course.entry, now) if course.move in {"pin", "certify"} else None,
            renewed=_rotation.read_renewed(renewal, course.host),
            overridden=frozenset(overridden),
        )
        guards = ask_guards(situation, course.move)
        blocked = any(guard.blocks for guard in guards)
        if dry_run or blocked:
            _rotation.show(output, course, guards)
            return _rotation.tell_blocked(course, guards) if blocked and not dry_run else ExitCode.OK
        changes = advance.advance(situation, books.edit)
        written = books.save_with_outputs(now)
    warnings = advance.dangers(situation)
    _rotation.show(output, course, guards, changes=changes, written=written, warnings=warnings)
    return ExitCode.OK
