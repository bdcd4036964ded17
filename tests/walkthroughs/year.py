"""One year of a host: its servers, its apps in every version that users have, an attacker, and a clock that is set."""

from __future__ import annotations

import json
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pinsmith
from pinsmith.lab.fleet import Fleet
from pinsmith.lab.pki.authority import Authority
from pinsmith.lab.servers.server import RecordingServer
from pinsmith.rotation.standby_key import StandbyKey, generate
from tests.cli.support import run

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from typing import Self

    from pinsmith.lab.pki.identity import Identity

HOST = "api.example.com"
# Certificates live long around the clock of the story and the real one, which OpenSSL uses.
START, END = datetime(2026, 1, 1, tzinfo=UTC), datetime(2086, 1, 1, tzinfo=UTC)


@dataclass
class Year:
    """
    The stage of the story.

    Attributes:
        folder: The repository, in which commands run.
        now: The clock of commands.
        fleet: The versions that users have.
    """

    folder: Path
    now: datetime = datetime(2026, 6, 1, 12, tzinfo=UTC)
    root: Authority = field(default_factory=lambda: Authority.root(not_before=START, not_after=END))
    second: Authority = field(default_factory=lambda: Authority.root(not_before=START, not_after=END))
    rogue: Authority = field(default_factory=lambda: Authority.root(not_before=START, not_after=END))
    fleet: Fleet = field(init=False)
    _stack: ExitStack = field(default_factory=ExitStack)
    _servers: list[RecordingServer] = field(default_factory=list)

    def __enter__(self) -> Self:
        trusted = "".join(authority.pem for authority in (self.root, self.second, self.rogue))
        (self.folder / "trusted.pem").write_text(trusted)
        self.fleet = Fleet(HOST, self.folder / "trusted.pem")
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def pass_days(self, days: int) -> None:
        """Set the clock forward."""
        self.now += timedelta(days=days)

    def serve(self, identity: Identity) -> None:
        """Replace the server of the host."""
        self._servers.append(self._stack.enter_context(RecordingServer(identity)))

    def issue(self, key: StandbyKey | None = None, authority: Authority | None = None) -> Identity:
        """Issue a certificate of the host to new.pem; without a key, it gets a fresh one."""
        given: dict[str, Any] = {"key": key.private} if key else {}
        identity = (authority or self.root).issue(HOST, **given, not_before=START, not_after=END)
        (self.folder / "new.pem").write_text(identity.presented_pem())
        return identity

    def key(self, name: str) -> StandbyKey:
        """Make a key, and copies of it in two places."""
        made = generate()
        for place in ("berlin", "oslo"):
            path = self.folder.parent / place / f"{name}.key"
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(made.private_pem())
            path.chmod(0o600)
        return made

    def prove(self, name: str) -> None:
        """Prove both copies of a key."""
        for place in ("berlin", "oslo"):
            self.run("key", "prove", name, f"../{place}/{name}.key", "--custody", f"the safe in {place}")

    def run(self, *words: str, code: int = 0, live: bool = False) -> str:
        """Run a command at the time of the story, and return what it prints; it must exit with *code*."""
        reach = ["--connect", f"127.0.0.1:{self._servers[-1].port}", "--cafile", "trusted.pem"] if live else []
        result = run(*words, *reach, now=self.now)
        text = result.stdout + result.stderr
        assert result.code == code, f"{words}: exit code {result.code} instead of {code}\n{text}"
        return text

    def rotate(self, *words: str, code: int = 0) -> str:
        """Run ``rotate next`` against the live server."""
        return self.run("rotate", "next", HOST, *words, code=code, live=True)

    def ship(self, version: str) -> None:
        """Release an app with the pins of today."""
        self.run("release", "add", "android", version, "--date", f"{self.now:%Y-%m-%d}")
        self.fleet.ship(version, pinsmith.load(self.folder / "pins.toml"))

    def add_standby(self, name: str) -> StandbyKey:
        """Make a standby key, pin it, and prove both copies."""
        made = self.key(name)
        self.run("add", HOST, "--key", f"{name}={made.pin}", "--role", "leaf", "--standby")
        self.run("sync")
        self.prove(name)
        return made

    def retire(self, version: str) -> None:
        """Let nobody use a version any more."""
        self.run("release", "end", "android", version)
        self.fleet.retire(version)

    def everybody_connects(self) -> None:
        """Let every app connect to its server, and meet an attacker whom the device trusts."""
        attacker = self._stack.enter_context(RecordingServer(self.rogue.issue(HOST, not_before=START, not_after=END)))
        assert self.fleet.visit(self._servers[-1]) == []
        assert self.fleet.visit(attacker) == self.fleet.versions
        assert not attacker.received

    def events(self) -> list[str]:
        """Return the events of the journal about rotations."""
        entries = json.loads(self.run("rotate", "log", "--json"))["entries"]
        return [entry["event"].removeprefix("rotation-") for entry in entries if entry["event"].startswith("rotation-")]

    def pinned(self) -> Sequence[str]:
        """Return the names of the keys that the pin file pins."""
        entry = pinsmith.load(self.folder / "pins.toml").find(HOST)
        assert entry is not None
        return [key.name for key in entry.keys]
