"""The list of published keys is read as badkeys documents it, and a damaged one is an error."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from pinsmith.custody.published import PublishedKeys
from pinsmith.errors import FileError

if TYPE_CHECKING:
    from pathlib import Path

    from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes

RSA = rsa.generate_private_key(65537, 2048).public_key()
EC = ec.generate_private_key(ec.SECP256R1()).public_key()
EDDSA = ed25519.Ed25519PrivateKey.generate().public_key()
DESCRIPTION = {"bkformat": 0, "date": "2026-06-01T00:00:00Z", "blocklists": [{"id": 1, "name": "debianssl"}]}


def write(folder: Path, *numbers: int, description: object = DESCRIPTION, more: bytes = b"") -> Path:
    """Write a list that contains keys by their numbers, among others."""
    numbers = (*numbers, *range(2, 100))
    entries = [number.to_bytes((number.bit_length() + 7) // 8) for number in numbers]
    hashed = sorted(hashlib.sha256(entry).digest()[:15] + bytes([1 + (len(entry) == 1)]) for entry in entries)
    (folder / "blocklist.dat").write_bytes(b"".join(hashed) + more)
    (folder / "badkeysdata.json").write_text(json.dumps(description))
    return folder


def _spki(public: PublicKeyTypes) -> bytes:
    return public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _numbers() -> tuple[int, int, int]:
    return RSA.public_numbers().n, EC.public_numbers().x, int.from_bytes(EDDSA.public_bytes_raw())


@pytest.mark.parametrize("public", [RSA, EC, EDDSA], ids=["RSA", "EC", "Ed25519"])
def test_a_published_key_is_found_with_its_source(public: PublicKeyTypes, tmp_path: Path) -> None:
    """A list without the key does not contain it."""
    numbers = _numbers()
    this = numbers[[RSA, EC, EDDSA].index(public)]
    for known, source in ((numbers, "debianssl"), (tuple(number for number in numbers if number != this), None)):
        found = PublishedKeys.load(write(tmp_path, *known))
        assert found is not None
        with found:
            assert (found.source_of(_spki(public)), found.date) == (source, "2026-06-01")


def test_without_a_list_nothing_is_known(tmp_path: Path) -> None:
    """That is not the same as a list in which the key is missing."""
    assert PublishedKeys.load(tmp_path) is None


@pytest.mark.parametrize(
    ("description", "more", "why"),
    [
        (DESCRIPTION, b"half", "not downloaded completely"),
        ({**DESCRIPTION, "bkformat": 1}, b"", "has the format 1"),
        ({"bkformat": 0}, b"", "is not that of badkeys"),
        ([], b"", "is not that of badkeys"),
    ],
)
def test_a_damaged_list_is_an_error(description: object, more: bytes, why: str, tmp_path: Path) -> None:
    """A key is not called unpublished because the list could not be read."""
    with pytest.raises(FileError, match=why):
        PublishedKeys.load(write(tmp_path, description=description, more=more))
