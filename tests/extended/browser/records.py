"""What stands beside the pin file of the scene: a journal with rotations, and releases; some of their texts attack."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from pinsmith.custody.key_file import of_file
from pinsmith.pin import Pin
from pinsmith.pinfile.releases import Releases
from pinsmith.policy import Key
from pinsmith.release import Release, ReleasedHost, System
from pinsmith.rotation.course import ABORTED, EVENTS
from pinsmith.rotation.journal import PROVEN, Journal
from pinsmith.rotation.possession import NONCE_SIZE, prove

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from pinsmith.lab.pki.identity import Identity

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Records:
    """
    The journal and the releases.

    Attributes:
        pin_file: The pin file.
        standby: The next key of every host.
        attacks: Texts that act if a page does not escape them.
    """

    pin_file: Path
    standby: Identity
    attacks: tuple[str, ...]

    def write(self, pins: dict[str, str], now: datetime) -> None:
        """Write both; *pins* has the pin of the key in service by host."""
        journal, key = Journal.beside(self.pin_file), Key("standby", Pin.parse(self.standby.pin), "leaf", standby=True)
        signer = of_file(self.standby.private_pem(), None)
        for days, place in ((70, "the safe in Berlin"), (69, self.attacks[0])):
            proof = prove(key, signer, custody=place, nonce=bytes(NONCE_SIZE), now=now - days * _DAY)
            journal.append(PROVEN, now - days * _DAY, key="standby", proof=proof)
        for days, host, event, facts in self._moves():
            keys = {"from": pins[host], "to": self.standby.pin}
            journal.append(event, now - days * _DAY, key="standby", host=host, facts=keys | facts)
        self._release(pins, now)

    def _moves(self) -> list[tuple[int, str, str, dict[str, str]]]:
        script, image = self.attacks
        certificate = {"certificate": f"sha256 {'0123456789abcdef' * 4}, valid until 2027-03-01"}
        override = {
            "overridden: way-back": "the old certificate ends on 2026-11-02 08:00 UTC, so it is soon no way back"
        }
        attack = {"emergency": "key-compromised", "choice": "", f"overridden: {script}": image}
        return [
            (65, "api.example.com", EVENTS["pin"], {}),
            (60, "api.example.com", ABORTED, {}),
            (50, "api.example.com", EVENTS["pin"], {}),
            (20, "api.example.com", EVENTS["certify"], certificate | override),
            (2, "nasty.example.com", EVENTS["pin"], attack),
        ]

    def _release(self, pins: dict[str, str], now: datetime) -> None:
        releases = Releases.beside(self.pin_file)
        old, standby = Pin.parse(pins["api.example.com"]), Pin.parse(self.standby.pin)
        api = ReleasedHost("api.example.com", {"api-2025": old})
        both = ReleasedHost("api.example.com", {"api-2025": old, "api-2026": standby}, expires=now.date() + 400 * _DAY)
        nasty = ReleasedHost("nasty.example.com", {"api-2026": standby}, include_subdomains=True)
        for release in (
            Release("com.example.app", "3.9", (api,), date=now.date() - 300 * _DAY, share=2.1, source="v3.9"),
            Release("com.example.app", "4.1", (both,), share=60.5, oldest=System("android", "26")),
            Release("ios", self.attacks[1], (both, nasty), source=self.attacks[0], oldest=System("ios", "15.0")),
            Release("ios", "1.0", (api,), ended=now.date() - 10 * _DAY),
        ):
            releases.add(release)
        releases.save()
