"""The story of ``pinsmith demo --incident``: a key is stolen on a Friday, and replaced without a release."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from pinsmith.cli import _clock
from pinsmith.cli._demo_folder import HOST
from pinsmith.cli._demo_incident_folder import IncidentFolder
from pinsmith.cli._demo_story import Story
from pinsmith.errors import PinsmithError
from pinsmith.exit_code import ExitCode
from pinsmith.lab.pki.identity import Identity

if TYPE_CHECKING:
    from pinsmith.lab.servers.server import RecordingServer

_PEOPLE: Final = " ".join(f"--key {name}=../{name}/{name}.pub" for name in ("ada", "bo", "cy"))


def play() -> Story:
    """Play the story, and return it with its failures. It leaves no file behind."""
    # Every refusal is also a log record; here the refusals are expected.
    logging.getLogger("pinsmith").addHandler(logging.NullHandler())
    with IncidentFolder(_clock.now()) as place:
        tale = _Incident(place)
        tale.begin()
        tale.suspend()
        tale.rotate()
        tale.end()
    return tale


class _Incident(Story):
    """The chapters, in their order."""

    place: IncidentFolder

    def __init__(self, place: IncidentFolder) -> None:
        super().__init__(place)
        self._pins: dict[str, str] = {}
        self._stolen = place.identity

    def begin(self) -> None:
        """Publish the first policy, and ship two programs with different pins."""
        self._chapter("Wednesday: three people can sign new pins, two of them must; users get the program 1.0")
        spare = Identity.self_signed("spare.example.com")
        self._pins = {"api": self._stolen.pin, "standby": spare.pin}
        self._write()
        self.run(f"pinsmith bundle init {_PEOPLE} --online ../online/online.pub", expect="it needs 2 more people")
        self._sign("ada")
        self._sign("cy")
        self._publish()
        self._ship("1.0")
        self.note("a day later the program 2.0 is built, with one more standby key")
        self.place.now += timedelta(days=1)
        self._pins["second-standby"] = Identity.self_signed("second.example.com").pin
        self._write()
        self._sign("ada")
        self._sign("bo")
        self._publish()
        self._ship("2.0")
        self._refresh()
        self._meet(self.place.server, "the server", accepted=["1.0", "2.0"])
        self._meet(self._rogue(), "an attacker whose authority the devices trust", accepted=[])

    def suspend(self) -> None:
        """Lose the key, move to a provider whose keys nobody knows, and suspend the pins."""
        self.place.now += timedelta(days=1)
        self._chapter("Friday: the key is stolen, and the standby keys lie in a bank that opens on Monday")
        self.note("the host moves to a provider who presents a key of his own")
        self.place.present(self.place.issuer.issue(HOST))
        self._meet(self.place.server, "the provider", accepted=[])
        until = f"{self.place.now + timedelta(days=4):%Y-%m-%d}"
        self._write()
        self.run(
            f"pinsmith bundle suspend {HOST} --until {until} --reason 'the key was stolen on Friday'",
            expect="would be reported and not refused",
        )
        self._sign("bo")
        self.run("pinsmith bundle publish ../online/online.key", expect="so nothing was published", code=ExitCode.BROKE)
        self.note("one person alone, or a thief of one key, changes nothing; cy signs, too")
        self._sign("cy")
        self._publish()
        self._refresh()
        self._meet(self.place.server, "the provider", accepted=["1.0", "2.0"])
        self._meet(self._rogue(), "the attacker, as long as pins are suspended,", accepted=["1.0", "2.0"])

    def rotate(self) -> None:
        """Pin the new key of the server, refuse the stolen one, and enforce pins again."""
        self.place.now += timedelta(days=3)
        self._chapter("Monday: the server is back with a new key, and the stolen key is refused from now on")
        fresh = self.place.issuer.issue(HOST)
        self.place.present(fresh)
        del self._pins["api"]
        self._pins["api-2"] = fresh.pin
        self._write(f'[compromised.api]\npin = "{self._stolen.pin}"\n\n')
        self.run(f"pinsmith bundle resume {HOST}", expect="2 more people")
        self._sign("ada", "--renew", expect="counts as compromised: clients refuse it at once")
        self._sign("bo")
        self._publish()
        self._refresh()

    def end(self) -> None:
        """Meet everybody."""
        self._meet(self.place.server, "the server with its new key", accepted=["1.0", "2.0"])
        self._meet(self._rogue(), "the attacker", accepted=[])
        thief = self.place.serve(self.place.rogue_root.issue(HOST, key=self._stolen.key))
        self._meet(thief, "the thief, with the stolen key,", accepted=[])
        self.run("pinsmith bundle verify", expect="clients accept version 4 of the policy")
        self.run("pinsmith check", expect="can connect only after reading the published policy")

    def _chapter(self, heading: str) -> None:
        self.tell(heading)

    def _write(self, compromised: str = "") -> None:
        keys = "".join(
            f'[keys.{name}]\npin = "{pin}"\nrole = "leaf"\n' + ("standby = true\n\n" if "standby" in name else "\n")
            for name, pin in self._pins.items()
        )
        names = ", ".join(f'"{name}"' for name in self._pins)
        self.place.write_pins(f'{keys}{compromised}[[host]]\nname = "{HOST}"\nkeys = [{names}]\n')

    def _ship(self, version: str) -> None:
        self.run(f"pinsmith release add program {version} --updates", expect=f"program {version} is recorded")
        self.place.ship(version)

    def _sign(self, who: str, *options: str, expect: str = "signed by") -> None:
        self.run(" ".join(("pinsmith bundle sign", f"../{who}/{who}.key", *options)), expect=expect)

    def _publish(self) -> None:
        self.run("pinsmith bundle publish ../online/online.key", expect="is published")

    def _refresh(self) -> None:
        for program in self.place.programs:
            try:
                program.updater.refresh()
            except PinsmithError as error:
                self.expect(f"program {program.version} reads the update: {error}", holds=False)

    def _rogue(self) -> RecordingServer:
        return self.place.serve(self.place.rogue_root.issue(HOST))

    def _meet(self, server: RecordingServer, who: str, *, accepted: list[str]) -> None:
        """Let each program connect to *server*."""
        found = [program.version for program in self.place.programs if program.accepts(server)]
        server.settled()
        verb = f"is accepted by program {' and '.join(found)}" if found else "is refused by every program"
        self.expect(f"{who} {verb}, and reads {len(server.received)} bytes", holds=found == accepted)
