"""Content that is refused, and errors that explain it without repeating secrets."""

from __future__ import annotations

import traceback
import warnings
from random import Random
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    pkcs7,
    pkcs12,
)
from hypothesis import given, settings, strategies as st

from pinsmith.errors import MaterialError, PasswordError
from pinsmith.lab.pki.authority import Authority
from pinsmith.material import MAX_BYTES, read_material
from tests.core import mutate, spki_sample as sample

if TYPE_CHECKING:
    from collections.abc import Callable

PKCS7_DATA = sample.der(0x06, bytes.fromhex("2a864886f70d010701"))
PASSWORD = b"a long password"
LEAF = Authority.root().issue("a.test")
PEM = LEAF.pem.encode()
KEY = LEAF.private_pem()
RSA_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


def _ec_key() -> ec.EllipticCurvePrivateKey:
    assert isinstance(LEAF.key, ec.EllipticCurvePrivateKey)
    return LEAF.key


def locked(how: PrivateFormat = PrivateFormat.PKCS8, encoding: Encoding = Encoding.PEM) -> bytes:
    """Encrypt the key of `LEAF`."""
    return _ec_key().private_bytes(encoding, how, BestAvailableEncryption(PASSWORD))


def store() -> bytes:
    """Make a PKCS#12 with a password."""
    return pkcs12.serialize_key_and_certificates(
        None, _ec_key(), LEAF.certificate, None, BestAvailableEncryption(PASSWORD)
    )


def _block(label: str, body: str = "MAA=") -> bytes:
    return f"-----BEGIN {label}-----\n{body}\n-----END {label}-----\n".encode()


