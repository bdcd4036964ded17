"""Servers for a project's own policy: its hosts and modes, with keys of the lab."""

from __future__ import annotations

import http.client
import os
import socket
import ssl
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import pytest

import pinsmith
from pinsmith.errors import LabError, PinMismatchError
from pinsmith.lab.own_policy import resolving, serve_policy
from pinsmith.lab.pki.lab_pki import LabPKI
from pinsmith.lab.stage import Stage
from pinsmith.pin import Pin
from pinsmith.policy import CompromisedKey, HostPins, Key, Policy, TrustAnchor

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pinsmith.lab.laboratory import LabServer
    from pinsmith.policy import KeyRole

HOST = "api.example.com"
PROJECT = '''
import http.client, ssl, urllib.parse
import pinsmith, pytest

PINS = """
version = 1
[keys.api-2026]
pin = "sha256/PnXe2UyQyPGndZ66CgZBH8Xhtjd8KCbtvMDvCci3xME="
role = "leaf"
[keys.api-standby]
pin = "sha256/m/75u5q4l9S8eKtjUEcdPJ2p9kWqoADNihM3CZBIJZY="
standby = true
[[host]]
name = "api.example.com"
keys = ["api-2026", "api-standby"]
include-subdomains = true
report-uris = ["https://reports.example.net/pins"]
"""

def fetch(url, context):
    parts = urllib.parse.urlsplit(url)
    connection = http.client.HTTPSConnection(parts.hostname, parts.port, context=context, timeout=5)
    try:
        connection.request("GET", "/")
        return connection.getresponse().read()
    finally:
        connection.close()

@pytest.fixture
def servers(lab_policy, tmp_path):
    (tmp_path / "pins.toml").write_text(PINS)
    return lab_policy(tmp_path / "pins.toml")

def test_good(servers):
    assert servers.good.url.startswith("https://api.example.com:")
    assert fetch(servers.good.url, servers.context) == b"ok\\n"

def test_rogue(servers):
    with pytest.raises(pinsmith.errors.PinMismatchError):
        fetch(servers.rogue.url, servers.context)
    assert servers.rogue.received == b""
    assert fetch(servers.rogue.url, ssl.create_default_context(cafile=servers.cafile))

def test_expired(servers):
    with pytest.raises(ssl.SSLCertVerificationError, match="expired"):
        fetch(servers.expired.url, servers.context)

def test_a_client_that_does_not_pin_is_found(servers):
    with pytest.raises(pinsmith.errors.PinMismatchError):
        fetch(servers.rogue.url, ssl.create_default_context(cafile=servers.cafile))
'''


@pytest.fixture(scope="module")
def pki() -> LabPKI:
    """Make the keys of the lab once."""
    return LabPKI.of_kind("ec-p256")


@pytest.fixture
def stage(pki: LabPKI) -> Iterator[Stage]:
    """Run servers until the test ends."""
    with Stage(pki) as stage:
        yield stage


def _key(name: str, role: KeyRole = "leaf", *, standby: bool = False) -> Key:
    return Key(name, Pin.of_spki(name.encode()), role, "EC P-256", "CN=x", date(2027, 1, 1), "x.pem", standby)


def _ask(server: LabServer, context: ssl.SSLContext) -> None:
    with (
        socket.create_connection(("127.0.0.1", server.port), 10) as plain,
        context.wrap_socket(plain, server_hostname=server.host) as secure,
    ):
        secure.sendall(b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n")
        assert secure.recv(100)


def test_a_project_tests_its_own_policy_with_the_fixture(tmp_path: Path) -> None:
    """A project needs no import, its host resolves to the loopback, and a client that does not pin is found."""
    (tmp_path / "test_project.py").write_text(PROJECT)
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path)],
        cwd=tmp_path,
        env={name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "COV_"))},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "1 failed, 3 passed" in done.stdout, done.stdout + done.stderr
    assert "FAILED test_project.py::test_a_client_that_does_not_pin_is_found" in done.stdout


@pytest.mark.parametrize(
    "keys",
    [
        (_key("leaf"), _key("next")),
        (_key("standby", standby=True), _key("leaf")),
        (_key("standby", standby=True),),
        (_key("issuer", "intermediate"), _key("other", "intermediate")),
        (_key("root", "root"), _key("other", "root")),
        (_key("whatever", "unknown"), _key("also", "unknown")),
    ],
    ids=lambda keys: ", ".join(key.name for key in keys),
)
def test_the_good_server_matches_and_the_others_do_not(stage: Stage, tmp_path: Path, keys: tuple[Key, ...]) -> None:
    """For keys of every role, the good server presents one of them, the rogue none; standby keys come last."""
    servers = serve_policy(Policy((HostPins(HOST, keys),)), stage=stage, folder=tmp_path)
    of_lab = {stage.pki.pin, stage.pki.intermediate.pin, stage.pki.root.pin}
    (presented,) = [key for key in servers.policy.keys if str(key.pin) in of_lab]
    assert presented.standby == all(key.standby for key in keys)
    _ask(servers.good, servers.context)
    assert servers.good.received
    with pytest.raises(PinMismatchError):
        _ask(servers.rogue, servers.context)
    with pytest.raises(ssl.SSLCertVerificationError, match="expired"):
        _ask(servers.expired, servers.context)
    assert servers.rogue.received == servers.expired.received == b""


