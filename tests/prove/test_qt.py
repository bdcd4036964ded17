"""
What the lab does not ask of Qt.

Qt gives a connection whose request has ended to the next request, and tells nobody; the generated code shares none.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from threading import Event
from typing import TYPE_CHECKING

import pytest

from pinsmith import pinfile
from pinsmith.formats import export, find
from pinsmith.lab.servers.server import RecordingServer
from pinsmith.lab.servers.site import Answer, Site, redirect
from pinsmith.lab.servers.speaker import http_speaker
from pinsmith.lab.stage import Stage
from pinsmith.policy import HostPins, Policy
from tests.formats.policy import BACKUP, LEAF
from tests.prove.qt import PROGRAM, compiled
from tests.prove.subject import run
from tests.prove.variant import PKIS

if TYPE_CHECKING:
    import socket
    from pathlib import Path

    from pinsmith.lab.servers.connection import RecordedConnection
    from pinsmith.lab.servers.site import Request

pytestmark = [pytest.mark.prove, pytest.mark.timeout(120)]


def _python(module: str) -> tuple[str, ...]:
    pytest.importorskip("PySide6.QtNetwork", reason="PySide6-Essentials is not installed: requirements/prove.txt")
    return sys.executable, f"{PROGRAM}/second.py", module


def _ask_twice(command: tuple[str, ...], folder: Path) -> tuple[bytes, list[str]]:
    """Let a program ask a rogue; return what that received, and what the program was told of new connections."""
    pki = PKIS.of("ec-p256")
    (folder / "trusted.pem").write_text(pki.trusted_pem)
    is_ready = Event()

    def speak(sock: socket.socket, connection: RecordedConnection) -> None:
        is_ready.set()
        http_speaker(sock, connection)

    with RecordingServer(pki.impostor(), speak=speak) as server:
        url = f"https://{pki.host}:{server.port}/"
        told_to = (*command, url, f"{folder}/trusted.pem")
        environment = os.environ | {"PYTHONPATH": str(folder)}
        with subprocess.Popen(
            told_to, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as program:
            assert program.stdin is not None
            assert program.stdout is not None
            assert program.stdout.readline() == "ended\n"
            if command[-1] == "plain":
                assert is_ready.wait(30)
            program.stdin.write("go on\n")
            program.stdin.flush()
            told = program.stdout.read().splitlines()
        server.settled()
        return server.received, told


def test_a_manager_that_compares_when_it_is_told_of_a_connection_is_evaded(tmp_path: Path) -> None:
    """The hole itself: the second request is sent on the connection of the first, of which nobody was told."""
    received, told = _ask_twice(_python("plain"), tmp_path)
    assert received.startswith(b"GET / ")
    assert told == []


def _generated(target: str, folder: Path) -> tuple[str, ...]:
    code = export(Policy((HostPins("localhost", (LEAF, BACKUP)),)), find(target)).text
    if target == "qt-pyside":
        (folder / "pins.py").write_text(code)
        return _python("pins")
    (folder / "pins.h").write_text(code)
    shutil.copy(PROGRAM / "second.cpp", folder)
    compiled("second.cpp", folder)
    return (f"{folder}/client",)


@pytest.mark.parametrize("target", ["qt-cpp", "qt-pyside"])
def test_the_generated_manager_is_not(tmp_path: Path, target: str) -> None:
    """The second request has a connection of its own, which is compared."""
    received, told = _ask_twice(_generated(target, tmp_path), tmp_path)
    assert received == b""
    pin = PKIS.of("ec-p256").impostor().pin.removeprefix("sha256/")
    assert sorted(told) == [f"localhost {pin} True", "told"]


def test_settings_of_the_manager_may_change_meanwhile(tmp_path: Path) -> None:
    """Another cookie jar does not end the program, cookies go into that, and what HSTS learns stays."""
    pki = PKIS.of("ec-p256")
    (tmp_path / "trusted.pem").write_text(pki.trusted_pem)
    hsts = (("strict-transport-security", "max-age=9000"),)

    def answer(request: Request) -> Answer:
        if request.path == "/":
            return redirect(f"https://{request.authority}/again", ("set-cookie", "a=b; Path=/"))
        return Answer(headers=hsts, body=dict(request.headers).get("cookie", "none").encode())

    with Stage(pki) as stage:
        code = export(pinfile.parse(stage.pinning().pin_file()), find("qt-pyside")).text
        (tmp_path / "pins.py").write_text(code)
        server = stage.serve(pki.genuine(), speak=Site(answer))
        _python("pins")
        told = (sys.executable, PROGRAM / "jar.py", "pins", f"https://{pki.host}:{server.port}/")
        said = run([*told, tmp_path / "trusted.pem"], tmp_path, PYTHONPATH=str(tmp_path))
    assert said == "a=b 1\n"
