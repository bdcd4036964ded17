"""The host whose pins are looked up: the one whose name is verified, in any spelling."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

import pytest

from pinsmith.certificate import Certificate
from pinsmith.errors import HostError, PinMismatchError
from pinsmith.lab.pki.identity import Identity
from pinsmith.policy import HostPins, Policy
from tests.tls.attack import Memory, ask, dial, refused, silent
from tests.tls.pki import PKI, entry_of, policy_of

if TYPE_CHECKING:
    from pinsmith.lab.servers.server import RecordingServer
    from tests.tls.conftest import MakeContext, Serve

SPELLINGS = {
    "upper case": ("API.Example.COM", "api.example.com"),
    "an underscore": ("my_host.example.com", "my_host.example.com"),
    "a subdomain": ("deep.below.example.org", "example.org"),
    "Unicode": ("bücher.example", "xn--bcher-kva.example"),
    "Unicode that IDNA 2003 would change": ("faß.de", "xn--fa-hia.de"),
    "A-labels": ("xn--fa-hia.de", "xn--fa-hia.de"),
    "an IPv4 address": ("127.0.0.1", "127.0.0.1"),
    "a long IPv6 address": ("0:0:0:0:0:0:0:1", "::1"),
}


@pytest.mark.parametrize(("name", "host"), SPELLINGS.values(), ids=SPELLINGS)
def test_the_rogue_server_is_refused_for(pki: PKI, context: MakeContext, serve: Serve, name: str, host: str) -> None:
    """Every spelling of a pinned host finds its pins, although the rogue certificate is for exactly that name."""
    ascii_name = {"bücher.example": "xn--bcher-kva.example", "faß.de": "xn--fa-hia.de"}.get(name, name)
    server = serve(pki.rogue_intermediate.issue(ascii_name))
    subdomains = host != name.lower() and name.endswith(host)
    pinned = context(policy_of(pki.leaf, host=host, include_subdomains=subdomains))
    with refused(server, PinMismatchError):
        ask(server, pinned, name)
    with refused(server, PinMismatchError), Memory(server, pinned, name) as memory:
        memory.run("do_handshake")
    assert ask(server, context(Policy()), name)  # the control: the name matches, so only the pins refuse


@pytest.mark.parametrize(("name", "host"), SPELLINGS.values(), ids=SPELLINGS)
def test_the_good_server_passes_for(pki: PKI, context: MakeContext, serve: Serve, name: str, host: str) -> None:
    """The control: with the right key, each spelling works."""
    ascii_name = {"bücher.example": "xn--bcher-kva.example", "faß.de": "xn--fa-hia.de"}.get(name, name)
    leaf = pki.intermediate.issue(ascii_name)
    subdomains = host != name.lower() and name.endswith(host)
    server = serve(leaf)
    assert ask(server, context(policy_of(leaf, host=host, include_subdomains=subdomains)), name)
    sent = server.settled()[0].server_name
    assert sent == (None if host[-1].isdigit() else ascii_name)


def test_a_trailing_dot_does_not_hide_from_the_pins(pki: PKI, context: MakeContext, serve: Serve) -> None:
    """OpenSSL refuses such a name, unless the certificate contains the dot; then the pins are found."""
    server = serve(pki.rogue_intermediate.issue("api.example.com."))
    with refused(server, ssl.SSLCertVerificationError):
        ask(server, context(policy_of(pki.leaf, host="api.example.com")), "api.example.com.")


def test_only_the_most_specific_entry_decides(pki: PKI, context: MakeContext, serve: Serve) -> None:
    """A key that is pinned for the parent does not match for a host with pins of its own."""
    parent = entry_of(pki.rogue, host="example.com", include_subdomains=True)
    server = serve(pki.rogue)
    policy = Policy((parent, entry_of(pki.leaf, host="api.example.com")))
    with refused(server, PinMismatchError):
        ask(server, context(policy), "api.example.com")
    assert ask(server, context(Policy((parent,))), "api.example.com")
    exempt = HostPins("api.example.com", mode="off")
    assert ask(
        server,
        context(Policy((entry_of(pki.leaf, host="example.com", include_subdomains=True), exempt))),
        "api.example.com",
    )


@pytest.mark.parametrize("name", ["a..b", "bad name", "*.example.com", ".example.com", "a\x00.example.com"])
def test_a_name_that_is_not_a_host_is_refused(context: MakeContext, good_server: RecordingServer, name: str) -> None:
    """A connection with a name that cannot be looked up is refused."""
    with dial(good_server) as plain, pytest.raises(HostError):
        context().wrap_socket(plain, server_hostname=name)
    assert silent(good_server)


def test_a_name_in_bytes_is_a_name(pki: PKI, context: MakeContext, good_server: RecordingServer) -> None:
    """A name may be ASCII bytes, as in ssl."""
    assert ask(good_server, context(), b"localhost")  # type: ignore[arg-type]
    with pytest.raises(PinMismatchError):
        ask(good_server, context(policy_of(pki.rogue)), b"localhost")  # type: ignore[arg-type]


NAMES = {
    "the same name": (["api.example.com"], True),
    "upper case": (["API.example.COM"], True),
    "a wildcard": (["*.example.com"], True),
    "a wildcard of another domain": (["*.example.org"], False),
    "a wildcard of one label less": (["*.api.example.com"], False),
    "a wildcard in mid label": (["a*.example.com"], False),
    "a wildcard of a whole top level": (["*.com"], False),
    "a suffix": (["example.com"], False),
    "another host": (["other.example.com"], False),
    "one of several names": (["other.example.com", "api.example.com"], True),
    "no name at all": ([], False),
}


@pytest.mark.parametrize(("names", "expected"), NAMES.values(), ids=NAMES)
def test_a_leaf_covers_api_example_com_by(names: list[str], expected: object) -> None:
    """If OpenSSL does not compare names, pinsmith does so as strictly."""
    leaf = Identity.self_signed(*names, common_name="api.example.com")
    assert Certificate(leaf.der).covers("api.example.com") is expected


def test_a_wildcard_covers_no_address() -> None:
    """An address is covered only by the same address."""
    leaf = Identity.self_signed("*.0.0.1", "127.0.0.1", "0:0:0:0:0:0:0:1")
    certificate = Certificate(leaf.der)
    assert certificate.covers("127.0.0.1")
    assert certificate.covers("::1")
    assert not certificate.covers("128.0.0.1")
