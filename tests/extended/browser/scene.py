"""A service with a history: hosts in every state, names that attack, and reports of apps."""

from __future__ import annotations

import asyncio
import json
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Final, Self

import msgspec

from pinsmith.documents.document import encode
from pinsmith.documents.lab_run import RunDocument, TrialOut
from pinsmith.lab.pki.authority import Authority
from pinsmith.lab.pki.identity import Identity, pem_of
from pinsmith.lab.servers.server import RecordingServer
from pinsmith.probe.trust import Trust
from pinsmith.server.passwords import hash_password
from pinsmith.service.rounds import Rounds
from pinsmith.service.settings import Settings
from pinsmith.store import Store
from tests.extended.browser.records import Records
from tests.extended.program import reserved_port

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

    from pinsmith.lab.pki.mint import LeafOptions

DAY: Final = timedelta(days=1)
PERSON: Final = "anna"
PASSWORD: Final = "correct horse battery staple"
_SETTINGS: Final = """\
version = 1

[monitor]
interval = 3600
vantage = "this machine"

[[channel]]
kind = "command"
name = "on-call"
run = ["true"]

[lab]
results = ["curl.json", "missing.json"]
"""
# Both set a flag that the tests look at, if a browser runs them.
SCRIPT: Final = "<script>window.hacked=1;alert(1)</script>"
IMAGE: Final = '"><img src=x onerror="window.hacked=1;alert(1)">'
PLAIN_HOSTS: Final = tuple(f"shop-{number:02}.example.com" for number in range(1, 31))
HOSTS: Final = (
    "api.example.com",
    "expiring.example.com",
    "locked.example.com",
    "proxied.example.com",
    "gone.example.com",
    "nasty.example.com",
    *PLAIN_HOSTS,
)


