"""Compare the places of a repository: which of them pin a host, with which keys and settings."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, TypeAlias

from pinsmith.formats import key_names
from pinsmith.importing.merge import DEFAULTS, UNKNOWN, settings_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pinsmith.formats import Can
    from pinsmith.importing.collect import Place
    from pinsmith.importing.merge import Setting
    from pinsmith.pin import Pin
    from pinsmith.policy import HostPins, Key, KeyRole

OF_ALL: Final = ("require-pins", "refuse-compromised", "compromised")
"""The settings of all hosts."""

Numbers: TypeAlias = tuple[int, ...]
"""Places, by their number from 1."""


@dataclass(frozen=True, slots=True)
class KeyRow:
    """
    A key of a host.

    Attributes:
        key: With its name and role in the new pin file.
        has: The places that pin it.
        lacks: The places that pin the host and could pin this key, but do not.
    """

    key: Key
    has: Numbers
    lacks: Numbers


@dataclass(frozen=True, slots=True)
class SettingRow:
    """A setting of a host besides its keys: each value, and the places that have it."""

    field: str
    values: tuple[tuple[Setting, Numbers], ...]


@dataclass(frozen=True, slots=True)
class HostDrift:
    """
    One host in all places.

    Attributes:
        host: Canonical; ``[defaults]`` for the settings of all hosts.
        has: The places that pin it.
        lacks: The places that do not, and hold several hosts.
        keys: All its keys.
        settings: Its settings; only places that can express a setting have a value of it.
    """

    host: str
    has: Numbers
    lacks: Numbers
    keys: tuple[KeyRow, ...]
    settings: tuple[SettingRow, ...]

    @property
    def differs(self) -> bool:
        """Whether the places that pin the host disagree, so that somebody must decide."""
        return any(row.lacks for row in self.keys) or any(row.values[1:] for row in self.settings)


def drift(places: Sequence[Place], roles: Mapping[Pin, KeyRole]) -> list[HostDrift]:
    """
    Compare *places*, host by host.

    A place does not disagree about what it cannot express.

    Args:
        places: From `pinsmith.importing.collect`; place 1 is the first.

        roles: What is known about keys besides their roles in the places.
    """
    keys = _keys(places, roles)
    hosts: dict[str, dict[int, HostPins]] = {}
    for number, place in enumerate(places, 1):
        for entry in place.policy.hosts:
            hosts.setdefault(entry.host, {})[number] = entry
    cans = {number: place.can for number, place in enumerate(places, 1)}
    of_hosts = [_host(host, entries, cans, keys) for host, entries in hosts.items()]
    return [*_of_all(places), *of_hosts]


def _of_all(places: Sequence[Place]) -> Iterator[HostDrift]:
    """Compare the settings of all hosts, which only pin files and policies have; nothing if they have none."""
    whole = {number: place.policy for number, place in enumerate(places, 1) if place.can.whole}
    rows: dict[str, dict[Setting, list[int]]] = {}
    for number, policy in whole.items():
        compromised = tuple(sorted(str(key.pin) for key in policy.compromised))
        values: tuple[Setting, ...] = (policy.require_pins, policy.refuse_compromised, compromised)
        for name, value in zip(OF_ALL, values, strict=True):
            rows.setdefault(name, {}).setdefault(value, []).append(number)
    if any(value for found in rows.values() for value in found):
        yield HostDrift(DEFAULTS, tuple(whole), (), (), _settings(rows))


def _settings(values: Mapping[str, Mapping[Setting, Sequence[int]]]) -> tuple[SettingRow, ...]:
    return tuple(
        SettingRow(name, tuple((value, tuple(numbers)) for value, numbers in found.items()))
        for name, found in values.items()
    )


def _host(host: str, entries: Mapping[int, HostPins], cans: Mapping[int, Can], keys: Mapping[Pin, Key]) -> HostDrift:
    pinned = {number: entry for number, entry in entries.items() if entry.mode != "off"}
    has: dict[Pin, list[int]] = {}
    for number, entry in pinned.items():
        for key in entry.keys:
            has.setdefault(key.pin, []).append(number)
    rows = []
    for pin, numbers in has.items():
        others = ((number, entry) for number, entry in pinned.items() if number not in numbers)
        lacks = tuple(number for number, entry in others if _could_pin(cans[number], keys[pin], entry, keys))
        rows.append(KeyRow(keys[pin], tuple(numbers), lacks))
    values: dict[str, dict[Setting, list[int]]] = {}
    for number, entry in entries.items():
        for name, value in settings_of(entry, cans[number]).items():
            values.setdefault(name, {}).setdefault(value, []).append(number)
    missing = tuple(
        number
        for number, can in cans.items()
        if number not in entries and can.hosts == "many" and _could_hold(can, entries)
    )
    return HostDrift(host, tuple(entries), missing, tuple(rows), _settings(values))


def _could_hold(can: Can, entries: Mapping[int, HostPins]) -> bool:
    modes = {entry.mode for entry in entries.values()}
    return (
        can.whole
        or "enforce" in modes
        or ("report-only" in modes and can.report_only)
        or (modes == {"off"} and can.exempts)
    )


def _could_pin(can: Can, key: Key, entry: HostPins, keys: Mapping[Pin, Key]) -> bool:
    """Return whether a place that pins other keys of the host could pin *key* too."""
    if can.algorithms is not None and key.algorithm is not None and key.algorithm not in can.algorithms:
        return False
    if can.matches == "leaf":
        return not key.is_authority
    if can.matches == "anchors":
        return key.is_authority or key.certificate is not None
    if can.matches == "leaf-or-ca" and key.role != UNKNOWN:
        known = [keys[own.pin] for own in entry.keys if keys[own.pin].role != UNKNOWN]
        return not known or any(own.is_authority == key.is_authority for own in known)
    return True


def _keys(places: Sequence[Place], roles: Mapping[Pin, KeyRole]) -> dict[Pin, Key]:
    """Give every pin one key: a name of its own, and the role that any place knows."""
    keys: dict[Pin, Key] = {}
    taken: set[str] = set()
    for place in places:
        hosts = {key.pin: entry.host for entry in reversed(place.policy.hosts) for key in entry.keys}
        for key in place.policy.keys:
            known = keys.get(key.pin)
            if known is None:
                name = next(name for name in key_names(key.name, hosts.get(key.pin, "host")) if name not in taken)
                taken.add(name)
                known = replace(key, name=name)
            role = roles.get(key.pin) or (known.role if known.role != UNKNOWN else key.role)
            keys[key.pin] = replace(known, role=role)
    return keys


def short(numbers: Numbers) -> str:
    """Write numbers of places, with ranges: ``1-3, 5``."""
    parts: list[list[int]] = []
    for number in sorted(Counter(numbers)):
        if parts and parts[-1][-1] == number - 1:
            parts[-1].append(number)
        else:
            parts.append([number])
    return ", ".join(str(part[0]) if len(part) == 1 else f"{part[0]}-{part[-1]}" for part in parts)
