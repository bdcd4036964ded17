"""Two processes of `pinsmith serve` on one PostgreSQL, behind one balancer: one is killed, and the other takes over."""

from __future__ import annotations

import http.client
import json
import signal
import ssl
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

import pytest

from tests.cli.support import run
from tests.engines.balancer import Balancer
from tests.engines.postgres import PASSWORD
from tests.server.serving import Serving
from tests.service.scene import HOST, LIVE, NEW, ROOT, Scene, serving
from tests.store.contract import rows

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.engines.postgres import Postgres
    from tests.tls.pki import PKI

pytestmark = pytest.mark.engines

SENDERS: Final = 8
REPORTS: Final = 150  # of each sender; fewer than the versions that are counted separately
SETTINGS: Final = """
version = 1
[monitor]
interval = 1
[[channel]]
kind = "webhook"
name = "hook"
url = "{hook}"
"""
PAGES: Final = (
    *(
        "/",
        "/hosts/api.example.com:443",
        "/alerts",
        "/channels",
        "/reports",
        "/reports/{group}",
        "/releases",
        "/metrics",
    ),
    *("/api/v1/alerts", "/api/v1/reports/versions?days=30", "/pins", "/rotations", "/formats", "/compare", "/inspect"),
)


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    """Serve a host; a webhook gets the alerts."""
    with serving(tmp_path) as made:
        (tmp_path / "ca.pem").write_text(ROOT.pem)
        (tmp_path / "service.toml").write_text(SETTINGS.format(hook=made.hook.url))
        yield made


@pytest.fixture
def where(postgres: Postgres, database: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return the address of an empty database, which is used over TLS; the password is in the environment."""
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    return postgres.url(database, query=f"?sslrootcert={postgres.cafile}").replace(f":{PASSWORD}@", "@")


def test_an_outbox_for_kafka_needs_a_file(scene: Scene, where: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A service whose counts would not be sent does not start, and its message does not contain the password."""
    monkeypatch.chdir(scene.folder)
    kafka = '[reports.kafka]\nservers = ["127.0.0.1:9092"]\ntls = false\n'
    (scene.folder / "service.toml").write_text(f"version = 1\n{kafka}")
    refused = run("serve", "--settings", "service.toml", "--database", where, "--listen", "127.0.0.1:0")
    assert refused.code == 2
    assert "[reports.kafka] sends counts from a file, and not from PostgreSQL" in refused.stderr
    assert "give each collector a file of its own with --database" in refused.stderr
    assert PASSWORD not in refused.stderr


class Sender:
    """An app that sends each report until it is acknowledged."""

    def __init__(self, name: str, port: int, cafile: Path) -> None:
        self.name, self._port = name, port
        self._context = ssl.create_default_context(cafile=cafile)
        self.lost: Counter[str] = Counter()  # answers, by the version of the report

    def send_all(self, acknowledged: threading.Semaphore) -> None:
        """Send the reports; release *acknowledged* after each one."""
        waiting = [str(number) for number in range(REPORTS)]
        while waiting:
            connection = http.client.HTTPSConnection("localhost", self._port, context=self._context, timeout=60)
            with closing(connection):
                try:
                    connection.connect()
                except OSError:
                    continue  # it has sent nothing
                try:
                    while waiting:
                        if self._is_taken(connection, waiting[-1]):
                            waiting.pop()
                            acknowledged.release()
                except (OSError, http.client.HTTPException):
                    self.lost[waiting[-1]] += 1

    def _is_taken(self, connection: http.client.HTTPConnection, version: str) -> bool:
        event = {"pinsmith-event": 1, "host": HOST, "app-id": self.name, "app-version": version}
        connection.request("POST", "/reports", json.dumps(event))
        answer = connection.getresponse()
        answer.read()
        return answer.status == HTTPStatus.NO_CONTENT


def began_to_ask(service: Serving) -> bool:
    """Read what a service logs until it asks the hosts in the place of another one."""
    assert service.process.stderr is not None
    return any("this service asks the hosts now" in line for line in service.process.stderr)


def until_asked_again(service: Serving) -> None:
    """Wait for another round of the host."""
    before = service.get("/api/v1/hosts")["hosts"][0]["asked"]
    while service.get("/api/v1/hosts")["hosts"][0]["asked"] == before:
        pass


def test_a_service_that_is_killed_is_replaced(scene: Scene, where: str, tmp_path: Path, pki: PKI, cafile: Path) -> None:
    """No report that was acknowledged is lost or counted twice, no alert is sent twice, and the other one goes on."""
    words = ("--database", where, "--settings", "service.toml", "--cafile", "ca.pem")
    acknowledged = threading.Semaphore(0)
    with ExitStack() as stack:
        leader = stack.enter_context(Serving(tmp_path, *words))
        assert leader.state() == "ok"
        other = stack.enter_context(Serving(tmp_path, *words))
        scene.present(NEW)
        while scene.heard != [("raised", "lockout")]:
            assert len(scene.heard) <= 1
        balancer = stack.enter_context(Balancer(pki.leaf, [leader.port, other.port]))
        senders = [Sender(f"app {number}", balancer.port, cafile) for number in range(SENDERS)]
        threads = stack.enter_context(ThreadPoolExecutor(SENDERS))
        sent = [threads.submit(sender.send_all, acknowledged) for sender in senders]
        for _ in range(SENDERS * REPORTS // 3):
            acknowledged.acquire()
        assert min(balancer.passed[leader.port], balancer.passed[other.port]) > 0
        leader.end(signal.SIGKILL)
        assert began_to_ask(other)
        for done in sent:
            done.result()
        for _ in range(3):
            until_asked_again(other)
        assert scene.heard == [("raised", "lockout")]
        scene.present(LIVE)
        while len(scene.heard) < 2:
            pass
        until_asked_again(other)
        assert scene.heard == [("raised", "lockout"), ("recovered", "ok")]
        assert_counted(where, senders)
        assert_shown(other)


def assert_counted(where: str, senders: list[Sender]) -> None:
    """Require one count for each report, and perhaps one more for each answer that was lost."""
    counted = "SELECT app, version, sum(d.reports) FROM report_days d JOIN report_groups USING (key) GROUP BY 1, 2"
    found = {(app, version): int(reports) for app, version, reports in rows(where, counted)}
    lost = {(sender.name, version): times for sender in senders for version, times in sender.lost.items()}
    assert set(found) == {(sender.name, str(number)) for sender in senders for number in range(REPORTS)}
    assert {report for report, reports in found.items() if not 1 <= reports <= 1 + lost.get(report, 0)} == set()
    totals = rows(where, "SELECT app, reports FROM report_groups")
    assert {app: int(reports) for app, reports in totals} == Counter(
        {sender.name: sum(reports for (app, _), reports in found.items() if app == sender.name) for sender in senders}
    )


def assert_shown(service: Serving) -> None:
    """Require that reports get their classes, and that pages can be read."""
    while None in {group["class_name"] for group in service.get("/api/v1/reports")["groups"]}:
        pass
    groups = service.get("/api/v1/reports")["groups"]
    assert len(groups) == SENDERS
    connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=60)
    with closing(connection):
        for page in PAGES:
            connection.request("GET", page.format(group=groups[0]["key"]))
            answer = connection.getresponse()
            answer.read()
            assert (page, answer.status) == (page, HTTPStatus.OK)
