"""``pinsmith lab proxy`` reaches the same verdict about every app as a careful reader of a real mitmproxy."""

from __future__ import annotations

import pytest

from tests.judged import interception
from tests.judged.interception import APPS, OPEN, PINNED, App, compare

pytestmark = [pytest.mark.clients, pytest.mark.timeout(900)]


def _require(app: App) -> None:
    interception.mitmdump()
    for tool in app.tools:
        tool.find()


@pytest.mark.parametrize("app", APPS, ids=lambda app: app.id)
def test_both_proxies_agree(app: App) -> None:
    """Both reach the same verdicts on apps that pin, that do not pin, that trust no proxy, and that pin late."""
    _require(app)
    compared = compare(app)
    assert compared.verdicts == compared.by_hand == {PINNED: app.pinned, OPEN: app.opened}


def test_the_page_shows_the_measurements_of_this_run() -> None:
    """The table in docs/proxy.md is that of this run; `python -m tests.judged.interception` writes it."""
    for app in APPS:
        _require(app)
    assert interception.PAGE.read_text("utf-8") == interception.section([compare(app) for app in APPS])
