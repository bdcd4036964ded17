"""Names, lengths and algorithms that decide whether clients accept a path whose signatures are right."""

from __future__ import annotations

import ipaddress
import warnings
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ed448, ed25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID, ObjectIdentifier
from OpenSSL import crypto

from pinsmith.certificate import Certificate
from pinsmith.certificate.signature import is_signed_by
from pinsmith.lab.pki import key as keys, mint
from pinsmith.paths import paths, survey
from tests.paths.pki import AFTER, AT, BEFORE, ca, leaf, pin, private, store

if TYPE_CHECKING:
    from collections.abc import Sequence

ODD: mint.Extensions = [(x509.UnrecognizedExtension(ObjectIdentifier("1.2.3.4"), b"\x05\x00"), True)]
PERMITTED, EXCLUDED = "permitted", "excluded"


def _answer(*sent: bytes, roots: Sequence[bytes] = ()) -> str:
    return paths(sent, store(*(roots or (ca("A"),))), at=AT).answer


def _constrained(kind: str, *names: x509.GeneralName) -> mint.Extensions:
    if kind == PERMITTED:
        return [(x509.NameConstraints(names, None), True)]
    return [(x509.NameConstraints(None, names), True)]


def _dns(name: str) -> x509.DNSName:
    return x509.DNSName(name)


def _network(text: str) -> x509.IPAddress:
    return x509.IPAddress(ipaddress.ip_network(text))


def _directory(*common_names: str) -> x509.DirectoryName:
    return x509.DirectoryName(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name) for name in common_names]))


# Constraint, names of the leaf, answer.
NAMES: dict[str, tuple[str, x509.GeneralName, tuple[str, ...], str]] = {
    "the domain itself": (PERMITTED, _dns("api.example.com"), ("api.example.com",), "yes"),
    "the domain in capitals": (PERMITTED, _dns("EXAMPLE.com"), ("api.example.com",), "yes"),
    "a domain that only ends so": (PERMITTED, _dns("example.com"), ("notexample.com",), "no"),
    "one name of two": (PERMITTED, _dns("example.com"), ("api.example.com", "example.org"), "no"),
    "a domain with a dot": (PERMITTED, _dns(".example.com"), ("api.example.com",), "yes"),
    "every domain": (EXCLUDED, _dns(""), ("api.example.com",), "no"),
    "an address in the network": (PERMITTED, _network("192.0.2.0/24"), ("192.0.2.7",), "yes"),
    "an address outside": (PERMITTED, _network("192.0.2.0/24"), ("198.51.100.7",), "no"),
    "an address of the other family": (PERMITTED, _network("::/0"), ("192.0.2.7",), "no"),
    "an excluded address": (EXCLUDED, _network("192.0.2.0/24"), ("192.0.2.7",), "no"),
    "an address below a domain": (PERMITTED, _dns("example.com"), ("192.0.2.7",), "yes"),
    "the subject": (PERMITTED, _directory("api.example.com"), ("api.example.com",), "yes"),
    "another subject": (PERMITTED, _directory("example.org"), ("api.example.com",), "no"),
    "an excluded subject": (EXCLUDED, _directory("api.example.com"), ("api.example.com",), "no"),
}


@pytest.mark.parametrize("what", NAMES)
def test_constraints_are_compared_with_the_names_of_the_leaf(what: str) -> None:
    """The chain is leaf > I > A: I is constrained. A kind of name without constraints fits."""
    kind, name, names, answer = NAMES[what]
    assert _answer(leaf("I", names=names), ca("I", "A", extensions=_constrained(kind, name))) == answer


def test_constraints_hold_for_intermediates_too() -> None:
    """The chain is leaf > I > J > A: the subject of I must fit the constraints of J, unless I is self-issued."""
    only_leaf = _constrained(PERMITTED, _directory("api.example.com"))
    assert _answer(leaf("I"), ca("I", "J"), ca("J", "A", extensions=only_leaf)) == "no"
    own = ca("J", "J", key="new J")
    assert _answer(leaf("J", signer="new J"), own, ca("J", "A", extensions=only_leaf)) == "yes"


def test_constraints_on_names_that_are_not_compared_are_unknown() -> None:
    """A leaf with an e-mail address below an authority with constraints on such addresses gives no certain answer."""
    mail: dict[str, Any] = {
        "san": False,
        "extensions": [(x509.SubjectAlternativeName([x509.RFC822Name("a@b")]), False)],
    }
    constrained = ca("I", "A", extensions=_constrained(PERMITTED, x509.RFC822Name("example.com")))
    assert _answer(leaf("I", **mail), constrained) == "unknown"
    assert _answer(leaf("I"), constrained) == "yes"


@pytest.mark.parametrize(("name", "answer"), [("R3", "unknown"), ("a.example.com", "yes"), ("Example CA", "yes")])
def test_a_common_name_that_looks_like_a_host_leaves_a_doubt(name: str, answer: str) -> None:
    """The chain is leaf > R3 > J > A: Java takes R3 for a host, which the constraints of J do not permit."""
    constrained = ca("J", "A", extensions=mint.only_below("example.com"))
    assert _answer(leaf(name), ca(name, "J"), constrained) == answer


def test_a_self_issued_intermediate_does_not_count_for_the_length() -> None:
    """The chain is leaf > J (new key) > J > A: a renewed key of J does not lengthen the path below A's limit."""
    own, limited = ca("J", "J", key="new J"), ca("J", "A", path_length=0)
    assert _answer(leaf("J", signer="new J"), own, limited) == "yes"


