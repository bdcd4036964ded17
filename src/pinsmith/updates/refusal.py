"""Why a policy is refused, before it is signed and again by each client."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, timedelta
from typing import TYPE_CHECKING, Final, Literal

from pinsmith.updates.suspension import MAX_DAYS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence
    from datetime import datetime

    from pinsmith.policy import HostPins, Key, Policy
    from pinsmith.updates.suspension import Suspension

MAX_POLICY_DAYS: Final = 366
ENOUGH_KEYS: Final = 2  # one that is presented, and a backup

RefusalCode = Literal[
    "compromised-key",
    "ended-pins",
    "far-expiry",
    "fewer-pins",
    "foreign-key",
    "host-left-out",
    "long-suspension",
    "no-common-pin",
    "not-asked",
    "not-served",
    "unknown-suspension",
    "unreachable-update",
    "unreadable-content",
    "weaker-entry",
    "weaker-setting",
]


@dataclass(frozen=True, slots=True)
class Refusal:
    """
    One reason.

    Attributes:
        code: Stable, in kebab-case.
        subject: The host or key that it is about.
        problem: In words, for use after the subject.
        hint: What to do.
        release: The release, or the earlier policy such as ``policy 3``, whose clients would refuse it; empty for all.
    """

    code: RefusalCode
    subject: str
    problem: str
    hint: str
    release: str = ""

    def __str__(self) -> str:
        who = f"clients of {self.release} would refuse it: " if self.release else ""
        return f"{who}{self.subject} {self.problem} ({self.code})"


def refusals(
    proposed: Policy,
    suspensions: Sequence[Suspension],
    *,
    floor: Policy,
    in_force: Policy,
    update_hosts: Iterable[str],
    now: datetime,
    given_up: Collection[str] | None = None,
) -> list[Refusal]:
    """
    List why a policy may not come into force; empty if it may.

    Args:
        proposed: The policy as it was signed, without the suspensions.

        suspensions: Those that were signed with it.

        floor: The policy that was built into the program. No update takes protection from a host of it.

        in_force: The policy that *proposed* replaces; the floor itself if there is no other.

        update_hosts: The hosts that updates come from.

        now: Aware.

        given_up: For publishers: the hosts of *in_force* that may lose protection, because a user named them. None for
            clients, which cannot know: signatures are their proof that somebody decided it.
    """
    found = [*_weaker(floor, proposed, "the program's own policy", now=now)]
    if given_up is not None:
        lost = _weaker(in_force, proposed, "the policy in force", now=now)
        found += [refusal for refusal in lost if refusal.subject not in given_up]
    found += cut_off(in_force, proposed, now)
    found += _ended(proposed, now)
    found += _suspensions(proposed, suspensions, now)
    found += _unreachable(proposed, floor, tuple(update_hosts))
    return list({(refusal.code, refusal.subject): refusal for refusal in reversed(found)}.values())[::-1]


def expiry_refusals(expires: datetime, now: datetime) -> Iterator[Refusal]:
    """Yield a refusal if a policy that ends at *expires* would be in force for too long from *now*; both are aware."""
    if expires - now > timedelta(days=MAX_POLICY_DAYS + 1):
        yield Refusal(
            "far-expiry",
            "the policy",
            f"would be valid until {expires:%Y-%m-%d}, in more than {MAX_POLICY_DAYS} days",
            "check the clock; otherwise sign a policy that ends earlier",
        )


def key_refusals(proposed: Policy, recorded: Policy) -> Iterator[Refusal]:
    """Yield the keys of *proposed* that the pin file, *recorded*, does not contain under the same name."""
    known = {key.name: key.pin for key in recorded.keys}
    for key in proposed.keys:
        if known.get(key.name) != key.pin:
            yield Refusal(
                "foreign-key",
                key.name,
                "is not in the pin file with this pin",
                "add it to the pin file first, so that somebody has reviewed it",
            )


def _weaker(before: Policy, after: Policy, whose: str, *, now: datetime) -> Iterator[Refusal]:
    """Yield what is protected by *before* and less by *after*."""
    for entry in before:
        if _is_in_force(entry, now):
            yield from _entry_weaker(entry, after.entry_of(entry.host), whose)
    for update in after:
        # An entry of its own takes a host out of the entry of its parent.
        parent = before.find(update.host)
        if parent is not None and parent.host != update.host and _is_in_force(parent, now):
            yield from _entry_weaker(replace(parent, include_subdomains=False), update, whose)
    for is_weaker, setting in (
        (before.require_pins and not after.require_pins, "require-pins"),
        (before.refuse_compromised and not after.refuse_compromised, "refuse-compromised"),
    ):
        if is_weaker:
            yield Refusal("weaker-setting", setting, f"is on in {whose}, and would be off", "keep it on")
    kept, pinned = {key.pin for key in after.compromised}, {key.pin for key in after.keys}
    for stolen in before.compromised:
        if stolen.pin in pinned:
            yield Refusal(
                "compromised-key", stolen.name, f"is listed as compromised by {whose}", "pin another key instead"
            )
        elif stolen.pin not in kept:
            yield Refusal(
                "weaker-setting", stolen.name, f"is compromised in {whose}, and would be forgotten", "keep it listed"
            )


def _entry_weaker(entry: HostPins, update: HostPins | None, whose: str) -> Iterator[Refusal]:
    host = entry.host if update is None else update.host
    if update is None:
        yield Refusal(
            "host-left-out",
            host,
            f"is pinned by {whose}, and would not be pinned any more",
            "keep the host; a program without it needs a release",
        )
        return
    lost = [word for is_lost, word in _losses(entry, update) if is_lost]
    if lost:
        yield Refusal(
            "weaker-entry",
            host,
            f"would be protected less than by {whose}: {', '.join(lost)}",
            "keep what protects the host, or suspend its pins for some days with `pinsmith bundle suspend`",
        )
    count, least = len(_pins(update.keys)), min(len(_pins(entry.keys)), ENOUGH_KEYS)
    if update.mode != "off" and count < least:
        yield Refusal(
            "fewer-pins",
            host,
            f"would have {count} of at least {least} pins, so its next change of keys would lock users out",
            "pin a standby key as backup",
        )


def _losses(entry: HostPins, update: HostPins) -> Iterator[tuple[bool, str]]:
    yield _RANK[update.mode] < _RANK[entry.mode], f'mode = "{update.mode}"'
    yield entry.include_subdomains and not update.include_subdomains, "its subdomains would not be covered"
    yield entry.trust == "verified" and update.trust != "verified", f'trust = "{update.trust}"'
    yield entry.check_host_name and not update.check_host_name, "its name would not be checked"
    yield bool(entry.trust_anchors) and not update.trust_anchors, "its trust anchors would not be checked"
    yield _ends_sooner(entry, update), f"its pins would end on {update.expires}"


def cut_off(before: Policy, after: Policy, now: datetime) -> Iterator[Refusal]:
    """Yield the hosts that keep none of their pins."""
    for update in after:
        entry = before.find(update.host)
        if entry is None or not _is_in_force(entry, now) or update.mode == "off":
            continue
        anchors, others = ({anchor.pin for anchor in one.trust_anchors} for one in (entry, update))
        has_common_pin = bool(_pins(entry.keys) & _pins(update.keys))
        if not has_common_pin or (anchors and others and not anchors & others):
            what = "trust anchors" if has_common_pin else "pins"
            yield Refusal(
                "no-common-pin",
                update.host,
                f"would keep none of the {what} in force, so clients lose it that update before or after the servers",
                f"add the new {what} first, and remove the old ones in a later update",
            )


def _ended(proposed: Policy, now: datetime) -> Iterator[Refusal]:
    for entry in proposed:
        if entry.mode != "off" and not _is_in_force(entry, now):
            yield Refusal(
                "ended-pins", entry.host, f"has pins that ended on {entry.expires}", "set a later date, or none"
            )


_RANK: Final = {"off": 0, "report-only": 1, "enforce": 2}


def _ends_sooner(entry: HostPins, update: HostPins) -> bool:
    return update.expires is not None and (entry.expires is None or update.expires < entry.expires)


def _suspensions(proposed: Policy, suspensions: Sequence[Suspension], now: datetime) -> Iterator[Refusal]:
    for suspension in suspensions:
        entry = proposed.entry_of(suspension.host)
        if entry is None or entry.trust == "pins-only":
            what = "has no entry in the policy" if entry is None else 'has trust = "pins-only"'
            yield Refusal(
                "unknown-suspension",
                suspension.host,
                f"{what}, so its pins cannot be suspended",
                "suspend a host whose chain is verified, by the name of its entry",
            )
        if suspension.until - now > timedelta(days=MAX_DAYS):
            yield Refusal(
                "long-suspension",
                suspension.host,
                f"would be suspended until {suspension.until:%Y-%m-%d}, in more than {MAX_DAYS} days",
                "check the clock; otherwise sign a shorter suspension",
            )


def _unreachable(proposed: Policy, floor: Policy, hosts: tuple[str, ...]) -> Iterator[Refusal]:
    """
    Yield a refusal unless one of the hosts can be reached whatever was distributed.

    Clients reach it with the pins of the floor. So it must be unpinned, or keep one of those pins.
    """
    for host in hosts:
        entry, own = proposed.find(host), floor.find(host)
        if entry is None or entry.mode != "enforce" or (own is not None and _pins(own.keys) & _pins(entry.keys)):
            return
    if hosts:
        yield Refusal(
            "unreachable-update",
            " and ".join(hosts),
            "could be reached only by pins that came with an update, so a wrong one could not be corrected",
            "keep a pin of the program's own policy for it, or name a second address on an unpinned host",
        )


def _is_in_force(entry: HostPins, now: datetime) -> bool:
    return entry.mode != "off" and (entry.expires is None or entry.expires > now.astimezone(UTC).date())


def _pins(keys: Iterable[Key]) -> set[bytes]:
    return {key.pin.digest for key in keys}
