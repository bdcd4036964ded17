"""Hosts that are about to be pinned: their entries, the standby keys made for them, and the pin file they go into."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from pinsmith import files, pinfile
from pinsmith.errors import PinsmithError, PolicyError
from pinsmith.host import public_suffix_problem
from pinsmith.policy import Policy
from pinsmith.rotation import certificate_directory, key_directory
from pinsmith.rotation.backup import Backup
from pinsmith.rotation.certificate_directory import pem_of, store
from pinsmith.rotation.enrolment import enrol, require_known_key, with_backups
from pinsmith.rotation.standby_key import generate, self_signed_pem

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence
    from datetime import datetime
    from pathlib import Path

    from pinsmith.pin import Pin
    from pinsmith.pinfile import Edit
    from pinsmith.policy import HostPins, Key
    from pinsmith.rotation.enrolment import Enrolment
    from pinsmith.rotation.key_directory import Stored
    from pinsmith.rotation.sighting import Candidate
    from pinsmith.rotation.standby_key import KeyKind
    from pinsmith.rotation.strategy import Consent, Strategy


@dataclass(slots=True)
class Draft:
    """
    Hosts that are ready to be written to a pin file.

    Attributes:
        before: The policy that the pin file holds already.
        enrolments: The hosts, in the order asked for.
        stored: The files of the standby keys that were made for them, by their pins.
        kept: The standby keys that hosts had already, by their hosts.
        certificates: The files of certificates that were written.
    """

    before: Policy
    enrolments: list[Enrolment]
    stored: dict[Pin, Stored] = field(default_factory=dict)
    kept: dict[str, Key] = field(default_factory=dict)
    certificates: list[Path] = field(default_factory=list)
    _standby_pems: dict[Pin, bytes] = field(default_factory=dict)

    def make_standby_keys(self, kind: KeyKind, directory: Callable[[], Path], now: datetime) -> None:
        """
        Make one standby key for each group of hosts that present the same keys, and pin it as their backup.

        A host that has a standby key keeps it, and the hosts that present the same keys get the same one, so repeating
        a command makes no further key. Every key is written to *directory* before it is pinned; see
        `pinsmith.rotation.key_directory`.

        Args:
            kind: The kind of key.

            directory: Called before each key is made.

            now: Aware; the day to name the files after, and the begin of the certificates.

        Raises:
            FileError: If a key cannot be written; then none is left.
        """
        groups: dict[tuple[frozenset[Key], frozenset[Pin]], list[int]] = {}
        for position, enrolment in enumerate(self.enrolments):
            groups.setdefault(_presented(enrolment), []).append(position)
        try:
            for positions in groups.values():
                kept = {position: key for position in positions if (key := self._standby_key(position))}
                self.kept |= {self.enrolments[position].entry.host: key for position, key in kept.items()}
                wanting = [position for position in positions if position not in kept]
                if not wanting:
                    continue
                backup = _backup_of(next(iter(kept.values()))) if kept else None
                self._pin_backup(backup or self._make_standby_key(kind, wanting, directory(), now), wanting)
        except BaseException:
            for stored in self.stored.values():
                stored.discard()
            raise

    def _standby_key(self, position: int) -> Key | None:
        """Return the key that was made in advance for a host of the file, if it has one that no server presents."""
        enrolment = self.enrolments[position]
        existing = self.before.entry_of(enrolment.entry.host)
        # A backup that was given as a bare pin has no algorithm: it is not known whether anybody holds its key.
        return next(
            (
                key
                for key in (existing.keys if existing else ())
                if key.standby and key.algorithm and key.pin not in enrolment.served
            ),
            None,
        )

    def _make_standby_key(self, kind: KeyKind, positions: Sequence[int], directory: Path, now: datetime) -> Backup:
        standby = generate(kind)
        hosts = [self.enrolments[position].entry.host for position in positions]
        self.stored[standby.pin] = key_directory.store(standby, hosts, directory, now.date())
        self._standby_pems[standby.pin] = self_signed_pem(standby.private, hosts, now)
        return Backup(standby.pin, "leaf", standby.algorithm)

    def _pin_backup(self, backup: Backup, positions: Sequence[int]) -> None:
        beside = {entry.host for entry in self.before} | {enrolment.entry.host for enrolment in self.enrolments}
        for position in positions:
            known = list(self.all_keys())
            self.enrolments[position] = with_backups(self.enrolments[position], [backup], known, beside)

    def keep_certificates(self, pin_file: Path) -> None:
        """
        Write the certificates of new keys beside the pin file, and name them in the keys.

        Raises:
            FileError: If one cannot be written; then none is left, and no standby key either.
        """
        pems = dict(self._standby_pems)
        for enrolment in self.enrolments:
            pems |= {certificate.pin: pem_of(certificate) for certificate in enrolment.certificates}
        before = {key.pin for key in self.before.keys}
        paths: dict[Pin, str] = {}
        try:
            for key in self.all_keys():
                if key.pin in pems.keys() - before - paths.keys():
                    paths[key.pin], made = store(pems[key.pin], key.name, pin_file)
                    self.certificates += [made] if made else []
        except BaseException:
            self.discard(pin_file)
            raise
        for position, enrolment in enumerate(self.enrolments):
            keys = tuple(replace(key, certificate=paths.get(key.pin, key.certificate)) for key in enrolment.entry.keys)
            self.enrolments[position] = replace(enrolment, entry=replace(enrolment.entry, keys=keys))

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

    def discard(self, pin_file: Path) -> None:
        """Remove the files of standby keys and certificates again, except those to which *pin_file* refers."""
        certificate_directory.discard(self.certificates, pin_file)
        key_directory.discard(self.stored, pin_file)


def draft(
    policy: Policy,
    candidates: Sequence[Candidate],
    strategy: Strategy,
    backups: Sequence[Backup] = (),
    *,
    include_subdomains: bool = False,
    force: bool = False,
    accepted: Collection[Consent] = (),
    skip: Callable[[PinsmithError], None] | None = None,
) -> Draft:
    """
    Choose the keys of hosts, and give each a backup; nothing is written.

    Args:
        policy: The policy so far.

        candidates: The hosts.

        strategy: See `pinsmith.rotation.strategy`.

        backups: For every host.

        include_subdomains: Whether new hosts cover every host below too.

        force: Whether to pin a host even if it presents no key that is pinned for it.

        accepted: See `pinsmith.rotation.strategy.choose`.

        skip: Called with the error of each host that cannot be pinned; the others go on. None to raise instead.

    Raises:
        FetchError: If no address of a host could be read.
        PinMismatchError: If a host that is pinned presents no pinned key.
        PolicyError: If a host cannot be pinned.
    """
    made = Draft(policy, [])
    beside = {entry.host for entry in policy} | {candidate.host for candidate in candidates}
    for candidate in candidates:
        known, existing = list(made.all_keys()), policy.entry_of(candidate.host)
        try:
            if existing is None and any(enrolment.entry.host == candidate.host for enrolment in made.enrolments):
                raise PolicyError(
                    f"{candidate.host} is named twice, with different ports, but pins apply to every port",
                    hint=f"pin one of them first, and then the keys of the other: `pinsmith add {candidate.host}:PORT`",
                )
            if include_subdomains and existing is None and (problem := public_suffix_problem(candidate.host)):
                raise PolicyError(problem, hint="pin it without --include-subdomains")
            sighting = candidate.sighting(policy)
            enrolment = enrol(
                strategy, sighting, known, beside, include_subdomains=include_subdomains, accepted=accepted
            )
            if existing and not force:
                require_known_key(enrolment, existing, sighting)
            made.enrolments.append(with_backups(enrolment, backups, known, beside))
        except PinsmithError as error:
            if skip is None:
                raise
            skip(error)
    return made


def _presented(enrolment: Enrolment) -> tuple[frozenset[Key], frozenset[Pin]]:
    """Return what hosts that share a private key have in common: more than an authority."""
    keys = frozenset(enrolment.entry.keys)
    return keys, enrolment.served if any(key.is_authority for key in keys) else frozenset()


def _backup_of(key: Key) -> Backup:
    return Backup(key.pin, key.role, key.algorithm, key.subject, key.name)


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
