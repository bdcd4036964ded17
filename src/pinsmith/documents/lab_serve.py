"""The documents of ``pinsmith lab serve``, one on each line: what is open, what clients do, and a summary."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from pinsmith.documents.document import Versioned

if TYPE_CHECKING:
    from pinsmith.lab.live.event import Event
    from pinsmith.lab.live.service import LabService, Served


class RootsOut(msgspec.Struct, frozen=True, kw_only=True):
    """The links to the certificates that a device must trust."""

    roots: str
    lab_root: str
    rogue_root: str


class ServedOut(msgspec.Struct, frozen=True, kw_only=True):
    """One scenario that is open."""

    id: str
    title: str
    key: str
    expected: str
    url: str
    pins: list[str]
    pin_file: str
    certificate: str
    note: str


class LeftOutOut(msgspec.Struct, frozen=True, kw_only=True):
    """One scenario that is not open, and the reason."""

    id: str
    reason: str


class OpenDocument(Versioned, frozen=True, kw_only=True):
    """
    The first line: what is open.

    ``proxy`` is the address and port of the proxy that leads to the hosts; null if devices connect directly. Then
    ``pin_file`` is null too, because the scenarios share a host and need different pins. ``updates`` is the URL of the
    folder of test vectors; null without ``--updates``.
    """

    address: str
    host: str
    proxy: str | None
    roots_end: str
    pin_file: str | None
    pages: list[str]
    updates: str | None
    files: RootsOut
    scenarios: list[ServedOut]
    left_out: list[LeftOutOut]


class EventOut(msgspec.Struct, frozen=True, kw_only=True):
    """What one client did."""

    at: str
    scenario: str
    peer: str
    result: str
    what: str
    bytes_received: int
    request: str | None


class EventLine(Versioned, frozen=True, kw_only=True):
    """Every line except the first and the last: an event."""

    event: EventOut


class SeenOut(msgspec.Struct, frozen=True, kw_only=True):
    """How often a scenario saw each result."""

    id: str
    results: dict[str, int]


class SummaryLine(Versioned, frozen=True, kw_only=True):
    """The last line: a summary."""

    seen: list[SeenOut]


def open_document(service: LabService) -> OpenDocument:
    """Describe what *service* offers, and where."""
    page = service.urls[0]
    return OpenDocument(
        address=service.place.address,
        host=service.place.host,
        proxy=service.proxy if service.place.is_proxied else None,
        roots_end=f"{service.pki.root.ends:%Y-%m-%dT%H:%M:%SZ}",
        pin_file=f"{page}pins.toml" if service.place.is_proxied else None,
        pages=list(service.urls),
        updates=service.updates,
        files=RootsOut(
            roots=f"{page}lab-roots.pem", lab_root=f"{page}lab-root.crt", rogue_root=f"{page}rogue-root.crt"
        ),
        scenarios=[_served(served, service.pki.kind, page) for served in service.served],
        left_out=[LeftOutOut(id=left_out.scenario.id, reason=left_out.reason) for left_out in service.left_out],
    )


def _served(served: Served, kind: str, page: str) -> ServedOut:
    return ServedOut(
        id=served.scenario.id,
        title=served.scenario.title,
        key=kind,
        expected=served.scenario.expected,
        url=served.url,
        pins=list(served.pinning.pins),
        pin_file=f"{page}pins/{served.scenario.id}.toml",
        certificate=f"{page}certificates/{served.scenario.id}.pem",
        note=served.note,
    )


def event_line(event: Event) -> EventLine:
    """Describe what one client did."""
    return EventLine(
        event=EventOut(
            at=f"{event.at:%Y-%m-%dT%H:%M:%S.%fZ}",
            scenario=event.scenario,
            peer=event.peer,
            result=event.result,
            what=event.what,
            bytes_received=event.bytes_received,
            request=event.request,
        )
    )


def summary_line(service: LabService) -> SummaryLine:
    """Count what each scenario of *service* saw."""
    ids = [served.scenario.id for served in service.served]
    return SummaryLine(seen=[SeenOut(id=id_, results=dict(service.watch.counts_of(id_).items())) for id_ in ids])
