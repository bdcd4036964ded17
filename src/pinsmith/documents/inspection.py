"""The document of a host that somebody inspects on the page or by the API: its chains, and what the pins say."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from msgspec import UNSET, UnsetType

from pinsmith import authorities
from pinsmith.certificate import Certificate
from pinsmith.documents.certificate import LinkOut, link_facts, pem_of
from pinsmith.documents.check import CheckOut, check_document
from pinsmith.documents.document import ErrorOut, Versioned
from pinsmith.documents.fetch import AddressBase, address_facts, links_of
from pinsmith.documents.moment import moment_text
from pinsmith.errors import CertificateError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from pinsmith.certificate.link import Link
    from pinsmith.checks.host_check import HostCheck
    from pinsmith.pin import Pin
    from pinsmith.probe import FetchOutcome, Target


class InspectedCertificateOut(LinkOut, frozen=True, kw_only=True):
    """
    One certificate of a chain, with what is known of it.

    ``names`` are those that it is for. ``days_left`` is negative after its end. ``key`` is the name of the pinned key
    that it has, and ``authority`` the known public authority whose key it has; otherwise they are null.
    """

    pem: str
    names: list[str]
    days_left: int | None
    key: str | None
    authority: str | None


class InspectedAddressOut(AddressBase, frozen=True, kw_only=True):
    """One address of one host, and one of its chains. ``error`` is there only if it could not be read."""

    chain: list[InspectedCertificateOut]
    error: ErrorOut | UnsetType = UNSET


class InspectionDocument(Versioned, frozen=True, kw_only=True):
    """
    ``POST /api/v1/inspect``: everything that one host presents, and how it compares with the pins.

    ``addresses`` has the chains of all addresses, and of both kinds of key. ``file`` is the pin file that covers the
    host, or null; ``results`` compares each of ``addresses`` with it, in their order.
    """

    host: str
    port: int
    starttls: str | None
    at: str
    file: str | None
    addresses: list[InspectedAddressOut]
    results: list[CheckOut]


def inspection_document(
    target: Target, outcomes: Sequence[FetchOutcome], checks: Sequence[HostCheck], *, file: str | None, now: datetime
) -> InspectionDocument:
    """
    Describe what *target* presents.

    Args:
        target: The service.

        outcomes: Of all its addresses.

        checks: The same, compared with the pins; empty if no pin file covers the host.

        file: The pin file that covers the host; None if none does.

        now: When it was asked; aware.
    """
    entry = next((check.entry for check in checks if check.entry is not None), None)
    keys = {key.pin: key.name for key in entry.keys} if entry is not None else {}
    return InspectionDocument(
        host=target.host,
        port=target.port,
        starttls=target.starttls,
        at=moment_text(now),
        file=file,
        addresses=[_address(outcome, keys, now) for outcome in outcomes],
        results=check_document(checks, now=now).hosts,
    )


def inspected_certificate(link: Link, keys: Mapping[Pin, str], now: datetime) -> InspectedCertificateOut:
    """
    Describe one certificate of a chain.

    Args:
        link: The certificate, and where it stands.

        keys: The names of pinned keys.

        now: Aware.
    """
    certificate = link.certificate
    readable = certificate if isinstance(certificate, Certificate) else None
    known = authorities.find(readable.pin) if readable else None
    return InspectedCertificateOut(
        **link_facts(link),
        pem=pem_of(link.certificate),
        names=_names(readable) if readable else [],
        days_left=_days_left(readable, now) if readable else None,
        key=keys.get(readable.pin) if readable else None,
        authority=known.name if known else None,
    )


def _address(outcome: FetchOutcome, keys: Mapping[Pin, str], now: datetime) -> InspectedAddressOut:
    chain = [inspected_certificate(link, keys, now) for link in links_of(outcome)]
    return InspectedAddressOut(**address_facts(outcome), chain=chain)


def _names(certificate: Certificate) -> list[str]:
    try:
        return list(certificate.names)
    except CertificateError:
        return []


def _days_left(certificate: Certificate, now: datetime) -> int | None:
    try:
        return (certificate.not_after - now) // timedelta(days=1)
    except CertificateError:
        return None
