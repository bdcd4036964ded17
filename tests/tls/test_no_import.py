"""After a context was made, nothing more is imported, so that handshakes work after ``chroot``."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from pinsmith.lab.servers.speaker import echo_speaker

if TYPE_CHECKING:
    from pathlib import Path

    from tests.tls.conftest import Serve
    from tests.tls.pki import PKI

# This program runs in a process of its own, and prints the result of each step.
PROGRAM = """
import datetime, json, os, socket, ssl, sys

from pinsmith import HostPins, Key, PinnedSSLContext, Policy, extract, inject
from pinsmith.errors import EnforcementError
from pinsmith.pin import Pin

given = json.load(sys.stdin)


def policy(pin, **options):
    return Policy((HostPins("localhost", (Key("a", Pin.parse(given[pin])),), **options),))


def report(event):
    raise RuntimeError("a callback that fails is logged")


LONG_AGO = datetime.date(2020, 1, 1)
policies = {
    "match": policy("leaf"),
    "mismatch": policy("rogue"),
    "report-only": policy("rogue", mode="report-only"),
    "expired": policy("rogue", expires=LONG_AGO),
    "off": policy("rogue", mode="off"),
    "pins-only": policy("leaf", trust="pins-only"),
    "completion": policy("root_pin"),
    "required": Policy(policy("leaf").hosts, require_pins=True),
    "compromised": Policy(policy("leaf").hosts, refuse_compromised=True),
}
injected = ssl.create_default_context(cadata=given["trust"])
if given["way"] == "explicit":
    context = PinnedSSLContext(policies["match"], cadata=given["trust"], on_mismatch=report)
else:
    inject(policies["match"], on_mismatch=report, allow_unnamed=True)
    from pinsmith.tls.inject import injected_policy, replace_injected_policy
    context = injected
context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN


class Blocker:
    def find_spec(self, name, path=None, target=None):
        raise AssertionError("imported after the context was made: " + name)


if given["root"] is None:
    sys.meta_path.insert(0, Blocker())
else:
    os.chroot(given["root"])
    os.chdir("/")
    assert not os.path.exists(ssl.__file__)


def send(name="localhost", session=None):
    plain = socket.create_connection(("127.0.0.1", given["port"]))
    try:
        tls = context.wrap_socket(plain, server_hostname=name, session=session)
    except (EnforcementError, ssl.SSLCertVerificationError) as error:
        plain.close()
        return type(error).__name__, str(error), None
    tls.sendall(b"x")
    assert tls.recv(1) == b"x"
    session = tls.session
    tls.close()
    return "passed", "", session


def enforce(policy):
    if given["way"] == "explicit":
        context.policy = policy
    else:
        replace_injected_policy(injected_policy(), policy)


results = {}
for name, each in policies.items():
    enforce(each)
    results[name] = send()[0]
enforce(policies["match"])
if given["way"] == "explicit":
    _, _, session = send()
    results["resumed"] = send(session=session)[0]
    enforce(policies["mismatch"])
    results["refused session"] = send(session=session)[0]
    enforce(policies["match"])
else:
    context.check_hostname = False
    results["name compared"] = send()[0]
    results["unnamed"] = send(None)[0]
    context.check_hostname = True
results["address"] = send("127.0.0.1")[0]
results["Unicode name"] = send("b\\u00fccher.example")[0]
print(json.dumps(results))
"""
PASSED = {
    "match": "passed",
    "mismatch": "PinMismatchError",
    "report-only": "passed",
    "expired": "passed",
    "off": "passed",
    "pins-only": "passed",
    "completion": "passed",
    "required": "passed",
    "compromised": "passed",
    "address": "passed",
    "Unicode name": "SSLCertVerificationError",
}
OWN = {
    "explicit": {"resumed": "passed", "refused session": "SessionRefusedError"},
    "injected": {"name compared": "passed", "unnamed": "passed"},
}


def run(pki: PKI, serve: Serve, way: str, root: Path | None) -> dict[str, str]:
    """Run the program and return the result of each step."""
    given = {
        "way": way,
        "root": root and str(root),
        "trust": pki.trust + pki.intermediate.pem,
        "leaf": pki.leaf.pin,
        "rogue": pki.rogue.pin,
        "root_pin": pki.root.pin,
        "port": serve(pki.leaf, tls="1.2", speak=echo_speaker).port,
    }
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        input=json.dumps(given),
        capture_output=True,
        text=True,
        check=False,
        timeout=50,
    )
    assert done.returncode == 0, done.stderr
    results: dict[str, str] = json.loads(done.stdout)
    return results


@pytest.mark.parametrize("way", OWN)
def test_nothing_is_imported_after_the_context_was_made(pki: PKI, serve: Serve, way: str) -> None:
    """Match, mismatch with a callback, report-only, expiry, resumption and all other steps import no further module."""
    assert run(pki, serve, way, None) == PASSED | OWN[way]


@pytest.mark.skipif(
    sys.platform == "win32" or os.getuid() != 0, reason="only on machines where tests run as root, who may chroot"
)
@pytest.mark.parametrize("way", OWN)
def test_handshakes_work_after_chroot(pki: PKI, serve: Serve, tmp_path: Path, way: str) -> None:
    """All steps also work if no file can be read any more."""
    assert run(pki, serve, way, tmp_path) == PASSED | OWN[way]
