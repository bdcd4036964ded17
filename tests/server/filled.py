"""A service that has seen something of everything: hosts, a change, alerts and reports."""

from __future__ import annotations

import json
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pinsmith.checks import check_host
from pinsmith.lab.pki.authority import Authority
from pinsmith.monitor.outcome import Service, conclude
from pinsmith.monitor.schedule import Pace
from pinsmith.monitor.watch import Patience
from pinsmith.pinfile import parse_file
from pinsmith.rotation.journal import NAME as JOURNAL, Journal
from pinsmith.server.app import application
from pinsmith.server.guard import names_of
from pinsmith.server.intake import Intake
from pinsmith.server.site import Site
from pinsmith.store import Store
from pinsmith.store.report_writer import ReportWriter
from tests.checks.sample import END, HOST, NOW, START, fetched
from tests.server.asking import ask_within

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

    from starlette.types import ASGIApp

    from pinsmith.pinfile import PinFile
    from pinsmith.policy import HostPins
    from pinsmith.release import Release
    from pinsmith.server.login import Access

ROOT = Authority.root()
LEAF = ROOT.issue(HOST, not_before=START, not_after=END)
OTHER = ROOT.issue(HOST, not_before=START, not_after=END)
FILE = "/srv/pins.toml"
PINS = f"""\
version = 1

[keys.live]
pin = "{LEAF.pin}"
role = "leaf"

[keys.standby]
pin = "{OTHER.pin}"
role = "leaf"
standby = true

[[host]]
name = "{HOST}"
keys = ["live", "standby"]
"""
REPORTS = 3


@dataclass
class Watching:
    """Stands in for the rounds: pin files that are in force with what stands beside them, and no problem."""

    watched_files: Mapping[Path, PinFile | None]
    problems: tuple[str, ...] = ()
    releases: Mapping[Path, Sequence[Release]] = field(default_factory=dict)
    journals: Mapping[Path, Journal] = field(default_factory=dict)

    def watches(self, service: Service) -> bool:
        """Watch what has an entry."""
        return self.entry_of(service) is not None

    def entry_of(self, service: Service) -> HostPins | None:
        """Find the entry."""
        read = self.watched_files.get(Path(service.file))
        return read.policy.entry_of(service.host) if read else None


@asynccontextmanager
async def filled(
    folder: Path,
    *,
    access: Access | None = None,
    files: Mapping[str, str | None] | None = None,
    **parts: Any,  # noqa: ANN401 - the fields of Site
) -> AsyncIterator[ASGIApp]:
    """
    Open a service whose host was well, was locked out for a while, and is well again; apps have sent reports.

    Args:
        folder: For its database.

        access: As for `application`.

        files: The texts of pin files by their path; None if one was not read yet.

        parts: More of the site.
    """
    path = folder / "service.db"
    texts = {FILE: PINS} if files is None else files
    pin_files = {Path(name): parse_file(text, file=name) if text else None for name, text in texts.items()}
    pinned = parse_file(PINS).policy
    async with Store(path) as store, ReportWriter(path) as writer:
        memory = None
        for day, identity in enumerate((LEAF, ROOT.issue(HOST, not_before=START, not_after=END), LEAF, LEAF, LEAF)):
            now = NOW + timedelta(days=day)
            checks = check_host(pinned, [fetched(identity)], now=now)
            service = Service(FILE, HOST, 443)
            outcome = conclude(service, checks, memory, now=now, patience=Patience(), pace=Pace(), chance=0.5)
            await store.record([outcome], vantage="home", channels={})
            memory = outcome.memory
        journals = {path: Journal(path.parent / JOURNAL, None) for path, read in pin_files.items() if read}
        site = Site(store, Watching(pin_files, journals=journals), lambda: NOW, **parts)  # type: ignore[arg-type]
        app = application(
            site, names=names_of("127.0.0.1", []), access=access, intake=Intake(writer, lambda: NOW, keys=["app"])
        )
        for number in range(REPORTS):
            event = {"pinsmith-event": 1, "host": f"h{number}.example.com", "app-version": "4.2"}
            await ask_within(app, "/reports/app", method="POST", body=json.dumps(event).encode())
        yield app