@dataclass
class Scene:
    """
    The servers, the pin file and the database; in ``with``.

    The history of api.example.com is: pinned key, another issuer, an unknown key, the reserve. Another place sees an
    unknown key at expiring.example.com.
    """

    folder: Path
    database: str = "service.db"
    _stack: ExitStack = field(default_factory=ExitStack)
    _ports: dict[str, int] = field(default_factory=dict)

    def __enter__(self) -> Self:
        """Start the servers, and record the past as the service would have done."""
        now = datetime.now(UTC)
        valid: LeafOptions = {"not_before": now - 80 * DAY, "not_after": now + 120 * DAY}
        root = Authority.root("Example Root", not_before=now - 100 * DAY)
        first = root.intermediate("Example CA 1", not_before=now - 90 * DAY)
        second = root.intermediate("Example CA 2", not_before=now - 90 * DAY)
        nasty = root.intermediate(f"{SCRIPT}{IMAGE}"[:64], not_before=now - 90 * DAY)
        stranger = Authority.root(f"Proxy {IMAGE}", not_before=now - 90 * DAY)
        api, plain = first.issue("api.example.com", **valid), second.issue(*PLAIN_HOSTS, **valid)
        standby = second.issue("api.example.com", **valid)
        expiring = first.issue("expiring.example.com", not_before=now - 85 * DAY, not_after=now + 3 * DAY)
        locked = first.issue("locked.example.com", **valid)
        self.nasty = nasty.issue(
            "nasty.example.com", common_name=IMAGE, not_before=valid["not_before"], not_after=valid["not_after"]
        )
        self.stranger = stranger.issue(
            "proxied.example.com", common_name=SCRIPT, not_before=valid["not_before"], not_after=valid["not_after"]
        )
        proxied = first.issue("proxied.example.com", **valid)
        presented = {
            "api.example.com": api,
            "expiring.example.com": expiring,
            "locked.example.com": locked,
            **dict.fromkeys(("proxied.example.com", "gone.example.com"), proxied),
            "nasty.example.com": self.nasty,
            **dict.fromkeys(PLAIN_HOSTS, plain),
        }
        self._pins = {host: identity.pin for host, identity in presented.items()}
        self._standby = standby.pin
        self._write(root)
        for host, identity in presented.items():
            self._serve(host, identity)
        self._record(now - 60 * DAY, now - 45 * DAY)
        self._serve("api.example.com", second.issue("api.example.com", key=api.key, **valid))
        self._record(now - 40 * DAY, now - 20 * DAY)
        self._serve("api.example.com", second.issue("api.example.com", **valid))
        self._record(now - 15 * DAY, now - 14 * DAY)
        self._serve("api.example.com", standby)
        self._record(now - 12 * DAY, now - DAY)
        self._serve("locked.example.com", first.issue("locked.example.com", **valid))
        self._serve("proxied.example.com", self.stranger)
        self._ports["gone.example.com"] = self._stack.enter_context(reserved_port())
        Records(self.folder / "pins.toml", standby, (SCRIPT, IMAGE)).write(self._pins, now)
        self._end("expiring.example.com", first.issue("expiring.example.com", **valid), now)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def reports(self) -> list[bytes]:
        """Return reports of an app, and one that attacks whoever reads it."""
        event = {"pinsmith-event": 1, "host": "api.example.com", "app-id": "com.example.app", "enforced": True}
        return [
            *[json.dumps({**event, "app-version": f"4.{number}"}).encode() for number in range(5)],
            json.dumps(
                {
                    **event,
                    "host": "proxied.example.com",
                    "app-version": SCRIPT,
                    "app-id": IMAGE,
                    "message": f"{SCRIPT}{IMAGE}",
                    "served-chain": [pem_of([certificate]) for certificate in self.stranger.chain],
                }
            ).encode(),
        ]

    def _write(self, root: Authority) -> None:
        (self.folder / "root.pem").write_text(root.pem)
        (self.folder / "service.toml").write_text(_SETTINGS)
        (self.folder / "closed.toml").write_text(f'{_SETTINGS}\n[access]\npasswords = "people"\n')
        (self.folder / "curl.json").write_bytes(self._lab())
        (self.folder / "people").write_text(f"{PERSON}:{hash_password(PASSWORD)}\n")

    @staticmethod
    def _lab() -> bytes:
        """Return results of the lab, of which a reason attacks whoever reads it."""
        reasons = {
            "right-key": ("accept", "pass", "it pins"),
            "wrong-key": ("refuse", "accepts-a-rogue", SCRIPT + IMAGE),
        }
        trials = [
            TrialOut(
                id=name,
                key="ecdsa",
                expected=expected,
                outcome=None,
                bytes_received=0,
                seconds=0.5,
                verdict=verdict,
                reason=reason,
            )
            for name, (expected, verdict, reason) in reasons.items()
        ]
        return encode(RunDocument(ok=False, profile="http", scenarios=trials))

    def _serve(self, host: str, identity: Identity) -> None:
        if host in PLAIN_HOSTS and host != PLAIN_HOSTS[0]:
            self._ports[host] = self._ports[PLAIN_HOSTS[0]]
            return
        self._ports[host] = self._stack.enter_context(RecordingServer(identity)).port

    def _end(self, host: str, identity: Identity, now: datetime) -> None:
        """Record the last hours, in which *host* has another key if it is asked from another place."""
        hour = timedelta(hours=1)
        elsewhere = self._stack.enter_context(RecordingServer(identity)).port
        self._record(now - 3 * hour, now - 2 * hour)
        self._record_elsewhere(host, elsewhere, now - 1.5 * hour)
        self._record(now - hour)
        self._record_elsewhere(host, elsewhere, now - 0.5 * hour)
        self._record(now)

    def _record_elsewhere(self, host: str, port: int, moment: datetime) -> None:
        """Run a round from another place, from which *host* is the server at *port*."""
        usual, self._ports[host] = self._ports[host], port
        self._record(moment, vantage="fra1")
        self._ports[host] = usual

    def _record(self, *moments: datetime, vantage: str = "this machine") -> None:
        """Write the pin file, and run a round at each of *moments*."""
        (self.folder / "pins.toml").write_text(self._pin_file())
        settings = msgspec.convert({"version": 1, "monitor": {"interval": 3600, "vantage": vantage}}, Settings)

        async def run() -> None:
            async with Store(self.folder / self.database) as store:
                for moment in moments:
                    trust = Trust(cadata=(self.folder / "root.pem").read_text())
                    rounds = Rounds([self.folder / "pins.toml"], settings, self.folder, store, trust)
                    await rounds.run(partial(_same, moment), everything=True)

        asyncio.run(run())

    def _pin_file(self) -> str:
        parts = ["version = 1\n"]
        names = {pin: f"key-{number}" for number, pin in enumerate(dict.fromkeys(self._pins.values()))}
        parts += [f'[keys.{name}]\npin = "{pin}"\nrole = "leaf"\n' for pin, name in names.items()]
        parts.append(f'[keys.standby]\npin = "{self._standby}"\nrole = "leaf"\nstandby = true\n')
        parts += [
            f'[[host]]\nname = "{host}"\nconnect = "127.0.0.1:{self._ports[host]}"\ncafile = "root.pem"\n'
            f'keys = ["{names[pin]}", "standby"]\n'
            for host, pin in self._pins.items()
        ]
        return "\n".join(parts)


def _same(moment: datetime) -> datetime:
    return moment