def test_only_keys_and_what_describes_them_change(stage: Stage, tmp_path: Path) -> None:
    """Hosts, modes, subdomains, dates and names of keys stay; pins and addresses do not."""
    keys = (_key("leaf"), _key("standby", standby=True))
    hosts = (
        HostPins(HOST, keys, include_subdomains=True, expires=date(2090, 1, 1), report_uris=("https://r.example/",)),
        HostPins("off.example.com", mode="off", connect="192.0.2.7:8443", cafile="certs/corp-root.pem"),
        HostPins("watched.example.com", keys[:1], mode="report-only"),
    )
    stolen = CompromisedKey("stolen", Pin.of_spki(b"stolen"))
    given = Policy(hosts, require_pins=True, compromised=(stolen,))
    servers = serve_policy(given, stage=stage, folder=tmp_path)
    served = servers.policy
    assert not {key.pin for key in served.keys} & {key.pin for key in given.keys}
    bare = tuple(
        replace(entry, keys=(), mode="off", report_uris=(), connect=None, cafile=None) for entry in given.hosts
    )
    assert tuple(replace(entry, keys=(), mode="off") for entry in served.hosts) == bare
    for before, after in zip(given.hosts, served.hosts, strict=True):
        assert (after.mode, [key.name for key in after.keys]) == (before.mode, [key.name for key in before.keys])
    assert (served.require_pins, served.compromised) == (True, (stolen,))
    assert [(key.name, key.role, key.standby) for key in served.keys] == [
        (key.name, key.role, key.standby) for key in given.keys
    ]
    assert pinsmith.load(servers.pin_file) == served
    assert servers.good.pins == tuple(str(key.pin) for key in served.hosts[0].keys)


def test_trust_anchors_become_the_root_of_the_lab(stage: Stage, tmp_path: Path) -> None:
    """A host with trust anchors accepts the chain of the lab, and the written pin file can be read."""
    anchor = TrustAnchor("certs/our-root.pem", Pin.of_spki(b"our root"))
    given = Policy((HostPins(HOST, (_key("leaf"),), trust_anchors=(anchor,)),))
    servers = serve_policy(given, stage=stage, folder=tmp_path)
    assert pinsmith.load(servers.pin_file) == servers.policy
    _ask(servers.good, servers.context)


def test_a_host_without_authorities_is_served_too(stage: Stage, tmp_path: Path) -> None:
    """With ``pins-only``, the rogue is refused, and the expired server is accepted, as the documentation states."""
    given = Policy((HostPins(HOST, (_key("leaf"),), trust="pins-only"),))
    servers = serve_policy(given, stage=stage, folder=tmp_path)
    for server in (servers.good, servers.expired):
        _ask(server, servers.context)
    with pytest.raises(PinMismatchError):
        _ask(servers.rogue, servers.context)
    assert servers.rogue.received == b""


def test_a_subdomain_can_be_served(stage: Stage, tmp_path: Path) -> None:
    """A host that a parent covers is served with the pins of the parent."""
    given = Policy((HostPins("example.com", (_key("leaf"),), include_subdomains=True),))
    servers = serve_policy(given, "WWW.example.com.", stage=stage, folder=tmp_path)
    assert servers.good.host == "www.example.com"
    _ask(servers.good, servers.context)
    with pytest.raises(PinMismatchError):
        _ask(servers.rogue, servers.context)


@pytest.mark.parametrize(
    ("host", "message"),
    [
        ("other.example.com", "the policy has no entry for other.example.com"),
        ("192.0.2.7", "192.0.2.7 cannot be served on the loopback"),
    ],
)
def test_a_host_that_cannot_be_served_is_an_error(stage: Stage, tmp_path: Path, host: str, message: str) -> None:
    """A misspelt host fails, because without pins every server would be accepted."""
    given = Policy((HostPins(HOST, (_key("leaf"),)), HostPins("192.0.2.7", (_key("leaf"),))))
    with pytest.raises(LabError, match=message):
        serve_policy(given, host, stage=stage, folder=tmp_path)


def test_only_the_served_names_resolve_to_the_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    """Other names, addresses and None get the answer of the genuine function."""
    asked: list[object] = []
    monkeypatch.setattr(socket, "getaddrinfo", lambda host, *_: asked.append(host))
    resolve = resolving({HOST})
    for host in (HOST, "API.example.com.", HOST.encode(), "example.com", None, "::1", b"\xff"):
        resolve(host, 443)
    assert asked == ["127.0.0.1"] * 3 + ["example.com", None, "::1", b"\xff"]


def test_a_client_of_the_standard_library_needs_no_change(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the resolver of the fixture, a client connects to the host by its own name."""
    servers = serve_policy(Policy((HostPins(HOST, (_key("leaf"),)),)), stage=stage, folder=tmp_path)
    monkeypatch.setattr(socket, "getaddrinfo", resolving({HOST}))
    with closing(http.client.HTTPSConnection(HOST, servers.good.port, context=servers.context)) as connection:
        connection.request("GET", "/")
        assert connection.getresponse().read() == b"ok\n"
