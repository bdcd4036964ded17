"""The pages and the API of rotations and releases, as an application that is asked directly over a real database."""

from __future__ import annotations

import asyncio
import html
import json
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest

from pinsmith.checks import check_host
from pinsmith.lab.pki.authority import Authority
from pinsmith.monitor.outcome import Service, conclude
from pinsmith.monitor.schedule import Pace
from pinsmith.monitor.watch import Patience
from pinsmith.pinfile import parse_file
from pinsmith.release import System
from pinsmith.rotation.course import EVENTS
from pinsmith.server.app import application
from pinsmith.server.guard import names_of
from pinsmith.server.intake import Intake
from pinsmith.server.login import Access
from pinsmith.server.passwords import Passwords
from pinsmith.server.site import Site
from pinsmith.store import Store
from pinsmith.store.report_writer import ReportWriter
from tests.rotation.stage import HOST, NOW, Stage
from tests.server.asking import Answer, ask_within
from tests.server.filled import Watching

if TYPE_CHECKING:
    from pinsmith.release import Release

FILE = "/srv/pins.toml"
NASTY = '"><script>alert(1)</script>\u202e'
PATHS = ("/rotations", f"/rotations/{HOST}", "/releases")


@dataclass
class Shown:
    """A host whose rotation is open, the releases of its app, and a service that has looked at it."""

    folder: Path
    stage: Stage
    served: str = "old"
    age: timedelta = timedelta()
    releases: list[Release] = field(default_factory=list)
    journal: bool = True
    access: Access | None = None

    def begin(self, *moves: str, **facts: str) -> None:
        """Record moves in the journal."""
        keys = {"from": str(self.stage.old.pin), "to": str(self.stage.new.pin)}
        for move in moves:
            event = EVENTS.get(move, move)  # type: ignore[call-overload]
            self.stage.journal.add(event, NOW - timedelta(days=40), key="new", host=HOST, facts=keys | facts)

    def visit(self, *paths: str) -> list[Answer]:
        """Record a round in which the host presented a certificate, and send requests."""
        keys = {"old": self.stage.old, "new": self.stage.new, "spare": self.stage.spare}
        text = ["version = 1\ndefaults.lead-time = 30"]
        for name, key in keys.items():
            standby = "" if name == "old" else "standby = true"
            text.append(f'[keys.{name}]\npin = "{key.pin}"\nrole = "leaf"\n{standby}')
        text.append(f'[[host]]\nname = "{HOST}"\nkeys = ["old", "new", "spare"]')
        return asyncio.run(self._visit("\n".join(text), paths))

    async def _visit(self, text: str, paths: tuple[str, ...]) -> list[Answer]:
        file = Path(FILE)
        journals = {file: self.stage.journal} if self.journal else {}
        rounds = Watching({file: parse_file(text)}, releases={file: self.releases}, journals=journals)
        database, at = self.folder / "x.db", NOW - self.age
        async with Store(database) as store, ReportWriter(database) as writer:
            checks = check_host(parse_file(text).policy, [self.stage.shows(self.served)], now=at)
            service = Service(FILE, HOST, 443)
            outcome = conclude(service, checks, None, now=at, patience=Patience(), pace=Pace(), chance=0.5)
            await store.record([outcome], vantage="home", channels={})
            site = Site(store, rounds, lambda: NOW)  # type: ignore[arg-type]
            intake = Intake(writer, lambda: NOW, keys=["app"])
            app = application(site, names=names_of("127.0.0.1", []), access=self.access, intake=intake)
            for version in ("3.9", "3.9", "3.9", "4.0"):
                event = {"pinsmith-event": 1, "host": HOST, "app-id": "android", "app-version": version}
                await ask_within(app, "/reports/app", method="POST", body=json.dumps(event).encode())
            return [await ask_within(app, path) for path in paths]

    def text(self, path: str) -> str:
        """Return a page as a person reads it."""
        (answer,) = self.visit(path)
        assert answer.status == 200
        return html.unescape(answer.body.decode())

    def document(self, path: str) -> Any:  # noqa: ANN401 - JSON
        """Return a document."""
        (answer,) = self.visit(path)
        return json.loads(answer.body)


