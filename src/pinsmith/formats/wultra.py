"""Wultra's dynamic pinning: signed fingerprints of certificates, as its clients fetch them; write and verify."""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pinsmith.certificate import Certificate
from pinsmith.errors import ExportError, ExportRefusedError, FormatError
from pinsmith.formats._fault import in_file
from pinsmith.formats._format import Can, Export, Format, OutputOption
from pinsmith.formats._text import decode
from pinsmith.syntax.json import Node, parse_json

if TYPE_CHECKING:
    from collections.abc import Callable

    from cryptography.hazmat.primitives.asymmetric import ec

    from pinsmith.formats._format import Entry

_FINGERPRINTS: Final = "fingerprints"


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """
    One certificate of one host.

    Attributes:
        name: The host, which clients compare as a text.
        fingerprint: SHA-256 of the DER certificate, base64.
        expires: When clients forget it, seconds since 1970.
    """

    name: str
    fingerprint: str
    expires: int

    @property
    def message(self) -> bytes:
        """
        What is signed.

        Source:
            https://github.com/wultra/ssl-pinning-android/blob/develop/library/src/main/java/com/wultra/android/sslpinning/model/GetFingerprintResponse.kt
        """
        return f"{self.name}&{self.fingerprint}&{self.expires}".encode()


def signer(key: ec.EllipticCurvePrivateKey) -> Callable[[bytes], bytes]:
    """
    Return what signs with *key*: ECDSA over SHA-256, DER, the same signature each time where the library can.

    Raises:
        ExportError: It is of another curve than P-256, which clients do not take.

    Source:
        :rfc:`6979`
    """
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec

    if not isinstance(key.curve, ec.SECP256R1):
        raise ExportError(f"the key is of the curve {key.curve.name}, P-256 expected")

    def sign(message: bytes) -> bytes:
        try:
            return key.sign(message, ec.ECDSA(hashes.SHA256(), deterministic_signing=True))
        except UnsupportedAlgorithm:  # OpenSSL before 3.2
            return key.sign(message, ec.ECDSA(hashes.SHA256()))

    return sign


def public_key(text: str) -> ec.EllipticCurvePublicKey:
    """
    Read the public key as an app has it: a point of P-256, base64.

    Raises:
        ValueError: It is none.
    """
    from cryptography.hazmat.primitives.asymmetric import ec

    return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), base64.b64decode(text, validate=True))


def verify(content: bytes, file: str, key: ec.EllipticCurvePublicKey) -> tuple[Fingerprint, ...]:
    """
    Return the fingerprints of a file, each of them signed.

    Raises:
        FormatError: One has no or a wrong signature, or the file is no such file; with its line.
    """
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec

    with in_file(file):
        tree = parse_json(decode(content, file))
    found = []
    for fingerprint, signature, line in _entries(tree, file):
        try:
            key.verify(signature, fingerprint.message, ec.ECDSA(hashes.SHA256()))
        except InvalidSignature as error:
            raise FormatError(
                f"the fingerprint of {fingerprint.name!r} is not signed with that key", file=file, line=line
            ) from error
        found.append(fingerprint)
    return tuple(found)


def _entries(root: Node, file: str) -> list[tuple[Fingerprint, bytes, int]]:
    held = root.value.get(_FINGERPRINTS) if isinstance(root.value, dict) else None
    if held is None or not isinstance(held.value, list):
        raise FormatError(f"it has no list {_FINGERPRINTS!r}", file=file, line=root.line)
    found = []
    for each in held.value:
        members = each.plain()
        if not isinstance(members, dict):
            raise FormatError("a fingerprint is an object", file=file, line=each.line)
        name, text, expires, signature = (members.get(key) for key in ("name", "fingerprint", "expires", "signature"))
        if not isinstance(name, str) or not isinstance(text, str) or type(expires) is not int:
            raise FormatError("a fingerprint has a name, a fingerprint and expires", file=file, line=each.line)
        try:
            signed = base64.b64decode(signature or "", validate=True) if isinstance(signature, str | None) else b""
        except (binascii.Error, ValueError):
            signed = b""
        found.append((Fingerprint(name, text, expires), signed, each.line))
    return found


def _write(export: Export) -> str:
    root: object = {}
    known: dict[Fingerprint, bytes] = {}
    if (export.existing or "").strip():
        tree = parse_json(export.existing or "")
        root = tree.plain()
        known = {each: signature for each, signature, _ in _entries(tree, export.name) if signature}
    wanted = dict.fromkeys(
        _fingerprint(entry, export.certificates[key.name]) for entry in export.entries for key in entry.keys
    )
    if export.sign is None and (unsigned := dict.fromkeys(each.name for each in wanted if each not in known)):
        raise ExportRefusedError(
            "wultra",
            [f"{name}: clients take signed fingerprints only" for name in unsigned],
            hint="name the PEM file of the private key with signing-key",
        )
    signed = [_signed(each, export.sign(each.message) if export.sign else known[each]) for each in wanted]
    return json.dumps((root if isinstance(root, dict) else {}) | {_FINGERPRINTS: signed}, indent=2) + "\n"


def _fingerprint(entry: Entry, der: bytes) -> Fingerprint:
    end = Certificate(der).not_after
    if entry.expires is not None:
        end = min(end, dt.datetime.combine(entry.expires, dt.time(), dt.UTC))
    digest = base64.b64encode(hashlib.sha256(der).digest()).decode("ascii")
    return Fingerprint(entry.host, digest, int(end.timestamp()))


def _signed(each: Fingerprint, signature: bytes) -> dict[str, object]:
    text = base64.b64encode(signature).decode("ascii")
    return {"name": each.name, "fingerprint": each.fingerprint, "expires": each.expires, "signature": text}


FORMAT: Final = Format(
    id="wultra",
    title="signed fingerprints of Wultra's clients",
    spec="https://github.com/wultra/ssl-pinning-tool",
    suffixes=(".fingerprints.json",),
    can=Can(expiry=True, matches="leaf", takes="certificate-hash"),
    write=_write,
    options=(OutputOption("signing-key", "PEM file of the P-256 key that signs; the app has its public half"),),
    marks=False,
    recognises=lambda text, _: all(f'"{each}"' in text for each in (_FINGERPRINTS, "fingerprint", "signature")),
    unreadable="fingerprints of certificates, not of keys",
    remarks=(
        (
            "It pins certificates, not keys: write it anew at each renewal, before the new certificate is served. "
            "A policy cannot hold that, so it is not read."
        ),
        (
            "Clients forget a fingerprint when it expires, at the latest with its certificate, and refuse the host "
            "until they have fetched a new file."
        ),
        "Without the private key the signatures that stand in the file already are kept, so a check needs no key.",
        (
            "With `useChallenge` clients look at a signature of the whole answer instead, made for the random text "
            "that they send along: a server must make that one, no file can hold it."
        ),
    ),
)
