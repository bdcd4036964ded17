"""Reports get their class from the pins that are in force, another one when pins change, and are deleted in time."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from pinsmith.checks import check_host
from pinsmith.lab.pki.authority import Authority
from pinsmith.lab.pki.identity import Identity
from pinsmith.monitor.observation import observed
from pinsmith.monitor.outcome import Service, conclude
from pinsmith.monitor.schedule import Pace
from pinsmith.monitor.watch import Patience
from pinsmith.pin import Pin
from pinsmith.policy import HostPins, Key, Policy
from pinsmith.reports import Classified, group_key, parse_body
from pinsmith.service import classification
from pinsmith.service.classification import Classification
from pinsmith.store import Store
from pinsmith.store.report_batch import Arrival
from pinsmith.store.report_reader import KEEP_COUNTS
from pinsmith.store.report_writer import ReportWriter
from tests.checks.sample import HOST, fetched, key, policy

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from pinsmith.reports import Facts, Sightings

NOON = datetime(2026, 6, 15, 12, tzinfo=UTC)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NAMES = ("api.example.com", "www.example.com", "192.0.2.1")


class Pinning:
    """Rounds with the policies that a test chooses."""

    def __init__(self) -> None:
        self.policies: tuple[Policy, ...] = ()

    def policy_for(self, _host: str) -> Policy | None:
        """Return the first policy."""
        return next(iter(self.policies), None)


def arrival(host: str) -> Arrival:
    """Make a report about *host*."""
    body = json.dumps({"pinsmith-event": 1, "host": host}).encode()
    return Arrival(
        key=group_key(parse_body(body)[0]),
        source="",
        at=(NOON - EPOCH) // timedelta(microseconds=1),
        network="192.0.2.0/24",
        version="1",
        platform="android 14",
        host=host,
        app="com.example.app",
        format="event",
        enforced=True,
        reason="no-pinned-key",
        body=body,
    )


def test_classes_follow_the_pins_and_old_reports_are_deleted(tmp_path: Path) -> None:
    """Each group is classified, again after a change of pins; and deleted when it is old."""

    async def run() -> None:
        async with Store(tmp_path / "x.db") as store:
            async with ReportWriter(tmp_path / "x.db") as writer:
                assert await writer.put([arrival(name) for name in NAMES])
            pinning = Pinning()
            classes = Classification(store, pinning)  # type: ignore[arg-type]
            await classes.update(NOON)
            assert await store.reports.waiting() == []
            before = {group.host: group.evidence for group in await store.reports.groups()}
            assert len(before) == len(NAMES)
            pin = Pin.parse(Identity.self_signed("www.example.com").pin)
            pinning.policies = (Policy((HostPins("www.example.com", (Key("live", pin),)),)),)
            await classes.update(NOON)
            after = {group.host: group.evidence for group in await store.reports.groups()}
            assert all(after.values())
            assert after["api.example.com"] != before["api.example.com"]
            await classes.update(NOON + KEEP_COUNTS + timedelta(days=1))
            assert await store.reports.groups() == []

    asyncio.run(run())


def test_only_keys_of_verified_chains_are_seen_by_the_service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Anybody between the service and the host can show a chain that nobody verified, so its key proves nothing."""
    judged: list[Sightings] = []

    def judge(_: Facts, *__: object, sightings: Sightings, **___: object) -> Classified:
        judged.append(sightings)
        return Classified("unknown", ())

    monkeypatch.setattr(classification, "classify", judge)
    root = Authority.root()
    genuine, stranger = root.issue(HOST), Identity.self_signed(HOST)
    pinned = policy(key("live", genuine.pin))
    checks = check_host(pinned, [fetched(genuine), fetched(stranger, trusted=False, address="192.0.2.2")], now=NOON)
    seen = conclude(Service("/p", HOST, 443), checks, None, now=NOON, patience=Patience(), pace=Pace(), chance=0.5)

    async def run() -> None:
        async with Store(tmp_path / "x.db") as store:
            await store.record(
                [replace(seen, memory=replace(seen.memory, answer=observed(checks)))], vantage="home", channels={}
            )
            async with ReportWriter(tmp_path / "x.db") as writer:
                assert await writer.put([arrival(HOST)])
            await Classification(store, Pinning()).update(NOON)  # type: ignore[arg-type]

    asyncio.run(run())
    assert [sightings.observed for sightings in judged] == [{Pin.parse(genuine.pin)}]
    assert [sightings.signers for sightings in judged] == [{Pin.parse(root.pin)}]


def test_a_report_that_breaks_its_judge_ends_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its group says so, and the other groups get their class."""
    judged: list[Facts] = []

    def judge(facts: Facts, *_: object, **__: object) -> Classified:
        judged.append(facts)
        if len(judged) == 1:
            raise RecursionError
        return Classified("clock-wrong", ("Judged.",))

    monkeypatch.setattr(classification, "classify", judge)

    async def run() -> list[tuple[str, ...]]:
        async with Store(tmp_path / "x.db") as store:
            async with ReportWriter(tmp_path / "x.db") as writer:
                assert await writer.put([arrival(name) for name in NAMES])
            await Classification(store, Pinning()).update(NOON)  # type: ignore[arg-type]
            return sorted(group.evidence for group in await store.reports.groups())

    assert asyncio.run(run()) == [
        ("Judged.",),
        ("Judged.",),
        ("The sampled report cannot be judged: RecursionError.",),
    ]