@pytest.fixture
def shown(tmp_path: Path) -> Shown:
    """Show a host that pins its next key, and a release that lacks it."""
    stage = Stage(Authority.root(), tmp_path)
    old = stage.released("3.9", stage.old, stage.spare, expires=date(2026, 12, 31))
    return Shown(tmp_path, stage, releases=[old, stage.released("4.0", stage.old, stage.new)])


def test_a_guard_that_fails_is_shown_with_whom_it_hurts(shown: Shown) -> None:
    """The page names the next move, each guard with its evidence and its fix, and the releases that would suffer."""
    shown.begin("pin")
    text = shown.text(f"/rotations/{HOST}")
    assert "The next move is <code>certify</code>" in text
    assert "3 guards block it: releases, certificate, renewal." in text
    assert "Going on without it hurts android 3.9 (2.1% of users)." in text
    assert f"<code>pinsmith rotate next {HOST} --certificate FILE</code>" in text
    assert "the old certificate ends on 2027-01-01" in text
    for pin in (shown.stage.old.pin, shown.stage.new.pin):
        assert f'href="/pins?pin={quote(str(pin))}"' in text
    assert [text.count(place) for place in ("Berlin</th>", "Oslo</th>")] == [1, 1]


def test_a_move_that_was_made_has_its_evidence(shown: Shown) -> None:
    """The certificate that was examined, an override with its reason and the choice in an emergency are shown."""
    facts = {"overridden: releases": "android 3.8 is locked out", "certificate": "sha256 abc, valid until 2027-01-01"}
    shown.begin("pin", "certify", emergency="key-compromised", choice="rotate-now", **facts)
    shown.served = "new"
    text = shown.text(f"/rotations/{HOST}")
    for words in ("sha256 abc, valid until", "android 3.8 is locked out", "key-compromised: rotate-now was chosen"):
        assert words in text, words
    assert "The next move is <code>switch</code>, which records that every address presents the new key. All" in text
    (row,) = shown.document("/api/v1/rotations")["rotations"]
    assert (row["standing"], row["move"], row["blocked_by"]) == ("open", "switch", [])
    assert (row["new"]["name"], row["emergency"]) == ("new", "key-compromised")


def test_what_was_seen_long_ago_is_unknown(shown: Shown) -> None:
    """The page says that nobody has looked, and no guard holds by what was presented then."""
    shown.begin("pin", "certify")
    shown.served, shown.age = "new", timedelta(days=2)
    text = shown.text(f"/rotations/{HOST}")
    assert "Nobody has looked at the host within a day" in text
    document = shown.document(f"/api/v1/rotations/{HOST}")["rotations"][0]
    assert document["seen"] == []
    guards = {guard["name"]: guard["holds"] for step in document["steps"] for guard in step["guards"]}
    assert (guards["served"], guards["accepted"]) == (None, None)


def test_a_rotation_that_is_over_stays_in_the_lists(shown: Shown) -> None:
    """It is listed with its keys, one of which the pin file has no more, and the page shows the next rotation, too."""
    gone = f"sha256/{'A' * 43}="
    shown.begin("pin", "certify", "switch", "remove", **{"from": gone})
    row = shown.document("/api/v1/rotations")["rotations"][0]
    assert (row["standing"], row["move"], row["old"]) == ("ended", None, [{"name": None, "pin": gone}])
    text = shown.text(f"/rotations/{HOST}")
    assert "No rotation is open. The next one would begin with" in text
    assert "Past rotations" in text
    assert f'href="/pins?pin={quote(gone)}"' in shown.text("/rotations")


def test_a_rotation_that_cannot_go_on_says_why(shown: Shown) -> None:
    """Merged branches have begun two rotations: the pages name the problem and the command that ends both."""
    shown.begin("pin")
    shown.begin("certify", to=str(shown.stage.spare.pin))
    text = shown.text(f"/rotations/{HOST}")
    assert "because branches were merged" in text
    assert f"<code>pinsmith rotate abort {HOST}</code>" in text
    assert "because branches were merged" in shown.text("/rotations")


def test_a_journal_that_cannot_be_read_is_a_problem(shown: Shown) -> None:
    """The page does not say that no rotation is open."""
    shown.journal = False
    text = shown.text(f"/rotations/{HOST}")
    assert "its journal cannot be read" in text
    assert "No rotation is open" not in text


