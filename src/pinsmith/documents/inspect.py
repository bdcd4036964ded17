"""The document of a live host and its chains, without the bytes of the certificates."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import UNSET, UnsetType

from pinsmith.certificate.link import links
from pinsmith.documents.certificate import LinkOut, link_out
from pinsmith.documents.document import ErrorOut, Versioned, error_out
from pinsmith.documents.fetch import AddressBase
from pinsmith.probe.result import Failed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pinsmith.probe.result import FetchOutcome


class InspectedOut(AddressBase, frozen=True, kw_only=True):
    """One address of one host, and one of its chains. ``error`` is there only if it could not be read."""

    chain: list[LinkOut]
    error: ErrorOut | UnsetType = UNSET


class InspectDocument(Versioned, frozen=True, kw_only=True):
    """Everything that one host presents: the chains of all its addresses, and of both kinds of key."""

    host: str
    addresses: list[InspectedOut]


def inspect_document(host: str, outcomes: Sequence[FetchOutcome]) -> InspectDocument:
    """Describe what *host* presents."""
    return InspectDocument(host=host, addresses=[_inspected(outcome) for outcome in outcomes])


def _inspected(outcome: FetchOutcome) -> InspectedOut:
    if isinstance(outcome, Failed):
        return InspectedOut(
            host=outcome.target.host,
            port=outcome.target.port,
            address=outcome.address,
            tls_version=None,
            trusted=False,
            trust_error=None,
            chain=[],
            error=error_out(outcome.error),
        )
    return InspectedOut(
        host=outcome.host,
        port=outcome.port,
        address=outcome.address,
        tls_version=outcome.tls_version,
        trusted=outcome.trusted,
        trust_error=outcome.trust_error,
        chain=[link_out(link) for link in links(outcome.presented, outcome.verified)],
    )
