"""An exported file in the hands of the real program: the genuine server is accepted, impostors are not."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import pytest

from pinsmith.formats import export, find
from pinsmith.lab.servers.server import RecordingServer
from pinsmith.pin import Pin
from pinsmith.policy import HostPins, Key, Policy
from tests.extended.formats import programs
from tests.tls.pki import HOST, PKI

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pinsmith.policy import KeyRole

pytestmark = pytest.mark.extended

LEAVES: Final[tuple[tuple[str, KeyRole], ...]] = (("leaf", "leaf"), ("backup", "leaf"))
ISSUER: Final[tuple[tuple[str, KeyRole], ...]] = (("intermediate", "intermediate"),)
SERVERS: Final = ("leaf", "backup", "sibling", "rogue", "stuffed", "wrong_name", "untrusted", "expired", "self_signed")


@dataclass(frozen=True)
class Proof:
    """
    A program and what it must do.

    Attributes:
        format: The id of the format.
        run: Whether the program took the answer of the server at a port.
        pinned: Which keys of `PKI`, with their roles.
        accepts: Whose servers it must accept; all the other ones it must refuse.
        trusted_ca: Whether the file names the authorities, by an option.
    """

    format: str
    run: Callable[[str, str, int, Path], bool]
    pinned: tuple[tuple[str, KeyRole], ...]
    accepts: frozenset[str]
    trusted_ca: bool = False


OURS: Final = frozenset({"leaf", "backup"})
PROOFS: Final = {
    "curl": Proof("curl", programs.run_curl, LEAVES, OURS),
    "wget": Proof("wget", programs.run_wget, LEAVES, OURS),
    "envoy": Proof("envoy", programs.run_envoy, LEAVES, OURS, trusted_ca=True),
    # Usage 3 checks neither dates nor trust, as the format's remarks say; OpenSSL checks names unless told not to.
    "openssl-leaf": Proof("tlsa", programs.run_openssl, LEAVES, OURS | {"untrusted", "expired", "self_signed"}),
    # Whoever the pinned authority vouches for.
    "openssl-authority": Proof("tlsa", programs.run_openssl, ISSUER, OURS | {"sibling"}),
    "nginx": Proof("nginx", programs.run_nginx, (("root", "root"),), OURS | {"sibling"}),
    "nginx-both": Proof("nginx", programs.run_nginx, (("root", "root"), *ISSUER), OURS | {"sibling"}),
}


def _text(proof: Proof, pki: PKI, cafile: str, **options: Any) -> str:  # noqa: ANN401 - options of HostPins
    keys = tuple(
        Key(name, Pin.parse(getattr(pki, name).pin), role, certificate=f"{name}.pem") for name, role in proof.pinned
    )
    policy = Policy((replace(HostPins(HOST, keys), **options),))
    given = {"trusted-ca": cafile} if proof.trusted_ca else {}
    ders = {name: getattr(pki, name).der for name, _ in proof.pinned}
    return export(policy, find(proof.format), options=given, certificates=ders).text


def _server(pki: PKI, name: str) -> RecordingServer:
    if name == "stuffed":
        return RecordingServer(pki.rogue, presented=pki.stuffed)
    return RecordingServer(getattr(pki, name))


@pytest.mark.parametrize("name", SERVERS)
@pytest.mark.parametrize("proof", PROOFS.values(), ids=PROOFS)
def test_the_program_tells_the_host_from_impostors(
    proof: Proof, name: str, pki: PKI, cafile: str, tmp_path: Path
) -> None:
    """The program accepts who the pins are of, and sends everybody else not one byte of the request."""
    text = _text(proof, pki, cafile)
    with _server(pki, name) as server:
        accepted = proof.run(text, cafile, server.endpoint[1], tmp_path)
        server.settled()
    assert accepted is (name in proof.accepts)
    assert server.connections
    if not accepted:
        assert server.received == b""


@pytest.mark.parametrize("proof", [PROOFS["curl"], PROOFS["wget"], PROOFS["envoy"]], ids=["curl", "wget", "envoy"])
def test_without_the_pins_the_impostor_is_accepted(proof: Proof, pki: PKI, cafile: str, tmp_path: Path) -> None:
    """The control: the authority of the impostor is trusted, so that it is the pins that refuse it."""
    text = _text(proof, pki, cafile)
    bare = "".join(
        f"{line}\n"
        for line in text.splitlines()
        if "pinnedpubkey" not in line and not line.startswith('    - "') and "verify_certificate_spki" not in line
    )
    with _server(pki, "rogue") as server:
        assert proof.run(bare, cafile, server.endpoint[1], tmp_path)


def test_envoy_takes_addresses_and_wildcards(pki: PKI, cafile: str, tmp_path: Path) -> None:
    """The name of the host is demanded exactly; an address too, and a wildcard in the certificate covers it."""
    wildcard = pki.intermediate.issue("*.example.com", key=pki.leaf.key)
    for identity, host, accepted in (
        (pki.leaf, "127.0.0.1", True),
        (wildcard, "127.0.0.1", False),
        (wildcard, "api.example.com", True),
        (wildcard, "a.api.example.com", False),
    ):
        policy = Policy((HostPins(host, (Key("leaf", Pin.parse(pki.leaf.pin), "leaf"),)),))
        text = export(policy, find("envoy"), options={"trusted-ca": cafile}).text
        with RecordingServer(identity) as server:
            run = programs.run_envoy(text, cafile, server.endpoint[1], tmp_path, secret=host)
            assert run is accepted, host


def test_envoy_loads_the_secret_of_one_host_only(pki: PKI, cafile: str, tmp_path: Path) -> None:
    """The reason why a file holds one host: with two in it, Envoy takes neither."""
    text = _text(PROOFS["envoy"], pki, cafile)
    both = text + text.partition("resources:\n")[2].replace("localhost", "other.example.com")
    with _server(pki, "leaf") as server:
        assert not programs.run_envoy(both, cafile, server.endpoint[1], tmp_path)


def test_nginx_takes_no_chain_to_an_issuer_without_its_root(pki: PKI, cafile: str, tmp_path: Path) -> None:
    """The reason why such a file is refused."""
    with _server(pki, "leaf") as server:
        assert not programs.run_nginx(pki.intermediate.pem, cafile, server.endpoint[1], tmp_path)
        assert programs.run_nginx(pki.root.pem, cafile, server.endpoint[1], tmp_path)
