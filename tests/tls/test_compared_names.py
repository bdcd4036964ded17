"""Connections whose client compares the name itself, after the handshake, as urllib3 1.26 and botocore do."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING, Any

import botocore.awsrequest
import botocore.exceptions
import botocore.httpsession
import pytest
from cryptography import x509

from pinsmith.certificate import Certificate
from pinsmith.errors import PinMismatchError, find
from pinsmith.lab.pki.identity import Identity
from pinsmith.tls.inject import extract, inject
from tests.tls.attack import SECRET, Memory, ask, refused, silent
from tests.tls.pki import HOST, PKI, policy_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pinsmith.lab.servers.server import RecordingServer
    from tests.tls.conftest import Serve


@pytest.fixture(autouse=True)
def authority_pins(pki: PKI) -> Iterator[None]:
    """Pin the authorities for the whole process."""
    inject(policy_of(pki.intermediate, pki.root))
    yield
    extract()


@pytest.fixture
def comparing(pki: PKI) -> ssl.SSLContext:
    """Make a context that verifies the chain and leaves the name to the client."""
    context = ssl.create_default_context(cadata=pki.trust)
    context.check_hostname = False
    return context


@pytest.mark.parametrize("served", ["leaf", "sibling"])
def test_a_leaf_of_the_pinned_authority_for_the_host_passes(
    pki: PKI, serve: Serve, comparing: ssl.SSLContext, served: str
) -> None:
    """A leaf for the right host, from the pinned authority, passes although OpenSSL did not compare the name."""
    server = serve(getattr(pki, served))
    assert ask(server, comparing)
    with Memory(server, comparing) as memory:
        memory.run("write", SECRET)
        assert memory.run("read", 100)


@pytest.mark.parametrize("served", ["other", "wrong_name"])
def test_another_customer_of_the_pinned_authority_is_refused(
    pki: PKI, serve: Serve, comparing: ssl.SSLContext, served: str
) -> None:
    """A genuine certificate for another host also has a chain to the pinned key, so it is refused."""
    server = serve(getattr(pki, served))
    with refused(server, PinMismatchError, "the client checks no names"):
        ask(server, comparing)
    with refused(server, PinMismatchError, "the client checks no names"), Memory(server, comparing) as memory:
        memory.run("write", SECRET)


def test_a_rogue_authority_is_refused_with_the_right_name(
    comparing: ssl.SSLContext, rogue_server: RecordingServer
) -> None:
    """The right name does not replace the pin."""
    with refused(rogue_server, PinMismatchError, "no pinned key"):
        ask(rogue_server, comparing)


def send(server: RecordingServer, cafile: Path) -> Any:  # noqa: ANN401 - botocore has no types
    """Send the secret with botocore's own transport, which compares the name itself."""
    session = botocore.httpsession.URLLib3Session(verify=str(cafile))
    url = f"https://{HOST}:{server.port}/"
    request = botocore.awsrequest.AWSRequest("GET", url, headers={"Authorization": "SECRET"}).prepare()
    try:
        return session.send(request)
    finally:
        session.close()


@pytest.fixture
def trust_file(pki: PKI, tmp_path: Path) -> Path:
    """Write the trust anchors to a file."""
    path = tmp_path / "roots.pem"
    path.write_text(pki.trust, "ascii")
    return path


def test_botocore_reaches_a_host_of_the_pinned_authority(pki: PKI, serve: Serve, trust_file: Path) -> None:
    """Plain botocore reaches the host without a helper."""
    server = serve(pki.sibling)
    assert send(server, trust_file).status_code == 200
    assert b"SECRET" in server.received


@pytest.mark.parametrize("served", ["other", "rogue"])
def test_botocore_does_not_reach_others(pki: PKI, serve: Serve, trust_file: Path, served: str) -> None:
    """A leaf for another name from the pinned authority is refused, and so is the right name from another authority."""
    server = serve(getattr(pki, served))
    with pytest.raises(botocore.exceptions.SSLError) as caught:
        send(server, trust_file)
    assert isinstance(find(caught.value), PinMismatchError)
    assert silent(server)


def test_a_dns_name_that_looks_like_an_address_is_not_an_address() -> None:
    """If an authority is pinned, an address is compared only with addresses, as in OpenSSL."""
    names = x509.SubjectAlternativeName([x509.DNSName("192.0.2.1")])
    leaf = Identity.self_signed(common_name="api.example.com", extensions=[(names, False)])
    assert not Certificate(leaf.der).covers("192.0.2.1", as_address=True)
    assert Certificate(Identity.self_signed("192.0.2.1").der).covers("192.0.2.1", as_address=True)
    assert Certificate(leaf.der).covers("192.0.2.1")  # allowed for a private server with a pinned leaf


@pytest.mark.parametrize("kind", ["address", "name"])
def test_an_address_is_found_as_an_address(pki: PKI, serve: Serve, comparing: ssl.SSLContext, kind: str) -> None:
    """A certificate of the pinned authority passes if it has the address, but not if it has it as a DNS name."""
    inject(policy_of(pki.intermediate, host="127.0.0.1"))
    if kind == "address":
        assert ask(serve(pki.leaf), comparing, "127.0.0.1")
        return
    names = x509.SubjectAlternativeName([x509.DNSName("127.0.0.1")])
    server = serve(pki.intermediate.issue(common_name="api.example.com", extensions=[(names, False)]))
    with refused(server, PinMismatchError, "the client checks no names"):
        ask(server, comparing, "127.0.0.1")
