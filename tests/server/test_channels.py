"""The page of channels, and its button that sends a test."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from pinsmith.probe.trust import Trust
from pinsmith.server.app import application
from pinsmith.server.guard import names_of
from pinsmith.server.site import Site
from pinsmith.service.rounds import Rounds
from pinsmith.service.settings import Settings
from pinsmith.store import Store
from tests.checks.sample import NOW
from tests.server.asking import HOST, Answer, ask_within
from tests.service.receivers import Hook
from tests.service.scene import NEW, serving

if TYPE_CHECKING:
    from pathlib import Path

FORM = {"content-type": "application/x-www-form-urlencoded"}
NASTY = "<script>alert(1)</script>"


def visit(folder: Path, url: str, *requests: dict[str, Any]) -> list[Answer]:
    """Send requests to a service with one channel; ``TOKEN`` in a body stands for the token of the page."""
    channel = {"kind": "webhook", "name": "hook", "url": url, "states": ["lockout"], "digest": "08:00"}
    settings = msgspec.convert({"version": 1, "channel": [channel]}, Settings)

    async def run() -> list[Answer]:
        async with Store(folder / "data.db") as store:
            site = Site(store, Rounds([], settings, folder, store, Trust()), lambda: NOW)
            app = application(site, names=names_of("127.0.0.1", []), access=None)
            page = (await ask_within(app, "/channels")).body
            token = page.partition(b'name="token" value="')[2].partition(b'"')[0]
            return [
                await ask_within(app, **{**request, "body": request.get("body", b"").replace(b"TOKEN", token)})
                for request in requests
            ]

    return asyncio.run(run())


def press(name: str = "hook", proof: str = "TOKEN", **headers: str) -> dict[str, Any]:
    """Press the button of a channel."""
    body = f"token={proof}&channel={name}".encode()
    return {"path": "/channels", "method": "POST", "headers": {**FORM, **headers}, "body": body}


def test_the_button_sends_a_test(tmp_path: Path) -> None:
    """The channel gets a message that says what it is, and the page says whether it was taken."""
    with Hook() as hook:
        (good,) = visit(tmp_path, hook.url, press())
        hook.status = 500
        (bad,) = visit(tmp_path, hook.url, press())
    bodies = [json.loads(body) for _, _, _, body in hook.requests]
    assert [(body["kind"], body["state"], body["findings"]) for body in bodies] == [("test", "ok", [])] * 2
    assert len({headers["webhook-id"] for _, _, headers, _ in hook.requests}) == 2
    assert b"accepted a test message" in good.body
    assert b"was not reached: 127.0.0.1 answered with the status 500" in bad.body


@pytest.mark.parametrize(
    ("pressed", "status"),
    [
        (press(proof="forged"), 403),
        (press(origin="https://attacker.example.org"), 403),
        (press(**{"sec-fetch-site": "cross-site"}), 403),
        (press(host="attacker.example.org"), 403),
        (press(NASTY), 404),
    ],
    ids=["a forged token", "another origin", "another site", "another name", "no such channel"],
)
def test_nobody_else_presses_the_button(pressed: dict[str, Any], status: int, tmp_path: Path) -> None:
    """A page of somebody else cannot make the service send anything."""
    with Hook() as hook:
        answer, control = visit(tmp_path, hook.url, pressed, press(origin=f"http://{HOST}"))
        assert (answer.status, control.status) == (status, 200)
    assert len(hook.requests) == 1
    assert b"<script" not in answer.body


def test_the_page_says_what_became_of_alerts(tmp_path: Path) -> None:
    """It lists the last delivery, the last error, and how many alerts are tried again."""
    with serving(tmp_path) as scene:
        scene.present(NEW)
        scene.hook.status = 503
        scene.round()
        failing, hosts = visit(tmp_path, scene.hook.url, {"path": "/channels"}, {"path": "/"})
        scene.hook.status = 204
        scene.round(2)
        well, hosts_then = visit(tmp_path, scene.hook.url, {"path": "/channels"}, {"path": "/"})
    assert b"1 will be tried again" in failing.body
    assert b"answered with the status 503" in failing.body
    assert b"<div>never</div>" in failing.body
    assert b"1 alert has not reached a channel yet" in hosts.body
    assert b"not reached a channel" not in hosts_then.body
    assert b"tried again" not in well.body
    assert b"status 503" not in well.body
    assert b"2026-06-15 08:00:00 UTC" in well.body  # the next digest
    assert f"{scene.now:%Y-%m-%d %H:%M:%S} UTC".encode() in well.body


def test_a_service_without_channels_says_so(tmp_path: Path) -> None:
    """Otherwise people would believe that they hear of alerts."""

    async def run() -> Answer:
        async with Store(tmp_path / "data.db") as store:
            rounds = Rounds([], Settings(version=1), tmp_path, store, Trust())
            app = application(Site(store, rounds, lambda: NOW), names=names_of("127.0.0.1", []), access=None)
            return await ask_within(app, "/channels")

    assert b"Nobody gets alerts" in asyncio.run(run()).body
