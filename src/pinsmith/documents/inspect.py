"""The document of a live host and its chains, without the bytes of the certificates."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import UNSET, UnsetType

from pinsmith.documents.certificate import LinkOut, link_out
from pinsmith.documents.document import ErrorOut, Versioned
from pinsmith.documents.fetch import AddressBase, address_facts, links_of

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
    return InspectedOut(**address_facts(outcome), chain=[link_out(link) for link in links_of(outcome)])
