"""
Libraries that replace ssl's classes: pins are enforced, or nothing is sent and the error gives the reason.

Each case is a process of its own, which connects to a good and to a rogue server.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.thinned import thinned

if TYPE_CHECKING:
    from pinsmith.lab.servers.server import RecordingServer
    from tests.tls.pki import PKI

LIBRARIES = {"eventlet": "eventlet.green.ssl.GreenSSLContext", "gevent": "gevent.ssl.SSLContext"}
LIBRARIES["truststore"] = "truststore._api.SSLContext"
REFUSED = "PinMismatchError: localhost presented no pinned key"


def run(library: str, when: str, how: str, pki: PKI, *servers: RecordingServer) -> list[str]:
    """Run the program of green.py against *servers*, and return what happened at each."""
    given = {"ports": [server.port for server in servers], "pin": pki.leaf.pin, "trust": pki.trust}
    done = subprocess.run(
        [sys.executable, "-m", "tests.tls.green", library, when, how],
        input=json.dumps(given),
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[2],
        env={**os.environ, "EVENTLET_NO_GREENDNS": "yes"},  # its DNS module imports HTTP clients that it then breaks
        check=True,
    )
    result: list[str] = json.loads(done.stdout)
    return result


@pytest.mark.parametrize(
    "case",
    thinned(
        ((library, when) for library in LIBRARIES for when in ("first", "after-import", "after-set-up")),
        {("eventlet", "first"), ("gevent", "after-set-up"), ("truststore", "after-set-up")},
    ),
    ids="-".join,
)
def test_a_pinned_context_refuses_to_work_where(
    pki: PKI, good_server: RecordingServer, rogue_server: RecordingServer, case: tuple[str, str]
) -> None:
    """Whenever the classes were replaced, the context raises an error and sends nothing, even to the good server."""
    library, when = case
    outcomes = run(library, when, "context", pki, good_server, rogue_server)
    text = f"UnsafeContextError: ssl.SSLContext is {LIBRARIES[library]}, not Python's own, and cannot be pinned"
    assert set(outcomes) == {text}
    good_server.settled()
    rogue_server.settled()
    assert good_server.received == rogue_server.received == b""


@pytest.mark.parametrize(
    "case",
    thinned(
        ((library, when) for library in LIBRARIES for when in ("first", "after-import")), {("truststore", "first")}
    ),
    ids="-".join,
)
def test_an_injection_is_refused_where(pki: PKI, good_server: RecordingServer, case: tuple[str, str]) -> None:
    """If the classes are already replaced, inject() raises an error, so that the program can stop."""
    library, when = case
    outcomes = run(library, when, "inject", pki, good_server)
    assert outcomes == [f"InjectionError: ssl.SSLContext is {LIBRARIES[library]}, not Python's own"]


@pytest.mark.parametrize(
    ("library", "expected"),
    [
        ("truststore", ["sent", "sent", REFUSED, REFUSED]),
        ("eventlet", ["TypeError", "sent", "TypeError", REFUSED]),
        ("gevent", ["TypeError", "UnsafeContextError", "TypeError", "UnsafeContextError"]),
    ],
)
def test_after_an_injection_the_rogue_server_gets_nothing_from(
    pki: PKI, good_server: RecordingServer, rogue_server: RecordingServer, library: str, expected: list[str]
) -> None:
    """Classes of truststore and eventlet are enforced, those of gevent refused, and earlier contexts do not work."""
    outcomes = run(library, "after-set-up", "inject", pki, good_server, rogue_server)
    assert [outcome[: len(want)] for outcome, want in zip(outcomes, expected, strict=True)] == expected
    rogue_server.settled()
    assert rogue_server.received == b""


def test_without_such_a_library_it_works(pki: PKI, good_server: RecordingServer, rogue_server: RecordingServer) -> None:
    """The control: the same program without such a library is enforced, with a context and with inject()."""
    for how in ("context", "inject"):
        outcomes = run("none", "first", how, pki, good_server, rogue_server)
        assert outcomes == ["sent", "sent", REFUSED, REFUSED]
    rogue_server.settled()
    assert rogue_server.received == b""
    assert b"secret" in good_server.received
