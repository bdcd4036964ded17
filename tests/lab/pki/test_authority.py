from __future__ import annotations

import base64
import copy
import hashlib
import ssl
import tempfile
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, get_args

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from pinsmith.lab.pki.authority import Authority
from pinsmith.lab.pki.identity import Identity
from pinsmith.lab.pki.key import KeyKind, generate
from pinsmith.lab.servers.server import RecordingServer
from tests.lab.client import ask, connected, trusting

if TYPE_CHECKING:
    from pathlib import Path

NAME = "api.example.com"
# Slow to generate, and different from RSA-2048 only in size.
LARGE = {"rsa-3072", "rsa-4096"}
KINDS: list[KeyKind] = [kind for kind in get_args(KeyKind) if kind not in LARGE]


@pytest.mark.parametrize("kind", KINDS)
def test_strict_verification_accepts_a_chain_of_every_kind_of_key(kind: KeyKind) -> None:
    """Root, intermediate and leaf of one kind pass OpenSSL's strict checks in a handshake."""
    root = Authority.root(key=kind)
    leaf = root.intermediate(path_length=0, key=kind).issue(NAME, key=kind)
    with RecordingServer(leaf) as server:
        assert ask(server.endpoint, trusting(root)).startswith(b"HTTP/1.1 200 ")


def test_strict_verification_refuses_another_root() -> None:
    """Strict verification refuses the same chain if another root is trusted."""
    with RecordingServer(Authority.root("Same").issue(NAME)) as server:
        with pytest.raises(ssl.SSLCertVerificationError):
            ask(server.endpoint, trusting(Authority.root("Same")))
        assert not server.settled()[0].handshaken


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "rsa-pss-2048"])
def test_the_pin_is_the_hash_of_the_key_in_the_certificate(kind: KeyKind) -> None:
    """The pin is SHA-256 over the SubjectPublicKeyInfo that the certificate carries."""
    leaf = Authority.root().issue(NAME, key=kind)
    spki = x509.load_der_x509_certificate(leaf.der).public_key()
    der = spki.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    digest = base64.b64encode(hashlib.sha256(der).digest()).decode()
    assert leaf.pin == f"sha256/{digest}"


def test_a_pss_key_is_pinned_as_it_stands_in_the_certificate() -> None:
    """An id-RSASSA-PSS key keeps its algorithm in the certificate, the request and the pin."""
    leaf = Authority.root().issue(NAME, key="rsa-pss-2048")
    algorithm = bytes.fromhex("300b06092a864886f70d01010a")
    assert algorithm in leaf.spki
    assert leaf.spki in leaf.der
    assert leaf.spki in leaf.csr().public_bytes(serialization.Encoding.DER)
    assert algorithm in base64.b64decode(b"".join(leaf.private_pem().splitlines()[1:-1]))
    assert copy.deepcopy(leaf.key).public_key() == leaf.key.public_key()


def test_the_chain_is_leaf_then_intermediates_without_the_root() -> None:
    """In Leaf < Lower < Upper < Root the presented chain ends below the root, which is available separately."""
    root = Authority.root("Root")
    upper = root.intermediate("Upper")
    leaf = upper.intermediate("Lower").issue(NAME)
    subjects = [certificate.subject.rfc4514_string() for certificate in leaf.chain]
    assert subjects == [f"CN={NAME}", "CN=Lower", "CN=Upper"]
    assert leaf.root == root.certificate
    other = Authority.root("Other")
    presented = leaf.presented_pem([other.certificate], root=True)
    assert x509.load_pem_x509_certificates(presented.encode()) == [
        *leaf.chain,
        root.certificate,
        other.certificate,
    ]


def test_a_cross_signed_authority_leads_to_either_root() -> None:
    """Leaf < New (by Old) < Old and Leaf < New (root): each client finds the root that it trusts."""
    old, new = Authority.root("Old"), Authority.root("New")
    crossed = old.cross_sign(new)
    assert crossed.pin == new.pin
    with RecordingServer(crossed.issue(NAME)) as server:
        assert ask(server.endpoint, trusting(old))
        assert ask(server.endpoint, trusting(new))


def test_ip_addresses_are_recognised_among_the_names() -> None:
    """Names become DNS or IP entries, and a client that dials the address accepts the certificate."""
    root = Authority.root()
    leaf = root.issue("*.example.com", "127.0.0.1", "::1")
    san = leaf.certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert san.get_values_for_type(x509.DNSName) == ["*.example.com"]
    assert [str(address) for address in san.get_values_for_type(x509.IPAddress)] == ["127.0.0.1", "::1"]
    with RecordingServer(leaf, address="::1") as server:
        assert ask(server.endpoint, trusting(root), "::1")


