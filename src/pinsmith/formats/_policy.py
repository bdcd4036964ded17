"""From what a file says to a policy."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from pinsmith.authorities import find
from pinsmith.errors import FormatError, PinsmithError
from pinsmith.formats._format import Found, Note, Reading
from pinsmith.host import is_address
from pinsmith.policy import HostPins, Key, Policy

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pinsmith.pin import Pin

_LONGEST_BASE: Final = 56  # a name of a key has at most 64 characters
_DASHES: Final = str.maketrans(".:", "--")


def policy_of(reading: Reading, *, file: str, hosts: Sequence[str] = ()) -> tuple[Policy, tuple[Note, ...]]:
    """
    Make a policy of what a file says; keys are named after the first host that has them.

    Args:
        reading: From the format's reader.

        file: For errors.

        hosts: Whose pins they are, for formats that name no host; canonical.

    Returns:
        The policy, and what it could not hold.

    Raises:
        FormatError: The file contradicts itself, or pins no host.
    """
    if reading.policy is not None:
        return reading.policy, reading.notes
    found = list(reading.hosts) or [_of_host(host, reading) for host in hosts if reading.pins]
    if not found:
        hint = "say whose pins they are with --host" if reading.pins else None
        raise FormatError("it pins no host", file=file, hint=hint)
    notes = list(reading.notes)
    merged = _merge(found, notes, file)
    keys = _keys(merged)
    entries = []
    for each in merged:
        try:
            entries.append(_entry(each, keys))
        except PinsmithError as error:
            raise FormatError(str(error), file=file, line=each.line, hint=error.hint) from error
    if any(key.role == "unknown" for key in keys.values()):
        notes.append(
            Note("it does not say what the pinned keys are, so their role is unknown: run `pinsmith check --fix-roles`")
        )
    return Policy(tuple(entries), tuple(keys.values())), tuple(notes)


def _of_host(host: str, reading: Reading) -> Found:
    return Found(
        host,
        reading.pins,
        include_subdomains=reading.include_subdomains,
        report_only=reading.report_only,
        report_uris=reading.report_uris,
    )


def _merge(found: Iterable[Found], notes: list[Note], file: str) -> list[Found]:
    by_host: dict[str, Found] = {}
    for each in found:
        before = by_host.get(each.host)
        if before is None:
            by_host[each.host] = each
            continue
        if replace(before, pins=(), line=None) != replace(each, pins=(), line=None):
            raise FormatError(
                f"{each.host} stands twice with different settings (line {before.line} has the other)"
                if before.line
                else f"{each.host} stands twice with different settings",
                file=file,
                line=each.line,
                hint="join the two entries",
            )
        by_host[each.host] = replace(before, pins=tuple(dict.fromkeys((*before.pins, *each.pins))))
        notes.append(Note(f"{each.host} stands twice; the pins are joined", each.line))
    return list(by_host.values())


def _keys(found: Iterable[Found]) -> dict[Pin, Key]:
    keys: dict[Pin, Key] = {}
    taken: set[str] = set()
    for each in found:
        for number, pin in enumerate(each.pins, 1):
            known = keys.get(pin.pin)
            if known is None:
                name = _free_name(each.host, number, taken)
                taken.add(name)
                authority = find(pin.pin)
                keys[pin.pin] = Key(name, pin.pin, authority.role if authority else pin.role or "unknown")
            elif pin.role is not None and known.role == "unknown":
                keys[pin.pin] = replace(known, role=pin.role)
    return keys


def _free_name(host: str, number: int, taken: set[str]) -> str:
    """Name a key after its host; long hosts are cut, and hosts that look alike then go on counting."""
    base = host.translate(_DASHES)[:_LONGEST_BASE].rstrip("-")
    return next(name for at in itertools.count(number) if (name := f"{base}-{at}") not in taken)


def _entry(each: Found, keys: dict[Pin, Key]) -> HostPins:
    return HostPins(
        each.host,
        tuple(dict.fromkeys(keys[pin.pin] for pin in each.pins)),
        mode="off" if each.exempt else "report-only" if each.report_only else "enforce",
        include_subdomains=each.include_subdomains and not is_address(each.host),
        expires=each.expires,
        report_uris=each.report_uris,
    )
