"""The output of ``pinsmith lab serve``: the scenarios that it serves, and the visits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from pinsmith.cli import _output
from pinsmith.cli._output import Mark
from pinsmith.documents.document import encode_line
from pinsmith.documents.lab_serve import event_line, open_document, summary_line
from pinsmith.lab.live import qr
from pinsmith.lab.live.event import RESULT_WORDS
from pinsmith.lab.live.page import warning_of
from pinsmith.lab.live.proxy_way import PROXY, proxy_ways

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pinsmith.cli._output import Line, Tone
    from pinsmith.lab.live.event import Event, VisitResult
    from pinsmith.lab.live.service import LabService

_TONES: Final[dict[VisitResult, Tone]] = {
    "accepts-a-rogue": "bad",
    "refuses-a-good-server": "bad",
    "pass": "good",
    "unproven": "faint",
}
_MAX_CODES: Final = 3


class EventPrinter(Protocol):
    """Prints the events, for people or for machines."""

    def print_service(self) -> None:
        """Print the scenarios that are served."""
        ...

    def print_events(self, events: Iterable[Event]) -> None:
        """Print the visits."""
        ...

    def print_summary(self) -> None:
        """Print a summary of all visits."""
        ...


class TextPrinter:
    """Prints lines for people."""

    def __init__(self, service: LabService, *, codes: bool | None) -> None:
        """Print QR codes if *codes*; with None only where they are useful."""
        self._service = service
        self._codes = codes
        self._width = max(len(served.scenario.id) for served in service.served)

    def print_service(self) -> None:
        """Print the table and where the page is."""
        service = self._service
        _warn(service)
        _output.result(*self._table(), "", *self._page())
        self._draw()
        for reason in dict.fromkeys(left_out.reason for left_out in service.left_out):
            ids = [left_out.scenario.id for left_out in service.left_out if left_out.reason == reason]
            _output.note(f"left out: {', '.join(ids)}: {reason}")
        _output.note("waiting for clients; press Ctrl-C to end")
        _output.flush()

    def print_events(self, events: Iterable[Event]) -> None:
        """Print a line for each event."""
        for event in events:
            _output.result([f"{event.at:%H:%M:%S} {event.scenario}: ", Mark(str(event), _TONES[event.result])])
            _output.flush()

    def print_summary(self) -> None:
        """Print the visits of each scenario."""
        counts = {
            served.scenario.id: self._service.watch.counts_of(served.scenario.id) for served in self._service.served
        }
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
            _output.warning(
                "the app accepted no good server, so its refusals prove nothing; "
                "make sure that it trusts both roots of the lab"
            )
        unseen = len(counts) - len(visited)
        _output.result(
            f"clients did not visit {unseen} of {len(counts)} scenarios" if unseen else "clients visited every scenario"
        )

    def _table(self) -> Iterator[Line]:
        pki = self._service.pki
        yield (Mark(f"{'scenario':{self._width}}  expected  url", "strong"),)
        for served in self._service.served:
            yield [
                f"{served.scenario.id:{self._width}}  ",
                f"{served.scenario.expected:8}  ",
                Mark(served.url, "strong"),
            ]
            if served.note:
                yield f"{'':{self._width}}            {served.note}"
            if served.pinning.pins != (pki.pin, pki.backup_pin):
                yield from (f"{'':{self._width}}  pin       {pin}" for pin in served.pinning.pins)
        yield ""
        yield f"pin         {pki.pin}"
        yield f"backup pin  {pki.backup_pin}"
        if any(served.pinning.pins != (pki.pin, pki.backup_pin) for served in self._service.served):
            yield "            (a scenario that lists other pins above needs those instead)"

    def _page(self) -> Iterator[Line]:
        first, *others = self._service.urls
        yield ["page        ", Mark(first, "strong"), *(f"  {url}" for url in others)]
        yield f"roots       {first}lab-roots.pem"
        if self._service.updates is not None:
            yield f"updates     {self._service.updates}vectors.json"
        if self._service.place.is_proxied:
            yield f"pin files   {first}pins.toml, pins-leaf.toml, pins-plain.toml, pins-certificates.zip"
            yield from self._proxy()

    def _proxy(self) -> Iterator[Line]:
        yield ["proxy       ", Mark(self._service.proxy, "strong")]
        yield f"            {PROXY}"
        for way in proxy_ways(self._service.place, self._service.port):
            yield f"  {way.device}: {way.text}"
            yield from (f"    {command}" for command in way.commands)

    def _draw(self) -> None:
        wanted = _output.is_terminal() if self._codes is None else self._codes
        if not wanted:
            return
        if not qr.is_available():
            _output.note("QR codes need the library segno: pip install 'pinsmith[lab]'")
            return
        links = {"page": self._service.urls[0]}
        if self._codes or len(self._service.served) <= _MAX_CODES:
            links |= {served.scenario.id: served.url for served in self._service.served}
        for title, url in links.items():
            _output.result("", f"{title}: {url}", *qr.half_blocks(url))


class JSONPrinter:
    """Prints a document on each line, for machines."""

    def __init__(self, service: LabService) -> None:
        self._service = service

    def print_service(self) -> None:
        """Print where everything is."""
        _warn(self._service)
        _output.document(encode_line(open_document(self._service)))

    def print_events(self, events: Iterable[Event]) -> None:
        """Print a line for each event."""
        for event in events:
            _output.document(encode_line(event_line(event)))

    def print_summary(self) -> None:
        """Print the visits of each scenario."""
        _output.document(encode_line(summary_line(self._service)))


def _warn(service: LabService) -> None:
    if service.place.is_open:
        warning = warning_of(service)
        _output.warning(f"{warning[0].lower()}{warning[1:]}".rstrip("."))
