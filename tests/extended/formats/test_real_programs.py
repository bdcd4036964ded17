"""With an exported file, the real program accepts the genuine server and refuses impostors."""

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
    A program, and the servers that it must accept.

    Attributes:
        format: The id of the format.
        run: Runs the program; returns whether it accepted the server at a port.
        pinned: The pinned keys of `PKI`, with their roles.
        accepts: The servers that it must accept; it must refuse all others.
        trusted_ca: Whether an option puts the authorities into the file.
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
    # Usage 3 checks neither dates nor trust, as the format's remarks state; OpenSSL still checks names.
    "openssl-leaf": Proof("tlsa", programs.run_openssl, LEAVES, OURS | {"untrusted", "expired", "self_signed"}),
    # A pinned authority stands for every server that it has issued a certificate to.
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
def test_the_program_distinguishes_the_host_from_impostors(
    proof: Proof, name: str, pki: PKI, cafile: str, tmp_path: Path
) -> None:
    """The program accepts the owner of the pins, and sends no byte of the request to any other server."""
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
    """The control: without the pins the program accepts the impostor, whose authority it trusts."""
    text = _text(proof, pki, cafile)
    bare = "".join(
        f"{line}\n"
        for line in text.splitlines()
        if "pinnedpubkey" not in line and not line.startswith('    - "') and "verify_certificate_spki" not in line
    )
    with _server(pki, "rogue") as server:
        assert proof.run(bare, cafile, server.endpoint[1], tmp_path)


def test_envoy_takes_addresses_and_wildcards(pki: PKI, cafile: str, tmp_path: Path) -> None:
    """Envoy requires the exact name or address of the host, and accepts a wildcard that covers the name."""
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
    """Envoy loads no secret from a file with two, which is why a file contains only one host."""
    text = _text(PROOFS["envoy"], pki, cafile)
    both = text + text.partition("resources:\n")[2].replace("localhost", "other.example.com")
    with _server(pki, "leaf") as server:
        assert not programs.run_envoy(both, cafile, server.endpoint[1], tmp_path)


def test_nginx_refuses_a_chain_to_an_issuer_without_its_root(pki: PKI, cafile: str, tmp_path: Path) -> None:
    """Without the root, the genuine server is refused by nginx, which is why pinsmith refuses to write such a file."""
    with _server(pki, "leaf") as server:
        assert not programs.run_nginx(pki.intermediate.pem, cafile, server.endpoint[1], tmp_path)
        assert programs.run_nginx(pki.root.pem, cafile, server.endpoint[1], tmp_path)
