"""The documents of ``pinsmith key list`` and ``pinsmith rotate log``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from pinsmith.documents.document import Versioned

if TYPE_CHECKING:
    from pinsmith.policy import Policy
    from pinsmith.rotation.journal import Journal


class SiteOut(msgspec.Struct, frozen=True, kw_only=True):
    """
    A place from which a private key was proven.

    ``custody`` is null if the proof names no place. ``proven`` is the time of its last proof.
    """

    custody: str | None
    proven: str


class KeyOut(msgspec.Struct, frozen=True, kw_only=True):
    """
    A key of the pin file.

    ``proven`` is when somebody last signed with its private key, and ``custody`` where it was kept then; both are null
    if the journal has no proof. ``sites`` are all places from which it was proven; the newest proof comes first.
    """

    name: str
    pin: str
    role: str
    standby: bool
    algorithm: str | None
    not_after: str | None
    hosts: list[str]
    proven: str | None
    custody: str | None
    sites: list[SiteOut]


class KeysDocument(Versioned, frozen=True, kw_only=True):
    """``pinsmith key list --format json``."""

    keys: list[KeyOut]


class JournalEntryOut(msgspec.Struct, frozen=True, kw_only=True):
    """
    An entry of the journal.

    ``key`` and ``host`` are empty if the event is not about one. ``facts`` holds what was found then, as text by name.
    ``parents`` are the hashes of the entries before it.
    """

    time: str
    event: str
    key: str
    host: str
    facts: dict[str, str]
    pin: str | None
    custody: str | None
    parents: list[str]


class JournalDocument(Versioned, frozen=True, kw_only=True):
    """``pinsmith rotate log --format json``. ``heads`` are the hashes of the last entries, one for each branch."""

    entries: list[JournalEntryOut]
    heads: list[str]


def keys_document(policy: Policy, journal: Journal) -> KeysDocument:
    """Describe the keys of *policy*, in the order of the file."""
    keys = []
    for key in policy.keys:
        sites = journal.custody_sites(str(key.pin))
        last = sites[0] if sites else None
        keys.append(
            KeyOut(
                name=key.name,
                pin=str(key.pin),
                role=key.role,
                standby=key.standby,
                algorithm=key.algorithm,
                not_after=str(key.not_after) if key.not_after else None,
                hosts=[entry.host for entry in policy if key in entry.keys],
                proven=last.time if last else None,
                custody=last.custody or None if last else None,
                sites=[SiteOut(custody=site.custody or None, proven=site.time) for site in sites],
            )
        )
    return KeysDocument(keys=keys)


def journal_document(journal: Journal) -> JournalDocument:
    """Describe *journal*."""
    return JournalDocument(
        entries=[
            JournalEntryOut(
                time=entry.time,
                event=entry.event,
                key=entry.key,
                host=entry.host,
                facts=entry.facts,
                pin=entry.proof.pin if entry.proof else None,
                custody=entry.proof.custody or None if entry.proof else None,
                parents=entry.parents,
            )
            for entry in journal.entries
        ],
        heads=journal.heads,
    )
