"""
Merge a platform's file into an existing pin file.

Nothing is decided here: differences are found, and a pin file is changed as the user decided. Values, no files.
"""

from __future__ import annotations

import datetime as dt
import itertools
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from pinsmith.pinfile._write import toml_value

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from pinsmith.formats import Can
    from pinsmith.pin import Pin
    from pinsmith.pinfile import Edit
    from pinsmith.policy import HostPins, Key, KeyRole, Policy

Choice = Literal["keep", "take"]
Setting: TypeAlias = bool | str | int | dt.date | tuple[str, ...] | None
"""The value of a setting of a host, as a pin file holds it; None or empty if it is absent."""
UNKNOWN: Final = "unknown"
DEFAULTS: Final = "[defaults]"
_COMPROMISED: Final = "[compromised]"


@dataclass(frozen=True, slots=True)
class Difference:
    """
    A setting of one host, or of all hosts, that differs between a pin file and a platform's file.

    Attributes:
        host: Canonical; ``[defaults]`` or ``[compromised]`` for settings of all hosts.
        field: Its name in a pin file, such as ``expires`` or ``keys``.
        ours: The value in the pin file, as lines that could stand in it.
        theirs: The value in the platform's file, in the same form.
    """

    host: str
    field: str
    ours: tuple[str, ...]
    theirs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Merged:
    """
    The result of `merge`.

    Attributes:
        added: Hosts that were not in the pin file.
        taken: Differences in which the platform's file won.
        roles: Keys whose role was unknown and is known now, by name.
        unused: Keys that no host has any more, by name.
    """

    added: tuple[str, ...]
    taken: tuple[Difference, ...]
    roles: tuple[str, ...]
    unused: tuple[str, ...]


def differences(ours: Policy, theirs: Policy, can: Can) -> tuple[Difference, ...]:
    """
    Compare the hosts that both policies have, in the order of *theirs*.

    Args:
        ours: The policy of the pin file.

        theirs: The policy of the platform's file.

        can: The abilities of its format. A setting that it cannot express does not count as different.
    """
    known = {entry.host: entry for entry in ours.hosts}
    names = {key.pin: key.name for key in ours.keys}
    of_hosts = (
        difference
        for entry in theirs.hosts
        if entry.host in known
        for difference in _of_host(known[entry.host], entry, can, names)
    )
    return (*_of_all(ours, theirs), *of_hosts)


def _of_all(ours: Policy, theirs: Policy) -> Iterator[Difference]:
    """Compare settings that are stricter for all hosts; only those that the pin file lacks are differences."""
    for field, mine, others in (
        ("require-pins", ours.require_pins, theirs.require_pins),
        ("refuse-compromised", ours.refuse_compromised, theirs.refuse_compromised),
    ):
        if others and not mine:
            yield Difference(DEFAULTS, field, (), (f"{field} = true",))
    known = {key.pin for key in ours.compromised}
    for key in theirs.compromised:
        if key.pin not in known:
            yield Difference(_COMPROMISED, key.name, (), (f"{key.pin}  {key.name}",))


def merge(edit: Edit, theirs: Policy, found: Sequence[Difference], choice: Choice | None) -> Merged:
    """
    Add the hosts that *edit* does not have, take roles that it does not know, and settle the differences.

    Nothing is saved. An error may leave *edit* half changed, so then it must not be saved either.

    Args:
        edit: The pin file.

        theirs: The policy of the platform's file.

        found: The differences that `differences` found between the two.

        choice: Which side wins where both differ; needed if they do.

    Raises:
        ValueError: If there are differences, and no choice.
        PolicyError: If the pin file is not written in a way that can be changed in place.
    """
    if found and choice is None:
        raise ValueError("the two sides differ, so choice is needed")
    keys = _Keys(edit)
    before = edit.result().policy
    known, wanted = ({entry.host: entry for entry in policy.hosts} for policy in (before, theirs))
    taken = tuple(found) if choice == "take" else ()
    roles = tuple(keys.learn(theirs.keys))
    for difference in taken:
        if difference.host == DEFAULTS:
            edit.set_default(difference.field, True)  # noqa: FBT003 - the value of a setting
        elif difference.host == _COMPROMISED:
            edit.add_compromised(next(key for key in theirs.compromised if key.name == difference.field))
        else:
            _take(edit, keys, difference, known[difference.host], wanted[difference.host])
    added = [entry for entry in theirs.hosts if entry.host not in known]
    for entry in added:
        edit.add_host(replace(entry, keys=tuple(keys.key(key) for key in entry.keys)))
    used = {key.name for entry in before.hosts for key in entry.keys}
    used -= {key.name for entry in edit.result().policy.hosts for key in entry.keys}
    return Merged(tuple(entry.host for entry in added), taken, roles, tuple(sorted(used)))


