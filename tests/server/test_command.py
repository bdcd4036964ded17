"""`pinsmith serve` as a process: it starts, answers, ends after a signal, and forgets nothing."""

from __future__ import annotations

import http.client
import json
import signal
import sqlite3
import threading
from contextlib import closing, suppress
from http import HTTPStatus
from typing import TYPE_CHECKING

import pytest

from pinsmith.cli._serve_result import began
from pinsmith.exit_code import ExitCode
from pinsmith.lab.pki.authority import Authority
from pinsmith.lab.pki.identity import Identity
from pinsmith.lab.servers.server import RecordingServer
from pinsmith.server.passwords import Passwords
from tests.cli.support import run
from tests.server.serving import Serving
from tests.service.pin_file import pin_file

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HOST = "api.example.com"
ROOT = Authority.root()
LIVE = ROOT.issue(HOST)
SPARE = Identity.self_signed("spare.example.com")


def write_pins(folder: Path, port: int, pin: str = LIVE.pin) -> None:
    """Write a pin file for the host."""
    (folder / "root.pem").write_text(ROOT.pem)
    text = pin_file(HOST, pin, SPARE.pin, f'connect = "127.0.0.1:{port}"', 'cafile = "root.pem"')
    (folder / "pins.toml").write_text(text)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Stand in a folder with a pin file whose host presents the pinned key."""
    monkeypatch.chdir(tmp_path)
    with RecordingServer(LIVE) as server:
        write_pins(tmp_path, server.port)
        yield tmp_path


def test_it_serves_until_a_signal_and_remembers(project: Path) -> None:
    """SIGTERM ends it with success; what it knew survives that, and a kill."""
    first = Serving(project)
    assert first.state() == "ok"
    since = first.get("/api/v1/hosts")["hosts"][0]["since"]
    assert first.end(signal.SIGKILL) == -signal.SIGKILL
    second = Serving(project)
    assert second.state() == "ok"
    assert second.end(signal.SIGTERM) == ExitCode.OK
    once = ["serve", "--once", "--database", str(project / "data" / "x.db"), "--json"]
    assert json.loads(run(*once).stdout)["hosts"][0]["since"] == since
    elsewhere = json.loads(run(*once, "--vantage", "elsewhere").stdout)["hosts"]
    assert [host["vantage"] for host in elsewhere] == ["elsewhere"]


def test_it_warns_if_nobody_gets_alerts(capsys: pytest.CaptureFixture[str]) -> None:
    """Without a channel, the service watches in silence, so it says that when it starts."""
    began("http://127.0.0.1:8443/", has_channels=True)
    assert "nobody" not in capsys.readouterr().err
    began("http://127.0.0.1:8443/", has_channels=False)
    assert "warning: nobody hears of alerts, because the settings contain no channel" in capsys.readouterr().err


def test_it_inspects_hosts_within_its_reach(project: Path) -> None:
    """The service passes its pin file, its authorities and its settings on to the call that inspects."""
    serving = Serving(project)
    assert serving.state() == "ok"
    pinned, inner = serving.inspect(HOST), serving.inspect("127.0.0.1")
    assert (pinned["results"][0]["matched_key"], pinned["addresses"][0]["trusted"]) == ("live", True)
    assert inner["error"]["code"] == "out-of-reach"
    assert serving.end(signal.SIGTERM) == ExitCode.OK


@pytest.mark.parametrize(
    "number",
    [
        pytest.param(signal.SIGKILL, id="a kill"),
        pytest.param(signal.SIGTERM, id="an orderly end", marks=pytest.mark.thorough),
    ],
)
def test_an_acknowledged_report_is_never_lost(number: signal.Signals, project: Path) -> None:
    """While apps report as fast as they can, the service ends; the database has at least what was acknowledged."""
    serving = Serving(project)
    enough = threading.Event()
    acknowledged = [0] * 4

    def flood(sender: int) -> None:
        body = json.dumps({"pinsmith-event": 1, "host": HOST, "app-id": f"app {sender}"})
        connection = http.client.HTTPConnection("127.0.0.1", serving.port, timeout=240)
        with closing(connection), suppress(OSError, http.client.HTTPException):
            while True:
                connection.request("POST", "/reports", body)
                answer = connection.getresponse()
                answer.read()
                if answer.status != HTTPStatus.NO_CONTENT:
                    break  # a flood is slowed down
                acknowledged[sender] += 1
                if sum(acknowledged) > 200:
                    enough.set()
        enough.set()

    threads = [threading.Thread(target=flood, args=(sender,)) for sender in range(4)]
    for thread in threads:
        thread.start()
    enough.wait(240)
    serving.end(number)
    for thread in threads:
        thread.join()
    with closing(sqlite3.connect(project / "data" / "x.db")) as database:
        stored = dict(database.execute("SELECT app, reports FROM report_groups"))
    assert all(acknowledged)
    for sender, count in enumerate(acknowledged):
        assert stored[f"app {sender}"] >= count


@pytest.mark.parametrize(
    ("pin", "code", "state"),
    [(LIVE.pin, ExitCode.OK, "ok"), (SPARE.pin, ExitCode.MISMATCH, "lockout")],
    ids=["the live key is pinned", "another key is pinned"],
)
def test_one_round_has_an_exit_code(pin: str, code: ExitCode, state: str, project: Path) -> None:
    """With --once, cron learns from the exit code whether clients are locked out."""
    text = (project / "pins.toml").read_text()
    (project / "pins.toml").write_text(
        text.replace(LIVE.pin, Identity.self_signed("x").pin if pin != LIVE.pin else pin)
    )
    ended = run("serve", "--once", "--database", str(project / "x.db"))
    assert ended.code == code
    assert ended.stdout.startswith(f"{state}  {HOST}:443")


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (["--listen", "0.0.0.0:0"], "everybody who reaches 0.0.0.0"),
        (["--listen", "localhost:8443"], "not a numeric address and a port"),
        (["--listen", "127.0.0.1"], "not a numeric address and a port"),
        (["--json"], "describes one round"),
        (["--settings", "none.toml"], "none.toml cannot be read"),
        (["--settings", "open.toml"], "everybody who reaches pins.example.com"),
    ],
)
def test_what_cannot_be_served_is_refused(words: list[str], problem: str, project: Path) -> None:
    """Without passwords, the service is not opened to others, and each mistake has its sentence."""
    (project / "open.toml").write_text('version = 1\naccess.names = ["pins.example.com"]\n')
    ended = run("serve", "--database", str(project / "x.db"), *words)
    assert ended.code != ExitCode.OK
    assert problem in ended.stderr


def test_a_new_password_has_a_line_that_lets_its_person_in(tmp_path: Path) -> None:
    """The line that is printed is one that the service reads, and only that password opens it."""
    made = run("serve", "--new-password", "alex", stdin=" correct horse \n")
    assert made.code == ExitCode.OK
    assert " correct horse " not in made.stdout + made.stderr
    (tmp_path / "passwords").write_text(made.stdout)
    people = Passwords.load(tmp_path / "passwords")
    assert people.check("alex", " correct horse ") == "alex"
    assert people.check("alex", "correct horse") is None
    assert people.check("sam", " correct horse ") is None


@pytest.mark.parametrize(
    ("name", "password", "problem"),
    [
        ("alex", "short", "at least 12 are needed"),
        ("alex", "x" * 1025, "more than 1024 bytes"),
        ("alex:root", "correct horse", "contains a colon"),
        ("", "correct horse", "is empty"),
    ],
)
def test_no_line_is_made_that_the_service_would_not_read(name: str, password: str, problem: str) -> None:
    """A bad name or password is refused with its sentence, and nothing is printed for the file."""
    made = run("serve", "--new-password", name, stdin=password)
    assert made.code == ExitCode.USAGE
    assert made.stdout == ""
    assert problem in made.stderr
