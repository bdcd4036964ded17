"""The story of ``pinsmith demo --rotation``: a key changes, and no release that users have is ever locked out."""

from __future__ import annotations

import logging
import shutil
from datetime import timedelta
from typing import Final

import pinsmith
from pinsmith.cli import _clock
from pinsmith.cli._demo_folder import HOST
from pinsmith.cli._demo_rotation_folder import RotationFolder
from pinsmith.cli._demo_story import Story
from pinsmith.exit_code import ExitCode
from pinsmith.lab.fleet import Fleet
from pinsmith.policy import Policy

_LEAD_DAYS: Final = 30
_NEXT: Final = f"pinsmith rotate next {HOST} --lead-time {_LEAD_DAYS}"
_HOOK: Final = (
    "pinsmith rotate deploy --certificate live/fullchain.pem --key live/privkey.pem"
    " --certificate-to tls/fullchain.pem --key-to tls/privkey.pem --cafile trusted.pem"
)


def play() -> Story:
    """Play the story, and return it with its failures. It leaves no file behind."""
    # Every refusal is also a log record; here the refusals are expected.
    logging.getLogger("pinsmith").addHandler(logging.NullHandler())
    with RotationFolder(_clock.now()) as place:
        tale = _Rotation(place)
        tale.pin()
        tale.renew()
        tale.switch()
        tale.remove()
    return tale


