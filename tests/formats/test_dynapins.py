"""The JSON Web Signature of dynapins: its text, and the policy that it expresses."""

from __future__ import annotations

import base64
import hashlib
import json

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from pinsmith.errors import ExportRefusedError, LossError
from pinsmith.formats import recognising
from pinsmith.formats.dynapins import FORMAT
from pinsmith.policy import HostPins, Policy
from tests.formats.policy import BACKUP, FULL, LEAF, PLAIN
from tests.formats.test_signed import Pair, payload


def _decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(f"{part}==")


def test_the_document_in_full() -> None:
    """Header and claims are those of the server, and the signature is r and s side by side, over both parts."""
    pair = Pair(FORMAT)
    (name, token), *others = json.loads(pair.write()).items()
    assert (name, others) == ("jws", [])
    header, claims, signature = token.split(".")
    assert json.loads(_decoded(header)) == {
        "alg": "ES256",
        "kid": hashlib.sha256(pair.spki).hexdigest()[:8],
        "typ": "JWT",
    }
    assert json.loads(_decoded(claims)) == {
        "domain": "api.example.com",
        "exp": 1935360000,
        "iat": 1932811200,
        "pins": [LEAF.pin.base64, BACKUP.pin.base64],
        "ttl_seconds": 1935360000 - 1932811200,
    }
    raw = _decoded(signature)
    assert len(raw) == 64
    der = encode_dss_signature(int.from_bytes(raw[:32]), int.from_bytes(raw[32:]))
    pair.private.public_key().verify(der, f"{header}.{claims}".encode(), ec.ECDSA(hashes.SHA256()))
    assert "=" not in token


def test_short_numbers_keep_their_length() -> None:
    """Signatures whose r or s begins with zeros have 64 bytes too."""
    small = encode_dss_signature(1, 2)
    token = json.loads(Pair(FORMAT).write(sign=lambda _: small))["jws"]
    assert _decoded(token.split(".")[2]) == b"\0" * 31 + b"\1" + b"\0" * 31 + b"\2"


def test_several_hosts_are_refused() -> None:
    """A file holds one host, because its claim names one."""
    both = Policy((HostPins("a.example.com", (LEAF, BACKUP)), HostPins("b.example.com", (LEAF, BACKUP))))
    with pytest.raises(ExportRefusedError) as caught:
        Pair(FORMAT).write(both)
    assert "a file holds one host" in caught.value.details[0]


def test_losses_need_consent() -> None:
    """The SDK pins no subdomains, and keeps the pins of a running app after their day."""
    with pytest.raises(LossError) as caught:
        Pair(FORMAT).write(Policy(FULL.hosts[:1]))
    assert {loss.rule for loss in caught.value.losses} == {"subdomains-dropped", "expiry-dropped"}


def test_only_whole_files_are_recognised() -> None:
    """A file is called by its name, and a text about such files is not."""
    text = Pair(FORMAT).write()
    assert recognising(text.encode(), "f") == [FORMAT]
    assert recognising(f"# Pins\n{text}".encode(), "f") == []


def test_the_signed_text_is_revealed() -> None:
    """A search for pins sees the claims, and a broken file as it is."""
    assert FORMAT.reveal is not None
    text = Pair(FORMAT).write(PLAIN)
    assert json.loads(FORMAT.reveal(text)) == payload(text)
    broken = json.dumps({"jws": "e30.AAAAA.AA"})
    assert FORMAT.reveal(broken) == broken
