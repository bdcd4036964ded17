"""Releases: what each shipped version of an app enforces, so that old versions are asked too."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, cast

from pinsmith._listed import listed
from pinsmith.certificate import Certificate
from pinsmith.finding import Affected
from pinsmith.host import ancestors

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pinsmith.certificate import Chain
    from pinsmith.pin import Pin
    from pinsmith.policy import Mode, Policy, Trust

HTTPS: Final = 443
Platform = Literal["android", "ios", "java"]
OLD_SHARE: Final = dt.timedelta(days=90)
"""From this age on, a share says how old it is: users have updated since then."""
BY_HAND: Final = "by hand"
_SYSTEM: Final = re.compile(r"(android|ios|java) ([0-9]{1,4}(?:\.[0-9]{1,4}){0,3})", re.ASCII)
CohortOutcome = Literal["accepts", "locked-out", "not-enforced"]
FIRST_API_LEVEL: Final = 21
ANDROID_VERSIONS: Final = (
    *("5", "5.1", "6", "7", "7.1", "8", "8.1", "9", "10", "11", "12", "12.1", "13", "14", "15", "16", "17"),
)
"""
The versions of Android by API level, from `FIRST_API_LEVEL` on.

Source:
    https://developer.android.com/tools/releases/platforms
"""


@dataclass(frozen=True, slots=True)
class ReleasedHost:
    """
    What a release enforces for one host.

    It may pin keys that no pin file may contain, such as that of a compromised authority: users have it all the same.

    Attributes:
        host: Canonical.
        pins: Each pin by the name of its key, in order.
        mode: As in the pin file.
        include_subdomains: Whether it covers all subdomains too, at any depth.
        expires: From 00:00 UTC of that day the pins are no longer enforced.
        trust: ``pins-only`` compares the leaf alone, and needs no verified chain.
        anchors: If there are any, the verified chain must also end in one of these keys.
        port: The port that `check` connects to if the pin file no longer contains the host.
    """

    host: str
    pins: Mapping[str, Pin]
    mode: Mode = "enforce"
    include_subdomains: bool = False
    expires: dt.date | None = None
    trust: Trust = "verified"
    anchors: tuple[Pin, ...] = ()
    port: int = HTTPS

    def key_in(self, chain: Chain) -> str | None:
        """Return the name of the first pinned key in *chain*, leaf first; None if it contains none."""
        names = {pin: name for name, pin in reversed(list(self.pins.items()))}
        candidates = chain.certificates[:1] if self.trust == "pins-only" else chain.certificates
        found = (names.get(certificate.pin) for certificate in candidates if isinstance(certificate, Certificate))
        return next((name for name in found if name is not None), None)


@dataclass(frozen=True, slots=True)
class System:
    """
    The oldest system that a release runs on, which decides which authorities it may trust.

    Attributes:
        platform: The system.
        version: For Android the API level, as in ``minSdk``; otherwise the version, such as ``16.5``. Digits and dots.
    """

    platform: Platform
    version: str

    @classmethod
    def parse(cls, text: str) -> System | None:
        """Read a system and its version, such as ``android 26``; None if it is something else."""
        found = _SYSTEM.fullmatch(text)
        if found is None or (found[1] == "android" and not found[2].isdecimal()):
            return None
        return cls(cast("Platform", found[1]), found[2])

    def __str__(self) -> str:
        """As files and options write it; `title` is for people."""
        return f"{self.platform} {self.version}"

    @property
    def title(self) -> str:
        """Its name for people, such as ``Android 8 (API level 26)``. An API level is not a version of Android."""
        if self.platform != "android":
            return f"{'iOS' if self.platform == 'ios' else 'Java'} {self.version}"
        at = int(self.version) - FIRST_API_LEVEL
        name = f"Android {ANDROID_VERSIONS[at]}" if 0 <= at < len(ANDROID_VERSIONS) else "Android"
        return f"{name} (API level {self.version})"


@dataclass(frozen=True, slots=True)
class Release:
    """
    One version of an app that is or was in use.

    Attributes:
        app: The app, such as ``android``.
        version: The version, as the app's store shows it.
        hosts: What it enforces.
        date: When it was released; None if that is not known.
        share: The percentage of users who have it; None if that is not known.
        source: Where the pins were read, for people; None if that is not known.
        ended: The day from which nobody is asked about it any more; None while it is alive.
        oldest: The oldest system that it runs on; None if that is not known.
        share_date: The day of the share, in UTC; None if that is not known.
        share_source: Where the share was read, for people; None if that is not known.
        updates: Whether its programs read signed updates, and so get later pins than these.
    """

    app: str
    version: str
    hosts: tuple[ReleasedHost, ...]
    date: dt.date | None = None
    share: float | None = None
    source: str | None = None
    ended: dt.date | None = None
    oldest: System | None = None
    share_date: dt.date | None = None
    share_source: str | None = None
    updates: bool = False

    def __str__(self) -> str:
        return f"{self.app} {self.version}"

    @property
    def who(self) -> str:
        """The release with its share of users, such as ``android 3.9 (2.1% of users)``."""
        return f"{self} ({self.share:g}% of users)" if self.share is not None else str(self)

    def who_when(self, now: dt.datetime) -> str:
        """Like `who`, with the day of the share, and with its age at *now*, which is aware, if it is old."""
        if self.share is None or self.share_date is None:
            return self.who
        age = now.astimezone(dt.UTC).date() - self.share_date
        ago = f", {age.days} days ago" if age > OLD_SHARE else ""
        return f"{self} ({self.share:g}% of users on {self.share_date}{ago})"

    def affected(self, why: str) -> Affected:
        """Name its users in a finding; *why* follows the release."""
        return Affected(self.app, self.version, self.share, why)

    def is_alive(self, now: dt.datetime) -> bool:
        """Return whether it is still in use at *now*, which is aware."""
        return self.ended is None or now.astimezone(dt.UTC).date() < self.ended

    def find(self, host: str) -> ReleasedHost | None:
        """Return what covers the canonical *host*, as `pinsmith.policy.Policy.find` does."""
        own = {entry.host: entry for entry in self.hosts}
        if host in own:
            return own[host]
        above = (own.get(parent) for parent in ancestors(host))
        return next((entry for entry in above if entry is not None and entry.include_subdomains), None)

    def enforced(self, host: str, now: dt.datetime) -> ReleasedHost | None:
        """Return what it enforces for the canonical *host* at *now*, which is aware; None if it lets every key pass."""
        entry = self.find(host)
        return entry if entry and entry.mode == "enforce" and _not_in_force(entry, now) is None else None


@dataclass(frozen=True, slots=True)
class OnOldest:
    """
    The outcome on the oldest system of a release, which has another trust store than this machine.

    Attributes:
        system: The system.
        store: The id of its trust store; None if the system is not known.
        outcome: As `pinsmith.checks.reach.Reach.outcome`.
        why: Why the outcome is unknown or untrusted, or why pins are not enforced.
    """

    system: System
    store: str | None
    outcome: str
    why: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Cohort:
    """
    The users of one release, and what happens to them at one host.

    Attributes:
        release: Their release.
        outcome: Whether their app connects.
        key: The name of the pinned key that it finds; None if it finds none.
        why: Why it does not connect, or does not compare, to be read after the release; empty if it finds a key.
        oldest: What happens on its oldest system; None if no system is recorded.
    """

    release: Release
    outcome: CohortOutcome
    key: str | None = None
    why: str = ""
    oldest: OnOldest | None = None


def released_hosts(policy: Policy) -> tuple[ReleasedHost, ...]:
    """Return what an app with *policy* enforces. Hosts that are switched off stay, because they exempt subdomains."""
    return tuple(
        ReleasedHost(
            host=entry.host,
            pins={key.name: key.pin for key in entry.keys},
            mode=entry.mode,
            include_subdomains=entry.include_subdomains,
            expires=entry.expires,
            trust=entry.trust,
            anchors=tuple(anchor.pin for anchor in entry.trust_anchors),
            port=entry.port,
        )
        for entry in policy
    )


def ask(release: Release, host: str, *, verified: Chain | None, presented: Chain, now: dt.datetime) -> Cohort | None:
    """
    Say what an app of *release* does with a chain.

    Args:
        release: The release.

        host: Canonical.

        verified: The verified chain, leaf first; None if the chain does not verify.

        presented: What the host sent, leaf first.

        now: Aware.

    Returns:
        None if the release does not cover the host.
    """
    entry = release.find(host)
    if entry is None:
        return None
    why = _not_in_force(entry, now)
    if why is not None:
        return Cohort(release, "not-enforced", why=why)
    found = _match(entry, presented if entry.trust == "pins-only" else verified)
    if isinstance(found, str):
        return Cohort(release, "locked-out" if entry.mode == "enforce" else "not-enforced", why=found)
    return Cohort(release, "accepts", found.name)


def _not_in_force(entry: ReleasedHost, now: dt.datetime) -> str | None:
    if entry.mode == "off":
        return "it pins nothing there"
    if entry.expires is not None and now.astimezone(dt.UTC).date() >= entry.expires:
        return f"its pins expired on {entry.expires}"
    return None


@dataclass(frozen=True, slots=True)
class _Found:
    name: str


def _match(entry: ReleasedHost, chain: Chain | None) -> _Found | str:
    """Return the pinned key that *entry* finds in *chain*, or why it accepts nothing."""
    if not chain:
        return "the chain does not verify"
    if (name := entry.key_in(chain)) is None:
        return f"it pins {listed(entry.pins)} only"
    last = chain.certificates[-1]
    if entry.anchors and not (isinstance(last, Certificate) and last.pin in entry.anchors):
        return "the chain ends in none of its trust anchors"
    return _Found(name)
