"""Pins: SHA-256 of a DER SubjectPublicKeyInfo, in all spellings that are in use."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass
from typing import Final

from pinsmith.errors import CompromisedAuthorityError, KnownBadPinError, PinFormatError

DIGEST_SIZE: Final = 32  # bytes of SHA-256
_PREFIX: Final = "sha256/"

# Digests that are published as pins but cannot be the digest of a key. All were found in public guides or shipped
# configurations. A host whose backup pin is one of them has no backup.
KNOWN_BAD: Final[dict[bytes, str]] = {
    base64.b64decode(text): reason
    for text, reason in {
        "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=": "the SHA-256 of nothing, printed when a command failed",
        "AbpHGcgLb+kRsJGnwFEktk7uzpZOCcBY74+YBdrKVGs=": "the SHA-256 of an empty line",
        "7HIpactkIAq2Y49orFOOQKurWxmmSFZhBCoQYcRhJ3Y=": "the sample pin of the Android documentation",
        "fwza0LRMXouZHRC8Ei+4PyuldPDcf3UKgO/04cDM1oE=": "the sample backup pin of the Android documentation",
        "d6qzRu9zOECb90Uez27xWltNsj0e1Md7GkYYkVoZWmM=": "a sample pin of RFC 7469",
        "E9CZ9INDbd+2eRQozYqqbQ2yXLVKB9+xcprMF+44U1g=": "a sample pin of RFC 7469",
        "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=": "a sample pin of RFC 7469",
    }.items()
}


@dataclass(frozen=True, slots=True, order=True)
class Pin:
    """
    The SHA-256 digest of a DER SubjectPublicKeyInfo.

    ``str(pin)`` is the configuration syntax, ``sha256/`` and 44 characters of canonical base64;
    `Pin.parse` is its inverse.

    Args:
        digest: 32 bytes.

    Raises:
        PinFormatError: If *digest* has another length.

    Source:
        :rfc:`7469#section-2.4`
    """

    digest: bytes

    def __post_init__(self) -> None:
        if len(self.digest) != DIGEST_SIZE:
            raise PinFormatError(
                f"a pin has {DIGEST_SIZE} bytes, but this one has {len(self.digest)}",
                hint="copy the whole digest; `pinsmith fetch HOST` prints it",
            )

    @classmethod
    def of_spki(cls, spki: bytes) -> Pin:
        """Hash *spki*, the raw DER SubjectPublicKeyInfo of the certificate."""
        return cls(hashlib.sha256(spki).digest())

    @classmethod
    def parse(cls, text: str) -> Pin:
        """
        Read the canonical spelling, ``sha256/`` and 44 characters of base64.

        Args:
            text: The pin, without blanks around it. For other spellings, see `parse_spelling`.

        Raises:
            PinFormatError: If *text* has another spelling. The hint has the canonical one if it is a pin.
            KnownBadPinError: If it is a published placeholder, or the key of a compromised authority.
        """
        spelling = parse_spelling(text)
        if text != str(spelling.pin):
            found = "; ".join((spelling.style, *spelling.remarks))
            raise PinFormatError(
                f"{_cut(text)!r} is not the canonical spelling of a pin: {found}",
                hint=f'write "{spelling.pin}"',
            )
        return spelling.pin

    @property
    def base64(self) -> str:
        """The digest as 44 characters of canonical base64, without a prefix."""
        return base64.b64encode(self.digest).decode("ascii")

    @property
    def hex(self) -> str:
        """The digest as 64 lower-case hexadecimal digits."""
        return self.digest.hex()

    def __str__(self) -> str:
        return _PREFIX + self.base64


@dataclass(frozen=True, slots=True)
class Spelling:
    """
    The result of `parse_spelling`.

    Attributes:
        pin: The pin.
        style: The spelling in words, such as ``bare base64`` or ``hexadecimal``.
        remarks: The deviations of the digest text from canonical base64, in words; empty if there are none.
    """

    pin: Pin
    style: str
    remarks: tuple[str, ...] = ()


# Patterns are strings and compiled on first use, so that importing pinsmith for enforcement is fast.
_STYLES: Final = (
    ("public-key-pins (RFC 7469)", r'pin-sha256="([^"]*)"'),
    ("pin-sha256= without quotes", r"pin-sha256=([^\"]*)"),
    # A digest may begin with a slash, so only the length distinguishes "sha256//" from "sha256/" and "/...".
    ("curl (sha256//)", r"sha256//([A-Za-z0-9+/_-]{43}=?)"),
    ("sha256/", r"sha256/((?s:.*))"),
)
# The name of a hash as a prefix, in any case. A bare digest may begin with the same letters; its length shows that.
_FOREIGN_PREFIX: Final = r"(?!pin-sha256=|[a-z0-9+/]{43}=?$)((?:pin-)?(?:md5|sha-?[0-9]+)[-/:=]+)(?s:.*)"
_HEX: Final = r"[0-9A-Fa-f]{64}|[0-9A-Fa-f]{2}(?::[0-9A-Fa-f]{2}){31}"


def parse_spelling(text: str) -> Spelling:
    """
    Read a pin in any spelling that is in use, and return it with the spelling.

    Accepts ``sha256/B64``, ``sha256//B64`` (curl), ``pin-sha256="B64"`` (RFC 7469), bare base64 and 64 hexadecimal
    digits with or without colons. The base64 may use the URL-safe alphabet, lack its padding or have stray bits in the
    last character; these deviations become remarks.

    Does not accept SHA-1, blanks inside, or anything that does not decode to 32 bytes.

    Raises:
        PinFormatError: If *text* has none of these spellings.
        KnownBadPinError: If it is a published placeholder, or the key of a compromised authority.
    """
    spelling = parse_any_spelling(text)
    require_credible(spelling.pin)
    return spelling


def parse_any_spelling(text: str) -> Spelling:
    """
    Read a pin as `parse_spelling` does, but also one that no client may trust, for those who only look at pins.

    Raises:
        PinFormatError: If *text* has none of these spellings.
    """
    remarks: list[str] = []
    body = text.strip()
    if body != text:
        remarks.append("blanks around it")
    if re.fullmatch(_HEX, body):
        return Spelling(Pin(bytes.fromhex(body.replace(":", ""))), "hexadecimal", tuple(remarks))
    if body.lower().startswith(("sha1/", "pin-sha1=", "sha1//")):
        raise PinFormatError(
            f"{_cut(text)!r} is a SHA-1 pin, but only SHA-256 is a pin here",
            hint="get the SHA-256 pin with `pinsmith fetch HOST`",
        )
    style = "bare base64"
    for name, pattern in _STYLES:
        if found := re.fullmatch(pattern, body):
            style, body = name, found[1]
            break
    else:
        if found := re.fullmatch(_FOREIGN_PREFIX, body, re.IGNORECASE):
            raise PinFormatError(
                f"{_cut(text)!r} begins with the unknown prefix {found[1]!r}: expected 'sha256/'",
                hint="a pin is the SHA-256 of a public key; `pinsmith fetch HOST` prints it",
            )
    return Spelling(Pin(_decode(body, text, remarks)), style, tuple(remarks))


def _decode(body: str, text: str, remarks: list[str]) -> bytes:
    standard = body.replace("-", "+").replace("_", "/")
    if standard != body:
        remarks.append("URL-safe alphabet")
    bare = standard.rstrip("=")
    if not re.fullmatch(r"[A-Za-z0-9+/]*", bare) or standard.endswith("===") or len(bare) % 4 == 1:
        raise PinFormatError(
            f"{_cut(text)!r} is not a pin: expected base64 of {DIGEST_SIZE} bytes",
            hint='a pin reads like "sha256/" and 44 characters that end in "="',
        )
    padded = bare + "=" * (-len(bare) % 4)
    if padded != standard:
        remarks.append("wrong padding")
    digest = base64.b64decode(padded)
    if len(digest) != DIGEST_SIZE:
        raise PinFormatError(
            f"{_cut(text)!r} is not a pin: expected {DIGEST_SIZE} bytes, got {len(digest)}",
            hint="copy the whole digest; `pinsmith fetch HOST` prints it",
        )
    if base64.b64encode(digest).decode("ascii") != padded:
        remarks.append("stray bits in the last character")
    return digest


def require_credible(pin: Pin) -> None:
    """
    Raise if no client may trust *pin*.

    Raises:
        KnownBadPinError: If it is a placeholder of a guide, a repeated letter, or the hash of nothing. The message
            names the reason.
        CompromisedAuthorityError: If it is the key of an authority whose private key is known to others.
    """
    reason = KNOWN_BAD.get(pin.digest) or _placeholder(pin.base64)
    if reason:
        raise KnownBadPinError(
            f"{pin.base64!r} is {reason}, not a pin",
            hint="use the pin of a real key, as printed by `pinsmith fetch HOST` or `pinsmith show FILE`",
        )
    from pinsmith.authorities import compromised

    known = compromised(pin)
    if known is not None:
        raise CompromisedAuthorityError(str(pin), str(known), known.source)


def _placeholder(text: str) -> str | None:
    # Only 42 of 43 characters are compared, because the last one encodes just four bits and always differs.
    return "one or two letters repeated" if len(set(text[:42])) in (1, 2) else None


def _cut(text: str, most: int = 120) -> str:
    return text if len(text) <= most else text[:most] + "..."