def _take(edit: Edit, keys: _Keys, difference: Difference, ours: HostPins, theirs: HostPins) -> None:
    host = ours.host
    if difference.field == "role":
        keys.correct(theirs.keys)
        return
    if difference.field != "keys":
        value = _values(theirs)[difference.field]
        edit.set_host(host, difference.field, None if value == () else value)
        return
    mine, others = {key.pin for key in ours.keys}, {key.pin for key in theirs.keys}
    for key in theirs.keys:
        if key.pin not in mine:
            edit.add_key_to_host(host, keys.key(key).name)
    for key in ours.keys:
        if key.pin not in others:
            edit.remove_key_from_host(host, key.name)


class _Keys:
    """The keys of a pin file that is being changed, by pin."""

    def __init__(self, edit: Edit) -> None:
        self._edit = edit
        self._by_pin = {key.pin: key for key in edit.result().policy.keys}

    def key(self, key: Key) -> Key:
        """Return the file's own key with that pin; add *key* if the file has none."""
        if key.pin not in self._by_pin:
            names = itertools.chain([key.name], (f"{key.name[:56]}-{number}" for number in itertools.count(2)))
            named = replace(key, name=next(name for name in names if not self._edit.has_key(name)))
            self._edit.add_key(named)
            self._by_pin[key.pin] = named
        return self._by_pin[key.pin]

    def learn(self, keys: Iterable[Key]) -> Iterator[str]:
        """Give keys without a role in the file the roles of *keys*, and yield their names."""
        for key in keys:
            own = self._by_pin.get(key.pin)
            if own is not None and own.role == UNKNOWN != key.role:
                self._set_role(own, key.role)
                yield own.name

    def correct(self, keys: Iterable[Key]) -> None:
        """Give the file's keys the roles of *keys*, even where they have other roles."""
        for key in keys:
            own = self._by_pin.get(key.pin)
            if own is not None and key.role not in (UNKNOWN, own.role):
                self._set_role(own, key.role)

    def _set_role(self, own: Key, role: KeyRole) -> None:
        self._edit.set_key(own.name, "role", role)
        self._by_pin[own.pin] = replace(own, role=role)


def settings_of(entry: HostPins, can: Can) -> dict[str, Setting]:
    """Return the settings of an entry besides keys that a format can express, under the names of a pin file."""
    says = {
        "mode": True,
        "include-subdomains": can.subdomains != "none",
        "expires": can.expiry,
        "report-uris": can.report_uris,
    }
    return {field: value for field, value in _values(entry).items() if says.get(field, can.whole)}


def setting_lines(field: str, value: Setting) -> tuple[str, ...]:
    """Write a setting as the lines of a pin file; it has none if the setting is absent."""
    return () if value is None or value == () else (f"{field} = {toml_value(value)}",)


def _of_host(ours: HostPins, theirs: HostPins, can: Can, names: dict[Pin, str]) -> Iterator[Difference]:
    mine, others = (settings_of(entry, can) for entry in (ours, theirs))
    for field, own in mine.items():
        if own != others[field]:
            yield Difference(ours.host, field, setting_lines(field, own), setting_lines(field, others[field]))
    yield from _of_keys(ours, theirs, names)


def _of_keys(ours: HostPins, theirs: HostPins, names: dict[Pin, str]) -> Iterator[Difference]:
    mine, others = ({key.pin: key for key in entry.keys} for entry in (ours, theirs))
    if mine.keys() != others.keys():
        yield Difference(
            ours.host,
            "keys",
            tuple(f"{pin}  {mine[pin].name}" for pin in mine if pin not in others),
            tuple(f"{pin}  {names.get(pin, others[pin].name)}" for pin in others if pin not in mine),
        )
    for pin in mine.keys() & others.keys():
        own_role, other_role = mine[pin].role, others[pin].role
        if own_role != other_role and UNKNOWN not in (own_role, other_role):
            yield Difference(
                ours.host,
                "role",
                (f"{mine[pin].name}: role = {own_role}",),
                (f"{mine[pin].name}: role = {other_role}",),
            )


def _values(entry: HostPins) -> dict[str, Setting]:
    """Return the settings of an entry besides keys, under the names of a pin file."""
    return {
        "mode": entry.mode,
        "include-subdomains": entry.include_subdomains,
        "expires": entry.expires,
        "report-uris": entry.report_uris,
        "port": entry.port,
        "trust": entry.trust,
        "check-host-name": entry.check_host_name,
        "trust-anchors": tuple(dict.fromkeys(anchor.path for anchor in entry.trust_anchors)),
    }
