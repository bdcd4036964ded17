"""Hosts that are about to be pinned: their entries, the standby keys made for them, and the pin file they go into."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pinsmith import files, pinfile
from pinsmith.errors import UsageError
from pinsmith.policy import Policy
from pinsmith.rotation import key_directory
from pinsmith.rotation.backup import Backup
from pinsmith.rotation.enrolment import enrol, require_known_key, with_backups
from pinsmith.rotation.standby_key import generate

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date
    from pathlib import Path

    from pinsmith.pin import Pin
    from pinsmith.pinfile import Edit
    from pinsmith.policy import HostPins, Key
    from pinsmith.probe import FetchOutcome
    from pinsmith.rotation.enrolment import Enrolment
    from pinsmith.rotation.key_directory import Stored
    from pinsmith.rotation.standby_key import KeyKind
    from pinsmith.rotation.strategy import Strategy


@dataclass(slots=True)
class Draft:
    """
    Hosts that are ready to be written to a pin file.

    Attributes:
        before: The policy that the pin file holds already.
        enrolments: The hosts, in the order asked for.
        stored: The files of the standby keys that were made for them, by their pins.
    """

    before: Policy
    enrolments: list[Enrolment]
    stored: dict[Pin, Stored] = field(default_factory=dict)

    def make_standby_keys(self, kind: KeyKind, directory: Path, today: date) -> None:
        """
        Make one standby key for each group of hosts that present the same keys, and pin it as their backup.

        Every key is written to *directory* before it is pinned; see `pinsmith.rotation.key_directory`.

        Raises:
            FileError: If a key cannot be written; then none is left.
        """
        groups: dict[frozenset[Key], list[int]] = {}
        for position, enrolment in enumerate(self.enrolments):
            groups.setdefault(frozenset(enrolment.entry.keys), []).append(position)
        try:
            for positions in groups.values():
                self._make_standby_key(kind, positions, directory, today)
        except BaseException:
            self.discard()
            raise

    def _make_standby_key(self, kind: KeyKind, positions: Sequence[int], directory: Path, today: date) -> None:
        standby = generate(kind)
        hosts = [self.enrolments[position].entry.host for position in positions]
        self.stored[standby.pin] = key_directory.store(standby, hosts, directory, today)
        backup = Backup(standby.pin, "leaf", standby.algorithm)
        for position in positions:
            self.enrolments[position] = with_backups(self.enrolments[position], [backup], list(self.all_keys()))

    def all_keys(self) -> Iterator[Key]:
        """Yield every key that is pinned already or will be; a key of several hosts comes several times."""
        yield from self.before.keys
        for enrolment in self.enrolments:
            yield from enrolment.entry.keys

    def write_new(self, path: Path) -> None:
        """
        Begin a pin file at *path*, which does not exist.

        Raises:
            FileError: If it exists, or cannot be written.
            ParseError: If the new file could not be read again, such as one that pins a public suffix.
        """
        text = pinfile.write(Policy(tuple(enrolment.entry for enrolment in self.enrolments)))
        pinfile.parse(text, file=str(path))
        files.write_atomically(path, text, exclusive=True)

    def put_into(self, edit: Edit) -> bool:
        """
        Add new hosts, and new keys of the other hosts, to *edit*, which is not saved.

        Args:
            edit: The pin file from which `before` was read.

        Returns:
            Whether anything changed.
        """
        entries = [enrolment.entry for enrolment in self.enrolments]
        changes = [_put(edit, self.before.entry_of(entry.host), entry) for entry in entries]
        return any(changes)

    def discard(self) -> None:
        """Remove the files of the standby keys again, because nothing refers to them."""
        for stored in self.stored.values():
            stored.discard()


def draft(
    policy: Policy,
    found: Sequence[Sequence[FetchOutcome]],
    strategy: Strategy,
    backups: Sequence[Backup] = (),
    *,
    pins_only: bool = False,
    include_subdomains: bool = False,
    force: bool = False,
    needs_standby_key: bool = False,
) -> Draft:
    """
    Choose the keys of hosts, and give each a backup; nothing is written.

    Args:
        policy: The policy so far.

        found: Everything that each host presents.

        strategy: See `pinsmith.rotation.strategy`.

        backups: For every host.

        pins_only: Whether to accept chains that no authority vouches for. Not needed if the host's entry says so.

        include_subdomains: Whether new hosts cover every host below too.

        force: Whether to pin a host even if it presents no key that is pinned for it.

        needs_standby_key: Whether standby keys will be made for the hosts.

    Raises:
        PolicyError: If a host cannot be pinned.
        PinMismatchError: If a host that is pinned presents no pinned key.
        FetchError: If no address of a host could be read.
        UsageError: If *needs_standby_key*, but a host already has a standby key.
    """
    known, enrolments = list(policy.keys), []
    for outcomes in found:
        existing = policy.entry_of(outcomes[0].target.host)
        enrolment = enrol(
            strategy,
            outcomes,
            known,
            pins_only=pins_only or (existing is not None and existing.trust == "pins-only"),
            include_subdomains=include_subdomains,
            policy=policy,
        )
        if existing and not force:
            require_known_key(enrolment, existing, outcomes)
        if existing and needs_standby_key:
            _require_no_standby_key(existing, enrolment)
        enrolment = with_backups(enrolment, backups, known)
        known += [key for key in enrolment.entry.keys if key not in known]
        enrolments.append(enrolment)
    return Draft(policy, enrolments)


def _require_no_standby_key(entry: HostPins, enrolment: Enrolment) -> None:
    """Refuse to make a second standby key for a host, because repeating a command must not make another."""
    for key in entry.keys:
        # A backup that was given as a bare pin has no algorithm: it is not known whether anybody holds its key.
        if key.standby and key.algorithm and key.pin not in enrolment.served:
            raise UsageError(
                f"{entry.host} already has the standby key {key.name}, which no server presents",
                hint="leave out --generate-backup; to pin one more key, pass --backup FILE",
            )


def _put(edit: Edit, existing: HostPins | None, entry: HostPins) -> bool:
    """Add *entry* to the file; say whether anything changed."""
    pinned = {key.pin for key in existing.keys} if existing else set()
    new = [key for key in entry.keys if key.pin not in pinned]
    for key in new:
        if not edit.has_key(key.name):
            edit.add_key(key)
        if existing:
            edit.add_key_to_host(entry.host, key.name)
    if existing is None:
        edit.add_host(entry)
    return bool(new)
