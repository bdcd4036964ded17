"""
Plan a rotation: the moves of `pinsmith rotate next`, with the last day for each of them.

An app refuses a key that it does not pin. So pin and ship the next key first, and give users time to update, before a
server presents it. The plan counts backwards from the end of the certificate in service. Each step has the guards that
`rotate next` asks. The pin file, the releases in pins.releases.toml and the journal show which steps are done. The
command connects to nothing, so what servers present is unknown. It changes nothing.

The end of the certificate is `not-after` of the key in service, or what the journal recorded. The time that users take
to update is `lead-time` in the pin file. If one is missing, the plan says which option supplies it. With
`--emergency`, it also shows whom each choice hurts, and whether it is in time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, get_args

import click

from pinsmith.cli import _clock, _complete_pin_file, _output, _rotation
from pinsmith.cli._command import Command, argument, choice_option
from pinsmith.cli._options import file_option, find_pin_file, format_option
from pinsmith.exit_code import ExitCode
from pinsmith.rotation.course import EMERGENCIES

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from pinsmith.rotation.course import Emergency

Output = Literal["text", "json"]
EXAMPLES: Final = (
    ("Plan the next rotation:", "pinsmith rotate plan api.example.com"),
    ("Supply what the pin file lacks:", "pinsmith rotate plan api.example.com --not-after 2027-01-31 --lead-time 60"),
    (
        "The authority revokes its certificates:",
        "pinsmith rotate plan api.example.com --emergency mass-revocation --since 2026-07-29T15:00",
    ),
)


@click.command("plan", Command, help=__doc__, examples=EXAMPLES)
@argument("host", metavar="HOST", shell_complete=_complete_pin_file.hosts, help="The host.")
@file_option
@_rotation.to_option
@_rotation.from_option
@click.option(
    "--not-after",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DATE",
    help="The last day of the certificate in service, instead of that in the pin file.",
)
@_rotation.lead_time_option
@_rotation.ttl_option
@choice_option("--emergency", choices=EMERGENCIES, help="Why users perhaps cannot be waited for.")
@_rotation.since_option
@format_option(*get_args(Output))
def rotate_plan(
    *,
    host: str,
    file: Path | None,
    to: str | None,
    leaving: tuple[str, ...],
    not_after: datetime | None,
    lead_time: int | None,
    ttl: int | None,
    emergency: Emergency | None,
    since: datetime | None,
    output: Output,
) -> int:
    """Make the plan, and print it."""
    from pinsmith import pinfile
    from pinsmith.cli._plan_lines import plan_lines
    from pinsmith.documents.document import encode
    from pinsmith.documents.plan import plan_document
    from pinsmith.host import canonical_host
    from pinsmith.pinfile.releases import Releases
    from pinsmith.rotation.course import course_of
    from pinsmith.rotation.journal import Journal
    from pinsmith.rotation.plan import plan
    from pinsmith.rotation.situation import situate

    path, now = find_pin_file(file), _clock.now()
    pin_file, journal, releases = pinfile.load_file(path), Journal.beside(path), Releases.beside(path).alive(now)
    course = course_of(
        pin_file.policy,
        journal,
        canonical_host(host),
        to=to,
        leaving=leaving,
        emergency=emergency,
        since=_rotation.utc(since),
    )
    situation = situate(
        pin_file,
        course,
        journal,
        releases,
        now=now,
        lead_time=lead_time,
        ttl=_rotation.ttl_of(ttl),
        not_after=not_after.date() if not_after else None,
    )
    made = plan(situation)
    if output == "json":
        _output.document(encode(plan_document(made)))
    else:
        _output.result(*plan_lines(made, now))
    return ExitCode.OK