REFUSED: dict[str, tuple[Callable[[], bytes], str, str]] = {
    "nothing": (lambda: b"", "the file is empty", "pass a file"),
    "blanks": (lambda: b" \n\t\r\n", "the file is empty", "pass a file"),
    "a sentence": (lambda: b"hello", "that pinsmith knows", "pass PEM or DER"),
    "null bytes": (lambda: bytes(1000), "that pinsmith knows", "pass PEM or DER"),
    "an HTML page": (lambda: b"<!doctype html><title>404</title>", "that pinsmith knows", "pass PEM or DER"),
    "unknown DER": (lambda: b"\x30\x03\x05\x00\x05", "its DER is damaged or of an unknown kind", "copy the file again"),
    "DER cut off": (lambda: LEAF.der[:-1], "its DER is damaged or of an unknown kind", "copy the file again"),
    "DER with a line feed at its end": (
        lambda: LEAF.der + b"\n",
        "its DER is damaged or of an unknown kind",
        "copy the file again",
    ),
    "a certificate whose body is damaged": (
        lambda: LEAF.der.replace(b"\xa0\x03\x02\x01\x02", b"\x04\x03\x02\x01\x02", 1),
        "the certificate is damaged",
        "copy the file again",
    ),
    "a revocation list": (lambda: sample.der(0x30, *[sample.der(0x30)] * 2, b"\x03\x01\0"), "damaged", "copy"),
    "bare base64": (
        lambda: b"".join(PEM.splitlines()[1:-1]),
        "pinsmith cannot read bare base64",
        "-----BEGIN CERTIFICATE-----",
    ),
    "a Java key store": (lambda: b"\xfe\xed\xfe\xed\0\0\0\2", "Java key store (JKS)", "keytool -importkeystore"),
    "an SSH public key": (lambda: b"ssh-ed25519 AAAA you@host", "an SSH public key", "TLS server uses"),
    "an SSH private key": (lambda: _block("OPENSSH PRIVATE KEY"), "line 1, OPENSSH PRIVATE KEY", "TLS server uses"),
    "a PuTTY key": (lambda: b"PuTTY-User-Key-File-3: ssh-rsa", "a PuTTY key", "TLS server uses"),
    "a PGP key": (lambda: _block("PGP PUBLIC KEY BLOCK"), "line 1, PGP PUBLIC KEY BLOCK", "TLS server uses"),
    "blocks of no interest only": (
        lambda: _block("X509 CRL") * 2 + _block("DH PARAMETERS"),
        "request or key: X509 CRL, DH PARAMETERS",
        "pass a file",
    ),
    "a block cut off": (lambda: PEM[:-30], "line 1, CERTIFICATE: the block has no line -----END", "whole and as text"),
    "a block within a block": (lambda: PEM[:100] + b"\n" + PEM, "line 1, CERTIFICATE: the block has no", "whole"),
    "a block that ends as another": (
        lambda: PEM.replace(b"END CERTIFICATE", b"END PUBLIC KEY"),
        "line 1, CERTIFICATE: the block has no",
        "whole",
    ),
    "a block that is not base64": (lambda: _block("CERTIFICATE", "M*A="), "line 1, CERTIFICATE: its content", "whole"),
    "an empty block": (lambda: _block("CERTIFICATE", ""), "line 1, CERTIFICATE: the certificate is damaged", "copy"),
    "a damaged second block": (
        lambda: b"text\n" + PEM + _block("CERTIFICATE"),
        f"line {len(PEM.splitlines()) + 2}, CERTIFICATE: the certificate is damaged",
        "copy",
    ),
    "a certificate with a wrong label": (
        lambda: PEM.replace(b"CERTIFICATE", b"CERTIFICATE REQUEST"),
        "line 1, CERTIFICATE REQUEST: the certificate request is damaged",
        "copy",
    ),
    "a damaged request": (
        lambda: _block("CERTIFICATE REQUEST"),
        "line 1, CERTIFICATE REQUEST: the certificate request is damaged",
        "copy",
    ),
    "a damaged public key": (lambda: _block("PUBLIC KEY"), "line 1, PUBLIC KEY: the public key is damaged", "copy"),
    "a damaged RSA public key": (lambda: _block("RSA PUBLIC KEY"), "the RSA public key is damaged", "pass PEM"),
    "a damaged private key": (lambda: _block("PRIVATE KEY"), "line 1, PRIVATE KEY: the private key is damaged", "copy"),
    "a damaged PKCS#7": (lambda: _block("PKCS7"), "line 1, PKCS7: the PKCS#7 cannot be read", "pass PEM"),
    "a PKCS#12 of nothing": (
        lambda: sample.der(0x30, b"\2\1\3", sample.der(0x30, PKCS7_DATA, sample.der(0xA0, sample.der(4, b"\x30\0")))),
        "neither certificate nor key",
        "pass PEM",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused(case: str) -> None:
    """Refused content raises an error that names the fault, its place and the remedy."""
    build, reason, hint = REFUSED[case]
    with pytest.raises(MaterialError) as caught:
        read_material(build(), password=PASSWORD)
    assert reason in str(caught.value)
    assert hint in (caught.value.hint or "")
    assert "\n" not in str(caught.value)


LOCKED: dict[str, tuple[Callable[[], bytes], str]] = {
    "an encrypted private key": (locked, "line 1, ENCRYPTED PRIVATE KEY: the private key "),
    "the same in DER": (lambda: locked(encoding=Encoding.DER), "the private key "),
    "with the headers of old OpenSSL": (
        lambda: locked(PrivateFormat.TraditionalOpenSSL),
        "line 1, EC PRIVATE KEY: the private key ",
    ),
    "behind a certificate": (
        lambda: PEM + locked(),
        f"line {len(PEM.splitlines()) + 1}, ENCRYPTED PRIVATE KEY: the private key ",
    ),
    "PKCS#12": (store, "the PKCS#12 cannot be opened"),
}


@pytest.mark.parametrize("case", LOCKED)
def test_a_password_is_asked_for(case: str) -> None:
    """Without a password the error names the encrypted item and asks for a password."""
    build, reason = LOCKED[case]
    with pytest.raises(PasswordError) as caught:
        read_material(build())
    assert reason in str(caught.value)
    assert "a password is needed" in str(caught.value)
    assert caught.value.given is False
    assert "pass the password" in (caught.value.hint or "")


@pytest.mark.parametrize("case", LOCKED)
@pytest.mark.parametrize("wrong", [b"wrong", b"", PASSWORD + b"\n", b"\xff\xfe\x00"])
def test_a_wrong_password_is_reported(case: str, wrong: bytes) -> None:
    """A wrong password is reported, and the error never repeats it."""
    build, reason = LOCKED[case]
    with pytest.raises(PasswordError) as caught:
        read_material(build(), password=wrong)
    assert reason in str(caught.value)
    assert "the password is wrong" in str(caught.value)
    assert caught.value.given is True


@pytest.mark.parametrize("case", LOCKED)
def test_the_right_password_opens(case: str) -> None:
    """Negative control of the two tests above: the right password opens the content."""
    assert read_material(LOCKED[case][0](), password=PASSWORD)[-1].kind == "private-key"


UNUSUAL = [name for name in sample.OPENSSL_KEYS if "explicit" in name or "compressed" in name or "PSS" in name]


@pytest.mark.parametrize("name", UNUSUAL)
def test_a_private_key_whose_certificates_have_another_pin_is_refused(name: str) -> None:
    """The key is refused, because the library writes its standard encoding, whose pin would lock everybody out."""
    with pytest.raises(
        MaterialError, match=r"encode the public key in another way|does not know the algorithm|pinsmith cannot read"
    ) as caught:
        read_material(sample.openssl_key(name))
    assert "request" in (caught.value.hint or "")


@pytest.mark.parametrize("name", [name for name in sample.OPENSSL_KEYS if name not in UNUSUAL])
def test_a_private_key_of_openssl_has_the_pin_of_its_certificates(name: str) -> None:
    """Negative control: for every other type, private key, request and certificate have the same pin."""
    (found,) = read_material(sample.openssl_key(name))
    assert found.spki == sample.openssl_spki(sample.openssl_certificate(name))


def test_too_large() -> None:
    """Content above the limit is refused unread, and content of exactly the limit is read."""
    with pytest.raises(MaterialError, match=f"{MAX_BYTES + 1} bytes are more than"):
        read_material(PEM + b"\n" * (MAX_BYTES + 1 - len(PEM)))
    assert read_material(PEM + b"\n" * (MAX_BYTES - len(PEM)))


@pytest.mark.parametrize("size", [MAX_BYTES // 10, pytest.param(MAX_BYTES, marks=pytest.mark.thorough)])
@pytest.mark.parametrize("line", [b"-----BEGIN X-----\n", b"-----END X-----\n", b"-----BEGIN ", b"-", b"\r", b"0\x80"])
def test_a_full_file_of_anything_costs_little(line: bytes, size: int) -> None:
    """Ten megabytes of half markers are read once and not once per marker."""
    with pytest.raises(MaterialError):
        read_material(line * (size // len(line)))


SECRETS: dict[str, Callable[[], bytes]] = {
    "PKCS#8": lambda: KEY,
    "PKCS#8 in DER": lambda: _ec_key().private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()),
    "RSA": lambda: RSA_KEY.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()),
    "encrypted": locked,
    "PKCS#12": store,
}


def _numbers() -> list[int]:
    private = RSA_KEY.private_numbers()
    return [_ec_key().private_numbers().private_value, private.d, private.p, private.q]


def _reveals(text: str) -> bool:
    spellings = [f(n) for n in _numbers() for f in (str, hex)]
    spellings += [line.decode() for build in (SECRETS["PKCS#8"], SECRETS["RSA"]) for line in build().splitlines()[1:-1]]
    return any(spelling in text for spelling in spellings) or PASSWORD.decode() in text


@pytest.mark.parametrize("case", SECRETS)
def test_a_private_key_is_never_kept_or_shown(case: str) -> None:
    """Neither the text nor any attribute of a read item contains the private half."""
    found = read_material(SECRETS[case](), password=PASSWORD)[-1]
    assert found.kind == "private-key"
    attributes = [getattr(found, name) for name in dir(found) if not name.startswith("__")]
    assert not _reveals(" ".join(map(str, (found, repr(found), *attributes))))
    for number in _numbers():
        secret = number.to_bytes((number.bit_length() + 7) // 8, "big")
        assert not any(secret in attribute for attribute in attributes if isinstance(attribute, bytes))


def test_the_check_for_secrets_can_fail() -> None:
    """Negative control: the check for secrets recognises the private keys themselves."""
    assert _reveals(KEY.decode())
    assert _reveals(str(_numbers()))


@pytest.mark.parametrize("case", SECRETS)
def test_a_damaged_private_key_is_never_shown(case: str) -> None:
    """For any damage to a private key, no error, cause or context repeats a part of it."""
    random = Random(case)  # noqa: S311 - repeatable on purpose
    content = SECRETS[case]()
    for _ in range(settings().max_examples):
        try:
            found = read_material(mutate.mutate(content, random), password=PASSWORD)
            assert not _reveals(repr(found))
        except MaterialError as error:
            assert not _reveals("".join(traceback.format_exception(error)) + repr(error.hint))  # noqa: PT017


CONTENTS: dict[str, Callable[[], bytes]] = {
    **SECRETS,
    "certificate": lambda: LEAF.der,
    "PEM": lambda: PEM + KEY,
    "request": lambda: LEAF.csr().public_bytes(Encoding.DER),
    "public key": lambda: _ec_key().public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
    "RSA public key": lambda: RSA_KEY.public_key().public_bytes(Encoding.DER, PublicFormat.PKCS1),
    "PKCS#7": lambda: pkcs7.serialize_certificates([LEAF.certificate], Encoding.DER),
    "open PKCS#12": lambda: pkcs12.serialize_key_and_certificates(None, None, None, [LEAF.certificate], NoEncryption()),
}


@pytest.mark.parametrize("case", CONTENTS)
def test_mutants_raise_the_documented_error_only(case: str) -> None:
    """Damaged content of every kind is either read and can be shown, or raises `MaterialError`."""
    random = Random(f"material {case}")  # noqa: S311 - repeatable on purpose
    content = CONTENTS[case]()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for _ in range(2 * settings().max_examples):
            try:
                for item in read_material(mutate.mutate(content, random), password=PASSWORD):
                    assert item.algorithm
                    assert str(item.subject).isprintable()
            except MaterialError:
                continue


@pytest.mark.parametrize("content", [LEAF.der, LEAF.csr().public_bytes(Encoding.DER)], ids=["certificate", "request"])
def test_a_key_of_no_algorithm_is_refused(content: bytes) -> None:
    """A key is refused if its algorithm cannot even be named, because it could not be shown."""
    ec_key = bytes.fromhex("06072a8648ce3d0201")  # id-ecPublicKey
    with pytest.raises(MaterialError, match="not an object identifier"):
        read_material(content.replace(ec_key, ec_key[:-1] + b"\x81"))


@given(
    st.one_of(st.binary(), st.lists(st.sampled_from([*PEM.splitlines(), b"\n", b"\r", b"x: y", b"="])).map(b"\n".join))
)
def test_any_content_is_read_or_refused(content: bytes) -> None:
    """Arbitrary bytes and lines of PEM in any order raise the documented error only."""
    try:
        assert read_material(content)
    except MaterialError as error:
        assert error.hint  # noqa: PT017
