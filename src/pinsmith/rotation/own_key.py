"""Keys of one's own: whether a key is fit to be pinned, and how it comes into the pin file and the journal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

from pinsmith.authorities import compromised, find
from pinsmith.certificate.weakness import weakness_of
from pinsmith.errors import PolicyError
from pinsmith.errors.custody import UnfitKeyError
from pinsmith.files.transaction import Content, write_all
from pinsmith.host import canonical_host
from pinsmith.pin import Pin
from pinsmith.pinfile import Edit
from pinsmith.rotation.journal import Journal

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from pinsmith.policy import Key, Policy

MADE: Final = "key-made"
IMPORTED: Final = "key-imported"
MAX_NAMES: Final = 100  # of a certificate, as Let's Encrypt accepts them
_ANOTHER: Final = "make another key: `pinsmith key new NAME`"


def require_fit(subject: str, spki: bytes, policy: Policy, journal: Journal | None = None) -> None:
    """
    Raise if a key of one's own must not be pinned.

    Args:
        subject: What the message calls the key.

        spki: DER SubjectPublicKeyInfo.

        policy: The pins so far.

        journal: That of the pin file, which may say that a key was compromised.

    Raises:
        UnfitKeyError: If others can compute or know its private key, or another key of *policy* is the same.
    """
    require_strong(subject, spki)
    pin = Pin.of_spki(spki)
    if authority := find(pin):
        raise UnfitKeyError(subject, f"is the key of the authority {authority.name}", hint=_ANOTHER)
    for key in policy.keys:
        if key.pin == pin:
            hosts = [entry.host for entry in policy if key in entry.keys]
            used = f", which {', '.join(hosts[:3])} {'uses' if len(hosts) == 1 else 'use'}" if hosts else ""
            raise UnfitKeyError(
                subject,
                f"is the same key as {key.name}{used}",
                hint=f"make another key, because a thief of one copy would have both; or prove that you hold "
                f"{key.name}: `pinsmith key prove {key.name} FILE`",
            )
    for known in policy.compromised:
        if known.pin == pin:
            raise UnfitKeyError(subject, f"is listed as compromised, under [compromised.{known.name}]", hint=_ANOTHER)
    for entry in journal.entries if journal else ():
        if entry.facts.get("emergency") == "key-compromised" and str(pin) in entry.facts.get("from", "").split():
            raise UnfitKeyError(subject, f"was replaced as compromised on {entry.time[:10]}", hint=_ANOTHER)


def require_strong(subject: str, spki: bytes) -> None:
    """
    Raise if others can compute or know the private key of a key of one's own.

    Raises:
        UnfitKeyError: If they can.
    """
    reason = weakness_of(spki)
    if reason is None and (known := compromised(Pin.of_spki(spki))):
        reason = f"is the compromised key of {known}"
    if reason is not None:
        raise UnfitKeyError(subject, reason, hint=_ANOTHER)


def names_of(policy: Policy, given: Sequence[str]) -> list[str]:
    """
    Return the hosts that a certificate of a new key names: those *given*, else all that are pinned.

    Raises:
        HostError: If one of *given* is not a host.
        PolicyError: If there is none, or there are too many for a certificate.
    """
    hosts = list(dict.fromkeys(map(canonical_host, given))) or [entry.host for entry in policy if entry.keys]
    if 0 < len(hosts) <= MAX_NAMES:
        return hosts
    how_many = (
        f"{len(hosts)} hosts, more than the {MAX_NAMES} that authorities put into one certificate" if hosts else ""
    )
    raise PolicyError(
        f"the certificate request would name {how_many or 'no host'}", hint="name the hosts of the key with --for HOST"
    )


@dataclass(frozen=True, slots=True)
class Books:
    """
    A pin file and its journal, which are changed together; the caller holds the lock of the pin file.

    Attributes:
        path: The pin file.
        edit: The same, loaded.
        journal: That of the pin file.
    """

    path: Path
    edit: Edit
    journal: Journal

    @classmethod
    def open(cls, path: Path) -> Self:
        """
        Read the pin file at *path*, and its journal.

        Raises:
            FileError: If one of them cannot be read.
            JournalError: If the journal is damaged.
            ParseError: If the pin file is not one.
        """
        return cls(path, Edit.load(path), Journal.beside(path))

    @property
    def policy(self) -> Policy:
        """The pins, with the changes made so far."""
        return self.edit.result().policy

    def enter(self, key: Key, hosts: Sequence[str]) -> None:
        """
        Add *key* to the pin file, and let *hosts* present it; nothing is written.

        Raises:
            HostError: If one of *hosts* is not a host.
            PolicyError: If the name is taken, or a host is not in the file.
        """
        self.edit.add_key(key)
        for host in dict.fromkeys(map(canonical_host, hosts)):
            self.edit.add_key_to_host(host, key.name)

    def save(self) -> None:
        """
        Write the pin file and the journal: both or none, also if the process is killed.

        Raises:
            ParseError: If the result is not a valid pin file.
            FileError: If a file cannot be written, or was changed meanwhile.
        """
        self.edit.result()
        contents = {self.journal.path: Content(self.journal.original, self.journal.content)}
        if self.edit.text.encode() != self.edit.original:
            contents[self.path] = Content(self.edit.original, self.edit.text.encode())
        write_all(self.path, contents)
