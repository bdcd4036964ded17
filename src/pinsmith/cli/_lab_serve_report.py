"""What ``pinsmith lab serve`` keeps for its report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinsmith.documents.lab_serve import event_line, open_document, summary_line
from pinsmith.documents.lab_serve_report import Visits, serve_report

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pinsmith.cli._lab_serve_result import EventPrinter
    from pinsmith.cli._report_file import ReportFile
    from pinsmith.lab.live.event import Event
    from pinsmith.lab.live.service import LabService


class Recorder:
    """Prints as another printer does, and keeps the visits that a report needs."""

    def __init__(self, printer: EventPrinter, service: LabService) -> None:
        self.print_service = printer.print_service
        self.print_summary = printer.print_summary
        self._print_events = printer.print_events
        self._service = service
        self._visits = Visits()

    def print_events(self, events: Iterable[Event]) -> None:
        """Print the visits, and keep some of them."""
        taken = tuple(events)
        for event in taken:
            self._visits.add(event_line(event).event)
        self._print_events(taken)

    def hand_over(self, report: ReportFile, problems: Sequence[str]) -> None:
        """Write the *report*, after the service has ended."""
        opened, summary = open_document(self._service), summary_line(self._service)
        report.write(lambda circumstances: serve_report(opened, summary, self._visits, problems, circumstances))
