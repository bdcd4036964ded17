"""Test niquests beside rtls, which it prefers to `ssl`; the nox session `releases` runs this."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from pinsmith.pinfile import write
from tests.tls.attack import silent

if TYPE_CHECKING:
    from pathlib import Path

    from pinsmith.lab.servers.server import RecordingServer
    from tests.tls.pki import PKI

pytestmark = pytest.mark.releases
_VARIABLE = "URLLIB3_FUTURE_SSL_BACKEND"
_BEGIN = """
import sys
import pinsmith, pinsmith.errors
port, policy, cafile = sys.argv[1], pinsmith.load(sys.argv[2]), sys.argv[3]
url = f"https://localhost:{port}/"
def ask(session):
    session.trust_env = False
    session.get(url, verify=cafile, timeout=30)
    print("answered")
"""
_PLAIN = "import niquests\nask(niquests.Session())\n"
_CONTEXT = """
import niquests, niquests.adapters
context = pinsmith.PinnedSSLContext(policy, cafile=cafile)
class Adapter(niquests.adapters.HTTPAdapter):
    def init_poolmanager(self, *args, **options):
        super().init_poolmanager(*args, **{**options, "ssl_context": context})
session = niquests.Session()
session.mount("https://", Adapter())
ask(session)
"""
_HELPER = """
from pinsmith.clients.niquests import KIND
try:
    KIND(pinsmith.PinnedSSLContext(policy, cafile=cafile))
except pinsmith.errors.UnsafeContextError as error:
    print(error, error.hint)
"""
_OWN = """

from pinsmith.clients.niquests import Session
with Session(pinsmith.PinnedSSLContext(policy, cafile=cafile)) as session:
    session.trust_env = False
    session.get(url, timeout=30)
    print("answered")
"""
_INJECT = "pinsmith.inject(policy)\n"
_CHOSEN = f"import os\nos.environ[{_VARIABLE!r}] = 'rtls'\n"
_KINDS = ("Session", "AsyncSession", "Adapter", "AsyncAdapter")


def run(pki: PKI, server: RecordingServer, folder: Path, program: str, backend: str = "") -> str:
    """Run a program in another process, whose niquests chooses by itself or takes *backend*; return its output."""
    (folder / "pins.toml").write_text(write(pki.policy()))
    (folder / "roots.pem").write_text(pki.trust)
    environment = {**os.environ, _VARIABLE: backend}
    if not backend:
        del environment[_VARIABLE]
    files = [str(folder / "pins.toml"), str(folder / "roots.pem")]
    words = [sys.executable, "-c", _BEGIN + program, str(server.port), *files]
    done = subprocess.run(words, env=environment, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


def test_niquests_alone_prefers_rtls(pki: PKI, good_server: RecordingServer, tmp_path: Path) -> None:
    """The control of these tests: without pinsmith's help, `ssl` is not used at all."""
    program = "import niquests.packages.urllib3.util.ssl_ as chosen\nprint(chosen.ssl.__name__)\n"
    assert run(pki, good_server, tmp_path, program) == "rtls\n"
    assert run(pki, good_server, tmp_path, program, "ssl") == "ssl\n"


@pytest.mark.parametrize("program", [_CONTEXT, *(_HELPER.replace("KIND", kind) for kind in _KINDS)])
def test_a_pinned_context_is_not_exchanged(
    pki: PKI, rogue_server: RecordingServer, tmp_path: Path, program: str
) -> None:
    """Sessions, adapters and contexts are refused before anything is sent; the error names the library."""
    said = run(pki, rogue_server, tmp_path, program)
    assert "niquests and urllib3.future exchange the pinned context for one of rtls, which checks no pins" in said
    assert f"{_VARIABLE}=ssl" in said or program is _CONTEXT
    assert "answered" not in said
    assert rogue_server.received == b""


@pytest.mark.parametrize("program", [_INJECT + _PLAIN, _OWN, _CONTEXT], ids=["inject", "session", "context"])
def test_with_ssl_pins_hold(
    pki: PKI, good_server: RecordingServer, rogue_server: RecordingServer, tmp_path: Path, program: str
) -> None:
    """`inject` chooses `ssl` before niquests is imported, and so does the variable: then the pins decide."""
    backend = "" if program.startswith(_INJECT) else "ssl"
    assert "answered" in run(pki, good_server, tmp_path, program, backend)
    refused = run(pki, rogue_server, tmp_path, program, backend)
    assert "PinMismatchError" in refused
    assert "answered" not in refused
    assert silent(rogue_server)


@pytest.mark.parametrize("before", ["import niquests\n", _CHOSEN], ids=["imported", "asked for"])
def test_inject_is_refused_if_it_would_pin_nothing(
    pki: PKI, good_server: RecordingServer, tmp_path: Path, before: str
) -> None:
    """Where niquests has chosen rtls, or the environment asks for it, `inject` raises an error and changes nothing."""
    program = f"{before}import ssl\nbefore = ssl.SSLSocket.read\n"
    program += "try:\n    pinsmith.inject(policy)\nexcept pinsmith.errors.InjectionError as error:\n"
    program += "    print(error, error.hint)\n"
    said = run(pki, good_server, tmp_path, program + "print(ssl.SSLSocket.read is before)\n")
    assert "niquests and urllib3.future make their connections with rtls, which checks no pins" in said
    assert f"{_VARIABLE}=ssl" in said
    assert said.endswith("True\n")


def test_extract_restores_the_environment(pki: PKI, good_server: RecordingServer, tmp_path: Path) -> None:
    """The variable is there only while pins are injected, and a value of the user stays."""
    program = f"import os\npinsmith.inject(policy)\nprint(os.environ[{_VARIABLE!r}])\n"
    program += f"pinsmith.extract()\nprint(os.environ.get({_VARIABLE!r}))\n"
    assert run(pki, good_server, tmp_path, program) == "ssl\nNone\n"
    assert run(pki, good_server, tmp_path, program, "stdlib") == "stdlib\nstdlib\n"
