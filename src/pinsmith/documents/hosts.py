"""The document of the hosts of a pin file, with the dates on which their pins and certificates end."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import msgspec

from pinsmith.checks.ending import left
from pinsmith.documents.document import Versioned

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from pinsmith.policy import HostPins, Key


class PinnedKeyOut(msgspec.Struct, frozen=True, kw_only=True):
    """
    One key of a pin file.

    ``not_after`` is the last day of its certificate, as the pin file records it, and null if the file does not.
    """

    name: str
    pin: str
    role: str
    standby: bool
    algorithm: str | None
    subject: str | None
    not_after: str | None


class PinnedHostOut(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of a pin file. ``pins_expire`` and ``pins_days_left`` are null if the pins do not expire."""

    host: str
    port: int
    mode: str
    include_subdomains: bool
    pins_expire: str | None
    pins_days_left: int | None
    keys: list[PinnedKeyOut]


class HostsDocument(Versioned, frozen=True, kw_only=True):
    """Hosts of a pin file, in the order of the file. ``total`` is how many hosts the file has."""

    total: int
    hosts: list[PinnedHostOut]


def hosts_document(entries: Sequence[HostPins], *, total: int, now: datetime) -> HostsDocument:
    """Describe *entries*, which may be some of the *total* entries of a pin file; *now* is aware."""
    return HostsDocument(
        total=total,
        hosts=[
            PinnedHostOut(
                host=entry.host,
                port=entry.port,
                mode=entry.mode,
                include_subdomains=entry.include_subdomains,
                pins_expire=str(entry.expires) if entry.expires else None,
                pins_days_left=left(entry.expires, now) // timedelta(days=1) if entry.expires else None,
                keys=[pinned_key_out(key) for key in entry.keys],
            )
            for entry in entries
        ],
    )


def pinned_key_out(key: Key) -> PinnedKeyOut:
    """Describe a key of a pin file."""
    return PinnedKeyOut(
        name=key.name,
        pin=str(key.pin),
        role=key.role,
        standby=key.standby,
        algorithm=key.algorithm,
        subject=key.subject,
        not_after=str(key.not_after) if key.not_after else None,
    )
