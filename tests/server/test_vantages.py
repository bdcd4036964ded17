"""Pages, API and metrics show where the places disagree."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

from pinsmith.monitor.schedule import Pace
from pinsmith.monitor.vantages import compare
from pinsmith.server.app import application
from pinsmith.server.guard import names_of
from pinsmith.server.site import Site
from pinsmith.store import Store
from tests.checks.sample import HOST, NOW
from tests.server.asking import Answer, ask_within
from tests.store.contract import COMPARED_AT, LEAF, MINUTE, NEW, PINNED, SERVICE, outcome

if TYPE_CHECKING:
    from pathlib import Path

    from pinsmith.monitor.outcome import Service
    from pinsmith.policy import HostPins

# A name that somebody wrote into the database to attack whoever reads it.
NASTY = "<script>alert(1)</script>"
PATHS = ("/", f"/hosts/{HOST}:443", "/alerts", "/api/v1/hosts", "/api/v1/alerts", "/metrics")


class Watching:
    """Stands in for the rounds: a policy that is in force, and no problem."""

    problems: tuple[str, ...] = ()

    def watches(self, service: Service) -> bool:
        """Watch what has an entry."""
        return self.entry_of(service) is not None

    def entry_of(self, service: Service) -> HostPins | None:
        """Find the entry."""
        return PINNED.entry_of(service.host)


def visited(folder: Path, *, differ: bool) -> dict[str, Answer]:
    """Record what two places have seen, and look at everything from the place that sees the pinned key."""

    async def run() -> dict[str, Answer]:
        async with Store(folder / "x.db") as store:
            for vantage, identity, minutes in (
                (NASTY, NEW if differ else LEAF, 0),
                ("ams1", LEAF, 5),
                (NASTY, NEW, 10),
            ):
                await store.record([outcome(identity, minutes=minutes)], vantage=vantage, channels={})
            await store.comparisons.note(
                SERVICE,
                lambda seen: compare(seen, {LEAF.pin: "live"}, now=COMPARED_AT, pace=Pace()),
                at=COMPARED_AT,
                after=NOW - MINUTE,
                channels={},
            )
            site = Site(store, Watching(), lambda: COMPARED_AT, vantage="ams1")  # type: ignore[arg-type]
            app = application(site, names=names_of("127.0.0.1", []), access=None)
            return {path: await ask_within(app, path) for path in PATHS}

    return asyncio.run(run())


def test_the_place_that_sees_the_pinned_key_shows_it_too(tmp_path: Path) -> None:
    """The overview is not well, and the page of the host has what each place sees; names cannot act."""
    answers = visited(tmp_path, differ=True)
    texts = {path: answer.body.decode() for path, answer in answers.items()}
    assert {answer.status for answer in answers.values()} == {200}
    assert '<section class="verdict bad"><p class="sentence">At 1 of 1 hosts, only some places see' in texts["/"]
    assert f'<a href="/hosts/{HOST}%3A443">{HOST}:443</a>: an unknown key is seen from' in texts["/"]
    page = texts[f"/hosts/{HOST}:443"]
    assert "Some places see an unknown key, and others do not." in page
    assert "What to do: suspect the network of" in page
    table = page.partition('<table aria-label="What each place saw">')[2].partition("</table>")[0]
    words = ["&lt;script&gt;", "unknown <a", f"<code>{NEW.pin}<", "ams1", "pinned <a", f"<code>{LEAF.pin}<"]
    assert sorted(words, key=table.index) == words
    assert NASTY not in "".join(texts[path] for path in PATHS[:3])
    assert "an unknown key is seen from" in texts["/alerts"]
    document = json.loads(texts["/api/v1/hosts"])
    assert not document["ok"]
    assert [host["state"] for host in document["hosts"]] == ["ok"]
    (one,) = document["disagreements"]
    assert [(place["vantage"], place["state"]) for place in one["places"]] == [(NASTY, "lockout"), ("ams1", "ok")]
    assert json.loads(texts["/api/v1/alerts"])["alerts"][0]["topic"] == "vantages"
    labels = f'file="{SERVICE.file}",host="{HOST}",port="443"'
    assert f"pinsmith_vantages_disagree{{{labels}}} 1.0" in texts["/metrics"]


def test_places_that_do_not_disagree_change_nothing(tmp_path: Path) -> None:
    """A key that one place has begun to see may be the next key of the host."""
    texts = {path: answer.body.decode() for path, answer in visited(tmp_path, differ=False).items()}
    assert "All hosts are well." in texts["/"]
    assert "unknown key" not in "".join(texts[path] for path in PATHS[:-1])
    document = json.loads(texts["/api/v1/hosts"])
    assert (document["ok"], document["disagreements"]) == (True, [])
    labels = f'file="{SERVICE.file}",host="{HOST}",port="443"'
    assert f"pinsmith_vantages_disagree{{{labels}}} 0.0" in texts["/metrics"]
