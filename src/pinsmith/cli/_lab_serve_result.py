"""Prints what ``pinsmith lab serve`` offers, and what arrives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

import msgspec

from pinsmith.cli import _output
from pinsmith.cli._output import Mark
from pinsmith.documents.document import Versioned, encode_line
from pinsmith.lab.live import qr
from pinsmith.lab.live.event import RESULT_WORDS
from pinsmith.lab.live.page import OPEN_WARNING, WARNING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pinsmith.cli._output import Line, Tone
    from pinsmith.lab.live.event import Event, VisitResult
    from pinsmith.lab.live.service import LabService, Served

_TONES: Final[dict[VisitResult, Tone]] = {
    "accepts-a-rogue": "bad",
    "refuses-a-good-server": "bad",
    "pass": "good",
    "unproven": "faint",
}
_MAX_CODES: Final = 3


class EventPrinter(Protocol):
    """Prints what happens, for people or for machines."""

    def print_service(self) -> None:
        """Print what is served."""
        ...

    def print_events(self, events: Iterable[Event]) -> None:
        """Print what arrived."""
        ...

    def print_summary(self) -> None:
        """Print what was seen in all."""
        ...


class TextPrinter:
    """Prints lines for people."""

    def __init__(self, service: LabService, *, codes: bool | None) -> None:
        """Print QR codes if *codes*; None for where they are of use."""
        self._service = service
        self._codes = codes
        self._width = max(len(each.scenario.id) for each in service.served)

    def print_service(self) -> None:
        """Print the table and where the page is."""
        service = self._service
        _warn(service)
        _output.result(*self._table(), "", *self._page())
        self._draw()
        for reason in dict.fromkeys(each.reason for each in service.left_out):
            ids = [each.scenario.id for each in service.left_out if each.reason == reason]
            _output.note(f"left out: {', '.join(ids)}: {reason}")
        _output.note("waiting for clients; Ctrl-C ends it")
        _output.flush()

    def print_events(self, events: Iterable[Event]) -> None:
        """Print a line for each."""
        for each in events:
            _output.result([f"{each.at:%H:%M:%S} {each.scenario}: ", Mark(str(each), _TONES[each.result])])
            _output.flush()

    def print_summary(self) -> None:
        """Print what each scenario saw."""
        counts = {each.scenario.id: self._service.watch.counts_of(each.scenario.id) for each in self._service.served}
        visited = {name: seen for name, seen in counts.items() if seen}
        _output.result("")
        for name, seen in visited.items():
            marks = [
                Mark(f"{seen[result]} x {words}", _TONES[result])
                for result, words in RESULT_WORDS.items()
                if seen[result]
            ]
            _output.result([f"{name:{self._width}}  ", *[part for mark in marks for part in (", ", mark)][1:]])
        if self._service.watch.lacks_control:
            _output.warning("no good server was accepted, so refusals prove nothing; does the app trust both roots?")
        unseen = len(counts) - len(visited)
        _output.result(f"{unseen} of {len(counts)} scenarios saw nobody" if unseen else "every scenario saw somebody")

    def _table(self) -> Iterator[Line]:
        pki = self._service.pki
        yield (Mark(f"{'scenario':{self._width}}  expected  url", "strong"),)
        for each in self._service.served:
            yield [
                f"{each.scenario.id:{self._width}}  ",
                f"{each.scenario.expected:8}  ",
                Mark(each.scene.url, "strong"),
            ]
            if each.note:
                yield f"{'':{self._width}}            {each.note}"
            if each.pinning.pins != (pki.pin, pki.backup_pin):
                yield from (f"{'':{self._width}}  pin       {pin}" for pin in each.pinning.pins)
        yield ""
        yield f"pin         {pki.pin}"
        yield f"backup pin  {pki.backup_pin}"
        if any(each.pinning.pins != (pki.pin, pki.backup_pin) for each in self._service.served):
            yield "            unless a scenario names its own"

    def _page(self) -> Iterator[Line]:
        first, *others = self._service.urls
        yield ["page        ", Mark(first, "strong"), *(f"  {each}" for each in others)]
        yield f"roots       {first}lab-roots.pem"

    def _draw(self) -> None:
        wanted = _output.is_terminal() if self._codes is None else self._codes
        if not wanted:
            return
        if not qr.is_available():
            _output.note("no QR codes without the library segno: pip install 'pinsmith[lab]'")
            return
        links = {"page": self._service.urls[0]}
        if self._codes or len(self._service.served) <= _MAX_CODES:
            links |= {each.scenario.id: each.scene.url for each in self._service.served}
        for title, url in links.items():
            _output.result("", f"{title}: {url}", *qr.half_blocks(url))


class FileOut(msgspec.Struct, frozen=True, kw_only=True):
    """The links of what there is to download."""

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
    note: str


class LeftOutOut(msgspec.Struct, frozen=True, kw_only=True):
    """One that is not."""

    id: str
    reason: str


class OpenDocument(Versioned, frozen=True, kw_only=True):
    """The first line."""

    address: str
    host: str
    pages: list[str]
    files: FileOut
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
    """Every line but the first and the last."""

    event: EventOut


class SeenOut(msgspec.Struct, frozen=True, kw_only=True):
    """How often a scenario saw each result."""

    id: str
    results: dict[str, int]


class SummaryLine(Versioned, frozen=True, kw_only=True):
    """The last line."""

    seen: list[SeenOut]


class JSONPrinter:
    """Prints a document on each line, for machines."""

    def __init__(self, service: LabService) -> None:
        self._service = service

    def print_service(self) -> None:
        """Print where everything is."""
        service, page = self._service, self._service.urls[0]
        _warn(service)
        files = FileOut(
            roots=f"{page}lab-roots.pem", lab_root=f"{page}lab-root.crt", rogue_root=f"{page}rogue-root.crt"
        )
        opened = OpenDocument(
            address=service.place.address,
            host=service.place.host,
            pages=list(service.urls),
            files=files,
            scenarios=[_served(each, service.pki.kind, page) for each in service.served],
            left_out=[LeftOutOut(id=each.scenario.id, reason=each.reason) for each in service.left_out],
        )
        _output.document(encode_line(opened))

    def print_events(self, events: Iterable[Event]) -> None:
        """Print a line for each."""
        for each in events:
            told = EventOut(
                at=f"{each.at:%Y-%m-%dT%H:%M:%S.%fZ}",
                scenario=each.scenario,
                peer=each.peer,
                result=each.result,
                what=each.what,
                bytes_received=each.bytes_received,
                request=each.request,
            )
            _output.document(encode_line(EventLine(event=told)))

    def print_summary(self) -> None:
        """Print what each scenario saw."""
        ids = [each.scenario.id for each in self._service.served]
        seen = [SeenOut(id=each, results=dict(self._service.watch.counts_of(each).items())) for each in ids]
        _output.document(encode_line(SummaryLine(seen=seen)))


def _served(each: Served, kind: str, page: str) -> ServedOut:
    return ServedOut(
        id=each.scenario.id,
        title=each.scenario.title,
        key=kind,
        expected=each.scenario.expected,
        url=each.scene.url,
        pins=list(each.pinning.pins),
        pin_file=f"{page}pins/{each.scenario.id}.toml",
        note=each.note,
    )


def _warn(service: LabService) -> None:
    if service.place.is_open:
        _output.warning(f"{OPEN_WARNING[0].lower()}{OPEN_WARNING[1:]} {WARNING}".rstrip("."))
