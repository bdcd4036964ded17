"""The page that compares two hosts, or two days of one."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

from pinsmith.checks import check_host
from pinsmith.lab.pki.authority import Authority
from pinsmith.lab.servers.server import RecordingServer
from pinsmith.monitor.outcome import Service, conclude
from pinsmith.monitor.schedule import Pace
from pinsmith.monitor.watch import Patience
from pinsmith.pinfile import parse
from pinsmith.store import Store
from tests.checks.sample import fetched
from tests.server.inspecting import END, NOW, ROOT, START, Names, Shop

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from pinsmith.lab.pki.identity import Identity

HOST, OTHER = "www.example.com", "shop.example.com"
OLD = ROOT.issue(HOST, not_before=START, not_after=END)
NEW = Authority.root("Other <b>Root</b>").issue(HOST, not_before=START, not_after=END + timedelta(days=30))
PINS = f"""
version = 1
[keys.live]
pin = "{OLD.pin}"
role = "leaf"
[keys.standby]
pin = "{NEW.pin}"
role = "leaf"
[[host]]
name = "{HOST}"
keys = ["live", "standby"]
"""
POLICY = parse(PINS, file="pins.toml")


def test_two_hosts_are_asked_and_set_side_by_side(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same host has no difference; another key is one, and the sentence says what it means for clients."""
    Names({HOST: [["127.0.0.1"]], OTHER: [["127.0.0.1"]]}).install(monkeypatch)
    with RecordingServer(OLD) as one, RecordingServer(ROOT.issue(OTHER), tls="1.2") as two:
        shop = Shop(tmp_path, ports=[one.port, two.port])
        first, second = f"{HOST}:{one.port}", f"{OTHER}:{two.port}"
        same, different, refused, forged = shop.visit(
            {"path": "/compare", "fields": {"first": first, "second": first}},
            {"path": "/compare", "fields": {"first": first, "second": second}},
            {"path": "/compare", "fields": {"first": first, "second": "10.0.0.1"}},
            {"path": "/compare", "fields": {"first": first, "second": second, "token": "0"}},
        )
        asked = len(one.connections)
        (got,) = shop.visit({"path": f"/compare?first={first}&second={second}"})
        assert len(one.connections) == asked
    assert "Both are the same." in same.body.decode()
    text = different.body.decode()
    assert "No key is the same: clients that pin only the key of one side refuse the other." in text
    assert "They speak different versions of TLS." in text
    assert "The same issuer has signed both certificates." in text
    assert (refused.status, forged.status, got.status) == (403, 403, 200)
    assert "Differences" not in got.body.decode()


def _record(folder: Path, *days: tuple[int, Identity]) -> None:
    async def run() -> None:
        async with Store(folder / "x.db") as store:
            for day, identity in days:
                now = NOW + timedelta(days=day)
                checks = check_host(POLICY, [fetched(identity, HOST)], now=now)
                service = Service(str(folder / "pins.toml"), HOST, 443)
                outcome = conclude(service, checks, None, now=now, patience=Patience(), pace=Pace(), chance=0.5)
                await store.record([outcome], vantage="home", channels={})

    asyncio.run(run())


def test_two_days_of_a_host_come_from_what_was_stored(tmp_path: Path) -> None:
    """Nothing is contacted: each day has what was seen last until its end, and unknown days are errors."""
    path = tmp_path / "pins.toml"
    path.write_text(PINS)
    _record(tmp_path, (0, OLD), (3, NEW))
    shop = Shop(tmp_path, pin_file=path, ports=[1])
    days = [f"{NOW + timedelta(days=number):%Y-%m-%d}" for number in (0, 2, 3, -1)]
    query = f"/compare?host={HOST}:443"
    same, other, early, broken, last, stranger = shop.visit(
        {"path": f"{query}&from={days[0]}&to={days[1]}"},
        {"path": f"{query}&from={days[1]}&to={days[2]}"},
        {"path": f"{query}&from={days[3]}&to={days[2]}"},
        {"path": f"{query}&from=yesterday&to={days[2]}"},
        {"path": f"{query}&from={days[0]}&to=9999-12-31"},
        {"path": f"/compare?host=evil.example.org:443&from={days[0]}&to={days[1]}"},
    )
    assert "Both are the same." in same.body.decode()
    text = other.body.decode()
    assert OLD.pin in text
    assert NEW.pin in text
    assert "Different issuers have signed the certificates." in text
    assert "The second ends later, by 30 days." in text
    assert "<b>Root" not in text
    assert [answer.status for answer in (early, broken, last, stranger)] == [400, 400, 400, 400]
    assert "choose a later day" in early.body.decode()
