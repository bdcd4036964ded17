"""Settle the differences between places, as the user decided, into one policy."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, cast

from pinsmith.formats import key_names
from pinsmith.importing.merge import DEFAULTS, setting_lines
from pinsmith.policy import HostPins, Policy

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping, Sequence

    from pinsmith.importing.collect import Place
    from pinsmith.importing.drift import HostDrift, KeyRow, Numbers, SettingRow
    from pinsmith.importing.merge import Setting
    from pinsmith.policy import Key, Mode

_MODES: Final = ("off", "report-only", "enforce")  # from weak to strict


@dataclass(frozen=True, slots=True)
class Decision:
    """
    How differences are settled.

    Attributes:
        order: The places whose pins and settings win, the first one that has the host.
        union: Whether all pins are kept where no place of *order* has the host, and of settings the strictest.
    """

    order: Numbers = ()
    union: bool = False


@dataclass(frozen=True, slots=True)
class Dropped:
    """
    Something that the new pin file does not have.

    Attributes:
        host: The host.
        text: The pin and the name of its key, or the setting as a pin file writes it.
        places: The places that have it.
    """

    host: str
    text: str
    places: Numbers


@dataclass(frozen=True, slots=True)
class Settled:
    """
    The result of `settle`.

    Attributes:
        policy: The policy of all places; without the hosts that are still open.
        dropped: Pins and settings that lost.
        open: Hosts that nobody has decided yet.
    """

    policy: Policy
    dropped: tuple[Dropped, ...]
    open: tuple[HostDrift, ...]


def settle(
    drifts: Iterable[HostDrift],
    places: Sequence[Place],
    decision: Decision,
    by_host: Mapping[str, Decision] | None = None,
) -> Settled:
    """
    Make one policy of all places.

    Args:
        drifts: From `pinsmith.importing.drift`.

        places: The places that were compared.

        decision: How differences are settled.

        by_host: Decisions for single hosts, which come before *decision*.
    """
    entries: list[HostPins] = []
    dropped: list[Dropped] = []
    still_open: list[HostDrift] = []
    of_all: dict[str, Setting] = {}
    for found in drifts:
        host = _Host(found, places, (by_host or {}).get(found.host, decision))
        if found.host == DEFAULTS:
            settings = host.settings()
            of_all = settings or {}
            is_settled = settings is not None
        elif is_settled := (entry := host.settle()) is not None:
            entries.append(entry)
        if is_settled:
            dropped += host.dropped
        else:
            still_open.append(found)
    return Settled(_policy(entries, of_all, places), tuple(dropped), tuple(still_open))


def _policy(entries: Sequence[HostPins], of_all: Mapping[str, Setting], places: Sequence[Place]) -> Policy:
    keys = {key.name: key for entry in entries for key in entry.keys}
    in_use = {key.pin for place in places for entry in place.policy.hosts for key in entry.keys}
    # Keys of a pin file that no host uses are kept, such as standby keys.
    for key in (key for place in places if place.target is None for key in place.policy.keys):
        if key.pin not in in_use:
            in_use.add(key.pin)
            name = next(name for name in key_names(key.name, "spare") if name not in keys)
            keys[name] = replace(key, name=name)
    compromised = {str(key.pin): key for place in places for key in place.policy.compromised}
    return Policy(
        tuple(entries),
        tuple(keys.values()),
        require_pins=bool(of_all.get("require-pins")),
        refuse_compromised=bool(of_all.get("refuse-compromised")),
        compromised=tuple(compromised[pin] for pin in cast("tuple[str, ...]", of_all.get("compromised", ()))),
    )


class _Host:
    """One host that is being settled."""

    def __init__(self, found: HostDrift, places: Sequence[Place], decision: Decision) -> None:
        self._found, self._decision = found, decision
        self._whole = next(
            (
                entry
                for number in found.has
                if places[number - 1].can.whole and (entry := places[number - 1].policy.entry_of(found.host))
            ),
            None,
        )
        self.dropped: list[Dropped] = []

    def settle(self) -> HostPins | None:
        """Return the entry; None if nobody has decided yet."""
        found, settings = self._found, self.settings()
        if settings is None:
            return None
        keys = self._keys_of_exempt() if settings["mode"] == "off" else self._keys()
        if keys is None:
            return None
        # What only a pin file holds, such as trust anchors, comes from there.
        entry = self._whole or HostPins(found.host, keys, mode="enforce" if keys else "off")
        return replace(
            entry,
            keys=keys,
            mode=cast("Mode", settings["mode"]),
            include_subdomains=bool(settings.get("include-subdomains", entry.include_subdomains)),
            expires=cast("dt.date | None", settings.get("expires", entry.expires)),
            report_uris=cast("tuple[str, ...]", settings.get("report-uris", entry.report_uris)),
        )

    def settings(self) -> dict[str, Setting] | None:
        """Return the settings; None if nobody has decided yet."""
        settings: dict[str, Setting] = {}
        for row in self._found.settings:
            if row.values[1:]:
                chosen = self._setting(row)
                if chosen is None:
                    return None
                settings[row.field] = chosen[0]
            else:
                settings[row.field] = row.values[0][0]
        return settings

    def _keys_of_exempt(self) -> tuple[Key, ...]:
        """Return the keys of a host that is not pinned: only a pin file keeps them."""
        own = {key.pin for key in self._whole.keys} if self._whole else set()
        return self._without(row for row in self._found.keys if row.key.pin not in own)

    def _without(self, lost: Iterable[KeyRow]) -> tuple[Key, ...]:
        rows = list(lost)
        self.dropped += [Dropped(self._found.host, _pin(row.key), row.has) for row in rows]
        return tuple(row.key for row in self._found.keys if row not in rows)

    def _keys(self) -> tuple[Key, ...] | None:
        rows = self._found.keys
        if not any(row.lacks for row in rows):
            return tuple(row.key for row in rows)
        pinning = {number for row in rows for number in row.has}
        first = next((number for number in self._decision.order if number in pinning), None)
        if first is None:
            return tuple(row.key for row in rows) if self._decision.union else None
        return self._without(row for row in rows if first in row.lacks)

    def _setting(self, row: SettingRow) -> tuple[Setting] | None:
        """Return the value of a setting that differs, in a tuple because it may be None."""
        having = {number: value for value, numbers in row.values for number in numbers}
        first = next((number for number in self._decision.order if number in having), None)
        if first is not None:
            chosen = having[first]
        elif self._decision.union and row.field in _STRICTEST:
            chosen = _STRICTEST[row.field]([value for value, _ in row.values])
        else:
            return None
        for value, numbers in row.values:
            if value != chosen:
                text = "; ".join(setting_lines(row.field, value)) or f"no {row.field}"
                self.dropped.append(Dropped(self._found.host, text, numbers))
        return (chosen,)


def _pin(key: Key) -> str:
    return f"{key.pin} ({key.name})"


def _strictest_mode(values: Sequence[Setting]) -> Setting:
    return max(cast("list[str]", list(values)), key=_MODES.index)


def _latest(values: Sequence[Setting]) -> Setting:
    """Pins without an expiry date are enforced for ever."""
    return None if None in values else max(cast("list[dt.date]", list(values)))


def _all(values: Sequence[Setting]) -> Setting:
    return tuple(dict.fromkeys(url for value in cast("list[tuple[str, ...]]", list(values)) for url in value))


_STRICTEST: Final = {
    "mode": _strictest_mode,
    "include-subdomains": any,
    "expires": _latest,
    "report-uris": _all,
    "require-pins": any,
    "refuse-compromised": any,
    "compromised": _all,
}
