"""A service that has seen something of everything: hosts, a change, alerts and reports."""

from __future__ import annotations

import json
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from pinsmith.checks import check_host
from pinsmith.lab.pki.authority import Authority
from pinsmith.monitor.outcome import Service, conclude
from pinsmith.monitor.schedule import Pace
from pinsmith.monitor.watch import Patience
from pinsmith.server.app import application
from pinsmith.server.guard import names_of
from pinsmith.server.intake import Intake
from pinsmith.server.site import Site
from pinsmith.store import Store
from pinsmith.store.report_writer import ReportWriter
from tests.checks.sample import END, HOST, NOW, START, fetched, key, policy
from tests.server.asking import ask_within

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from starlette.types import ASGIApp

    from pinsmith.policy import HostPins, Policy
    from pinsmith.server.login import Access

ROOT = Authority.root()
LEAF = ROOT.issue(HOST, not_before=START, not_after=END)
OTHER = ROOT.issue(HOST, not_before=START, not_after=END)
PINNED = policy(key("live", LEAF.pin), key("standby", OTHER.pin, standby=True))
FILE = "/srv/pins.toml"
REPORTS = 3


@dataclass
class Watching:
    """Stands in for the rounds: a policy that is in force, and no problem."""

    policy: Policy = field(default_factory=lambda: PINNED)
    problems: tuple[str, ...] = ()

    def entry_of(self, service: Service) -> HostPins | None:
        """Find the entry."""
        return self.policy.entry_of(service.host)


@asynccontextmanager
async def filled(folder: Path, *, access: Access | None = None) -> AsyncIterator[ASGIApp]:
    """Open a service whose host was well, was locked out for a while, and is well again; apps have sent reports."""
    path = folder / "service.db"
    async with Store(path) as store, ReportWriter(path) as writer:
        memory = None
        for day, identity in enumerate((LEAF, ROOT.issue(HOST, not_before=START, not_after=END), LEAF, LEAF, LEAF)):
            now = NOW + timedelta(days=day)
            checks = check_host(PINNED, [fetched(identity)], now=now)
            service = Service(FILE, HOST, 443)
            outcome = conclude(service, checks, memory, now=now, patience=Patience(), pace=Pace(), chance=0.5)
            await store.record([outcome], vantage="home", channels={})
            memory = outcome.memory
        site = Site(store, Watching(), lambda: NOW)  # type: ignore[arg-type]
        app = application(
            site, names=names_of("127.0.0.1", []), access=access, intake=Intake(writer, lambda: NOW, keys=["app"])
        )
        for number in range(REPORTS):
            event = {"pinsmith-event": 1, "host": f"h{number}.example.com", "app-version": "4.2"}
            await ask_within(app, "/reports/app", method="POST", body=json.dumps(event).encode())
        yield app
