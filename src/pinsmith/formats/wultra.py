"""Dynamic pinning of Wultra: signed fingerprints of certificates, which its clients fetch; write and verify."""

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
from pinsmith.formats._loss import refusal
from pinsmith.formats._signed import KEY, STRONGER, is_signed
from pinsmith.formats._text import decode
from pinsmith.syntax.json import Node, parse_json

if TYPE_CHECKING:
    from collections.abc import Callable

    from cryptography.hazmat.primitives.asymmetric import ec

    from pinsmith.formats._format import Entry, Signature

_KIND: Final[Signature] = "EC P-256"
_FINGERPRINTS: Final = "fingerprints"


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """
    One certificate of one host.

    Attributes:
        name: The host, which clients compare as text.
        fingerprint: SHA-256 of the DER certificate, base64.
        expires: The time when clients forget it, in seconds since 1970.
    """

    name: str
    fingerprint: str
    expires: int

    @property
    def message(self) -> bytes:
        """
        The bytes that are signed.

        Source:
            https://github.com/wultra/ssl-pinning-android/blob/develop/library/src/main/java/com/wultra/android/sslpinning/model/GetFingerprintResponse.kt
        """
        return f"{self.name}&{self.fingerprint}&{self.expires}".encode()


def signer(key: ec.EllipticCurvePrivateKey) -> Callable[[bytes], bytes]:
    """
    Return a function that signs with *key*: ECDSA over SHA-256, DER, deterministic if the library supports it.

    Raises:
        ExportError: if its curve is not P-256, because clients do not accept others.

    Source:
        :rfc:`6979`
    """
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec

    if not isinstance(key.curve, ec.SECP256R1):
        raise ExportError(f"the key has the curve {key.curve.name}, but must have P-256")

    def sign(message: bytes) -> bytes:
        try:
            return key.sign(message, ec.ECDSA(hashes.SHA256(), deterministic_signing=True))
        except UnsupportedAlgorithm:  # OpenSSL before 3.2
            return key.sign(message, ec.ECDSA(hashes.SHA256()))

    return sign


def public_key(text: str) -> ec.EllipticCurvePublicKey:
    """
    Read a public key in the form of an app: a point of P-256, base64.

    Raises:
        ValueError: if it is not such a key.
    """
    from cryptography.hazmat.primitives.asymmetric import ec

    return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), base64.b64decode(text, validate=True))


def verify(content: bytes, file: str, key: ec.EllipticCurvePublicKey) -> tuple[Fingerprint, ...]:
    """
    Return the fingerprints of a file, whose signatures are valid.

    Raises:
        FormatError: if a signature is missing or wrong, or if the file has another format.
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
        raise FormatError(
            f"it does not contain a list {_FINGERPRINTS!r}", file=file, line=root.line, column=root.column
        )
    found = []
    for node in held.value:
        members = node.plain()
        if not isinstance(members, dict):
            raise FormatError("a fingerprint must be an object", file=file, line=node.line, column=node.column)
        name, text, expires, signature = (members.get(key) for key in ("name", "fingerprint", "expires", "signature"))
        if not isinstance(name, str) or not isinstance(text, str) or type(expires) is not int:
            raise FormatError(
                "a fingerprint must have a name, a fingerprint and expires",
                file=file,
                line=node.line,
                column=node.column,
            )
        try:
            signed = base64.b64decode(signature or "", validate=True) if isinstance(signature, str | None) else b""
        except (binascii.Error, ValueError):
            signed = b""
        found.append((Fingerprint(name, text, expires), signed, node.line))
    return found


def _write(export: Export) -> str:
    root: object = {}
    known: dict[Fingerprint, bytes] = {}
    if (export.existing or "").strip():
        tree = parse_json(export.existing or "")
        root = tree.plain()
        known = {
            item: signature for item, signature, _ in _entries(tree, export.name) if _is_kept(item, signature, export)
        }
    wanted = dict.fromkeys(
        _fingerprint(entry, export.certificates[key.name]) for entry in export.entries for key in entry.keys
    )
    if export.sign is None and (unsigned := dict.fromkeys(item.name for item in wanted if item not in known)):
        raise ExportRefusedError(
            "wultra",
            [refusal(name, "clients accept only signed fingerprints") for name in unsigned],
            hint="set signing-key to the PEM file of the private key, or pass --signing-key",
        )
    new = {item: export.sign(item.message) for item in wanted if item not in known} if export.sign else {}
    signed = [_signed(item, (known | new)[item]) for item in wanted]
    return json.dumps((root if isinstance(root, dict) else {}) | {_FINGERPRINTS: signed}, indent=2) + "\n"


def _is_kept(fingerprint: Fingerprint, signature: bytes, export: Export) -> bool:
    """Return whether an existing signature stays. If the public key is unknown, it stays unless it can be renewed."""
    if not signature or export.public_key is None:
        return bool(signature) and export.sign is None
    return is_signed(fingerprint.message, signature, export.public_key, _KIND)


def _fingerprint(entry: Entry, der: bytes) -> Fingerprint:
    end = Certificate(der).not_after
    if entry.expires is not None:
        end = min(end, dt.datetime.combine(entry.expires, dt.time(), dt.UTC))
    digest = base64.b64encode(hashlib.sha256(der).digest()).decode("ascii")
    return Fingerprint(entry.host, digest, int(end.timestamp()))


def _signed(fingerprint: Fingerprint, signature: bytes) -> dict[str, object]:
    text = base64.b64encode(signature).decode("ascii")
    return {
        "name": fingerprint.name,
        "fingerprint": fingerprint.fingerprint,
        "expires": fingerprint.expires,
        "signature": text,
    }


FORMAT: Final = Format(
    id="wultra",
    title="signed fingerprints of Wultra's clients",
    spec="https://github.com/wultra/ssl-pinning-tool",
    suffixes=(".fingerprints.json",),
    can=Can(expiry=True, matches="leaf", takes="certificate-hash"),
    platforms=("android", "ios"),
    place="deploy/pins.fingerprints.json",
    write=_write,
    options=(
        OutputOption(KEY, "the PEM file of the P-256 key that signs, or of its public key alone; the app has it too"),
    ),
    signature=_KIND,
    marks=False,
    recognises=lambda text, _: all(f'"{word}"' in text for word in (_FINGERPRINTS, "fingerprint", "signature")),
    unreadable="fingerprints of certificates, not of keys",
    remarks=(
        (
            "It pins certificates, not keys. Write it again at each renewal, before the new certificate is served. "
            "It cannot be read, because a policy cannot hold certificates."
        ),
        (
            "Clients forget a fingerprint when it expires, at the latest with its certificate. Then they refuse the "
            "host until they have fetched a new file."
        ),
        (
            "Without the private key, existing signatures are kept, so `sync --check` needs no key. If `signing-key` "
            "names the public key, it verifies them, and `--signing-key` or `--signing-command` names what signs."
        ),
        (
            "With `useChallenge`, clients instead check a signature of the whole response and of a random text that "
            "they send. Only a server can make that signature, so this file is not enough."
        ),
    ),
    limits=(
        "Rollback: without `useChallenge`, clients also take an older file whose fingerprints have not expired.",
        (
            "Replay and freeze: an attacker on the network can send such a copy until its fingerprints expire with "
            "their certificates, or send nothing."
        ),
        (
            "Theft of the key: one key signs, without a threshold, and a new one needs a release of the app. With "
            "`useChallenge` it must be online. A thief can add certificates."
        ),
        STRONGER,
    ),
)
