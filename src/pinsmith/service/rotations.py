"""
Rotations as the service sees them: how far they have come, and their guards, asked with what hosts presented last.

The service asks every address of a host anyway, so nobody has to connect again to know which guard blocks a move. A
guard that needs something that was not seen, or not seen lately, is unknown and does not hold.

No socket, no file, no clock.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final, Literal

from pinsmith.certificate import Chain
from pinsmith.errors import FetchError, PolicyError
from pinsmith.probe import Failed, Fetched, Target
from pinsmith.rotation.course import ABORTED, EVENTS, MOVES, chapters, course_of, is_over, open_hosts
from pinsmith.rotation.guards import ask_guards
from pinsmith.rotation.situation import situate

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from pinsmith.monitor.observation import Observation, Sight
    from pinsmith.pinfile import PinFile
    from pinsmith.probe import FetchOutcome
    from pinsmith.release import Release
    from pinsmith.rotation.course import Course, Move
    from pinsmith.rotation.guards import Guard
    from pinsmith.rotation.journal import Entry, Journal
    from pinsmith.rotation.possession import Possession

RECENT: Final = timedelta(days=1)
"""How old an observation may be, so that it still shows what a host presents."""

Standing = Literal["not-begun", "open", "ended", "aborted"]


@dataclass(frozen=True, slots=True)
class Seen:
    """
    What a host presented when it was asked last, from one place.

    Attributes:
        vantage: The place.
        at: When, aware.
        observation: Its newest observation, also if it did not answer or interception is suspected.
        certificates: The DER of its certificates, by SHA-256 in hexadecimal; those that are not stored are missing.
    """

    vantage: str
    at: datetime
    observation: Observation
    certificates: Mapping[str, bytes]


@dataclass(frozen=True, slots=True)
class Step:
    """
    One move of a rotation.

    Attributes:
        move: Which one.
        state: Whether it was made, is the next one, or comes later.
        entry: The entry of the journal about it; None if there is none, as for a key that was pinned by hand.
        guards: What they say now; empty if the move was made.
    """

    move: Move
    state: Literal["done", "next", "later"]
    entry: Entry | None
    guards: tuple[Guard, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rotation:
    """
    A rotation of one host: one that is open, one that is over, or the one that would begin.

    Attributes:
        host: Canonical.
        standing: Whether it has begun, and how it ended.
        course: Its keys and its next move; None if it is over, or there is a *problem*.
        steps: The moves in their order. If it is over, those that the journal has.
        entries: Those of the journal about it, the oldest first.
        proofs: The newest proof of the next key from each place, the newest first; also those that are too old.
        seen: What the guards were asked with. If it is empty, nobody has looked lately.
        problem: Why it cannot be continued; None if it can, or is over.
    """

    host: str
    standing: Standing
    course: Course | None = None
    steps: tuple[Step, ...] = ()
    entries: tuple[Entry, ...] = ()
    proofs: tuple[Possession, ...] = ()
    seen: tuple[Seen, ...] = ()
    problem: PolicyError | None = None

    @property
    def guards(self) -> tuple[Guard, ...]:
        """Those of the next move."""
        return next((step.guards for step in self.steps if step.state == "next"), ())

    @property
    def blocking(self) -> tuple[Guard, ...]:
        """The guards that block the next move."""
        return tuple(guard for guard in self.guards if guard.blocks)


def lately(seen: Sequence[Seen], now: datetime) -> tuple[Seen, ...]:
    """Return the observations that are not too old."""
    return tuple(one for one in seen if now - one.at <= RECENT)


def rotation_of(
    pin_file: PinFile,
    journal: Journal,
    releases: Sequence[Release],
    host: str,
    *,
    seen: Sequence[Seen] = (),
    now: datetime,
) -> Rotation:
    """
    Return the open rotation of a host, or the one that would begin.

    The certificate that was shown to ``rotate next --certificate``, the way it is renewed and the lifetime of DNS
    records are not stored, so a guard that needs one of them is unknown.

    Args:
        pin_file: The pin file.

        journal: That of the pin file.

        releases: Those that are in use.

        host: Canonical.

        seen: What the host presented last, from each place; what is older than `RECENT` is left out.

        now: Aware.
    """
    found = [chapter for chapter in chapters(journal, host) if not is_over(chapter)]
    entries = found[-1] if found else ()
    standing: Standing = "open" if entries else "not-begun"
    try:
        course = course_of(pin_file.policy, journal, host)
    except PolicyError as error:
        return Rotation(host=host, standing=standing, entries=entries, problem=error)
    recent = lately(seen, now)
    situation = replace(
        situate(pin_file, course, journal, releases, now=now), outcomes=_shown(course, recent, releases)
    )
    at = MOVES.index(course.move)
    return Rotation(
        host=host,
        standing=standing,
        course=course,
        steps=(
            *(Step(move, "done", course.events.get(move)) for move in MOVES[:at]),
            Step(course.move, "next", None, tuple(ask_guards(situation, course.move))),
            *(Step(move, "later", None, tuple(ask_guards(situation, move))) for move in MOVES[at + 1 :]),
        ),
        entries=entries,
        proofs=tuple(journal.custody_sites(str(course.new.pin), now=now)) if course.new else (),
        seen=recent,
    )


def open_rotations(
    pin_file: PinFile,
    journal: Journal,
    releases: Sequence[Release],
    *,
    seen: Mapping[str, Sequence[Seen]],
    now: datetime,
) -> list[Rotation]:
    """Return every open rotation in the order of the journal; *seen* is by host, and the rest as for `rotation_of`."""
    return [
        rotation_of(pin_file, journal, releases, host, seen=seen.get(host, ()), now=now) for host in open_hosts(journal)
    ]


def past_rotations(journal: Journal, host: str) -> list[Rotation]:
    """Return the rotations of a host that are over, the newest first."""
    return [_past(journal, host, chapter) for chapter in reversed(chapters(journal, host)) if is_over(chapter)]


def _shown(course: Course, seen: Sequence[Seen], releases: Sequence[Release]) -> tuple[FetchOutcome, ...] | None:
    """
    Return what the guards are asked with; None if nobody has looked, or it was not stored.

    If a host is trusted by its pins alone, its verified chain is not stored, and a release may need it.
    """
    pins_only = course.entry.trust == "pins-only"
    covering = [entry for release in releases if (entry := release.find(course.host))]
    if pins_only and any(entry.trust != "pins-only" for entry in covering):
        return None
    return outcomes_of(Target(course.host, course.entry.port), seen, pins_only=pins_only) or None


def outcomes_of(target: Target, seen: Sequence[Seen], *, pins_only: bool) -> tuple[FetchOutcome, ...]:
    """
    Return what every address presented, as if it was asked now.

    Args:
        target: The service.

        seen: What was stored of it; only the chain that was compared is.

        pins_only: Whether that is the presented chain, because the host is trusted by its pins alone.
    """
    return tuple(
        _outcome(target, sight, one.certificates, pins_only=pins_only)
        for one in seen
        for sight in one.observation.sights
    )


def _outcome(target: Target, sight: Sight, certificates: Mapping[str, bytes], *, pins_only: bool) -> FetchOutcome:
    address = sight.address or None
    ders = [certificates[name] for name in sight.certificates if name in certificates]
    why = None
    if sight.verdict == "unreachable":
        why = f"could not be read: {sight.reason}"
    elif sight.verdict == "not-pinned":
        why = "was not compared, because no pins of the pin file were in force"
    elif not ders or len(ders) < len(sight.certificates):
        why = "presented a certificate that was not stored"
    if why is not None:
        return Failed(target, address, FetchError(why).at(target.host, target.port, address))
    chain = Chain.of_der(ders)
    # Of a verified chain, the leaf alone is known to be what the server sent.
    is_verified = not pins_only and sight.verdict != "not-verified"
    return Fetched(
        target,
        sight.address,
        tls_version="",
        cipher="",
        presented=Chain(chain.certificates[:1]) if is_verified else chain,
        verified=chain if is_verified else None,
        distrust=None,
    )


def _past(journal: Journal, host: str, chapter: tuple[Entry, ...]) -> Rotation:
    moves = {event: move for move, event in EVENTS.items()}
    made = [(move, entry) for entry in chapter if (move := moves.get(entry.event))]
    pins = [entry.facts.get("to", "") for entry in chapter]
    return Rotation(
        host=host,
        standing="aborted" if chapter[-1].event == ABORTED else "ended",
        steps=tuple(Step(move, "done", entry) for move, entry in made),
        entries=chapter,
        proofs=tuple(journal.custody_sites(pins[-1])) if pins[-1] else (),
    )
