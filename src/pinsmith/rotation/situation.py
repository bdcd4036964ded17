"""The facts that the guards of a rotation ask: pins, releases, the journal, what servers present, and the time."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

from pinsmith._listed import listed
from pinsmith.certificate import Certificate, Chain
from pinsmith.probe import Failed
from pinsmith.release import Cohort, ask
from pinsmith.rotation.course import EVENTS
from pinsmith.rotation.journal import moment
from pinsmith.verdict import Matched, decide

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pinsmith.pin import Pin
    from pinsmith.pinfile import PinFile
    from pinsmith.policy import Key, Policy
    from pinsmith.probe import Fetched, FetchOutcome
    from pinsmith.release import Release, ReleasedHost
    from pinsmith.rotation.course import Course
    from pinsmith.rotation.guards import GuardName
    from pinsmith.rotation.journal import Journal
    from pinsmith.rotation.possession import Possession

FRESH: Final = timedelta(days=180)
"""How old a proof of a key may be if the pin file has no `drill-days`."""
_DNS: Final = "tlsa"


class Validity(NamedTuple):
    """
    When the certificate in service is valid, as far as the pin file, the journal or the user says.

    Attributes:
        not_before: Aware; None if that is not known.
        not_after: Aware.
    """

    not_before: datetime | None
    not_after: datetime


@dataclass(frozen=True, slots=True)
class Issued:
    """
    A certificate that is not served yet.

    Attributes:
        certificates: Leaf first, as the server will send them.
        verified: The chain that clients build from it, leaf first; None if there is none.
        problem: Why there is none, or why clients refuse it, as a clause; empty if they accept it.
    """

    certificates: Sequence[Certificate]
    verified: Chain | None
    problem: str = ""

    @property
    def presented(self) -> Chain:
        """The chain that the server will send."""
        return Chain(tuple(self.certificates))


@dataclass(frozen=True, slots=True, kw_only=True)
class Renewed:
    """
    How the certificate is renewed.

    Attributes:
        keeps_key: Whether the next certificate has the same key; None if that is not known.
        why: What shows it, as a clause.
        fix: How to keep the key.
    """

    keeps_key: bool | None
    why: str
    fix: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """
    Everything that the guards ask.

    Attributes:
        policy: The pins.
        course: The rotation.
        journal: That of the pin file.
        releases: Those that are in use.
        now: Aware.
        lead_time: How many days users take to update; 0 if that is not known.
        drill_days: How old a proof of a key may be.
        has_apps: Whether apps pin the host, so that users have to update. False if only DNS carries its pins.
        has_dns: Whether TLSA records carry the pins of the host.
        ttl: How long resolvers keep these records; None if that is not known.
        seen: When the certificate in service ends, as far as that is known without a connection.
        outcomes: What every address presents; None if nobody has asked.
        issued: The certificate that will be served; None if nobody has shown it.
        renewed: None if nobody has said it.
        overridden: The guards to go on without.
    """

    policy: Policy
    course: Course
    journal: Journal
    releases: Sequence[Release]
    now: datetime
    lead_time: int
    drill_days: int
    has_apps: bool = True
    has_dns: bool = False
    ttl: timedelta | None = None
    seen: Validity | None = None
    outcomes: Sequence[FetchOutcome] | None = None
    issued: Issued | None = None
    renewed: Renewed | None = None
    overridden: frozenset[GuardName] = field(default_factory=frozenset)

    @property
    def fetched(self) -> list[Fetched]:
        """What the addresses present that could be read."""
        return [outcome for outcome in self.outcomes or () if not isinstance(outcome, Failed)]

    @property
    def unread(self) -> list[Failed]:
        """The addresses that could not be read."""
        return [outcome for outcome in self.outcomes or () if isinstance(outcome, Failed)]

    @property
    def is_pins_only(self) -> bool:
        """Whether the host is trusted by its pins alone, so that only its leaf counts."""
        return self.course.entry.trust == "pins-only"

    def covering(self) -> list[tuple[Release, ReleasedHost]]:
        """Return the releases that enforce pins for the host now, with what they enforce."""
        found = ((release, release.enforced(self.course.host, self.now)) for release in self.releases)
        return [(release, entry) for release, entry in found if entry is not None]

    def lacking(self, key: Key | None) -> dict[str, Cohort]:
        """
        Return the releases that servers with *key* would lock out, by their names with their share of users.

        If a certificate with that key was shown, its chain decides: it may contain another key that a release pins. If
        it has another key, the releases that it locks out count as well.

        Args:
            key: None for a key that has to be made, which no release pins.
        """
        shown = self.issued if self.issued is not None and not self.issued.problem else None
        by_chain = self.locked_out(shown.presented, shown.verified) if shown else {}
        if shown and key and self.presents(key, shown.presented, shown.verified):
            return by_chain
        return by_chain | {
            release.who: Cohort(release, "locked-out", why=f"it pins {listed(entry.pins)} only")
            for release, entry in self.covering()
            if key is None or key.pin not in entry.pins.values()
        }

    def locked_out(self, presented: Chain, verified: Chain | None) -> dict[str, Cohort]:
        """Return the releases that a chain locks out, by their names with their share of users."""
        asked = (
            ask(release, self.course.host, verified=verified, presented=presented, now=self.now)
            for release in self.releases
        )
        return {cohort.release.who: cohort for cohort in asked if cohort and cohort.outcome == "locked-out"}

    def accepts(self, presented: Chain, verified: Chain | None) -> bool:
        """Return whether the pin file accepts a chain."""
        decisive = presented if self.is_pins_only else verified
        return isinstance(decide(self.policy, self.course.host, decisive, now=self.now), Matched)

    def presents(self, key: Key, presented: Chain, verified: Chain | None) -> bool:
        """Return whether a server that sends a chain is known to its clients by *key*."""
        chain = verified if key.is_authority else Chain(presented.certificates[:1])
        return any(isinstance(link, Certificate) and link.pin == key.pin for link in chain or ())

    def served_pins(self) -> set[Pin]:
        """Return the pins of every certificate that clients of the host meet now."""
        chains = (shown.verified or shown.presented for shown in self.fetched)
        return {link.pin for chain in chains for link in chain if isinstance(link, Certificate)}

    def stale(self, proof: Possession) -> datetime:
        """Return when *proof* is too old."""
        return moment(proof.time) + timedelta(days=self.drill_days)

    def custody(self, key: Key) -> list[Possession]:
        """Return the newest proof of *key* from each place, if it is not too old; the newest comes first."""
        return self.journal.custody_sites(str(key.pin), self.now - timedelta(days=self.drill_days), self.now)


def situate(
    pin_file: PinFile,
    course: Course,
    journal: Journal,
    releases: Sequence[Release],
    *,
    now: datetime,
    lead_time: int | None = None,
    ttl: timedelta | None = None,
    not_after: date | None = None,
) -> Situation:
    """
    Collect the facts that need no connection.

    Args:
        pin_file: The pin file; its outputs show whether apps or DNS carry the pins.

        course: The rotation.

        journal: That of the pin file.

        releases: Those that are in use.

        now: Aware.

        lead_time: How many days users take to update; None for that of the pin file.

        ttl: How long resolvers keep TLSA records; None if that is not known.

        not_after: The last day of the certificate in service; None for that in the pin file or the journal.
    """
    if course.emergency and course.since is None:
        course = replace(course, since=now)
    formats = {output.format for output in pin_file.outputs}
    return Situation(
        policy=pin_file.policy,
        course=course,
        journal=journal,
        releases=releases,
        now=now,
        lead_time=pin_file.lead_time if lead_time is None else lead_time,
        drill_days=pin_file.drill_days or FRESH.days,
        has_apps=formats != {_DNS} or any(release.find(course.host) for release in releases),
        has_dns=_DNS in formats,
        ttl=ttl,
        seen=Validity(None, _begin(not_after)) if not_after else _seen(course, journal),
    )


def _seen(course: Course, journal: Journal) -> Validity | None:
    """Return the first end of the certificates with old keys that were seen last."""
    newest = (max(found, key=lambda one: one.not_after.date(), default=None) for found in _ends(course, journal))
    return min((one for one in newest if one), key=lambda one: one.not_after, default=None)


def _ends(course: Course, journal: Journal) -> Iterator[list[Validity]]:
    for key in course.old:
        found = []
        if (entry := journal.last(EVENTS["certify"], course.host, to=str(key.pin))) and (
            end := entry.fact_time("not-after")
        ):
            found.append(Validity(entry.fact_time("not-before"), end))
        if key.not_after and not key.is_authority:
            found.append(Validity(None, _begin(key.not_after)))
        yield found


def _begin(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
