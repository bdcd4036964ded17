"""A service whose pages may connect to servers on the loopback, and a name server for its hosts."""

from __future__ import annotations

import asyncio
import re
import socket
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from pinsmith.checks import check_host
from pinsmith.lab.pki.authority import Authority
from pinsmith.pinfile import load_file
from pinsmith.probe import Trust
from pinsmith.probe.reach import parse_reach
from pinsmith.server.app import application
from pinsmith.server.guard import names_of
from pinsmith.server.site import Site
from pinsmith.service.inspection import Inspector
from pinsmith.store import Store
from tests.server.asking import ask_within

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import pytest
    from starlette.types import ASGIApp

    from pinsmith.monitor.outcome import Service
    from pinsmith.pinfile import PinFile
    from pinsmith.policy import HostPins, Policy
    from pinsmith.server.login import Access
    from tests.server.asking import Answer

# Long lives around the tests' clock and the real one, which OpenSSL uses.
START, END = datetime(2026, 1, 1, tzinfo=UTC), datetime(2086, 1, 1, tzinfo=UTC)
NOW = datetime(2026, 6, 15, 12, 0, tzinfo=UTC)
ROOT = Authority.root(not_before=START, not_after=END)
LOOPBACK = ("127.0.0.0/8",)
FORM = "application/x-www-form-urlencoded"
_TOKEN = re.compile(r'name="token" value="([0-9a-f]+)"')


@dataclass
class Names:
    """A name server: the answers of names in turn, the last one for ever, and the names that were looked up."""

    addresses: dict[str, list[list[str]]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def answer(self, host: str, port: int, *_args: object, **_options: object) -> list[Any]:
        """Answer as the resolver of the system."""
        if host[-1:].isdigit() or ":" in host:
            found = [host]
        else:
            self.asked.append(host)
            answers = self.addresses.get(host, [])
            if not answers:
                raise socket.gaierror(socket.EAI_NONAME, "no such name")
            found = answers.pop(0) if len(answers) > 1 else answers[0]
        kinds = {True: socket.AF_INET6, False: socket.AF_INET}
        return [(kinds[":" in address], socket.SOCK_STREAM, 6, "", (address, port)) for address in found]

    def install(self, monkeypatch: pytest.MonkeyPatch) -> Names:
        """Answer instead of the system."""
        monkeypatch.setattr(socket, "getaddrinfo", self.answer)
        return self


@dataclass
class Watching:
    """Stands in for the rounds: pin files that are in force, and no problem."""

    pin_files: dict[Path, PinFile] = field(default_factory=dict)
    problems: tuple[str, ...] = ()
    vantage: str = "home"

    @property
    def policies(self) -> tuple[Policy, ...]:
        """The policies of the pin files."""
        return tuple(file.policy for file in self.pin_files.values())

    def watches(self, service: Service) -> bool:
        """Watch what has an entry."""
        return self.entry_of(service) is not None

    def entry_of(self, service: Service) -> HostPins | None:
        """Find the entry."""
        return next((file.policy.entry_of(service.host) for file in self.pin_files.values()), None)


@dataclass
class Shop:
    """The parts of a service."""

    folder: Path
    pin_file: Path | None = None
    allow: Sequence[str] = LOOPBACK
    ports: Sequence[int] = ()
    per_minute: int = 120
    is_on: bool = True
    access: Access | None = None

    def visit(self, *requests: dict[str, Any]) -> list[Answer]:
        """Send requests; a dict with `fields` is a form that gets the token of its page."""

        async def run() -> list[Answer]:
            (self.folder / "root.pem").write_text(ROOT.pem)
            files = {self.pin_file: load_file(self.pin_file)} if self.pin_file else {}
            rounds = Watching(files)
            inspector = Inspector(
                parse_reach(self.allow, self.ports),
                lambda: rounds.pin_files,
                lambda path, outcomes, now: check_host(files[path].policy, outcomes, now=now),
                Trust(cafile=self.folder / "root.pem"),
                lambda: NOW,
                30.0,
            )
            async with Store(self.folder / "x.db") as store:
                site = Site(store, rounds, lambda: NOW)  # type: ignore[arg-type]
                asks = inspector if self.is_on else None
                site = replace(site, inspector=asks, per_minute=self.per_minute)
                app = application(site, names=names_of("127.0.0.1", []), access=self.access)
                return [await self._send(app, dict(request)) for request in requests]

        return asyncio.run(run())

    async def _send(self, app: ASGIApp, request: dict[str, Any]) -> Answer:
        if "fields" in request:
            page = await ask_within(app, "/inspect")
            found = _TOKEN.search(page.body.decode())
            fields = {"token": found[1] if found else "", **request.pop("fields")}
            headers = {"content-type": FORM, **request.get("headers", {})}
            request |= {"method": "POST", "headers": headers, "body": urlencode(fields).encode()}
        return await ask_within(app, **request)

    def inspect(self, host: str, **fields: str) -> Answer:
        """Send the form of the page."""
        return self.visit({"path": "/inspect", "fields": {"host": host, **fields}})[0]
