"""The refusals of a proposal, for those who are asked to sign it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pinsmith.policy import HostPins, Key, Policy, TrustAnchor
from pinsmith.updates.refusal import Refusal, cut_off, key_refusals, refusals

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping
    from datetime import datetime

    from pinsmith.checks.host_check import HostCheck
    from pinsmith.release import Release
    from pinsmith.updates.content import Content


def review(
    proposed: Content,
    published: Content | None,
    *,
    earlier: Mapping[int, Policy],
    recorded: Policy,
    releases: Iterable[Release],
    update_hosts: Collection[str],
    given_up: Collection[str],
    now: datetime,
) -> list[Refusal]:
    """
    List why a proposal may not be signed; empty if it may. No host is asked.

    Args:
        proposed: The proposal.

        published: What clients have now; None if nothing was published.

        earlier: The published policies before it that have not expired, by version. Clients that have been offline may
            still have one of them.

        recorded: The policy of the pin file.

        releases: Those whose programs get the update. A release that would refuse it keeps the policy it has. Without
            any, nobody knows what programs were built with.

        update_hosts: The hosts that updates come from.

        given_up: The hosts that may lose protection, because a user named them.

        now: Aware.
    """
    in_force = proposed.policy if published is None else published.policy
    found = refusals(
        proposed.policy,
        proposed.suspensions,
        floor=Policy(()),
        in_force=in_force,
        update_hosts=(),
        now=now,
        given_up=given_up,
    )
    found += key_refusals(proposed.policy, recorded)
    for version, policy in earlier.items():
        lost = {refusal.subject for refusal in found if refusal.code == "no-common-pin"}
        clients = f"policy {version}"
        found += [
            replace(one, release=clients) for one in cut_off(policy, proposed.policy, now) if one.subject not in lost
        ]
    found += _early(proposed, now)
    own = {entry for host in update_hosts if (entry := in_force.find(host)) is not None}
    floors = {str(release): floor_of(release) for release in releases} or {"": Policy(tuple(own))}
    for name, floor in floors.items():
        of_release = refusals(
            proposed.policy, proposed.suspensions, floor=floor, in_force=floor, update_hosts=update_hosts, now=now
        )
        found += [replace(refusal, release=name) for refusal in of_release if refusal not in found]
    return found


def _early(proposed: Content, now: datetime) -> Iterator[Refusal]:
    """Yield the suspensions that begin later: clients take the begin for a time that has passed already."""
    for one in proposed.suspensions:
        if one.since > now:
            yield Refusal(
                "long-suspension",
                one.host,
                f"would be suspended from {one.since:%Y-%m-%d %H:%M} UTC, which has not come yet",
                "check the clock; otherwise propose it again with `pinsmith bundle suspend`",
            )


def floor_of(release: Release) -> Policy:
    """Return the policy that programs of *release* were built with. Its keys are named by their pins."""
    return Policy(tuple(_entries(release)))


def _entries(release: Release) -> Iterator[HostPins]:
    for entry in release.hosts:
        keys = tuple(Key(str(pin), pin) for pin in dict.fromkeys(entry.pins.values()))
        yield HostPins(
            entry.host,
            keys,
            mode=entry.mode,
            include_subdomains=entry.include_subdomains,
            expires=entry.expires,
            trust=entry.trust,
            trust_anchors=tuple(TrustAnchor("", anchor) for anchor in entry.anchors),
            check_host_name=entry.trust != "pins-only",  # not recorded, so it is not compared
        )


def live_refusals(proposed: Content, checks: Iterable[HostCheck], now: datetime) -> Iterator[Refusal]:
    """
    Yield the hosts that clients would lose with the policy of *proposed*, or that could not be asked.

    Args:
        proposed: The proposal. A host that it suspends at *now* may present any key.

        checks: Live hosts, checked with that policy.

        now: Aware.
    """
    suspended = {suspension.host for suspension in proposed.suspensions if suspension.is_in_force(now)}
    for check in checks:
        entry = proposed.policy.find(check.host)
        if entry is None or entry.host in suspended or not check.fails:
            continue
        if check.verdict == "mismatched":
            yield Refusal(
                "not-served",
                check.host,
                "presents no key that the policy pins, so every client would lose it",
                "pin a key that the host presents now, or deploy the new key first",
            )
        else:
            yield Refusal(
                "not-asked",
                check.host,
                f"was not compared with the policy, because it {check.message}",
                "try again; --offline signs without asking the hosts",
            )
