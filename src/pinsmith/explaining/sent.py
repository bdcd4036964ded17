"""A chain that a server sends, or would send: which clients reach the host with it, in which trust store."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING

from pinsmith.certificate import Chain
from pinsmith.checks.certificate import certificates_in, hosts_of
from pinsmith.checks.cohort import hosts_of_releases
from pinsmith.checks.reach import pinners_of, reach, without_pins

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from pinsmith.checks.reach import Pinner, Reach
    from pinsmith.explaining.records import Records
    from pinsmith.paths import Store


@dataclass(frozen=True, slots=True)
class SentExplanation:
    """
    A chain, and the clients that reach the host with it.

    Attributes:
        host: Canonical; None if the chain is a file for no pinned host.
        place: The address that sent it, or the file, for people.
        sent: What was sent, leaf first.
        clients: Those with the pins of the pin file, those of each release, and what happens to each in each store.
    """

    host: str | None
    place: str
    sent: Chain
    clients: tuple[tuple[Pinner, tuple[Reach, ...]], ...]


def explain_sent(
    host: str, sent: Chain, records: Records, among: Iterable[Store], *, place: str, now: datetime
) -> SentExplanation:
    """
    Say which clients reach *host* if it sends *sent*.

    Args:
        host: Canonical. It need not be pinned; then only trust is asked.

        sent: What the server sends, leaf first.

        records: The pin file, and the files beside it.

        among: The trust stores.

        place: Where *sent* comes from, for people.

        now: Aware.

    Raises:
        CertificateError: If the first certificate cannot be read.
    """
    return _explained(host, host, sent, records, among, place=place, now=now)


def explain_file(
    content: bytes, records: Records, among: Sequence[Store], *, place: str, now: datetime
) -> tuple[SentExplanation, ...]:
    """
    Say which clients would reach the hosts of a certificate that is not deployed yet, with its intermediates.

    Args:
        content: The whole of a file in any form that `pinsmith.material.read_material` reads, leaf first.

        records: The pin file, and the files beside it.

        among: The trust stores.

        place: The name of the file.

        now: Aware.

    Returns:
        One for each host that the pin file or a release pins and the certificate names; a single one without a host if
        there is none.

    Raises:
        MaterialError: If *content* holds no certificate.
    """
    certificates = certificates_in(content)
    leaf, sent = certificates[0], Chain(tuple(certificates))
    released = [host for host in hosts_of_releases(records.alive(now), records.policy) if leaf.covers(host)]
    hosts: list[str | None] = [*dict.fromkeys((*hosts_of(records.policy, leaf), *released))]
    return tuple(
        _explained(host, host or place, sent, records, among, place=place, now=now) for host in hosts or [None]
    )


def _explained(
    host: str | None, named: str, sent: Chain, records: Records, among: Iterable[Store], *, place: str, now: datetime
) -> SentExplanation:
    ders = [certificate.der for certificate in sent]
    stores = tuple(among)
    pinners = pinners_of(host, records.policy, records.alive(now)) if host else []
    clients = tuple(
        (pinner, reach(pinner, ders, stores, at=now.astimezone(UTC))) for pinner in pinners or [without_pins(named)]
    )
    return SentExplanation(host, place, sent, clients)
