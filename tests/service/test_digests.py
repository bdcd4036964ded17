"""Digests: what waits for them, what never does, and that none is sent twice."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from pinsmith.documents.digest import message_text
from pinsmith.service.settings import Digest
from pinsmith.store import Store
from pinsmith.store.report_writer import ReportWriter
from tests.service.scene import HOST, LIVE, NEW, Scene, serving
from tests.service.test_channels import alert
from tests.service.test_classification import arrival

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


HOUR = 60.0


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    """Serve a host, with a channel that gets a digest in an hour."""
    with serving(tmp_path) as scene:
        collect(scene, after(scene, 1))
        yield scene


def after(scene: Scene, hours: float) -> str:
    """Return a time of day, which is in UTC."""
    return f"{scene.now + timedelta(hours=hours):%H:%M}"


def collect(scene: Scene, digest: object) -> None:
    """Choose when the channel gets a digest."""
    channel = {"kind": "webhook", "name": "hook", "url": scene.hook.url, "digest": digest}
    scene.settings = {"channel": [channel]}


def warn(scene: Scene) -> None:
    """Let the pins of the host end within a month, which is a warning."""
    scene.present(LIVE, more=f"expires = {scene.now + timedelta(days=20):%Y-%m-%d}")


def bodies(scene: Scene) -> list[dict[str, Any]]:
    """Return what has arrived."""
    return [json.loads(body) for _, _, _, body in scene.hook.requests]


def test_a_warning_waits_for_the_digest(scene: Scene) -> None:
    """It is not sent when it is found, and the digest contains it, with what to do; then it is not sent again."""
    warn(scene)
    scene.round()
    assert scene.heard == []
    scene.round(HOUR)
    (digest,) = bodies(scene)
    assert (digest["kind"], digest["state"], digest["states"]) == ("digest", "warning", {"warning": 1})
    assert [message["state"] for message in digest["alerts"]] == ["warning"]
    (host,) = digest["hosts"]
    assert (host["host"], host["findings"][0]["rule"]) == (HOST, "pins-expire")
    assert "release the new pins" in host["findings"][0]["fix"]
    for minutes in (0, 30, 22 * HOUR):
        scene.round(minutes)
    assert len(scene.hook.requests) == 1


def test_a_lock_out_does_not_wait(scene: Scene) -> None:
    """It is sent at once, and so is its end, and the digest says both once more."""
    scene.round()
    scene.present(NEW)
    scene.round(20)
    scene.present(LIVE)
    scene.round(20)
    scene.round(5)
    assert scene.heard == [("raised", "lockout"), ("recovered", "ok")]
    scene.round(HOUR)
    assert [message["kind"] for message in bodies(scene)[-1]["alerts"]] == ["raised", "recovered"]


def test_nothing_is_sent_if_there_is_nothing_to_say(scene: Scene) -> None:
    """A digest that says that all is well is sent only if somebody asked for it."""
    scene.round()
    scene.round(HOUR)
    assert bodies(scene) == []
    collect(scene, {"at": after(scene, 1), "always": True})
    scene.round(HOUR)
    (digest,) = bodies(scene)
    assert digest["title"].endswith("all 1 hosts are ok")


def test_a_digest_that_was_not_delivered_is_tried_again(scene: Scene) -> None:
    """It has the same id and the same content, whatever has happened since."""
    warn(scene)
    scene.round()
    scene.hook.status = 503
    assert scene.round(HOUR).delivered == 0
    scene.hook.status = 204
    scene.present(LIVE)
    assert scene.round(5).delivered == 1
    first, second = ((headers["webhook-id"], body) for _, _, headers, body in scene.hook.requests)
    assert first == second
    assert first[0].startswith("pinsmith-digest-")


def test_a_service_that_was_down_sends_one_digest(scene: Scene) -> None:
    """Those of the days before are not made up for."""
    warn(scene)
    scene.round()
    scene.round(3 * 24 * HOUR)
    scene.round(1)
    assert [message["kind"] for message in bodies(scene)] == ["digest"]


def test_an_alert_is_sent_alone_if_its_digest_is_given_up(scene: Scene) -> None:
    """If the digest is removed from the settings, what waited for it is still sent."""
    warn(scene)
    scene.round()
    collect(scene, None)
    scene.round(HOUR)
    assert scene.heard == [("raised", "warning")]


def test_an_alert_that_waits_has_not_failed(scene: Scene) -> None:
    """The number of alerts that were not delivered does not contain it, because rules wake people by it."""
    warn(scene)
    scene.round()

    async def undelivered() -> int:
        async with Store(scene.folder / "data.db") as store:
            return await store.undelivered()

    assert asyncio.run(undelivered()) == 0
    scene.hook.status = 503
    scene.round(HOUR)
    assert asyncio.run(undelivered()) == 1


def test_reports_are_counted_by_class(scene: Scene) -> None:
    """The digest says how many reports of apps came since the last one, and the text has everything."""
    scene.round()

    async def report() -> None:
        async with Store(scene.folder / "data.db"), ReportWriter(scene.folder / "data.db") as writer:
            sent = msgspec.structs.replace(arrival(HOST), at=int(scene.now.timestamp() * 1_000_000))
            assert await writer.put([sent, sent])

    async def text() -> str:
        async with Store(scene.folder / "data.db") as store:
            (delivery,) = await store.due(scene.now)
            return message_text(delivery.message)

    asyncio.run(report())
    warn(scene)
    scene.hook.status = 503
    scene.round(HOUR)
    scene.now += timedelta(hours=1)
    written = asyncio.run(text())
    assert "reports of apps, which are hints: 2 unknown" in written
    assert bodies(scene)[0]["reports"] == {"unknown": 2}


@pytest.mark.parametrize(
    ("before", "state", "waits"),
    [
        (None, "warning", True),
        ("ok", "warning", True),
        ("warning", "ok", True),
        ("warning", "warning", True),
        ("lockout", "warning", False),
        ("warning", "lockout-imminent", False),
        ("lockout", "ok", False),
        (None, "interception", False),
        ("unreachable", "warning", False),
        ("ok", "ok", False),
    ],
)
def test_what_waits_by_default(before: str | None, state: str, *, waits: bool) -> None:
    """Only what is about warnings alone waits; the end of something worse is news."""
    told = msgspec.structs.replace(alert(), before=before, state=state)
    assert Digest(at="08:00").contains(told) is waits
    assert not Digest(at="08:00", states=("ok",)).contains(msgspec.structs.replace(told, state="lockout"))
    by_name = Digest(at="08:00", states=("lockout", "warning"))
    assert by_name.contains(msgspec.structs.replace(told, before="ok", state="lockout"))
