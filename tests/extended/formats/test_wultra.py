"""
Java's own cryptography, which Wultra's client for Android uses, verifies the signed fingerprints that pinsmith writes.

The client itself is not in Maven Central, so a Java program repeats the steps of its source. Clients with
``useChallenge`` also require a signature of the whole answer, over the random challenge of a request. Only a server can
make that signature, and no file can contain it.

Source:
    https://github.com/wultra/ssl-pinning-android, GetFingerprintResponse.kt, DefaultCryptoProvider.kt and CertStore.kt;
    https://github.com/wultra/ssl-pinning-ios, GetFingerprintsResponse.swift, signs the same text.
"""

from __future__ import annotations

import base64
import json
import subprocess
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from pinsmith.errors import FormatError
from pinsmith.formats import LOSSES, export, wultra
from pinsmith.policy import HostPins, Policy
from tests.extended.program import find
from tests.formats.policy import BACKUP, FULL, INTERMEDIATE, LEAF, certificates, certified

pytestmark = [pytest.mark.extended, pytest.mark.timeout(120)]

PROGRAM = Path(__file__).parent / "java" / "Fingerprints.java"
KEY = ec.generate_private_key(ec.SECP256R1())
OTHER = ec.generate_private_key(ec.SECP256R1())
HOSTS = (
    HostPins("xn--bcher-kva.example", (LEAF, BACKUP), expires=date(2030, 1, 1)),
    HostPins("a.very.long.name.example.com", (LEAF, BACKUP, INTERMEDIATE)),
)


def _entries() -> list[dict[str, Any]]:
    policy = certified(Policy((*FULL.hosts, *HOSTS)))
    options = {"accept-loss": tuple(LOSSES)}
    signer, ders = wultra.signer(KEY), certificates(policy)
    made = export(policy, wultra.FORMAT, options=options, certificates=ders, sign=signer)
    entries: list[dict[str, Any]] = json.loads(made.text)["fingerprints"]
    return entries


def _taken(entries: list[dict[str, Any]], key: ec.EllipticCurvePrivateKey = KEY) -> list[bool]:
    """Return whether the steps of the client accept each fingerprint."""
    point = key.public_key().public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
    lines = [
        "\t".join(str(entry[name]) for name in ("name", "fingerprint", "expires", "signature")) for entry in entries
    ]
    done = subprocess.run(
        [find("java", "default-jdk-headless"), PROGRAM, base64.b64encode(point).decode()],
        input="".join(f"{line}\n" for line in lines),
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    answers = done.stdout.split()
    assert set(answers) <= {"taken", "refused"}
    assert len(answers) == len(entries)
    return [answer == "taken" for answer in answers]


def test_every_fingerprint_is_accepted() -> None:
    """The client accepts the fingerprints of every kind of host, certificate and expiry day."""
    entries = _entries()
    assert len(entries) > 5
    assert all(_taken(entries))


def test_the_key_of_another_app_accepts_none() -> None:
    """The control: with the public key of another app, the client refuses every fingerprint."""
    assert not any(_taken(_entries(), OTHER))


def test_a_changed_entry_is_refused() -> None:
    """The client and pinsmith refuse a changed value, and a signature over the values in another order."""
    entry = _entries()[0]
    other = base64.b64encode(bytes(32)).decode()
    text = "&".join((entry["fingerprint"], entry["name"], str(entry["expires"])))
    swapped = base64.b64encode(KEY.sign(text.encode(), ec.ECDSA(hashes.SHA256()))).decode()
    changes: list[dict[str, Any]] = [
        {"name": "evil.example.com"},
        {"fingerprint": other},
        {"expires": entry["expires"] + 1},
        {"signature": swapped},
        {"signature": base64.b64encode(b"no signature").decode()},
    ]
    assert _taken([entry, *(entry | change for change in changes)]) == [True, *[False] * len(changes)]
    assert wultra.verify(json.dumps({"fingerprints": [entry]}).encode(), "f", KEY.public_key())
    for change in changes:
        with pytest.raises(FormatError, match="is not signed with that key"):
            wultra.verify(json.dumps({"fingerprints": [entry | change]}).encode(), "f", KEY.public_key())
