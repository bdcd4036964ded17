"""
Plan the change of a host to its next key, backwards from the end of the certificate in service.

An app refuses a key that it does not pin. So prove, pin and ship the next key first, and give users time to update,
before a server presents it. The plan has the last day for each step. The pin file, the releases in pins.releases.toml
and the journal show which steps are done. The command connects to nothing and changes nothing.

The end of the certificate is `not-after` of the key in service, and the time that users take to update is `lead-time`,
both in the pin file. Where one is missing, the plan says which option supplies it.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, Literal, get_args

import click

from pinsmith.cli import _clock, _complete_pin_file, _output
from pinsmith.cli._command import Command, argument, number
from pinsmith.cli._options import file_option, find_pin_file, format_option
from pinsmith.cli._output import Mark
from pinsmith.exit_code import ExitCode

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date
    from pathlib import Path

    from pinsmith.cli._output import Line, Tone
    from pinsmith.rotation.plan import Plan, Step

Output = Literal["text", "json"]
EXAMPLES: Final = (
    ("Plan the next rotation:", "pinsmith rotate plan api.example.com"),
    ("Supply what the pin file lacks:", "pinsmith rotate plan api.example.com --not-after 2027-01-31 --lead-time 60"),
)
_TONES: Final[dict[str, Tone]] = {"done": "good", "open": "warn", "overdue": "bad", "unknown": "warn"}
_MISSING: Final = {
    "--not-after": "the pin file does not say when the certificate in service ends",
    "--lead-time": "the pin file does not say how many days users take to update",
}


@click.command("plan", Command, help=__doc__, examples=EXAMPLES)
@argument("host", metavar="HOST", shell_complete=_complete_pin_file.hosts, help="The host.")
@file_option
@click.option(
    "--to", metavar="NAME", shell_complete=_complete_pin_file.keys, help="The next key; by default the standby key."
)
@click.option(
    "--not-after",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DATE",
    help="The last day of the certificate in service, instead of that in the pin file.",
)
@click.option("--lead-time", type=number(int, 1, 3650), metavar="DAYS", help="How long users take to update the app.")
@click.option(
    "--ttl",
    type=number(int, 0, 30 * 24 * 3600),
    default=0,
    metavar="SECONDS",
    help="How long DNS may lead clients to old servers.",
)
@format_option(*get_args(Output))
def rotate_plan(
    *,
    host: str,
    file: Path | None,
    to: str | None,
    not_after: datetime | None,
    lead_time: int | None,
    ttl: int,
    output: Output,
) -> int:
    """Make the plan, and print it."""
    from pinsmith import pinfile
    from pinsmith.documents.document import encode
    from pinsmith.documents.plan import plan_document
    from pinsmith.host import canonical_host
    from pinsmith.pinfile.releases import Releases
    from pinsmith.rotation.journal import Journal
    from pinsmith.rotation.plan import Given, plan

    path, now = find_pin_file(file), _clock.now()
    pin_file = pinfile.load_file(path)
    given = Given(
        releases=Releases.beside(path).alive(now),
        journal=Journal.beside(path),
        lead_time=lead_time or pin_file.lead_time,
        drill_days=pin_file.drill_days,
        ends=not_after.date() if not_after else None,
        ttl=timedelta(seconds=ttl),
    )
    made = plan(pin_file.policy, canonical_host(host), given, now=now, to=to)
    if output == "json":
        _output.document(encode(plan_document(made)))
    else:
        _output.result(*_lines(made, now.date()))
    return ExitCode.OK


def _lines(plan: Plan, today: date) -> Iterator[Line]:
    what = "whose certificate ends" if len(plan.old) == 1 else "of whose certificates the first ends"
    ends = f", {what} on {plan.ends}" if plan.ends else ""
    yield f"{plan.host}: from {', '.join(plan.old)}{ends}, to {plan.new or 'a key that has to be made'}"
    for count, step in enumerate(plan.steps, 1):
        yield [f"{count}. ", Mark(f"{step.state:<8}", _TONES[step.state]), f" {step.what}"]
        yield f"            {_when(step, today)}{step.why}"
        if step.command:
            yield f"            {step.command}"
    for option in plan.missing:
        yield f"pass {option}: {_MISSING[option]}"


def _when(step: Step, today: date) -> str:
    is_last = step.name == "remove"
    if step.state == "done":
        return ""
    if step.due is None:
        return f"{'from' if is_last else 'no later than'} {step.distance}; "
    days = (step.due - today).days
    return f"{'from' if is_last else 'by'} {step.due}, {f'in {days} days' if days >= 0 else f'{-days} days ago'}; "
