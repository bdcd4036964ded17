"""Retrieval from real servers finds the same chain as OpenSSL's own client."""

from __future__ import annotations

import base64
import hashlib
import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from pinsmith.certificate import Certificate
from pinsmith.probe import Trust, fetch
from tests.extended.program import find
from tests.extended.servers import SERVERS, target_of
from tests.tls.pki import HOST, PKI

if TYPE_CHECKING:
    from collections.abc import Callable

    from pinsmith.certificate import Chain
    from tests.extended.server import RealServer, Running

pytestmark = [
    pytest.mark.extended,
    pytest.mark.parametrize("target", SERVERS, indirect=True, ids=lambda server: server.id),
]


@pytest.fixture
def target(request: pytest.FixtureRequest, running: Callable[[RealServer], Running]) -> Running:
    """Run the server."""
    return running(request.param)


def pins_of(chain: Chain | None) -> list[str]:
    """List the pins of the readable certificates of a chain, leaf first."""
    return [str(certificate.pin) for certificate in chain or () if isinstance(certificate, Certificate)]


def test_the_chain_of_a_real_server_is_fetched(target: Running, pki: PKI) -> None:
    """The fetched chain is that of the server's certificate, verified up to the root, over TLS 1.3."""
    fetched = fetch(target_of(target), trust=Trust(cadata=pki.root.pem))
    assert pins_of(fetched.presented) == [pki.leaf.pin, pki.intermediate.pin]
    assert pins_of(fetched.verified) == [pki.leaf.pin, pki.intermediate.pin, pki.root.pin]
    assert fetched.tls_version == "TLSv1.3"


def test_an_untrusted_chain_of_a_real_server_is_shown(target: Running, pki: PKI) -> None:
    """The second handshake, without verification, also succeeds with a real server."""
    fetched = fetch(target_of(target), trust=Trust(cadata=pki.rogue_root.pem))
    assert not fetched.trusted
    assert pins_of(fetched.presented) == [pki.leaf.pin, pki.intermediate.pin]


def test_openssl_sees_the_same_pin(target: Running, pki: PKI) -> None:
    """The usual pipeline of openssl commands prints the pin that pinsmith fetches."""
    openssl = find("openssl", "openssl")
    command = [openssl, "s_client", "-connect", f"127.0.0.1:{target.port}", "-servername", HOST]
    if target.server.starttls is not None:
        command += ["-starttls", target.server.starttls]
    shown = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=30, check=False).stdout
    pem = subprocess.run([openssl, "x509", "-pubkey", "-noout"], input=shown, capture_output=True, check=True).stdout
    der = subprocess.run(
        [openssl, "pkey", "-pubin", "-outform", "der"], input=pem, capture_output=True, check=True
    ).stdout
    pin = "sha256/" + base64.b64encode(hashlib.sha256(der).digest()).decode("ascii")
    assert pin == pins_of(fetch(target_of(target), trust=Trust(cadata=pki.root.pem)).presented)[0]


def test_the_command_fetches_from_a_real_server(target: Running, pki: PKI, cafile: str) -> None:
    """``pinsmith fetch``, with ``--starttls`` where the server needs it, prints the pins as JSON."""
    command = [sys.executable, "-m", "pinsmith", "fetch", f"{HOST}:{target.port}", "--cafile", cafile]
    if target.server.starttls is not None:
        command += ["--starttls", target.server.starttls]
    done = subprocess.run([*command, "--format", "json"], capture_output=True, text=True, timeout=50, check=False)
    assert done.returncode == 0, done.stderr
    (host,) = json.loads(done.stdout)["hosts"]
    assert host["trusted"]
    assert [certificate["pin"] for certificate in host["chain"]] == [pki.leaf.pin, pki.intermediate.pin, pki.root.pin]
