"""The pages and the API, as an application that is asked directly over a real database."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from pinsmith.checks import check_host
from pinsmith.lab.pki.authority import Authority
from pinsmith.lab.pki.identity import Identity
from pinsmith.monitor.outcome import Service, conclude
from pinsmith.monitor.schedule import Pace
from pinsmith.monitor.watch import Patience
from pinsmith.reports import CLASSES, Classified
from pinsmith.server.app import application
from pinsmith.server.guard import names_of
from pinsmith.server.intake import Intake
from pinsmith.server.login import COOKIE, Access
from pinsmith.server.pages.reports import CLASS_WORDS
from pinsmith.server.passwords import Passwords, hash_password
from pinsmith.server.site import Site
from pinsmith.store import Store
from pinsmith.store.report_writer import ReportWriter
from tests.checks.sample import END, HOST, NOW, START, fetched, key, policy
from tests.server.asking import Answer, ask_within

if TYPE_CHECKING:
    from pathlib import Path

    from pinsmith.policy import HostPins

ROOT = Authority.root()
LEAF = ROOT.issue(HOST, not_before=START, not_after=END)
# A name that somebody chose to attack whoever reads it.
NASTY = Authority.root("<script>alert(1)</script>\u202e")
SPARE = key("standby", Identity.self_signed("spare.example.com").pin, standby=True)
PINNED = policy(key("live", LEAF.pin), SPARE)
FILE = "/srv/pins.toml"
PASSWORD = "correct horse battery"


@dataclass
class Watching:
    """Stands in for the rounds: a policy that is in force, and no problem."""

    problems: tuple[str, ...] = ()

    def watches(self, service: Service) -> bool:
        """Watch what has an entry."""
        return self.entry_of(service) is not None

    def entry_of(self, service: Service) -> HostPins | None:
        """Find the entry."""
        return PINNED.entry_of(service.host)


def visit(
    folder: Path,
    identity: Identity,
    *requests: dict[str, Any],
    access: Access | None = None,
    vantage: str | None = None,
) -> list[Answer]:
    """Record a round in which the host presented *identity*, and send requests."""

    async def run() -> list[Answer]:
        async with Store(folder / "x.db") as store:
            checks = check_host(PINNED, [fetched(identity, trusted=identity.root is not None)], now=NOW)
            outcome = conclude(
                Service(FILE, HOST, 443), checks, None, now=NOW, patience=Patience(), pace=Pace(), chance=0.5
            )
            await store.record([outcome], vantage="home", channels={})
            site = Site(store, Watching(), lambda: NOW, vantage=vantage)  # type: ignore[arg-type]
            app = application(site, names=names_of("127.0.0.1", []), access=access)
            return [await ask_within(app, **request) for request in requests]

    return asyncio.run(run())


def test_the_overview_begins_with_the_worst(tmp_path: Path) -> None:
    """One sentence says how bad it is, and each host leads to its page."""
    (page,) = visit(tmp_path, ROOT.issue(HOST, not_before=START, not_after=END), {"path": "/"})
    text = page.body.decode()
    assert "Clients of 1 of 1 hosts are locked out." in text
    assert f'href="/hosts/{HOST}%3A443"' in text


def test_everything_names_the_place_that_has_seen_it(tmp_path: Path) -> None:
    """Pages, API, alerts and metrics carry the vantage, and nothing that another place has seen is shown."""
    identity = ROOT.issue(HOST, not_before=START, not_after=END)
    said = {
        f"/hosts/{HOST}:443": b"from home",
        "/alerts": b"from home",
        "/api/v1/hosts": b'"vantage":"home"',
        "/api/v1/alerts": b'"vantage":"home"',
        "/metrics": b'vantage="home"',
    }
    pages = visit(tmp_path, identity, *({"path": path} for path in said))
    assert [text in page.body for text, page in zip(said.values(), pages, strict=True)] == [True] * len(said)
    (elsewhere,) = visit(tmp_path, identity, {"path": "/"}, vantage="elsewhere")
    assert b"No host was checked yet." in elsewhere.body


def test_a_host_has_reasons_a_fix_and_a_history(tmp_path: Path) -> None:
    """The page of a host says why it is in its state, what to do, and what it presented when."""
    known, unknown = visit(
        tmp_path,
        ROOT.issue(HOST, not_before=START, not_after=END),
        {"path": f"/hosts/{HOST}:443"},
        {"path": "/hosts/nobody.example.com:443"},
    )
    text = known.body.decode()
    assert "What to do:" in text
    assert "2026-06-15 00:00:00 UTC" in text
    assert unknown.status == 404


def test_a_host_in_two_pin_files_shows_both_states(tmp_path: Path) -> None:
    """The same server can be right for one pin file and wrong for another, so its page has both."""

    async def run() -> Answer:
        async with Store(tmp_path / "x.db") as store:
            for file, pinned in ((FILE, PINNED), ("/srv/other.toml", policy(SPARE))):
                checks = check_host(pinned, [fetched(LEAF, trusted=True)], now=NOW)
                service = Service(file, HOST, 443)
                outcome = conclude(service, checks, None, now=NOW, patience=Patience(), pace=Pace(), chance=0.5)
                await store.record([outcome], vantage="home", channels={})
            site = Site(store, Watching(), lambda: NOW)  # type: ignore[arg-type]
            app = application(site, names=names_of("127.0.0.1", []), access=None)
            return await ask_within(app, f"/hosts/{HOST}:443")

    text = asyncio.run(run()).body.decode()
    assert [text.count(f"in {file}, seen from home") for file in (FILE, "/srv/other.toml")] == [1, 1]
    assert [text.count(f'<p class="word">{state}</p>') for state in ("ok", "lockout")] == [1, 1]


@pytest.mark.parametrize("path", ["/", f"/hosts/{HOST}:443", "/alerts"])
def test_a_name_in_a_certificate_cannot_act(path: str, tmp_path: Path) -> None:
    """An attacker can choose every text of a certificate; on the page it is text and visible."""
    nasty = NASTY.issue(HOST, not_before=START, not_after=END)
    (page,) = visit(tmp_path, nasty, {"path": path})
    text = page.body.decode()
    assert "<script" not in text.replace('<script src="/static/', "")
    assert "\u202e" not in text


def test_the_api_says_the_same_and_knows_what_the_client_has(tmp_path: Path) -> None:
    """A client that sends the tag of what it has gets no body."""
    (first,) = visit(tmp_path, LEAF, {"path": "/api/v1/hosts"})
    document = json.loads(first.body)
    assert (document["version"], document["ok"], document["hosts"][0]["state"]) == (1, True, "ok")
    again, alerts = visit(
        tmp_path,
        LEAF,
        {"path": "/api/v1/hosts", "headers": {"if-none-match": first.headers["etag"]}},
        {"path": "/api/v1/alerts"},
    )
    assert (again.status, again.body) == (304, b"")
    assert json.loads(alerts.body)["alerts"] == []


def test_metrics_have_times_and_no_fingerprints(tmp_path: Path) -> None:
    """Names are those that rules and dashboards use."""
    (page,) = visit(tmp_path, LEAF, {"path": "/metrics"})
    text = page.body.decode()
    labels = f'file="{FILE}",host="{HOST}",port="443",vantage="home"'
    assert f"pinsmith_chain_match{{{labels}}} 1.0" in text
    assert f'pinsmith_state{{{labels},state="ok"}} 1.0' in text
    assert f'pinsmith_cert_not_after_timestamp_seconds{{{labels},depth="0"}} {END.timestamp()}' in text
    assert LEAF.pin not in text


def test_reports_are_shown_with_their_class_and_escaped(tmp_path: Path) -> None:
    """The overview lists groups; a group has its evidence, a chart and samples, whose texts cannot act."""
    nasty = "<script>alert(1)</script>"
    body = json.dumps({"pinsmith-event": 1, "host": HOST, "app-id": "com.example.app", "app-version": nasty}).encode()

    async def run() -> tuple[Answer, ...]:
        async with Store(tmp_path / "x.db") as store, ReportWriter(tmp_path / "x.db") as writer:
            site = Site(store, Watching(), lambda: NOW)  # type: ignore[arg-type]
            intake = Intake(writer, lambda: NOW)
            app = application(site, names=names_of("127.0.0.1", []), access=None, intake=intake)
            sent = await ask_within(app, "/reports", method="POST", body=body)
            (group,) = await store.reports.groups()
            await store.reports.settle(group.key, Classified("interception", (f"A {nasty} has signed.",)), NOW)
            key = group.key.hex()
            paths = ("/reports", f"/reports/{key}", "/reports/00", "/reports/zz", "/api/v1/reports", "/metrics")
            return sent, *[await ask_within(app, path) for path in paths]

    sent, overview, group, absent, broken, document, metrics = asyncio.run(run())
    assert sent.status == 204
    assert "interception" in overview.body.decode()
    text = group.body.decode()
    assert "1 report from 1 network," in text
    assert "<rect" in text
    assert "<script" not in text.replace('<script src="/static/', "")
    assert (absent.status, broken.status) == (404, 404)
    (counted,) = json.loads(document.body)["groups"]
    assert (counted["host"], counted["class_name"], counted["reports"]) == (HOST, "interception", 1)
    labels = f'host="{HOST}",class="interception",enforced="unknown"'
    assert f"pinsmith_reports_total{{{labels}}} 1" in metrics.body.decode()


def test_the_api_lists_the_versions_that_still_report(tmp_path: Path) -> None:
    """The plan of a rotation needs to know which releases are in use; here is their share of the reports."""
    events = [{"pinsmith-event": 1, "host": HOST, "app-id": "com.example.app", "app-version": v} for v in "1222"]

    async def run() -> tuple[Answer, ...]:
        async with Store(tmp_path / "x.db") as store, ReportWriter(tmp_path / "x.db") as writer:
            site = Site(store, Watching(), lambda: NOW)  # type: ignore[arg-type]
            intake = Intake(writer, lambda: NOW)
            app = application(site, names=names_of("127.0.0.1", []), access=None, intake=intake)
            await ask_within(app, "/reports", method="POST", body=json.dumps(events).encode())
            paths = (
                "/api/v1/reports/versions",
                *(f"/api/v1/reports/versions?days={d}" for d in ("1", "0", "x", "9" * 5000)),
            )
            return tuple([await ask_within(app, path) for path in paths])

    month, day, *wrong = asyncio.run(run())
    document = json.loads(month.body)
    assert document["since"] == "2026-05-16"
    (app,) = document["apps"]
    assert (app["app_id"], app["reports"]) == ("com.example.app", 4)
    assert [(version["version"], version["share"]) for version in app["versions"]] == [("2", 0.75), ("1", 0.25)]
    assert json.loads(day.body)["apps"] == document["apps"]
    assert [answer.status for answer in wrong] == [400, 400, 400]


def test_every_class_has_words() -> None:
    """A page says what a class means."""
    assert set(CLASS_WORDS) == set(CLASSES)


def test_people_log_in_and_out(tmp_path: Path) -> None:
    """The cookie is for this service alone and not readable by scripts; a form without its token is refused."""
    access = Access(Passwords({"anna": hash_password(PASSWORD)}))
    form = {"content-type": "application/x-www-form-urlencoded"}
    (page,) = visit(tmp_path, LEAF, {"path": "/login"}, access=access)
    token = page.body.decode().partition('name="token" value="')[2].partition('"')[0]
    body = f"token={token}&name=anna&password={PASSWORD.replace(' ', '+')}".encode()
    entered, forged = visit(
        tmp_path,
        LEAF,
        {"path": "/login", "method": "POST", "headers": form, "body": body},
        {"path": "/login", "method": "POST", "headers": form, "body": body.replace(token.encode(), b"forged")},
        access=access,
    )
    assert entered.status == 303
    cookie = entered.headers["set-cookie"].lower()
    assert cookie.startswith(COOKIE.lower())
    assert {"httponly", "secure", "samesite=lax", "path=/"} <= {part.strip() for part in cookie.split(";")}
    assert forged.status == 403
    assert "set-cookie" not in forged.headers


def test_the_style_may_be_kept(tmp_path: Path) -> None:
    """Its path changes with its content, so browsers ask once."""
    (page,) = visit(tmp_path, LEAF, {"path": "/"})
    path = page.body.decode().partition('href="')[2].partition('"')[0]
    (style,) = visit(tmp_path, LEAF, {"path": path})
    assert style.headers["content-type"].startswith("text/css")
    assert "max-age=31536000" in style.headers["cache-control"]