class _Rotation(Story):
    """The chapters, in their order."""

    place: RotationFolder

    def __init__(self, place: RotationFolder) -> None:
        super().__init__(place)
        self._first = place.key("tls/privkey.pem")

    def pin(self) -> None:
        """Pin the key of the server and a standby key, prove that one, and ship a release."""
        self._chapter("1. The app pins the key of its server, and a standby key that no server uses yet")
        self.run(
            f"pinsmith init {HOST} --strategy own-key --generate-backup --backup-dir ../berlin {self._reach}",
            expect="standby leaf",
        )
        path = self._copy_the_key()
        self.run(f"pinsmith key prove api-standby {path} --custody 'safe in Berlin'", expect="exists and can sign")
        self._ship("1.0")
        self._everybody_connects()
        self._control()

    def renew(self) -> None:
        """Let a renewal make a fresh key, which would lock users out, and one with the old key."""
        self._pass(35)
        self._chapter("2. The certificate is renewed. Most ACME clients make a fresh key; the deploy hook judges it")
        fresh = self.place.order()
        self.run(_HOOK, expect="nothing was written: tls/fullchain.pem is as before", code=ExitCode.MISMATCH)
        self._restart("the server restarts")
        self._everybody_connects()
        locked_out = self.place.fleet.visit(self.place.serve(fresh))
        self.expect(
            f"a server with the fresh key is refused by {_listed(locked_out)}: the hook has kept users from that",
            holds=locked_out == self.place.fleet.versions,
        )
        self.note("the ACME client renews again, and keeps the key")
        self.place.order(self._first)
        self.run(_HOOK, expect="has the new certificate")
        self._restart("the server restarts")
        self._everybody_connects()

    def switch(self) -> None:
        """Change to the standby key, move by move."""
        self._pass(5)
        self._chapter("3. The server changes to its standby key. Guards stop each move that comes too early")
        standby = self.place.key("../oslo/api-standby.key")
        self.place.order(standby)
        certify = f"{_NEXT} --certificate live/fullchain.pem --renewal by-hand {self._reach}"
        self.run(certify, expect="so one accident may destroy it", code=ExitCode.MISMATCH)
        self.run(
            "pinsmith key prove api-standby ../oslo/api-standby.key --custody 'bank in Oslo'",
            expect="exists and can sign",
        )
        self.run(certify, expect="the certificate may be deployed")
        self.run(f"{_NEXT} {self._reach}", expect="the host does not present api-standby", code=ExitCode.MISMATCH)
        self.run(_HOOK, expect="has the new certificate")
        self._restart("the server restarts, and presents the standby key")
        self._everybody_connects()
        self.run(f"{_NEXT} {self._reach}", expect="api-standby is in service")

    def remove(self) -> None:
        """Make the next standby key, wait for users, and remove the old key."""
        self._chapter("4. The old key stays until there is another standby key, and users had time to update")
        self.run(f"{_NEXT} {self._reach}", expect="no key would be left", code=ExitCode.MISMATCH)
        self.run(
            f"pinsmith key new api-next --host {HOST} --backup-dir ../berlin --custody 'safe in Berlin'",
            expect="api-next",
        )
        self._ship("1.1")
        self.run(f"{_NEXT} {self._reach}", expect="wait until", code=ExitCode.MISMATCH)
        self._pass(_LEAD_DAYS + 1)
        self._chapter(f"5. After {_LEAD_DAYS} days the old key is removed")
        self.run(f"{_NEXT} {self._reach}", expect="no longer pins")
        self._ship("1.2")
        self.run(f"pinsmith check {self._reach}", expect="presents api-standby")
        self._everybody_connects()
        self._a_thief_comes()
        self.run("pinsmith rotate log --verify", expect="is complete")

    def _everybody_connects(self) -> None:
        """Let every release meet its server, and an attacker whose certificate its device trusts."""
        place = self.place
        refusing = place.fleet.visit(place.server)
        who = _listed(place.fleet.versions)
        self.expect(f"the server answers users of {who}", holds=not refusing)
        rogue = place.serve(place.rogue_root.issue(HOST))
        refusing = place.fleet.visit(rogue)
        self.expect(
            f"an attacker whom their devices trust gets {len(rogue.received)} bytes from them",
            holds=refusing == place.fleet.versions and not rogue.received,
        )

    def _control(self) -> None:
        """Let an app without pins meet the same attacker, who must be able to read something."""
        unpinned = Fleet(HOST, self.place.folder / "trusted.pem")
        unpinned.ship("0.9", Policy())
        rogue = self.place.serve(self.place.rogue_root.issue(HOST))
        unpinned.visit(rogue)
        read = len(rogue.received)
        self.expect(f"the same attacker gets {read} bytes from an app without pins", holds=read > 0)

    def _a_thief_comes(self) -> None:
        """Let an attacker have the key that was removed."""
        place = self.place
        thief = place.serve(place.rogue_root.issue(HOST, key=self._first))
        refusing = place.fleet.visit(thief)
        self.expect(f"an attacker with the removed key is refused by {_listed(refusing)}", holds=refusing == ["1.2"])

    def _ship(self, version: str) -> None:
        self.run(f"pinsmith release add android {version}", expect=f"android {version} is recorded")
        self.place.fleet.ship(version, pinsmith.load(self.place.folder / "pins.toml"))

    def _copy_the_key(self) -> str:
        """Copy the standby key from Berlin to Oslo, and return its path in Berlin."""
        home = self.place.folder.parent
        (path,) = (home / "berlin").glob("*.key")
        (home / "oslo").mkdir()
        shutil.copy2(path, home / "oslo" / "api-standby.key")
        self.note("a copy of the private key goes to a bank in Oslo")
        return f"../berlin/{path.name}"

    def _chapter(self, heading: str) -> None:
        self.tell(f"{self.place.now:%Y-%m-%d}  {heading}")

    def _pass(self, days: int) -> None:
        self.place.now += timedelta(days=days)

    def _restart(self, event: str) -> None:
        self.note(event)
        self.place.restart()

    @property
    def _reach(self) -> str:
        return f"--connect 127.0.0.1:{self.place.server.port} --cafile trusted.pem"


def _listed(versions: list[str]) -> str:
    names = [f"android {version}" for version in versions]
    return " and ".join(filter(None, (", ".join(names[:-1]), *names[-1:]))) or "nobody"
