"""The strict reader of leaves knows the usual form, and nothing beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pinsmith.probe.plain_leaf import read_name, read_plain_leaf
from tests.probe.odd_leaves import NAME, POLICIES, REVOCATION, odd_leaves, resigned, with_extensions

if TYPE_CHECKING:
    from collections.abc import Callable

    from pinsmith.lab.pki.authority import Authority
    from pinsmith.lab.pki.key import KeyKind

# They are read, but have another kind, another time, or no usable name.
READABLE = {
    "no key identifier of the authority",
    "key identifier of the authority that is broken",
    "key identifier of another authority",
    "the name of its issuer in other letters",
    "ends within a minute",
    "begins within a minute",
    "ended",
}


@pytest.mark.parametrize(
    "kind",
    ["ec-p256", "ec-p384", "ed25519", "rsa-2048", "rsa-3072", pytest.param("rsa-4096", marks=pytest.mark.thorough)],
)
def test_a_usual_leaf_is_read(intermediate: Authority, kind: KeyKind) -> None:
    """The reader finds the names, times and issuer that `cryptography` finds, with each usual key."""
    identity = intermediate.issue("a.test", "*.b.test", "127.0.0.1", "::1", key=kind)
    leaf = read_plain_leaf(identity.der)
    assert leaf is not None
    assert leaf.names == {"a.test", "*.b.test"}
    assert (leaf.begins, leaf.ends) == (
        identity.certificate.not_valid_before_utc,
        identity.certificate.not_valid_after_utc,
    )
    assert leaf.issuer == identity.certificate.issuer.public_bytes()
    assert leaf.key_identifier[-20:] in intermediate.issue("c.test").der


def test_a_leaf_as_public_authorities_issue_it_is_read(intermediate: Authority) -> None:
    """Policies, addresses, revocation lists and signed timestamps are usual, and so is a leaf without a subject."""
    uri = b"http://c.test/1".hex()
    point = f"3015a013a011860f{uri}"
    identity = with_extensions(
        intermediate,
        (POLICIES, "300a3008060667810c010201", False),
        (REVOCATION, f"302e{point}{point}", False),
        ("1.3.6.1.5.5.7.1.1", "3000", False),
        ("1.3.6.1.4.1.11129.2.4.2", "0481f0" + "00" * 240, False),
    )
    assert read_plain_leaf(identity.der) is not None
    bare = read_plain_leaf(intermediate.issue("a.test", common_name="").der)
    assert bare is not None
    assert bare.subject == ()


@pytest.mark.parametrize("kind", ["ec-p521", "ed448", "rsa-pss-2048"])
def test_an_unusual_key_is_not_read(intermediate: Authority, kind: KeyKind) -> None:
    """A leaf with a key that one of the libraries does not know is left to OpenSSL."""
    assert read_plain_leaf(intermediate.issue("a.test", key=kind).der) is None


def test_odd_leaves_are_not_read(intermediate: Authority) -> None:
    """Every oddity of the table is noticed by the reader, except those of which others take care."""
    found = {words for words, leaf in odd_leaves(intermediate).items() if read_plain_leaf(leaf.der) is not None}
    assert found == READABLE


def _replaced(old: str, new: str) -> Callable[[bytes], bytes]:
    def change(body: bytes) -> bytes:
        assert bytes.fromhex(old) in body
        return body.replace(bytes.fromhex(old), bytes.fromhex(new), 1)

    return change


def _numbered(number: str) -> Callable[[bytes], bytes]:
    def change(body: bytes) -> bytes:
        start = len(bytes.fromhex("a003020102"))
        return body[:start] + bytes.fromhex(number) + body[start + 2 + body[start + 1] :]

    return change


SAME = _replaced("0603551d11", "0603551d11")


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(_replaced("a003020102", "a003020101"), id="version 2"),
        pytest.param(_replaced("300a06082a8648ce3d040302", "300a06082a8648ce3d040303"), id="two signature algorithms"),
        pytest.param(_replaced("0603551d0f", "0603551d11"), id="an extension twice"),
        pytest.param(_replaced("0101ff", "010101"), id="a boolean that is not DER"),
        pytest.param(_replaced("170d", "180d"), id="another form of time"),
        pytest.param(_replaced("5a170d", "2b170d"), id="a time without its zone"),
        pytest.param(_replaced("0c086f64642e74657374", "0c086f64ff2e74657374"), id="a subject that is not UTF-8"),
        pytest.param(_replaced("0c086f64642e74657374", "0c086f64002e74657374"), id="a subject with a zero byte"),
        pytest.param(_replaced("0c086f64642e74657374", "14086f64642e74657374"), id="a subject in another string"),
        pytest.param(_replaced("82086f64642e74657374", "82086f64002e74657374"), id="a name with a zero byte"),
        pytest.param(_replaced("3059301306072a8648ce3d0201", "3059301306072a8648ce3d0202"), id="an unknown key"),
        pytest.param(lambda body: body + b"\0", id="a byte more in the body"),
        pytest.param(lambda body: body[:-1], id="a byte less in the body"),
    ],
)
def test_a_leaf_with_another_encoding_is_not_read(intermediate: Authority, change: Callable[[bytes], bytes]) -> None:
    """A leaf that differs in a single place from the usual form is not read, although its signature is right."""
    model = with_extensions(intermediate)
    assert read_plain_leaf(resigned(intermediate, model, SAME)) is not None
    assert read_plain_leaf(resigned(intermediate, model, change)) is None


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("300c310a300806035504030c016100", id="a byte behind the name"),
        pytest.param("300d310b300806035504030c016100", id="a byte behind the attribute"),
        pytest.param("300d310b300906035504030c016100", id="a byte behind the value"),
        pytest.param("300c310b300906035504030c0261", id="a value that is cut off"),
        pytest.param("300c310a300806032a04030c0161", id="an unusual attribute"),
        pytest.param("300c310a300806035504830c0161", id="an attribute that goes on"),
        pytest.param("300b3109300706035504030c00", id="an empty value"),
        pytest.param("300c310a300806035504030c0101", id="a control character"),
    ],
)
def test_a_broken_name_is_not_read(name: str) -> None:
    """A name of which any part does not end where it should is not of the usual form."""
    assert read_name(bytes.fromhex("300c310a300806035504030c0161")) == ((b"U\x04\x03", "a"),)
    with pytest.raises((LookupError, ValueError)):
        read_name(bytes.fromhex(name))


def test_lengths_have_the_shortest_form() -> None:
    """A length of one or two more bytes is read where it is needed, and no other form is."""
    part = bytes.fromhex("317e307c060355040a0c75") + b"x" * 117
    assert read_name(b"\x30\x81\x80" + part) == ((b"U\x04\x0a", "x" * 117),)
    assert len(read_name(b"\x30\x82\x01\0" + 2 * part)) == 2
    short = bytes.fromhex("310a300806035504030c0161")
    for broken in (
        b"\x30\x83\x80" + part,
        b"\x30\x84\x01\0" + 2 * part,
        b"\x30\x81\x0c" + short,
        b"\x30\x82\0\x0c" + short,
    ):
        with pytest.raises((LookupError, ValueError)):
            read_name(broken)


def test_years_of_the_last_century_are_not_read(intermediate: Authority) -> None:
    """UTCTime with the year 50 or later means the last century, so such a leaf is left to OpenSSL."""
    model = with_extensions(intermediate)
    ends = f"{model.certificate.not_valid_after_utc:%y%m%d%H%M%SZ}".encode()
    for year, known in ((b"49", True), (b"50", False)):
        changed = resigned(intermediate, model, _replaced(ends.hex(), (year + ends[2:]).hex()))
        assert (read_plain_leaf(changed) is not None) is known


@pytest.mark.parametrize("moment", ["240000", "236000", "235960"])
def test_moments_that_do_not_exist_are_not_read(intermediate: Authority, moment: str) -> None:
    """An hour 24, which ISO 8601 allows, and other moments that one of the libraries refuses are left to OpenSSL."""
    model = with_extensions(intermediate)
    ends = f"{model.certificate.not_valid_after_utc:%y%m%d%H%M%SZ}".encode()
    for changed, known in (("235959", True), (moment, False)):
        change = _replaced(ends.hex(), (ends[:6] + changed.encode() + b"Z").hex())
        assert (read_plain_leaf(resigned(intermediate, model, change)) is not None) is known


def test_an_extension_that_begins_like_the_names_is_not_read(intermediate: Authority) -> None:
    """The identifier of the names is compared whole, so that a longer one cannot replace them."""
    value = "300a8208" + b"odd.test".hex()
    assert read_plain_leaf(with_extensions(intermediate, ("2.5.29.17.1", value, False)).der) is None


@pytest.mark.parametrize(
    "number", ["020100", "0201ff", "02020001", "0200", "0215" + "01" * 21], ids=lambda number: number[:8]
)
def test_a_serial_number_is_positive_and_short(intermediate: Authority, number: str) -> None:
    """A serial number that one of the libraries could refuse is left to OpenSSL."""
    model = with_extensions(intermediate)
    assert read_plain_leaf(resigned(intermediate, model, _numbered(number))) is None


def test_weak_and_unknown_signatures_are_not_read(intermediate: Authority) -> None:
    """SHA-1 and unknown algorithms are left to OpenSSL, even where both algorithms in the leaf agree."""
    model = with_extensions(intermediate)
    for algorithm in ("300906072a8648ce3d0401", "300d06092a864886f70d0101050500", "300506032b6571"):
        change = _replaced("300a06082a8648ce3d040302", algorithm)
        assert read_plain_leaf(resigned(intermediate, model, change, bytes.fromhex(algorithm))) is None


def test_a_serial_number_may_begin_with_a_zero_byte(intermediate: Authority) -> None:
    """A number whose highest bit is set has a zero byte before it."""
    model = with_extensions(intermediate)
    assert read_plain_leaf(resigned(intermediate, model, _numbered("02020080"))) is not None


def test_an_unusual_rsa_key_is_not_read(intermediate: Authority) -> None:
    """An RSA key has the exponent 65537, and a modulus of as many bits as its size says."""
    model = intermediate.issue("a.test", key="rsa-2048")
    start = bytes.fromhex("3082010a0282010100")

    def shorten(body: bytes) -> bytes:
        at = body.index(start) + len(start)
        return body[:at] + bytes((body[at] & 0x7F,)) + body[at + 1 :]

    assert read_plain_leaf(resigned(intermediate, model, SAME)) is not None
    for change in (shorten, _replaced("0203010001", "0203010003")):
        assert read_plain_leaf(resigned(intermediate, model, change)) is None


def test_nothing_stands_behind_the_extensions(intermediate: Authority) -> None:
    """A byte between the end of the extensions and that of their wrapper is noticed."""
    model = with_extensions(intermediate)

    def change(body: bytes) -> bytes:
        at = body.index(b"\xa3\x81") + 2
        return body[:at] + bytes((body[at] + 1,)) + body[at + 1 :] + b"\0"

    assert read_plain_leaf(resigned(intermediate, model, change)) is None


def test_the_last_extension_ends_with_the_extensions(intermediate: Authority) -> None:
    """An extension that goes on behind the end of the body is noticed."""
    model = with_extensions(intermediate, (POLICIES, "3000", False))
    change = _replaced("30090603551d2004023000", "300a0603551d2004033000")
    assert read_plain_leaf(resigned(intermediate, model, SAME)) is not None
    assert read_plain_leaf(resigned(intermediate, model, change)) is None


def test_a_signature_has_whole_bytes(intermediate: Authority) -> None:
    """A signature that does not use all bits of its last byte is left to OpenSSL."""
    model = with_extensions(intermediate)
    der = resigned(intermediate, model, SAME)
    at = der.index(b"\0\x30", len(model.certificate.tbs_certificate_bytes))
    assert read_plain_leaf(der[:at] + b"\1" + der[at + 1 :]) is None


def test_trailing_and_missing_bytes_are_not_read(intermediate: Authority) -> None:
    """A leaf that is cut off anywhere, or followed by something, is not read, and nothing is raised."""
    der = intermediate.issue("a.test").der
    assert read_plain_leaf(der + b"\0") is None
    assert [size for size in range(len(der)) if read_plain_leaf(der[:size]) is not None] == []


@pytest.mark.parametrize(
    ("name", "host", "covered"),
    [
        ("a.test", "a.test", True),
        ("A.Test", "a.test", True),
        ("*.b.test", "a.b.test", True),
        ("*.b.test", "b.test", False),
        ("*.b.test", "a.a.b.test", False),
        ("*.test", "a.test", False),
        ("*.b.test", "a_a.b.test", False),
        ("*.b_b.test", "a.b_b.test", False),
        ("a.b_b.test", "a.b_b.test", True),
        ("*.b.test", "xn--a.b.test", False),
        ("xn--a.b.test", "xn--a.b.test", True),
        ("localhost", "localhost", True),
    ],
)
def test_names_are_compared_strictly(intermediate: Authority, name: str, host: str, *, covered: bool) -> None:
    """A wildcard covers one plain label below at least two others; other names are compared whole."""
    leaf = read_plain_leaf(intermediate.issue(name).der)
    assert leaf is not None
    assert leaf.covers(host) is covered


def test_a_partial_wildcard_is_not_read(intermediate: Authority) -> None:
    """A wildcard inside of a label is left to OpenSSL."""
    assert read_plain_leaf(with_extensions(intermediate, ("2.5.29.17", "300a8208612a2e622e746573", False)).der) is None
    assert NAME == "odd.test"
