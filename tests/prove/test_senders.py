"""The senders on the page about reports: a refused connection arrives at the intake, and an accepted one does not."""

from __future__ import annotations

import asyncio
import socket
import sqlite3
import subprocess
import threading
from base64 import b64encode
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final
from urllib.request import Request, urlopen

import pytest
import uvicorn
from cryptography.hazmat.primitives.serialization import Encoding

from pinsmith.lab.stage import Stage
from pinsmith.reports import parse_body
from pinsmith.server.intake import Intake
from pinsmith.store import Store
from pinsmith.store.report_writer import ReportWriter
from tests.meta import source
from tests.pages.page import blocks
from tests.prove import dart_vm, jvm, swift
from tests.prove.npm import NODE
from tests.prove.subject import PROGRAMS
from tests.prove.variant import PKIS, Variant

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from starlette.types import Receive, Scope, Send

    from pinsmith.lab.pki.identity import Identity

pytestmark = [pytest.mark.prove, pytest.mark.timeout(600)]

FOLDER: Final = PROGRAMS / "senders"
PAGE: Final = source.ROOT / "docs" / "reports.md"
URL: Final = "https://reports.example.org/reports/KEY"


class Receiver:
    """
    The intake of ``pinsmith serve`` on the loopback, in a thread.

    Attributes:
        url: Where it takes reports.
        arrived: Set when it has answered one.
    """

    def __init__(self, database: Path) -> None:
        """Listen."""
        self._database = database
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._server = uvicorn.Server(
            uvicorn.Config(self._answer, interface="asgi3", lifespan="off", ws="none", log_config=None)
        )
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}/reports/KEY"
        self.arrived = threading.Event()

    @classmethod
    @contextmanager
    def at(cls, database: Path) -> Iterator[Receiver]:
        """Take reports until the end of the block."""
        receiver = cls(database)
        receiver._thread.start()
        try:
            yield receiver
        finally:
            receiver._server.should_exit = True
            receiver._thread.join()
            receiver._socket.close()

    async def _serve(self) -> None:
        async with Store(self._database), ReportWriter(self._database) as writer:
            self._intake = Intake(writer, lambda: datetime.now(UTC), keys=("KEY",))
            await self._server.serve(sockets=[self._socket])

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._intake(scope, receive, send)
        self.arrived.set()

    def reports(self) -> list[tuple[Any, ...]]:
        """Return the causes that were reported: how often, the reason, whether it was enforced, and a body."""
        query = "SELECT reports, reason, enforced, body FROM report_groups JOIN report_samples USING (key)"
        with closing(sqlite3.connect(self._database)) as database:
            return database.execute(query).fetchall()


def _kotlin(folder: Path, variant: Variant, sender: str) -> tuple[str, ...]:
    of = jvm.libraries("senders")
    sources = [variant.write(folder, "Pins.kt", "okhttp-kotlin"), PROGRAMS / "okhttp" / "Plain.kt"]
    jar = jvm.compile_kotlin([*sources, _program(folder, "Main.kt", sender)], of, folder / "client.jar")
    return jvm.program(jar, "proof.MainKt", of, (), ()).command


def _java(folder: Path, variant: Variant, sender: str) -> tuple[str, ...]:
    of = jvm.libraries("senders")
    shared = jvm.compile_kotlin([PROGRAMS / "okhttp" / "Plain.kt"], of, folder / "plain.jar")
    of = jvm.Libraries(of.name, of.versions, (*of.jars, shared))
    sources = [variant.write(folder, "Pins.java", "okhttp-java"), _program(folder, "Main.java", sender)]
    return jvm.program(jvm.compile_java(sources, of, folder / "client.jar"), "proof.Main", of, (), ()).command


def _dart(folder: Path, variant: Variant, sender: str) -> tuple[str, ...]:
    variant.write(folder, "pins.dart", "dart-io")
    return (str(dart_vm.find()), str(dart_vm.compile_dart(_program(folder, "main.dart", sender))))


def _node(folder: Path, variant: Variant, sender: str) -> tuple[str, ...]:
    variant.write(folder, "pins.mjs", "node-https")
    return (NODE.find(), str(_program(folder, "main.mjs", sender)))


def _program(folder: Path, name: str, sender: str) -> Path:
    """Write a program with the sender in place."""
    text = (FOLDER / name).read_text("utf-8")
    assert text.count("// SENDER\n") == 1
    made = folder / name
    made.write_text(text.replace("// SENDER\n", sender), "utf-8")
    return made


def _sender(language: str, url: str) -> str:
    """Return the block of the page in *language*, which sends to *url*."""
    (text,) = [block.text for block in blocks(PAGE.read_text("utf-8")) if block.language == language]
    assert text.count(URL) == 1
    return text.replace(URL, url)


