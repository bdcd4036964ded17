"""What a proposal changes, in words: for those who sign it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinsmith._listed import listed

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from datetime import datetime

    from pinsmith.pin import Pin
    from pinsmith.policy import HostPins, Policy
    from pinsmith.updates.content import Content
    from pinsmith.updates.suspension import Suspension


def differences(before: Content | None, after: Content, now: datetime) -> Iterator[str]:
    """
    Say line by line what *after* changes for clients that have *before*; None if nothing was published yet.

    A suspension that has ended at *now*, which is aware, is not mentioned any more.

    Yields:
        A sentence without a full stop. None at all if nothing changes.
    """
    if before is None:
        yield from map(_new, after.policy)
    else:
        yield from _settings(before.policy, after.policy)
        yield from _hosts(before.policy, after.policy)
    yield from _suspensions(() if before is None else before.suspensions, after.suspensions, now)


def _settings(before: Policy, after: Policy) -> Iterator[str]:
    for name, was, is_on in (
        ("require-pins", before.require_pins, after.require_pins),
        ("refuse-compromised", before.refuse_compromised, after.refuse_compromised),
    ):
        if was != is_on:
            yield f"{name} is {'on' if is_on else 'off'} from now on"
    known, named = ({key.pin: key.name for key in policy.compromised} for policy in (before, after))
    for pin, name in named.items():
        if pin not in known:
            yield f"{name} counts as compromised: clients refuse it at once ({pin})"
    for pin, name in known.items():
        if pin not in named:
            yield f"{name} does not count as compromised any more ({pin})"


def _hosts(before: Policy, after: Policy) -> Iterator[str]:
    compromised = {key.pin for key in after.compromised}
    for entry in before:
        if after.entry_of(entry.host) is None:
            yield f"{entry.host} is not in the policy any more; {_had(entry)}"
    for update in after:
        known = before.entry_of(update.host)
        if known is None:
            yield _new(update)
        else:
            yield from _entry(known, update, compromised)


def _entry(before: HostPins, after: HostPins, compromised: Collection[Pin]) -> Iterator[str]:
    had, has = ({key.pin: key.name for key in entry.keys} for entry in (before, after))
    for pin, name in has.items():
        if pin not in had:
            yield f"{after.host} may also present {name} ({pin})"
    for pin, name in had.items():
        if pin not in has:
            when = "at once, because it is compromised" if pin in compromised else "after the removal delay"
            yield f"{after.host} may not present {name} any more, {when} ({pin})"
    for name, was, now in (
        ("mode", before.mode, after.mode),
        ("include-subdomains", before.include_subdomains, after.include_subdomains),
        ("expires", before.expires or "never", after.expires or "never"),
        ("trust", before.trust, after.trust),
        ("check-host-name", before.check_host_name, after.check_host_name),
        ("trust-anchors", _anchors(before), _anchors(after)),
        ("report-uris", listed(before.report_uris) or "none", listed(after.report_uris) or "none"),
    ):
        if was != now:
            yield f"{after.host}: {name} was {_word(was)}, and becomes {_word(now)}"


def _suspensions(before: tuple[Suspension, ...], after: tuple[Suspension, ...], now: datetime) -> Iterator[str]:
    had = {suspension.host: suspension for suspension in before if now < suspension.until}
    for suspension in after:
        if had.pop(suspension.host, None) != suspension:
            yield (
                f"the pins of {suspension.host} are only reported until {suspension.until:%Y-%m-%d %H:%M} UTC: "
                f"{suspension.reason}"
            )
    for host in had:
        yield f"the pins of {host} are enforced again"


def _new(entry: HostPins) -> str:
    if entry.mode == "off":
        return f"{entry.host} is exempt from the pins of the host above it from now on"
    how = "" if entry.mode == "enforce" else ", which is only reported"
    return f"{entry.host} is pinned from now on: it may present {_keys(entry)}{how}"


def _had(entry: HostPins) -> str:
    return "it was exempt" if entry.mode == "off" else f"it had the keys {_keys(entry)}"


def _keys(entry: HostPins) -> str:
    return listed(key.name for key in entry.keys)


def _anchors(entry: HostPins) -> str:
    return listed(sorted(str(anchor.pin) for anchor in entry.trust_anchors)) or "none"


def _word(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
