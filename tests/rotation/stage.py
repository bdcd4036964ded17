"""Keys, certificates, releases and a journal with which every guard of a rotation holds."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from pinsmith.certificate import Certificate, Chain
from pinsmith.policy import HostPins, Key, Policy
from pinsmith.probe import Fetched, Target
from pinsmith.release import Release, ReleasedHost
from pinsmith.rotation.course import EVENTS, Move, course_of
from pinsmith.rotation.guards import ask_guards
from pinsmith.rotation.journal import Journal
from pinsmith.rotation.possession import Possession
from pinsmith.rotation.situation import Issued, Renewed, Situation

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from pinsmith.lab.pki.authority import Authority
    from pinsmith.lab.pki.identity import Identity
    from pinsmith.lab.pki.mint import LeafOptions
    from pinsmith.pin import Pin

NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)
HOST = "api.example.com"
LONG: LeafOptions = {"not_before": datetime(2026, 1, 1, tzinfo=UTC), "not_after": datetime(2027, 1, 1, tzinfo=UTC)}


def _pins(keys: Sequence[Key]) -> dict[str, Pin]:
    return {key.name: key.pin for key in keys}


class Stage:
    """Keys with certificates, and a situation in which every guard of every move holds."""

    def __init__(self, root: Authority, folder: Path) -> None:
        self.root, self.folder = root, folder
        self.identities = {name: root.issue(HOST, **LONG) for name in ("old", "new", "spare")}
        self.old, self.new, self.spare = (self.key(name, standby=name != "old") for name in ("old", "new", "spare"))
        self.journal = Journal.beside(folder / "pins.toml")
        for key in (self.new, self.spare):
            for place in ("Berlin", "Oslo"):
                self.prove(key, place)

    def key(self, name: str, **fields: Any) -> Key:  # noqa: ANN401
        """Return the key of the pin file for a certificate."""
        return Key(name, Certificate(self.identities[name].der).pin, "leaf", **fields)

    def prove(self, key: Key, place: str, when: datetime = NOW) -> None:
        """Add a proof, whose signature nobody verifies here."""
        time = f"{when:%Y-%m-%dT%H:%M:%SZ}"
        proof = Possession(pin=str(key.pin), time=time, custody=place, nonce="", scheme="", spki="", signature="")
        self.journal.add("key-proven", when, key=key.name, proof=proof)

    def chain(self, identity: Identity) -> Chain:
        """Return the verified chain of a certificate."""
        return Chain.of_der([identity.der, self.root.der])

    def shows(self, name: str, address: str = "192.0.2.1", **target: Any) -> Fetched:  # noqa: ANN401
        """Return what an address presents that has the certificate of a key."""
        chain = self.chain(self.identities[name])
        return Fetched(Target(HOST, **target), address, "TLSv1.3", "", chain, chain, None)

    def released(self, version: str, *keys: Key, **fields: Any) -> Release:  # noqa: ANN401
        """Return a release that pins the host."""
        return Release(
            "android", version, (ReleasedHost(HOST, {key.name: key.pin for key in keys}, **fields),), share=2.1
        )

    def situation(self, move: Move, **changes: Any) -> Situation:  # noqa: ANN401
        """Return a situation in which all guards of *move* hold, with *changes*."""
        before: tuple[Move, ...] = ("pin", "certify", "switch", "remove")
        for done in before[: before.index(move)]:
            facts = {"from": str(self.old.pin), "to": str(self.new.pin)}
            self.journal.add(EVENTS[done], NOW - timedelta(days=40), key="new", host=HOST, facts=facts)
        keys = (self.old, *(() if move == "pin" else (self.new,)), self.spare)
        entry = changes.pop("entry", HostPins(HOST, keys))
        policy = Policy((entry,), (self.old, self.new, self.spare))
        course = course_of(policy, self.journal, HOST, to="new")
        assert course.move == move
        served = "new" if move in ("switch", "remove") else "old"
        issued = Issued([Certificate(self.identities["new"].der)], self.chain(self.identities["new"]))
        given: dict[str, Any] = {
            "now": NOW,
            "lead_time": 30,
            "drill_days": 180,
            "outcomes": [self.shows(served)],
            "issued": issued if move == "certify" else None,
            "renewed": Renewed(keeps_key=True, why="people renew it"),
            "releases": [self.released("4.0", self.old, self.new)],
        }
        return Situation(
            policy=policy,
            course=replace(course, **changes.pop("course", {})),
            journal=self.journal,
            **(given | changes),
        )


def blocking(situation: Situation) -> dict[str, str]:
    """Return the guards that block the next move, with what they say."""
    return {guard.name: guard.why for guard in ask_guards(situation, situation.course.move) if guard.blocks}
