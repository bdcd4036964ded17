"""A file cannot keep the program busy, because its demands are read before any password is hashed."""

from __future__ import annotations

import math

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat, pkcs12

from pinsmith.errors import MaterialError, PasswordError
from pinsmith.lab.pki.identity import Identity
from pinsmith.material import _effort, read_material

PBES = {
    "PBES2": pkcs12.PBES.PBESv2SHA256AndAES256CBC,
    "PBES1": pkcs12.PBES.PBESv1SHA1And3KeyTripleDESCBC,
}
PASSWORD = b"password"
MANY = 30_000_000
PBES2, PBKDF2, SCRYPT = "2a864886f70d01050d", "2a864886f70d01050c", "2b06010401da47040b"
ATTRIBUTE = "2a864886f70d010914"
SALT = b"\x04\x08saltsalt"


@pytest.fixture(scope="module")
def identity() -> Identity:
    """Make a key with its certificate."""
    return Identity.self_signed("api.example.com")


def _store(identity: Identity, *, pbe: str = "PBES2", rounds: int) -> bytes:
    """Make a PKCS#12 with *rounds* for the certificates and for the key, and 2048 for the seal."""
    builder = PrivateFormat.PKCS12.encryption_builder().kdf_rounds(rounds).key_cert_algorithm(PBES[pbe])
    encryption = builder.hmac_hash(hashes.SHA256()).build(PASSWORD)
    return pkcs12.serialize_key_and_certificates(b"n", identity.key, identity.certificate, None, encryption)


@pytest.mark.parametrize("password", [PASSWORD, b"wrong", None], ids=["right", "wrong", "none"])
@pytest.mark.parametrize("pbe", PBES)
def test_a_store_that_asks_for_too_much_is_refused(
    identity: Identity, monkeypatch: pytest.MonkeyPatch, pbe: str, password: bytes | None
) -> None:
    """The rounds of all parts are added up, for either scheme and any password."""
    monkeypatch.setattr(_effort, "MAX_ROUNDS", 2048 + 2 * 5000)
    read_material(_store(identity, pbe=pbe, rounds=5000), password=PASSWORD)
    with pytest.raises(MaterialError) as caught:
        read_material(_store(identity, pbe=pbe, rounds=5001), password=password)
    assert str(caught.value) == "opening it would take 12,050 rounds of hashing, more than the 12,048 that are accepted"
    assert not isinstance(caught.value, PasswordError)