def test_releases_have_both_shares_and_who_is_locked_out(shown: Shown) -> None:
    """A share that was typed stands beside that of reports, under its name, and a lock-out is the first sentence."""
    shown.served = "new"
    page, answer = shown.visit("/releases", "/api/v1/releases")
    text = page.body.decode()
    assert "1 of 2 releases are locked out now." in text
    assert "it pins old and spare only (192.0.2.1)" in text
    assert "Share of all users, by hand" in text
    assert "Share of the reports" in text
    assert "75.0% (3 reports)" in text
    assert "expires 2026-12-31" in text
    found = {one["release"]["version"]: one for one in json.loads(answer.body)["releases"]}
    assert [found["3.9"][name] for name in ("outcome", "reports", "share_of_reports")] == ["locked-out", 3, 0.75]
    assert [found["4.0"][name] for name in ("outcome", "reports", "share_of_reports")] == ["accepts", 1, 0.25]


def test_a_release_about_which_nothing_is_known_says_so(shown: Shown) -> None:
    """Without a recent look, nobody says that users are well; without reports, no share of them is made up."""
    shown.age = timedelta(days=2)
    android = shown.releases[0]
    shown.releases = [type(android)("com.example.shop", "1.0", android.hosts, oldest=System("ios", "15.0"))]
    text = shown.text("/releases")
    assert "It is not known whether 1 of 1 releases are locked out." in text
    assert "no report names the app com.example.shop" in text
    assert "iOS 15.0" in text
    assert "not known" in text


def test_a_release_that_has_ended_is_not_asked(shown: Shown) -> None:
    """It stands below those in use, and its users are nobody's concern."""
    one = shown.releases[0]
    shown.releases = [type(one)(one.app, one.version, one.hosts, ended=date(2026, 6, 1))]
    shown.served = "new"
    text = shown.text("/releases")
    assert "android 3.9, ended 2026-06-01" in text
    assert "locked out" not in text


def test_a_pin_has_its_releases_and_proofs(shown: Shown) -> None:
    """The page of a pin names the releases that pin it, when and where its key was proven, and leads to its hosts."""
    text = shown.text(f"/pins?pin={quote(str(shown.stage.spare.pin))}")
    assert f"android 3.9 (2.1% of users), for {HOST}" in text
    assert [text.count(place) for place in ("Berlin</th>", "Oslo</th>")] == [1, 1]
    assert f'href="/hosts/{HOST}"' in text
    assert "android 4.0" not in text
    assert f'href="/rotations/{HOST}"' in shown.text(f"/hosts/{HOST}")


def test_names_that_others_have_chosen_do_not_act(shown: Shown) -> None:
    """Names of apps, places and facts are text on every page, and what is invisible is shown."""
    release = shown.releases[0]
    shown.releases = [type(release)(NASTY, NASTY, release.hosts, source=NASTY)]
    shown.stage.prove(shown.stage.new, NASTY)
    shown.begin("pin", "certify", certificate=NASTY, emergency=NASTY, **{f"overridden: {NASTY}": NASTY})
    for answer in shown.visit(*PATHS, f"/pins?pin={quote(str(shown.stage.new.pin))}"):
        text = answer.body.decode()
        assert "<script" not in text.replace('<script src="/static/', "")
        assert "\u202e" not in text
    assert "alert(1)" in shown.text(f"/rotations/{HOST}")


def test_a_host_that_nobody_pins_is_not_found(shown: Shown) -> None:
    """The page and the API say so, and a name that attacks is text."""
    page, nasty, document = shown.visit(
        "/rotations/other.example.com", "/rotations/%3Cscript%3E", "/api/v1/rotations/other.example.com"
    )
    assert (page.status, nasty.status, document.status) == (404, 404, 404)
    assert b"<script>" not in nasty.body


def test_pages_need_a_login_and_keep_the_policy(shown: Shown) -> None:
    """Without a session nobody sees them, and their policy allows no script of a page."""
    for answer in shown.visit(*PATHS):
        assert "script-src 'self'" in answer.headers["content-security-policy"]
    shown.access = Access(passwords=Passwords({}))
    answers = shown.visit(*PATHS, "/api/v1/rotations", f"/api/v1/rotations/{HOST}", "/api/v1/releases")
    assert [answer.status for answer in answers] == [401] * 6
