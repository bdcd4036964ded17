"""A bundle behind TLS on the loopback, a program that was built with its root, and clocks that the test sets."""

from __future__ import annotations

import datetime as dt
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pinsmith import pinfile
from pinsmith.lab.servers.server import RecordingServer
from pinsmith.lab.servers.site import Answer, Site
from pinsmith.pin import Pin
from pinsmith.policy import CompromisedKey, HostPins, Key, Policy
from pinsmith.updates import Updater
from pinsmith.updates.publication import publish
from tests.tls.pki import HOST as UPDATES, PKI
from tests.updates.bundles import HOST, NOW, OTHER, Team, entry, key, policy_json

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pinsmith.lab.pki.identity import Identity
    from pinsmith.lab.servers.site import Request
    from pinsmith.updates import Status
    from pinsmith.updates.directory import Directory
    from pinsmith.updates.suspension import Suspension

DAY = dt.timedelta(days=1)
API, CDN = entry(HOST, "live", "standby"), entry(OTHER, "cdn", "cdn-standby")


@dataclass
class Time:
    """The clock of the system, which may be wrong, and the monotonic one, which is not."""

    system: dt.datetime = NOW
    seconds: float = 0.0

    def now(self) -> dt.datetime:
        """Return the time of the system."""
        return self.system

    def monotonic(self) -> float:
        """Return seconds."""
        return self.seconds

    def elapse(self, time: dt.timedelta) -> None:
        """Let time pass on both clocks."""
        self.system += time
        self.seconds += time.total_seconds()


class Mirror:
    """A web host with the files of a directory. `answers` replaces those of some paths."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.answers: dict[str, Callable[[], Answer]] = {}
        self.site = Site(self._answer, keeps_open=False)
        self.url = ""

    def _answer(self, request: Request) -> Answer:
        path = urlsplit(request.path).path.lstrip("/")
        if path in self.answers:
            return self.answers[path]()
        file = self.path / path
        return Answer(body=file.read_bytes()) if file.is_file() else Answer(404, body=b"")

    def gives(self, path: str, body: bytes, status: int = 200) -> None:
        """Answer with these bytes."""
        self.answers[path] = lambda: Answer(status, body=body)


@dataclass
class World:
    """Everything that an updater meets."""

    path: Path
    pki: PKI
    team: Team = field(default_factory=Team)
    time: Time = field(default_factory=Time)
    stack: ExitStack = field(default_factory=ExitStack)
    floor: tuple[HostPins, ...] = (API, CDN)
    settings: str = "removal-delay = 7\n"

    def __post_init__(self) -> None:
        (self.path / "roots.pem").write_text(self.pki.trust)
        self.directory: Directory = self.team.begin(self.path / "bundle")
        self.update(*self.floor)
        self.mirror = self.serve(self.pki.leaf)
        self.write_floor(self.mirror.url)

    @property
    def own(self) -> HostPins:
        """The entry of the host that updates come from."""
        identities = {"updates": self.pki.leaf, "updates-standby": self.pki.backup}
        return HostPins(UPDATES, tuple(Key(name, Pin.parse(one.pin), "leaf") for name, one in identities.items()))

    def serve(self, identity: Identity, path: Path | None = None) -> Mirror:
        """Serve a directory with the certificate of *identity*, by default that of the bundle."""
        mirror = Mirror(path or self.directory.path)
        server = self.stack.enter_context(RecordingServer(identity, speak=mirror.site))
        mirror.url = f"https://{UPDATES}:{server.port}/"
        return mirror

    def write_floor(self, *urls: str) -> None:
        """Write the pin file of the program, with these addresses."""
        addresses = ", ".join(f'"{url}"' for url in urls)
        table = f'\n[updates]\naddresses = [{addresses}]\nroot = "1.root.json"\n{self.settings}'
        (self.path / "pins.toml").write_text(pinfile.write(Policy((*self.floor, self.own))) + table)
        root = self.path / "1.root.json"
        if not root.exists():
            root.write_bytes((self.directory.metadata / "1.root.json").read_bytes())

    def update(
        self,
        *entries: HostPins,
        suspensions: tuple[Suspension, ...] = (),
        compromised: tuple[str, ...] = (),
        days: int = 90,
        fresh_days: int = 7,
        signers: tuple[str, ...] = ("ada", "bo"),
    ) -> None:
        """Propose, sign and publish a policy of *entries* and the host of updates."""
        stolen = tuple(CompromisedKey(name, key(name).pin) for name in compromised)
        content = replace(Policy((*entries, self.own)), compromised=stolen)
        passed = max(0, (self.time.system - NOW).days)
        self.team.propose(self.directory, content, *suspensions, days=days + passed)
        self.team.sign(self.directory, *signers)
        self.renew(fresh_days)

    def renew(self, days: int = 7) -> None:
        """Publish what is proposed, and say that it is fresh, at the time of the system."""
        publish(self.directory, self.team.online, now=self.time.system, days=days)

    def updater(self, url: str | None = None, *, interval_seconds: float = 21600.0) -> Updater:
        """Start the program."""
        made = Updater(
            url,
            floor=self.path / "pins.toml",
            cache=self.path / "cache",
            cafile=self.path / "roots.pem",
            clock=self.time.now,
            monotonic=self.time.monotonic,
            interval_seconds=interval_seconds,
        )
        self.stack.callback(made.close)
        return made


def status(updater: Updater) -> Status:
    """Return the status as a function, because type checkers assume that an attribute does not change."""
    return updater.status


def pins(policy: Policy, host: str = HOST) -> set[str]:
    """Return the names of the keys that are accepted for a host."""
    found = policy.find(host)
    return set() if found is None else {key.name for key in found.keys}


__all__ = ["API", "CDN", "DAY", "HOST", "NOW", "OTHER", "UPDATES", "Mirror", "Time", "World"]
__all__ += ["entry", "key", "pins", "policy_json", "status"]