def test_an_authority_must_be_allowed_to_sign() -> None:
    """An intermediate without key usage for certificates, or one that says it is not an authority, ends the path."""
    usage = x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
    builder = _builder("I").add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    without = builder.sign(private("A"), hashes.SHA256()).public_bytes(Encoding.DER)
    barred = builder.add_extension(usage, critical=True).sign(private("A"), hashes.SHA256()).public_bytes(Encoding.DER)
    assert [_answer(leaf("I"), der) for der in (without, barred)] == ["yes", "no"]
    for basic in (None, x509.BasicConstraints(ca=False, path_length=None)):
        plain = _builder("I") if basic is None else _builder("I").add_extension(basic, critical=True)
        assert _answer(leaf("I"), plain.sign(private("A"), hashes.SHA256()).public_bytes(Encoding.DER)) == "no"


def _builder(name: str, *, by: str = "A") -> x509.CertificateBuilder:
    return x509.CertificateBuilder(mint.name_of(by), mint.name_of(name), private(name).public_key(), 1, BEFORE, AFTER)


@pytest.mark.parametrize("kind", ["rsa-2048", "ec-p256"])
def test_a_weak_hash_leaves_a_doubt(kind: Any) -> None:  # noqa: ANN401
    """Some clients still accept a signature over SHA-1, so the answer is unknown."""
    key = keys.generate(kind)
    unsigned = crypto.X509.from_cryptography(_builder("I").sign(key, hashes.SHA256()))
    with warnings.catch_warnings():  # the builder of `cryptography` does not sign with SHA-1
        warnings.simplefilter("ignore", DeprecationWarning)
        unsigned.sign(crypto.PKey.from_cryptography_key(key), "sha1")
    weak = unsigned.to_cryptography().public_bytes(Encoding.DER)
    roots = store(ca("A"))
    spki = keys.spki_of(key.public_key())
    other = replace(roots, roots=tuple(replace(root, spki=spki) for root in roots.roots))
    assert paths((weak,), other, at=AT).answer == "unknown"


def test_an_odd_extension_leaves_a_doubt() -> None:
    """Some clients refuse it and others do not, so the answer is unknown, and pins on the path do not decide."""
    odd = (leaf("I"), ca("I", "A", extensions=ODD))
    assert _answer(*odd) == "unknown"
    assert _answer(*odd, ca("I", "A")) == "yes"
    (found,) = survey((*odd, ca("I", "B")), [pin("B")], [store(ca("A"), ca("B"))], at=AT)
    assert found.outcome == "depends"


def test_a_fault_outweighs_a_doubt() -> None:
    """A path that has ended is refused, whatever else is odd about it."""
    ended = ca("I", "A", extensions=ODD, not_after=AT - timedelta(days=1))
    assert _answer(leaf("I"), ended) == "no"
    (found,) = survey((leaf("I"), ended, ca("I", "B")), [pin("A")], [store(ca("A"), ca("B"))], at=AT)
    assert found.outcome == "locked-out"


def test_a_root_of_the_future_is_no_anchor_yet() -> None:
    """A client that checks the dates of roots refuses one that begins later."""
    assert _answer(leaf("I"), ca("I", "A"), roots=[ca("A", not_before=AT + timedelta(days=2))]) == "no"


def test_one_key_of_two_names_is_one_pin() -> None:
    """The chain is leaf > I > J > A, where J has the key of I: the pins of the path contain the key once."""
    (path,) = paths((leaf("I"), ca("I", "J", key="I", signer="I"), ca("J", "A", key="I")), store(ca("A")), at=AT).found
    assert path.pins == (pin("leaf"), pin("I"), pin("A"))
    assert len(path.certificates) == 3


def test_an_algorithm_that_nobody_here_knows_is_unknown() -> None:
    """A root with a key of an unknown algorithm may have signed the intermediate."""
    roots = store(ca("A"))
    strange = bytes.fromhex("300b300506032a030403020001")
    odd = replace(roots, roots=tuple(replace(root, spki=strange) for root in roots.roots))
    assert is_signed_by(Certificate(ca("I", "A")), strange) is None
    assert paths((leaf("I"), ca("I", "A")), odd, at=AT).answer == "unknown"


def test_a_chain_that_ends_in_itself_cannot_go_on() -> None:
    """Clients that fetch certificates find none above a self-signed root, so an unknown root is a certain no."""
    fetching = replace(store(ca("B")), fetches=True)
    assert paths((leaf("I"), ca("I", "A"), ca("A")), fetching, at=AT).answer == "no"
    assert paths((leaf("I"), ca("I", "A")), fetching, at=AT).answer == "unknown"


def test_two_lists_that_are_both_unsure_name_the_reason() -> None:
    """An unknown answer keeps its own reason, also if the store may have been updated."""
    unsure = replace(store(ca("B")), unknown=frozenset({"0" * 64}), moves=True, updated=store(ca("A")))
    found = paths((leaf("I"), ca("I", "A")), unsure, at=AT)
    assert found.why == ("the list contains roots whose keys are not known",)


KEYS: dict[str, Any] = {
    "rsa-2048": None,
    "ec-p384": None,
    "ed25519": ed25519.Ed25519PrivateKey.generate,
    "ed448": ed448.Ed448PrivateKey.generate,
}


@pytest.mark.parametrize("kind", KEYS)
def test_signatures_of_each_algorithm_are_verified(kind: Any) -> None:  # noqa: ANN401
    """The key that signed a certificate is recognised, another one of the same kind or of any other kind is not."""
    make = KEYS[kind] or (lambda: keys.generate(kind))
    signer, other = make(), make()
    method = hashes.SHA256() if KEYS[kind] is None else None
    der = _builder("I").sign(signer, method).public_bytes(Encoding.DER)
    spkis = [
        key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        for key in (signer, other, private("A"))
    ]
    assert [is_signed_by(Certificate(der), spki) for spki in spkis] == [True, False, False]
