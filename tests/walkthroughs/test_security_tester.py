"""A week of a security tester: clients in the lab, apps behind the proxy, a phone, and somebody's configuration."""

from __future__ import annotations

import json
import os
import re
import signal
import ssl
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from pinsmith.exit_code import ExitCode
from tests.lab.client import ask

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.walkthroughs.desk import Desk

HOST: Final = "api.example.com"
OPEN: Final = "cdn.example.com"
FEW: Final = "--scenario leaf-pin --scenario wrong-key --key ec-p256"
PLAIN: Final = """\
import os
import ssl
import sys
import urllib.request

context = ssl.create_default_context(cafile=os.environ["SSL_CERT_FILE"])
print(urllib.request.urlopen(sys.argv[1], context=context, timeout=20).read())
"""
APP: Final = f"""\
import os
import ssl
import sys
import urllib.request

import pinsmith

cafile = os.environ["SSL_CERT_FILE"]
context = pinsmith.PinnedSSLContext(pinsmith.load("pins.toml"), cafile=cafile)
if "--plain" in sys.argv:
    context = ssl.create_default_context(cafile=cafile)
for host in ("{OPEN}", "{HOST}"):
    try:
        urllib.request.urlopen(f"https://{{host}}/account?token=secret", context=context, timeout=20)
    except OSError as error:
        print(error)
"""
NSC: Final = """\
<?xml version="1.0" encoding="utf-8"?>
<network-security-config>
    <domain-config>
        <domain includeSubdomains="true">api.example.com</domain>
        <pin-set expiration="2025-12-31">
            <pin digest="SHA-256">{pin}</pin>
            <pin digest="SHA-256">AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=</pin>
        </pin-set>
        <trust-anchors>
            <certificates src="system" />
            <certificates src="user" />
        </trust-anchors>
    </domain-config>
</network-security-config>
"""


@pytest.mark.extended
def test_curl_is_judged(desk: Desk) -> None:
    """The command of the README passes. Without the dashes, the error shows the right command."""
    pinned = ("curl", "-sS", "--pinnedpubkey", "{pins-curl}", "--cacert", "{cafile}", "{url}")
    lab = ("pinsmith", "lab", "run", *FEW.split(), "--profile", "leaf")
    assert desk.start(*lab, "--", *pinned).out.splitlines()[-1] == "2 passed"
    plain = desk.start(*lab, "--", "curl", "-sS", "--cacert", "{cafile}", "{url}", exit_code=ExitCode.MISMATCH)
    assert "FAIL  wrong-key  ec-p256   accepts a rogue" in plain.out
    wrong = desk.start("pinsmith", "lab", "run", "curl", "-k", "{url}", exit_code=ExitCode.USAGE)
    assert wrong.last == "pinsmith: example: pinsmith lab run -- curl -k '{url}'"


@pytest.mark.thorough
def test_a_client_in_python_is_judged(desk: Desk) -> None:
    """It accepts a rogue, the lab explains the scenario, and the report for CI has the same verdict."""
    desk.write("client.py", PLAIN)
    refused = desk.type(f"pinsmith lab run {FEW} -- {sys.executable} client.py {{url}}", ExitCode.MISMATCH)
    assert "FAIL  wrong-key  ec-p256   accepts a rogue" in refused.out
    assert refused.last == "pinsmith: hint: `pinsmith lab list wrong-key` describes the first of them"
    described = desk.type("pinsmith lab list wrong-key").out
    assert "This is the attack against which pinning protects" in described
    desk.type(f"pinsmith lab run {FEW} --format junit -- {sys.executable} client.py {{url}} > lab.xml", 3)
    assert 'failures="1"' in Path("lab.xml").read_text("utf-8")
    desk.type(f"pinsmith lab run {FEW} --report lab.html -- {sys.executable} client.py {{url}}", ExitCode.MISMATCH)
    report = Path("lab.html").read_text("utf-8")
    assert "accepts a rogue" in report
    assert not re.search(r"<link|<script|\ssrc=", report)  # it is complete in itself
    silent = desk.type(f"pinsmith lab run {FEW} -- {sys.executable} client.py", ExitCode.BROKE).err
    assert "never connected to localhost" in silent
    assert "output:  IndexError: list index out of range" in silent
    assert "the command must contain {url}" in silent


@pytest.fixture
def app(desk: Desk) -> tuple[str, ...]:
    """Write an app that pins one of its two hosts; return the command that intercepts it."""
    desk.type(f"pinsmith init {HOST} --generate-backup")
    desk.network.server(OPEN)
    desk.write("app.py", APP)
    return ("pinsmith", "lab", "proxy", "--must-pin", HOST, "--output", "verdict.json", "--", sys.executable, "app.py")