@pytest.mark.parametrize(
    ("option", "complaint"),
    [
        ({"not_after": datetime.now(UTC) - timedelta(days=2)}, "certificate has expired"),
        ({"not_before": datetime.now(UTC) + timedelta(days=500)}, "not yet valid"),
        ({"usages": [x509.oid.ExtendedKeyUsageOID.CLIENT_AUTH]}, "unsuitable certificate purpose"),
    ],
    ids=["expired", "not yet valid", "for clients only"],
)
def test_one_unusual_option_is_refused_for_exactly_that_reason(option: dict[str, object], complaint: str) -> None:
    """A leaf with one unusual property is refused because of that property alone."""
    root = Authority.root()
    with RecordingServer(root.issue(NAME, **option)) as server:  # type: ignore[arg-type]
        with pytest.raises(ssl.SSLCertVerificationError, match=complaint):
            ask(server.endpoint, trusting(root))
        server.settled()


def test_without_san_the_name_is_only_in_the_subject() -> None:
    """A client that still reads common names, such as the ssl module, accepts a certificate without a SAN."""
    root = Authority.root()
    context = trusting(root)
    with RecordingServer(root.issue(NAME, san=False)) as server:
        assert ask(server.endpoint, context)
        context.hostname_checks_common_name = False
        with pytest.raises(ssl.SSLCertVerificationError, match="Hostname mismatch"):
            ask(server.endpoint, context)
        server.settled()


def test_a_leaf_without_subject_passes_the_strict_checks() -> None:
    """A leaf with an empty subject has a critical subject alternative name."""
    root = Authority.root()
    with RecordingServer(root.issue(NAME, common_name="")) as server:
        assert ask(server.endpoint, trusting(root))


def test_a_leaf_can_be_an_authority() -> None:
    """`is_ca` gives the leaf the basic constraint and the key usage of an authority."""
    leaf = Authority.root().issue(NAME, is_ca=True).certificate
    assert leaf.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    assert leaf.extensions.get_extension_for_class(x509.KeyUsage).value.key_cert_sign


def test_path_length_is_enforced_by_clients() -> None:
    """Leaf < Lower < Upper (path length 0) < Root is refused; with path length 1 it is accepted."""
    root = Authority.root()
    for room, passes in [(0, False), (1, True)]:
        leaf = root.intermediate("Upper", path_length=room).intermediate("Lower").issue(NAME)
        with RecordingServer(leaf) as server:
            if passes:
                assert ask(server.endpoint, trusting(root))
            else:
                with pytest.raises(ssl.SSLCertVerificationError, match="path length"):
                    ask(server.endpoint, trusting(root))
            server.settled()


def test_a_self_signed_certificate_is_its_own_anchor() -> None:
    """A client that trusts the certificate itself connects; a client that trusts another one does not."""
    identity, other = Identity.self_signed(NAME), Identity.self_signed(NAME)
    with RecordingServer(identity) as server:
        with connected(server.endpoint, ssl.create_default_context(cadata=identity.pem)) as secure:
            assert secure.getpeercert(binary_form=True) == identity.der
        with pytest.raises(ssl.SSLCertVerificationError):
            ask(server.endpoint, ssl.create_default_context(cadata=other.pem))
        server.settled()


def test_an_existing_key_keeps_its_pin_in_a_new_certificate() -> None:
    """A renewal with the same key changes the certificate but not the pin."""
    root = Authority.root()
    key = generate("ec-p384")
    first, second = root.issue(NAME, key=key), root.issue(NAME, key=key)
    assert first.pin == second.pin
    assert first.der != second.der


def test_a_request_carries_names_and_key() -> None:
    """The CSR has the subject, the alternative names and the key of the identity."""
    leaf = Authority.root().issue(NAME, "127.0.0.1")
    request = leaf.csr()
    assert request.is_signature_valid
    assert request.subject == leaf.certificate.subject
    assert request.public_key() == leaf.certificate.public_key()
    assert x509.DNSName(NAME) in request.extensions.get_extension_for_class(x509.SubjectAlternativeName).value


def test_loading_leaves_no_file_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The key is in a private directory for the time of the call only."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    leaf = Authority.root().issue(NAME)
    leaf.load_into(ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER))
    with pytest.raises(ssl.SSLError):
        leaf.load_into(ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), Authority.root().pem)
    assert list(tmp_path.iterdir()) == []


def test_the_representation_never_shows_the_key() -> None:
    """`repr` contains only the subject and the pin."""
    root = Authority.root("Good Root")
    leaf = root.issue(NAME)
    assert repr(root) == f"<Authority CN=Good Root {root.pin}>"
    assert repr(leaf) == f"<Identity CN={NAME} {leaf.pin}>"


def test_an_unknown_kind_of_key_is_named() -> None:
    """The message quotes the kind and lists the known ones."""
    with pytest.raises(ValueError, match=r"unknown type of key 'dsa-1024'; expected one of ec-p256"):
        Authority.root(key="dsa-1024")  # type: ignore[arg-type]


def test_an_unknown_option_is_refused() -> None:
    """A misspelt option raises an error, so it cannot lead to a valid certificate unnoticed."""
    with pytest.raises(TypeError, match="not_afterr"):
        Authority.root().issue(NAME, not_afterr=None)  # type: ignore[call-arg]
