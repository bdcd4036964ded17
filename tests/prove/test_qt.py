"""
Test the code for Qt beyond the lab.

Qt gives the connection of an aborted request to the next request without a signal; the generated code does not use
this connection again. `test_qt_reuse.py` tests which connections it uses again.
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
    """Let a program ask a rogue; return the bytes that the rogue received, and the lines that the program printed."""
    pki = PKIS.of("ec-p256")
    (folder / "trusted.pem").write_text(pki.trusted_pem)
    is_ready = Event()

    def speak(sock: socket.socket, connection: RecordedConnection) -> None:
        is_ready.set()
        http_speaker(sock, connection)

    with RecordingServer(pki.impostor(), speak=speak) as server:
        url = f"https://{pki.host}:{server.port}/"
        arguments = (*command, url, f"{folder}/trusted.pem")
        environment = os.environ | {"PYTHONPATH": str(folder)}
        with subprocess.Popen(
            arguments, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as program:
            assert program.stdin is not None
            assert program.stdout is not None
            assert program.stdout.readline() == "ended\n"
            if command[-1] == "plain":
                assert is_ready.wait(30)
            program.stdin.write("go on\n")
            program.stdin.flush()
            printed = program.stdout.read().splitlines()
        server.settled()
        return server.received, printed


def test_a_manager_that_compares_only_on_the_signal_is_evaded(tmp_path: Path) -> None:
    """The control: the second request uses the connection of the first, for which Qt sent no signal."""
    received, printed = _ask_twice(_python("plain"), tmp_path)
    assert received.startswith(b"GET / ")
    assert printed == []


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
def test_the_generated_manager_is_not_evaded(tmp_path: Path, target: str) -> None:
    """The second request has a connection of its own, whose key is compared."""
    received, printed = _ask_twice(_generated(target, tmp_path), tmp_path)
    assert received == b""
    mismatch = "localhost {} True".format(PKIS.of("ec-p256").impostor().pin.removeprefix("sha256/"))
    # On a busy machine the handshake of the first request ends before Qt aborts it. Then its key is compared as well.
    assert set(printed) == {"encrypted", mismatch}
    assert printed.count("encrypted") == printed.count(mismatch)


def test_settings_of_the_manager_may_change_meanwhile(tmp_path: Path) -> None:
    """The program continues with another cookie jar, cookies go into that jar, and learned HSTS hosts stay."""
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
        command = (sys.executable, PROGRAM / "jar.py", "pins", f"https://{pki.host}:{server.port}/")
        printed = run([*command, tmp_path / "trusted.pem"], tmp_path, PYTHONPATH=str(tmp_path))
    assert printed == "a=b 1\n"
