"""dynapins: the pins of one host as a JSON Web Signature, which its SDK fetches at run time; write."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from pinsmith.errors import FormatError
from pinsmith.formats import _json_pins as json_pins, _signed as signed
from pinsmith.formats._format import Can, Export, Format
from pinsmith.formats._signed import Signed
from pinsmith.formats._trustkit_ios import ALGORITHMS
from pinsmith.syntax.json import parse_json

if TYPE_CHECKING:
    from pinsmith.formats._format import Signature

_ID: Final = "dynapins"
_MEMBER: Final = "jws"
_KIND: Final[Signature] = "EC P-256"
_WHOLE: Final = re.compile(r'\s*+\{\s*+"jws"\s*+:\s*+"[A-Za-z0-9_-]++\.([A-Za-z0-9_-]++)\.[A-Za-z0-9_-]++"\s*+\}\s*+')
_NUMBER: Final = 32  # bytes of r, and of s
_KEY_ID: Final = 8  # digits


def _write(export: Export) -> str:
    json_pins.require_trustkit(export, _ID)
    (entry,) = export.entries
    header = {"alg": "ES256", "kid": _key_id(export.public_key or b""), "typ": "JWT"}

    def make(issued: datetime, expires: datetime) -> bytes:
        start, end = int(issued.timestamp()), int(expires.timestamp())
        claims = {
            "domain": entry.host,
            "exp": end,
            "iat": start,
            "pins": [key.pin.base64 for key in entry.keys],
            "ttl_seconds": end - start,
        }
        return b".".join(_part(json.dumps(part, separators=(",", ":")).encode()) for part in (header, claims))

    made = signed.write(export, _ID, _KIND, _kept(export), make)
    text = b".".join((made.message, _part(_side_by_side(made.signature)))).decode("ascii")
    return json.dumps({_MEMBER: text}, indent=2) + "\n"


def _key_id(public_key: bytes) -> str:
    """
    Return the name of a key as the server of dynapins makes it. Its clients log it and compare nothing.

    Source:
        https://github.com/Free-cat/dynapins-server/blob/main/internal/crypto/key.go
    """
    return hashlib.sha256(public_key).hexdigest()[:_KEY_ID]


def _part(content: bytes) -> bytes:
    return base64.urlsafe_b64encode(content).rstrip(b"=")


def _content(part: str) -> bytes:
    """Decode a part that has neither padding nor other characters than those of the alphabet."""
    return base64.b64decode(f"{part}{'=' * (-len(part) % 4)}", altchars=b"-_", validate=True)


def _side_by_side(der: bytes) -> bytes:
    """
    Encode a signature as the 32 bytes of r and those of s.

    Source:
        :rfc:`7518#section-3.4`
    """
    from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

    return b"".join(number.to_bytes(_NUMBER) for number in decode_dss_signature(der))


def _der(raw: bytes) -> bytes:
    from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

    if len(raw) != 2 * _NUMBER:
        raise ValueError(raw)
    return encode_dss_signature(int.from_bytes(raw[:_NUMBER]), int.from_bytes(raw[_NUMBER:]))


def _reveal(text: str) -> str:
    if (found := _WHOLE.fullmatch(text)) is None:
        return text
    try:
        return base64.urlsafe_b64decode(f"{found[1]}==").decode("utf-8", "replace")
    except binascii.Error:
        return text


def _kept(export: Export) -> Signed | None:
    """
    Read the existing file, unverified; None if there is none, or it contains nothing that pinsmith could have signed.

    Raises:
        FormatError: if it is another file, which must not be replaced.
    """
    text = (export.existing or "").strip(" \t\r\n\ufeff")
    if not text:
        return None
    members = parse_json(text).plain()
    token = members.get(_MEMBER) if isinstance(members, dict) else None
    if not isinstance(token, str):
        raise FormatError(f"it does not contain {_MEMBER!r}, so it is another file", file=export.name)
    message, _, signature = token.rpartition(".")
    try:
        claims = json.loads(_content(message.partition(".")[2]))
        issued = datetime.fromtimestamp(claims["iat"], UTC).replace(microsecond=0)
        return Signed(message.encode("ascii"), _der(_content(signature)), issued)
    except (binascii.Error, ValueError, KeyError, TypeError, RecursionError, OverflowError, OSError):
        return None


FORMAT: Final = Format(
    id=_ID,
    title="signed pins of dynapins, a JSON Web Signature",
    spec="https://github.com/Free-cat/dynapins-ios/blob/main/Sources/DynamicPinning/CryptoService.swift",
    suffixes=(".jws.json",),
    can=Can(hosts="one", least_pins=2, algorithms=ALGORITHMS),
    platforms=("ios",),
    place="deploy/pins.jws.json",
    write=_write,
    options=(signed.key_option(_KIND), signed.EXPIRES),
    example_options=((signed.EXPIRES.name, "2031-05-01"),),
    signature=_KIND,
    marks=False,
    recognises=lambda text, _: _WHOLE.fullmatch(text) is not None,
    unreadable="a signed text in base64",
    reveal=_reveal,
    remarks=(
        (
            "It replaces the server of dynapins, whose online key signs whatever keys it observes. The app holds "
            "the public key, DER in base64. Clients add `?domain=HOST` to the address, which servers of files ignore."
        ),
        signed.RENEWAL,
        (
            "The app keeps the pins only until it is closed. Then it refuses the host until it has fetched a file that "
            "has not expired. A running app goes on with them after `expires`."
        ),
        (
            "The SDK hands the pins to TrustKit, which takes one configuration for each start of the app. According to "
            "its code, the first host that is answered is pinned, others are refused, and new pins of a running app "
            "have no effect. This was not run."
        ),
    ),
    limits=(
        "Rollback: clients compare no versions and keep nothing, so they take any older file that has not expired.",
        "Replay and freeze: an attacker on the network can send a copy until it expires, or send nothing.",
        (
            "After a refused connection, the SDK fetches the pins again and repeats the request once, so an attacker "
            "chooses when a copy is taken."
        ),
        (
            "Theft of the key: one key signs, without a threshold, and a new one needs a release of the app. A thief "
            "can pin other keys."
        ),
        (
            "Clients accept a file for `*.example.com` also for `badexample.com`, because they compare the ends of the "
            "names. pinsmith writes no such file, but the same key must not sign one."
        ),
        signed.STRONGER,
    ),
)
