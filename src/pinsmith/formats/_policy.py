"""Turn what a reader found into a policy."""

from __future__ import annotations

import itertools
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from pinsmith import authorities
from pinsmith.errors import FormatError, NothingPinnedError, PinsmithError, PolicyError
from pinsmith.formats._format import Found, Reading
from pinsmith.formats._note import PROBLEMS, Notes, require_sound
from pinsmith.formats._text import read_parts
from pinsmith.host import is_address, private_suffix_remark, public_suffix_problem
from pinsmith.pinfile._spelling import role_problem
from pinsmith.policy import HostPins, Key, Policy

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Mapping, Sequence

    from pinsmith.finding import Finding
    from pinsmith.formats._format import FoundPin
    from pinsmith.pin import Pin
    from pinsmith.policy import KeyRole

UNKNOWN: Final = "unknown"
_MAX_BASE: Final = 56  # a name of a key has at most 64 characters
_MAX_NAMES: Final = 8  # in one note
_UNFIT: Final = re.compile("[^A-Za-z0-9_-]")  # not allowed in the name of a key


def policy_of(
    reading: Reading,
    *,
    file: str,
    hosts: Sequence[str] = (),
    skip_bad: bool = False,
    roles: Mapping[Pin, KeyRole] | None = None,
) -> tuple[Policy, tuple[Finding, ...]]:
    """
    Make a policy from what a reader found.

    The key of a known authority gets its name and role from `pinsmith.authorities`. Other keys are named after the
    first host that has them, and get the role that the file gives, if it gives one.

    Args:
        reading: The result of the format's reader.

        file: The name of the file, for errors.

        hosts: The hosts that the pins are for, if the format names no host; canonical.

        skip_bad: Whether parts that cannot be read are left out, instead of refusing the file.

        roles: The roles that the user gave. They take precedence over those of the file.

    Returns:
        The policy, and a finding for everything that it could not hold.

    Raises:
        NothingPinnedError: if the file pins no host.
        FormatError: if a part of the file cannot be read, or if the file contradicts itself.
        PolicyError: if *roles* contradicts the table of known authorities, or names a pin that is not in the file.
    """
    if reading.policy is not None:
        policy, notes = _with_roles(reading.policy, roles or {}), Notes(file, reading.notes)
    else:
        policy, notes = _assemble(reading, file, hosts, roles or {})
    if not skip_bad:
        require_sound(notes, file, way_out="or leave out such parts with --skip-bad")
    require_pinned(roles or {}, {key.pin for key in policy.keys}, file)
    once = dict.fromkeys(notes)  # hosts that share a list of pins share its problems
    kept = tuple(replace(note, message=f"left out: {note.message}") if note.rule in PROBLEMS else note for note in once)
    if reading.policy is None and all(entry.mode == "off" for entry in policy.hosts):
        raise NothingPinnedError(file, kept)
    return policy, kept


def require_pinned(roles: Mapping[Pin, KeyRole], pinned: Container[Pin], file: str) -> None:
    """
    Refuse roles of keys that are not pinned, or that cannot have them.

    Raises:
        PolicyError: If a pin is not among *pinned*, or its role contradicts the table of known authorities.
    """
    for pin, role in roles.items():
        if pin not in pinned:
            raise PolicyError(
                f"{file} does not pin {pin}", hint=f"with --role {pin}={role}, name a pin that is in the file"
            )
        if problem := role_problem(pin, role):
            raise PolicyError(f"{pin} cannot have the role {role}: {problem[0]}", hint="remove --role for this pin")


def _with_roles(policy: Policy, roles: Mapping[Pin, KeyRole]) -> Policy:
    def known(keys: Iterable[Key]) -> tuple[Key, ...]:
        return tuple(replace(key, role=roles.get(key.pin, key.role)) for key in keys)

    hosts = tuple(replace(entry, keys=known(entry.keys)) for entry in policy.hosts)
    return replace(policy, hosts=hosts, keys=known(policy.keys))


def _assemble(reading: Reading, file: str, hosts: Sequence[str], roles: Mapping[Pin, KeyRole]) -> tuple[Policy, Notes]:
    if reading.pins and not reading.hosts and not hosts:
        raise FormatError("it names no host", file=file, hint="name the host that the pins are for with --host")
    found = list(reading.hosts) or [_of_host(host, reading) for host in hosts if reading.pins]
    notes = Notes(file, reading.notes)
    merged = _merge(found, notes)
    keys = _Keys(roles, notes)
    for pinned in merged:
        keys.add(pinned)
    if reading.problems:
        for pinned in filter(_is_bare, merged):
            notes.add("pins-not-kept", f"{pinned.host} is left out, because none of its pins can be used", pinned.line)
            if pinned.include_subdomains and (problem := public_suffix_problem(pinned.host)):
                notes.add_problem(problem, pinned.line, "write an entry for each host, without its subdomains")
        merged = [pinned for pinned in merged if not _is_bare(pinned)]
    entries = tuple(read_parts(merged, lambda pinned: _entry(pinned, keys.by_pin, file), notes))
    used = tuple(dict.fromkeys(key for entry in entries for key in entry.keys))
    _note_suffixes(entries, merged, notes)
    _note_roles(used, merged, notes)
    _note_authorities(used, notes)
    return Policy(entries, used), notes