def test_an_encrypted_key_that_asks_for_too_much_is_refused(
    identity: Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PKCS#8 is measured like PKCS#12, in DER and in PEM."""
    for encoding in (Encoding.DER, Encoding.PEM):
        key = identity.key.private_bytes(encoding, PrivateFormat.PKCS8, BestAvailableEncryption(PASSWORD))
        assert read_material(key, password=PASSWORD)
        with monkeypatch.context() as patch:
            patch.setattr(_effort, "MAX_ROUNDS", 1000)
            with pytest.raises(MaterialError, match=r"opening it would take [\d,]+ rounds"):
                read_material(key, password=PASSWORD)


@pytest.mark.parametrize("rounds", [10_000, pytest.param(600_000, marks=pytest.mark.thorough)])
def test_recommended_costs_are_accepted(identity: Identity, rounds: int) -> None:
    """A store with 1,300,000 rounds per part, the most that OWASP asks for, is within the limit."""
    assert _effort.MAX_ROUNDS >= 3 * 1_300_000
    assert len(read_material(_store(identity, rounds=rounds), password=PASSWORD)) == 2


def _tlv(tag: int, *parts: bytes, indefinite: bool = False) -> bytes:
    content = b"".join(parts)
    if indefinite:
        return bytes([tag, 0x80]) + content + b"\0\0"
    if len(content) < 0x80:
        return bytes([tag, len(content)]) + content
    size = (len(content).bit_length() + 7) // 8
    return bytes([tag, 0x80 | size]) + len(content).to_bytes(size, "big") + content


def _number(number: int) -> bytes:
    return _tlv(2, number.to_bytes(number.bit_length() // 8 + 1, "big"))


def _algorithm(identifier: str, *parameters: bytes, indefinite: bool = False) -> bytes:
    inner = _tlv(0x30, *parameters, indefinite=indefinite)
    return _tlv(0x30, _tlv(6, bytes.fromhex(identifier)), inner, indefinite=indefinite)


def _pkcs8(function: bytes) -> bytes:
    """Make an encrypted PKCS#8 (AES-256-CBC) whose content makes no sense."""
    cipher = _algorithm("60864801650304012a", _tlv(4, bytes(16)))
    return _tlv(0x30, _algorithm(PBES2, function, cipher), _tlv(4, bytes(32)))


def _pkcs12(*content: bytes, seal: bytes = b"", indefinite: bool = False, chunks: bool = False) -> bytes:
    """Make a PKCS#12 around *content*; *chunks* writes it in pieces, as some programs do."""
    safe = _tlv(0x30, *content, indefinite=indefinite)
    octets = _tlv(0x24, _tlv(4, safe[:9]), _tlv(4, safe[9:]), indefinite=True) if chunks else _tlv(4, safe)
    explicit = _tlv(0xA0, octets, indefinite=indefinite)
    info = _tlv(0x30, _tlv(6, bytes.fromhex("2a864886f70d010701")), explicit, indefinite=indefinite)
    return _tlv(0x30, _number(3), info, seal, indefinite=indefinite)


def _nested(depth: int) -> bytes:
    return _tlv(0x30, _nested(depth - 1)) if depth else _algorithm(PBKDF2, SALT, _number(MANY))


HUNGRY = {
    "PBKDF2": _pkcs8(_algorithm(PBKDF2, SALT, _number(MANY))),
    "PBKDF2, by a number that no system could count": _pkcs8(_algorithm(PBKDF2, SALT, _number(1 << 4000))),
    "scrypt, by its size": _pkcs8(_algorithm(SCRYPT, SALT, _number(1 << 22), _number(8), _number(1))),
    "scrypt, in parallel": _pkcs8(_algorithm(SCRYPT, SALT, _number(1 << 14), _number(8), _number(16_000))),
    "PBES1": _pkcs12(_algorithm("2a864886f70d010503", SALT, _number(MANY))),
    "PKCS#12's own": _pkcs12(_algorithm("2a864886f70d010c0103", SALT, _number(MANY))),
    "many parts, none of which is too much": _pkcs12(*[_algorithm(PBKDF2, SALT, _number(10_000))] * 500),
    "the seal": _pkcs12(seal=_tlv(0x30, _tlv(0x30, _algorithm(ATTRIBUTE), SALT), SALT, _number(MANY))),
    "the seal, by PBMAC1": _pkcs12(
        seal=_tlv(
            0x30,
            _tlv(0x30, _algorithm("2a864886f70d01050e", _algorithm(PBKDF2, SALT, _number(MANY), _number(32))), SALT),
            SALT,
            _number(1),
        )
    ),
    "without lengths": _pkcs12(_algorithm(PBKDF2, SALT, _number(MANY), indefinite=True), indefinite=True),
    "in pieces": _pkcs12(_algorithm(PBKDF2, SALT, _number(MANY)), indefinite=True, chunks=True),
    "after what has a long tag": _pkcs12(b"\x1f\x81\x01\x00", _algorithm(PBKDF2, SALT, _number(MANY))),
    "before what is damaged": _pkcs12(_algorithm(PBKDF2, SALT, _number(MANY)), b"\x30\x7f\x00"),
}


@pytest.mark.parametrize("case", HUNGRY)
def test_every_way_to_ask_for_work_is_seen(case: str) -> None:
    """With any function and in any encoding, a file that asks for too much work is refused at once."""
    with pytest.raises(MaterialError, match="opening it would take"):
        read_material(HUNGRY[case], password=PASSWORD)


BOUNDLESS = {
    "a long key": (_pkcs8(_algorithm(PBKDF2, SALT, _number(1), _number(1 << 20))), "a key of 1048576 bytes"),
    "depth": (_pkcs12(_nested(100)), "its structure is too deep or too large"),
    "length": (_tlv(0x30, _number(3), _tlv(0x30, *[b"\5\0"] * 3_000)), "too large"),
}


@pytest.mark.parametrize("case", BOUNDLESS)
def test_a_structure_that_cannot_be_measured_is_refused(case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A structure without bound is refused, because to measure it would be work in itself."""
    monkeypatch.setattr(_effort, "_MAX_ELEMENTS", 3_000)
    content, problem = BOUNDLESS[case]
    with pytest.raises(MaterialError, match=problem):
        _effort.require_bearable(content)


def test_a_modest_file_reaches_the_library() -> None:
    """Control of the tests above: the same structure with few rounds is tried with the password."""
    for content in (
        _pkcs8(_algorithm(PBKDF2, SALT, _number(1000))),
        _pkcs8(_algorithm(SCRYPT, SALT, _number(1 << 14), _number(8), _number(1))),
    ):
        with pytest.raises(PasswordError, match="the password is wrong"):
            read_material(content, password=PASSWORD)
    assert math.prod((1 << 14, 8, 1)) < _effort.MAX_ROUNDS


def test_an_element_that_begins_behind_the_end_of_its_container_is_not_read_again_and_again() -> None:
    """An element of indefinite length after an empty sequence is not taken for the content of that sequence."""
    _effort.require_bearable(b"\x30\x06\x30\x00\x30\x80\x00\x00")