@pytest.mark.thorough
def test_an_app_that_pins_is_told_from_one_that_does_not(desk: Desk, app: tuple[str, ...]) -> None:
    """The verdict and the exit code differ, the evidence is in a file, and no secret is in it."""
    pinned = desk.start(*app)
    assert pinned.out.splitlines()[0] == (
        f"pinned        {HOST}:443  (must pin)  refused the rogue certificate (closed), but not that of {OPEN}:443"
    )
    verdict = json.loads(Path("verdict.json").read_text("utf-8"))
    assert (verdict["ok"], verdict["mastg"]["outcome"]) == (True, "pass")
    plain = desk.start(*app, "--plain", exit_code=ExitCode.NOT_PINNED)
    assert plain.out.startswith(f"NOT PINNED    {HOST}:443  (must pin)  accepted the rogue certificate and sent ")
    assert f"error[host-not-pinned]: {HOST}:443 must pin" in plain.err
    verdict = json.loads(Path("verdict.json").read_text("utf-8"))
    assert (verdict["ok"], verdict["mastg"]["outcome"]) == (False, "fail")
    assert "GET /account HTTP/1.1" in plain.out
    assert "secret" not in plain.out + plain.err + Path("verdict.json").read_text("utf-8")


@pytest.mark.thorough
def test_a_host_that_the_app_did_not_contact_proves_nothing(desk: Desk, app: tuple[str, ...]) -> None:
    """A tester who forgot a screen learns that from the exit code and the hint."""
    words = [*app[:3], "--must-pin", "login.example.com", *app[7:]]
    seen = desk.start(*words, exit_code=ExitCode.BROKE)
    assert "not seen      login.example.com  (must pin)  no connection to it came through the proxy" in seen.out
    assert seen.last.startswith("pinsmith: hint: use the part of the app that contacts this host")


@pytest.fixture
def serving(desk: Desk) -> Iterator[subprocess.Popen[str]]:
    """Keep two scenarios up, as for a phone."""
    words = [sys.executable, "-m", "pinsmith", "lab", "serve", "--scenario", "leaf-pin", "--scenario", "wrong-key"]
    process = subprocess.Popen(
        words,
        env={**desk.environment, "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    yield process
    process.kill()
    process.communicate()


@pytest.mark.thorough
@pytest.mark.skipif(os.name == "nt", reason="not on Windows: no SIGINT for children")
def test_a_phone_visits_the_lab(serving: subprocess.Popen[str]) -> None:
    """The tester types the addresses into an app. Each visit is judged at once, and Ctrl-C prints the summary."""
    assert serving.stdout is not None

    def until(pattern: str) -> re.Match[str]:
        while line := serving.stdout.readline():  # type: ignore[union-attr]
            if found := re.search(pattern, line):
                return found
        raise AssertionError(pattern)

    ports = {name: int(until(rf"^{name} .*https://localhost:(\d+)/")[1]) for name in ("leaf-pin", "wrong-key")}
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(until(r"^roots +(http://\S+)$")[1], timeout=20) as answer:
        context = ssl.create_default_context(cadata=answer.read().decode())
    for name, verdict in (("leaf-pin", "correct"), ("wrong-key", "ACCEPTS A ROGUE")):
        ask(("127.0.0.1", ports[name]), context, "localhost")
        assert until(rf"{name}: .* sent \d+ bytes \(GET /secret\) -> (.*)$")[1] == verdict
    serving.send_signal(signal.SIGINT)
    out, _ = serving.communicate(timeout=60)
    assert "wrong-key  1 x ACCEPTS A ROGUE" in out
    assert serving.returncode == ExitCode.OK


@pytest.mark.thorough
def test_a_configuration_of_somebody_else_is_read(desk: Desk) -> None:
    """The tester learns that its pins have ended, that one is a placeholder, and which trust anchors it has."""
    desk.write("nsc.xml", NSC.format(pin=desk.network.identity(HOST).pin.removeprefix("sha256/")))
    found = desk.type("pinsmith lint nsc.xml", ExitCode.FOUND_HIGH).out
    for rule in ("nsc.xml:4: high[pins-ended]", "nsc.xml:7:13: high[known-bad-pin]", "medium[missing-backup-pin]"):
        assert rule in found
    refused = desk.type("pinsmith import nsc.xml", ExitCode.BROKE).err
    assert "nsc.xml:7:13: " in refused
    assert "is one or two letters repeated, not a pin" in refused
    assert "or leave out such parts with --skip-bad" in refused
    read = desk.type("pinsmith import nsc.xml --skip-bad --online > theirs.toml").err
    for sentence in (
        "nsc.xml:9:9: the trust anchors of this <domain-config> (system, user) cannot be kept",
        f"nsc.xml: the pins of {HOST} expired on 2025-12-31; they are not enforced",
        f"{HOST}:443 (192.0.2.1) is not pinned: its pins have expired and are no longer enforced",
    ):
        assert sentence in read
    assert 'role = "leaf"' in Path("theirs.toml").read_text("utf-8")
    unpinned = desk.type("pinsmith check --file theirs.toml", ExitCode.NOT_PINNED)
    assert unpinned.out.startswith(f"not pinned  {HOST}:443")
