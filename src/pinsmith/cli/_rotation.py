"""Options and output that the commands of a rotation share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from pinsmith.cli import _complete_pin_file, _options, _output, _via
from pinsmith.cli._command import number
from pinsmith.cli._output import Mark

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from pinsmith.checks.host_check import HostCheck
    from pinsmith.cli._output import Line, Tone
    from pinsmith.policy import HostPins, Policy
    from pinsmith.probe import FetchOutcome
    from pinsmith.rotation.course import Course, Move
    from pinsmith.rotation.guards import Guard
    from pinsmith.rotation.situation import Issued, Renewed

Option = Callable[..., Callable[..., int]]
to_option: Final[Option] = click.option(
    "--to", metavar="NAME", shell_complete=_complete_pin_file.keys, help="The next key; by default the standby key."
)
from_option: Final[Option] = click.option(
    "--from",
    "leaving",
    metavar="NAME",
    multiple=True,
    shell_complete=_complete_pin_file.keys,
    help="A key that is replaced; by default all in service.",
)
since_option: Final[Option] = click.option(
    "--since",
    type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M"]),
    metavar="TIME",
    help="In an emergency: when the authority learnt of it, UTC; by default now.",
)
lead_time_option: Final[Option] = click.option(
    "--lead-time",
    type=number(int, 1, 3650),
    metavar="DAYS",
    help="How long users take to update, instead of what the pin file says.",
)
ttl_option: Final[Option] = click.option(
    "--ttl", type=number(int, 0, 30 * 24 * 3600), metavar="SECONDS", help="How long resolvers keep TLSA records."
)


def utc(given: datetime | None) -> datetime | None:
    """Return the time of `since_option`, aware."""
    return given.replace(tzinfo=UTC) if given else None


def ttl_of(seconds: int | None) -> timedelta | None:
    """Return the time of `ttl_option`."""
    return None if seconds is None else timedelta(seconds=seconds)


@dataclass(frozen=True, slots=True)
class Reach:
    """How the host is reached, and what its chains are trusted by, as the command line and the pin file say."""

    pin_file: Path
    connect: str | None
    proxy: str | None
    cafile: Path | None
    timeout: float

    def look(self, policy: Policy, host: str) -> list[FetchOutcome]:
        """Connect to every address of *host*, and return what it presents."""
        return self._look(policy, [host])

    def look_everywhere(self, policy: Policy) -> list[FetchOutcome]:
        """Connect to every address of every host of *policy*, and return what they present."""
        return self._look(policy, []) if policy.hosts else []

    def _look(self, policy: Policy, hosts: Sequence[str]) -> list[FetchOutcome]:
        from pinsmith.probe.proxy import through
        from pinsmith.probe.survey import survey
        from pinsmith.probe.target import policy_targets

        address, port = _options.parse_connect(self.connect)
        folder = self.pin_file.parent if self.cafile is None else None
        found = policy_targets(policy, hosts, address=address, connect_port=port, starttls=None, folder=folder)
        targets = [through(target, self.proxy) for target in found]
        with _output.progress(len(targets), "looking") as tick:
            surveyed = survey(targets, trust=_options.trust_of(self.cafile), timeout_seconds=self.timeout, tick=tick)
        _via.report(policy, targets, self.connect, say=_output.warning)
        return [outcome for outcomes in surveyed for outcome in outcomes]

    def read_issued(self, source: Path | None, entry: HostPins, now: datetime) -> Issued | None:
        """Read the new certificate of a host; None if *source* is."""
        if source is None:
            return None
        from pinsmith.cli._files import read_bytes
        from pinsmith.errors import MaterialError
        from pinsmith.errors.base import about
        from pinsmith.material import MAX_BYTES
        from pinsmith.rotation.issued import read_issued

        own = self.pin_file.parent / entry.cafile if entry.cafile and self.cafile is None else self.cafile
        content = read_bytes(source, most=MAX_BYTES)
        with about(source, MaterialError):
            return read_issued(content, entry, _options.trust_of(own).anchors(), now)


def read_renewed(given: str | None, host: str) -> Renewed | None:
    """Read the value of ``--renewal``: the file of a tool, or `BY_HAND`; None if there is none."""
    if given is None:
        return None
    from pinsmith import files
    from pinsmith.limit import MAX_BYTES
    from pinsmith.rotation.issued import read_renewed

    if given == BY_HAND:
        return read_renewed(None, given, host)
    return read_renewed(files.read(Path(given), most_bytes=MAX_BYTES).decode(errors="replace"), given, host)


def show(
    output: str,
    course: Course,
    guards: Sequence[Guard],
    *,
    changes: Sequence[str] = (),
    written: Sequence[str] = (),
    warnings: Sequence[str] = (),
) -> None:
    """Print a rotation with the guards of its next move; and that move, if it was made."""
    if output == "json":
        from pinsmith.documents.document import encode
        from pinsmith.documents.rotation import MoveDocument, rotation_out

        shown = rotation_out(course, guards)
        document = MoveDocument(rotation=shown, changes=list(changes), warnings=list(warnings), files=list(written))
        _output.document(encode(document))
        return
    _output.result(*lines(course, guards))
    for change in changes:
        _output.success(change)
    for name in written:
        _output.note(f"wrote {name}")
    for warning in warnings:
        _output.warning(warning)


def tell_blocked(course: Course, guards: Iterable[Guard]) -> int:
    """Print that guards, which were shown, block the next move; and return the exit code."""
    from pinsmith.errors.rotation import GuardError

    error = GuardError(course.host, course.move, [guard for guard in guards if guard.blocks])
    hint = "run the command again when every guard holds; `--override GUARD` goes on without one"
    _output.error(error.code, str(error), hint=hint)
    return error.exit_code


def lines(course: Course, guards: Iterable[Guard]) -> Iterator[Line]:
    """Show a rotation, and the guards of its next move."""
    yield heading(course)
    yield f"next move: {course.move}, {WHAT[course.move]}"
    yield from guard_lines(guards)


def heading(course: Course) -> Line:
    """Name the host and its keys."""
    old, new = ", ".join(key.name for key in course.old), course.new.name if course.new else "a key that has to be made"
    why = f" ({course.emergency})" if course.emergency else ""
    return [Mark(course.host, "strong"), f": from {old} to {new}{why}"]


def guard_lines(guards: Iterable[Guard]) -> Iterator[Line]:
    """Show guards, and how those that block are satisfied."""
    for guard in guards:
        word, tone = _state(guard)
        yield ["  ", Mark(f"{word:<10}", tone), f"  {guard.name}: {guard.why}"]
        if guard.blocks:
            yield f"              {guard.fix}"


def _state(guard: Guard) -> tuple[str, Tone]:
    if guard.holds:
        return "holds", "good"
    if guard.overridden:
        return "overridden", "warn"
    return ("unknown", "warn") if guard.holds is None else ("fails", "bad")


BY_HAND: Final = "by-hand"
WHAT: Final[dict[Move, str]] = {
    "pin": "which adds the next key to the pins and the outputs",
    "certify": "which examines the new certificate before it is deployed",
    "switch": "which records that every address presents the new key",
    "remove": "which removes the old keys from the pins and the outputs",
}


def without_given_up(checks: list[HostCheck], pin_file: Path) -> tuple[list[HostCheck], list[str]]:
    """Leave out the releases that somebody gave up in an emergency, and say whom the certificate locks out."""
    if not any(check.fault == "locked-out" for check in checks):
        return checks, []
    from pinsmith.rotation import given_up
    from pinsmith.rotation.journal import Journal

    journal = Journal.beside(pin_file)
    found = [given_up.without_given_up(check, journal) for check in checks]
    return [check for check, _ in found], [why for _, why in found if why]
