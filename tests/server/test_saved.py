"""Hosts that somebody saves on the page."""

from __future__ import annotations

import asyncio
import html
import re
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from pinsmith.lab.servers.server import RecordingServer
from pinsmith.store import Store
from pinsmith.store.saved_hosts import MAX_SAVED, Look
from tests.server.inspecting import END, NOW, ROOT, START, Names, Shop

if TYPE_CHECKING:
    from pathlib import Path

    from tests.server.asking import Answer

HOST = "www.example.com"
LEAF, NEW = (ROOT.issue(HOST, not_before=START, not_after=END) for _ in range(2))
DAYS = (END - NOW).days


@pytest.fixture(autouse=True)
def names(monkeypatch: pytest.MonkeyPatch) -> Names:
    """Answer for the name server: the host is on the loopback."""
    return Names({HOST: [["127.0.0.1"]]}).install(monkeypatch)


def _badges(answer: Answer) -> list[str]:
    table = html.unescape(answer.body.decode()).partition('aria-label="Saved hosts"')[2]
    cell = table.partition('class="badges">')[2].partition("</div>")[0]
    return re.findall(r'<span class="state [a-z]+">([^<]+)</span>', cell)


def _pin(folder: Path, port: int) -> Path:
    path = folder / "pins.toml"
    path.write_text(
        f'version = 1\n[keys.live]\npin = "{LEAF.pin}"\n[keys.next]\npin = "{NEW.pin}"\n'
        f'[[host]]\nname = "{HOST}"\nconnect = "127.0.0.1:{port}"\nkeys = ["live", "next"]\n'
    )
    return path


def test_a_saved_host_shows_its_state_and_that_its_key_changed(tmp_path: Path) -> None:
    """The badges are those of the last inspection; saving again takes the new key, and removing forgets the host."""
    with RecordingServer(LEAF) as old, RecordingServer(NEW) as new:
        shop, fields = Shop(tmp_path, pin_file=_pin(tmp_path, old.port)), {"host": HOST}
        saved, listed = shop.visit({"path": "/inspect/saved", "fields": fields}, {"path": "/inspect"})
        _pin(tmp_path, new.port)
        other, again = shop.visit({"path": "/inspect", "fields": fields}, {"path": "/inspect/saved", "fields": fields})
    assert (saved.status, _badges(listed)) == (200, ["trusted", f"{DAYS} days left", "pinned"])
    assert _badges(other) == ["trusted", f"{DAYS} days left", "pinned", "key changed since it was saved"]
    assert _badges(again) == ["trusted", f"{DAYS} days left", "pinned"]
    number = re.search(r'name="id" value="([0-9]+)"', again.body.decode())
    assert number is not None
    removed, empty = shop.visit({"path": "/inspect/saved/remove", "fields": {"id": number[1]}}, {"path": "/inspect"})
    assert (removed.status, removed.headers["location"], _badges(empty)) == (303, "/inspect", [])


@pytest.mark.parametrize("path", ["/inspect/saved", "/inspect/saved/remove"])
def test_other_sites_save_and_remove_nothing(path: str, tmp_path: Path) -> None:
    """A form needs the token of the page, and GET changes nothing."""
    with RecordingServer(LEAF) as server:
        shop = Shop(tmp_path, ports=[server.port])
        fields = {"host": f"{HOST}:{server.port}", "id": "1"}
        _, forged, got, listed = shop.visit(
            {"path": "/inspect/saved", "fields": fields},
            {"path": path, "fields": {**fields, "host": "x.example.com", "token": "0" * 64}},
            {"path": f"{path}?id=1"},
            {"path": "/inspect"},
        )
    assert (forged.status, got.status) == (403, 405)
    assert len(_badges(listed)) == 3
    assert "x.example.com" not in listed.body.decode()


@pytest.mark.parametrize(("host", "status"), [("10.0.0.1", 403), ("127.0.0.9:{port}", 400), ("not a host", 400)])
def test_only_a_host_that_answers_is_saved(host: str, status: int, tmp_path: Path) -> None:
    """Saving asks the host by the same rules, and believes nothing of what the form says about it."""
    with RecordingServer(LEAF) as server:
        shop = Shop(tmp_path, ports=[443, server.port])
        typed = host.format(port=server.port)
        saved, listed = shop.visit({"path": "/inspect/saved", "fields": {"host": typed}}, {"path": "/inspect"})
    assert saved.status == status
    assert _badges(listed) == []


@pytest.mark.parametrize("number", ["", "-1", "1 or 1=1", "9" * 30])
def test_an_id_is_a_number(number: str, tmp_path: Path) -> None:
    """Another text is an error and removes nothing."""
    (answer,) = Shop(tmp_path).visit({"path": "/inspect/saved/remove", "fields": {"id": number}})
    assert answer.status == 400


def test_saved_hosts_are_bounded(tmp_path: Path) -> None:
    """When the list is full, a new host is not saved, and a known one is still brought up to date."""
    look = Look(NOW, frozenset({LEAF.pin}), trusted=True, ends=END)
    later = Look(NOW + timedelta(days=1), frozenset({NEW.pin}), trusted=False, ends=None)

    async def run() -> tuple[bool, bool, int]:
        async with Store(tmp_path / "x.db") as store:
            for number in range(MAX_SAVED):
                assert await store.saved.save(f"host{number}.example.com", 443, "", look)
            more = await store.saved.save("more.example.com", 443, "", look)
            known = await store.saved.save("host1.example.com", 443, "", later)
            found = {saved.host: saved for saved in await store.saved.all()}
            assert found["host1.example.com"].last == later
            return more, known, len(found)

    assert asyncio.run(run()) == (False, True, MAX_SAVED)