FAULTY: Final = {
    "dart": "Future<void> report(PinMismatchException mismatch) async => throw StateError('unhandled');\n",
    "js": 'import { onMismatch } from "./pins.mjs";\nonMismatch(() => Promise.reject(new Error("unhandled")));\n',
}
"""Senders that fail later, where an error that nobody handles ends the program."""
LANGUAGES: Final[dict[str, Callable[[Path, Variant, str], tuple[str, ...]]]] = {
    "dart": _dart,
    "java": _java,
    "js": _node,
    "kotlin": _kotlin,
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_refusal_is_reported_and_a_right_key_is_not(language: str, tmp_path: Path) -> None:
    """The documented sender of a client that refused a wrong key reaches the intake, with the reason and both keys."""
    for tool in (*(jvm.TOOLS if language in {"java", "kotlin"} else ()), NODE):
        tool.find()
    pki = PKIS.of("ec-p256")
    (tmp_path / "trusted.pem").write_text(pki.trusted_pem)
    with Receiver.at(tmp_path / "reports.db") as receiver, Stage(pki) as stage:
        variant = Variant.of_text(stage.pinning().pin_file())
        command = LANGUAGES[language](tmp_path, variant, _sender(language, receiver.url))
        good, rogue = stage.serve(pki.genuine()), stage.serve(pki.impostor())
        _ask(command, good.port, tmp_path)
        assert good.disclosed_size
        assert not receiver.arrived.is_set()
        _ask(command, rogue.port, tmp_path, until=receiver.arrived)
        rogue.settled()
        assert not rogue.disclosed_size
        _expect(receiver, pki.impostor(), variant)


@pytest.mark.parametrize("language", FAULTY)
def test_a_sender_that_fails_changes_nothing(language: str, tmp_path: Path) -> None:
    """A report-only host is asked, and the program goes on, although its hook fails."""
    NODE.find()
    pki = PKIS.of("ec-p256")
    (tmp_path / "trusted.pem").write_text(pki.trusted_pem)
    with Stage(pki) as stage:
        variant = Variant.of_text(stage.pinning(mode="report-only").pin_file())
        command = LANGUAGES[language](tmp_path, variant, FAULTY[language])
        rogue = stage.serve(pki.impostor())
        _ask(command, rogue.port, tmp_path)
        assert rogue.disclosed_size


def _ask(command: tuple[str, ...], port: int, folder: Path, *, until: threading.Event | None = None) -> None:
    """Let a client ask a server, and end it when it has printed the answer, and *until* is set."""
    words = (*command, f"https://localhost:{port}/", str(folder / "trusted.pem"))
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as client:
        assert client.stdout is not None
        printed = client.stdout.readline()
        is_set = until is None or until.wait(60)
        complaints = client.communicate()[1]
    assert is_set, (printed, complaints)
    assert client.returncode == 0, complaints


def test_the_swift_sender_makes_such_a_report(tmp_path: Path) -> None:
    """Swift runs without Apple's frameworks here, so its program prints what it would send, and the test sends it."""
    swift.require()
    pki = PKIS.of("ec-p256")
    with Receiver.at(tmp_path / "reports.db") as receiver, Stage(pki) as stage:
        variant = Variant.of_text(stage.pinning().pin_file())
        folder = tmp_path / "swift"
        folder.mkdir()
        swift.build(folder, {"urlsession-swift": [variant]})
        main = _program(folder, "main.swift", _sender("swift", receiver.url))
        program = swift.compile_text(folder, main, variant.export("urlsession-swift").text)
        leaf = b64encode(pki.impostor().certificate.public_bytes(Encoding.DER)).decode()
        decided, printed = sorted(swift.swift(folder, program, "localhost", leaf).splitlines(), reverse=True)
        assert decided == "cancelAuthenticationChallenge"
        method, url, body = printed.split(" ", 2)
        headers = {"content-type": "application/json"}
        with urlopen(Request(url, body.encode(), headers, method=method), timeout=30) as answer:  # noqa: S310 - loopback
            assert answer.status == 204
        _expect(receiver, pki.impostor(), variant)


def _expect(receiver: Receiver, rogue: Identity, variant: Variant) -> None:
    """Expect one enforced report, which contains the key of *rogue*, the pins of *variant* and the version."""
    ((reports, reason, enforced, body),) = receiver.reports()
    assert (reports, reason, bool(enforced)) == (1, "no-pinned-key", True)
    (report,) = parse_body(body)
    assert (report.host, report.app_version, report.format) == ("localhost", "4.1", "event")
    assert str(report.served_pins[0]) == rogue.pin
    (entry,) = variant.policy.hosts
    assert set(report.known_pins) == {key.pin for key in entry.keys}
    assert report.reported_at is not None
    assert abs(datetime.now(UTC) - report.reported_at) < timedelta(minutes=10)