def _note_suffixes(entries: Iterable[HostPins], found: Iterable[Found], notes: Notes) -> None:
    lines = {pinned.host: pinned.line for pinned in found}
    for entry in entries:
        if entry.include_subdomains and (remark := private_suffix_remark(entry.host)):
            notes.add("private-suffix", remark, lines[entry.host], fix="write an entry for each host instead")


def _note_roles(keys: Iterable[Key], found: Iterable[Found], notes: Notes) -> None:
    unknown = [key for key in keys if key.role == UNKNOWN]
    if not unknown:
        return
    remarks = {pin.pin: pin.remark for pinned in found for pin in pinned.pins if pin.remark}
    names = [f"{key.name} ({remarks[key.pin]!r})" if key.pin in remarks else key.name for key in unknown]
    listed = ", ".join(names[:_MAX_NAMES]) + (", ..." if len(names) > _MAX_NAMES else "")
    advice = "use --online or --role PIN=leaf, or run `pinsmith check --fix-roles` later"
    notes.add("role-unknown", f"the roles (leaf, intermediate or root) of these keys are unknown: {listed}", fix=advice)


def _note_authorities(keys: Iterable[Key], notes: Notes) -> None:
    for key in keys:
        if signer := authorities.vouched(key.pin):
            message = f"the pin {key.name} lets attackers in: {signer.why} ({signer.source})"
            notes.add("vouched-for-compromised", message, fix="pin another authority")


def _of_host(host: str, reading: Reading) -> Found:
    return Found(
        host,
        reading.pins,
        include_subdomains=reading.include_subdomains,
        report_only=reading.report_only,
        report_uris=reading.report_uris,
    )


def _is_bare(found: Found) -> bool:
    return not found.pins and not found.exempt


def _merge(found: Iterable[Found], notes: Notes) -> list[Found]:
    by_host: dict[str, Found] = {}
    for pinned in found:
        before = by_host.get(pinned.host)
        if before is None:
            by_host[pinned.host] = pinned
            continue
        if replace(before, pins=(), line=None) != replace(pinned, pins=(), line=None):
            other = f" (the first entry is in line {before.line})" if before.line else ""
            text = f"{pinned.host} has two entries with different settings{other}"
            notes.add_problem(text, pinned.line, "join the two entries")
            continue
        by_host[pinned.host] = replace(before, pins=tuple(dict.fromkeys((*before.pins, *pinned.pins))))
        notes.add("duplicate-entry", f"{pinned.host} has two entries, whose pins are joined", pinned.line)
    return list(by_host.values())


class _Keys:
    """The distinct keys of a file, with names and roles."""

    def __init__(self, roles: Mapping[Pin, KeyRole], notes: Notes) -> None:
        self.by_pin: dict[Pin, Key] = {}
        self._roles, self._notes = roles, notes
        self._taken: set[str] = set()

    def add(self, found: Found) -> None:
        for number, pin in enumerate(found.pins, 1):
            known = self.by_pin.get(pin.pin) or self._key(pin, found, _names(found.host, number))
            if pin.role is not None and known.role == UNKNOWN:
                known = replace(known, role=pin.role)
            self.by_pin[pin.pin] = known

    def _key(self, pin: FoundPin, found: Found, names: Iterator[str]) -> Key:
        role = pin.role or UNKNOWN
        authority = authorities.find(pin.pin)
        if authority is not None:
            if pin.role == "leaf":
                text = f"{found.host} pins the key of the authority {authority.name} as a leaf key, which never matches"
                self._notes.add("pin-never-matches", text, found.line)
            base = authorities.key_name(authority)
            role, names = authority.role, itertools.chain([base], (f"{base}-{at}" for at in itertools.count(2)))
        name = next(name for name in names if name not in self._taken)
        self._taken.add(name)
        return Key(name, pin.pin, self._roles.get(pin.pin, role))


def _names(host: str, number: int) -> Iterator[str]:
    """Name a key after its host. Long hosts are cut, and hosts that then look alike continue the numbers."""
    base = _UNFIT.sub("-", host)[:_MAX_BASE].strip("-_") or "host"
    return (f"{base}-{at}" for at in itertools.count(number))


def key_names(name: str, host: str) -> Iterator[str]:
    """Yield *name*, and then names that are made of *host*, until one is free."""
    return itertools.chain([name], _names(host, 1))


def _entry(found: Found, keys: dict[Pin, Key], file: str) -> HostPins:
    if found.include_subdomains and (problem := public_suffix_problem(found.host)):
        raise FormatError(
            problem, file=file, line=found.line, hint="write an entry for each host, without its subdomains"
        )
    try:
        return HostPins(
            found.host,
            tuple(dict.fromkeys(keys[pin.pin] for pin in found.pins)),
            mode="off" if found.exempt else "report-only" if found.report_only else "enforce",
            include_subdomains=found.include_subdomains and not is_address(found.host),
            expires=found.expires,
            report_uris=found.report_uris,
        )
    except PinsmithError as error:
        raise FormatError(str(error), file=file, line=found.line, hint=error.hint) from error
