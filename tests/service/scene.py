"""A host with two keys, a webhook, and a clock: what a round needs."""

from __future__ import annotations

import asyncio
import json
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import msgspec

from pinsmith.lab.pki.authority import Authority
from pinsmith.lab.pki.identity import Identity
from pinsmith.lab.servers.server import RecordingServer
from pinsmith.probe.trust import Trust
from pinsmith.service.rounds import Round, Rounds
from pinsmith.service.settings import Settings
from pinsmith.store import Store
from tests.service.pin_file import pin_file
from tests.service.receivers import Hook

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HOST = "api.example.com"
ROOT = Authority.root()
LIVE, NEW = ROOT.issue(HOST), ROOT.issue(HOST)
SPARE = Identity.self_signed("spare.example.com")


@dataclass
class Scene:
    """A host with a server for each of two keys, a pin file that leads to one of them, a webhook, and a clock."""

    folder: Path
    hook: Hook
    ports: dict[str, int]
    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    settings: dict[str, Any] = field(default_factory=dict)

    def present(self, identity: Identity, *, pin: str = LIVE.pin, more: str = "") -> None:
        """Write the pin file, so that the host is the server with *identity*; *more* is for its entry."""
        place = f'connect = "127.0.0.1:{self.ports[identity.pin]}"'
        (self.folder / "pins.toml").write_text(pin_file(HOST, pin, SPARE.pin, place, more))

    def round(self, minutes: float = 0, *, everything: bool = False) -> Round:
        """Run a round as a service that has just started."""
        self.now += timedelta(minutes=minutes)
        table = {"version": 1, "channel": [{"kind": "webhook", "name": "hook", "url": self.hook.url}], **self.settings}
        settings = msgspec.convert(table, Settings)

        async def run() -> Round:
            async with Store(self.folder / "data.db") as store:
                rounds = Rounds([self.folder / "pins.toml"], settings, self.folder, store, Trust(cadata=ROOT.pem))
                return await rounds.run(lambda: self.now, everything=everything)

        return asyncio.run(run())

    @property
    def heard(self) -> list[tuple[str, str]]:
        """The alerts that have arrived: their kinds and states."""
        bodies = [json.loads(body) for method, _, _, body in self.hook.requests if method == "POST"]
        return [(body["kind"], body["state"]) for body in bodies]


@contextmanager
def serving(folder: Path) -> Iterator[Scene]:
    """Serve the host with the pinned key."""
    with Hook() as hook, RecordingServer(LIVE) as live, RecordingServer(NEW) as new:
        scene = Scene(folder, hook, {LIVE.pin: live.port, NEW.pin: new.port})
        scene.present(LIVE)
        yield scene
