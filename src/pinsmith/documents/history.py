"""The history of one host, as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from pinsmith.documents.document import Versioned
from pinsmith.documents.finding import FindingOut
from pinsmith.documents.moment import moment_text
from pinsmith.documents.watched import SightOut, WatchedOut, sights_out

if TYPE_CHECKING:
    from pinsmith.store import Span


class SpanOut(msgspec.Struct, frozen=True, kw_only=True):
    """
    A time in which a host presented the same.

    ``changes`` says what was different from before.
    """

    first_seen: str
    last_seen: str
    state: str
    changes: list[FindingOut]
    sights: list[SightOut]


class HistoryOut(msgspec.Struct, frozen=True, kw_only=True):
    """One host of a pin file, and what it has presented, the newest first."""

    host: WatchedOut
    timeline: list[SpanOut]


class HistoryDocument(Versioned, frozen=True, kw_only=True):
    """
    ``GET /api/v1/hosts/{host}``.

    A host is listed for each pin file that contains it, for each of its ports, and for each place that checks it.
    """

    hosts: list[HistoryOut]


def span_out(span: Span) -> SpanOut:
    """Describe *span*."""
    return SpanOut(
        first_seen=moment_text(span.first_seen),
        last_seen=moment_text(span.last_seen),
        state=span.state,
        changes=list(span.changes),
        sights=sights_out(span.observation),
    )
