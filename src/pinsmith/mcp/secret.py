"""Private keys in texts, which no result may contain."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

REMOVED: Final = "[private key removed]"
_MAX_BODY: Final = 20_000  # characters of a key in PEM; RSA 16384 has 12,500
_WINDOW: Final = 8  # characters of base64 that no other text shares with a key by chance
_PEM: Final = re.compile(
    r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----.*?"
    r"(?:-----END [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----|\Z)",
    re.DOTALL,
)
# The first bytes of PKCS#8, PKCS#1 and RFC 5915: a SEQUENCE that begins with the INTEGER 0 or 1. Certificates, public
# keys and requests begin otherwise.
_BASE64: Final = re.compile(
    r"(?:MII[A-Za-z0-9+/_-]{3}IB[AB][A-D]|MI[GH][A-Za-z0-9+/_-]AgE[AB]|M[A-Za-z0-9+/_-]{2}CAQ[AE])"
    r"(?:[A-Za-z0-9+/=_-]|\\[rn]|[\r\n])*"
)
_HEX: Final = re.compile(
    r"30(?:82[0-9a-f]{4}|81[0-9a-f]{2}|[0-7][0-9a-f])02010[01](?:02|04|30)[0-9a-f]*", re.IGNORECASE
)
_RUN: Final = re.compile(rf"[A-Za-z0-9+/]{{{_WINDOW},}}")


def private_keys(content: bytes) -> list[str]:
    """Return the body of every private key in PEM in a file: base64 without line ends, quotes and escapes."""
    text = content.replace(b"\0", b"").decode("latin-1")
    if "PRIVATE KEY" not in text:
        return []
    return [re.sub(r"\\[rn]|[^A-Za-z0-9+/]", "", found[0][:_MAX_BODY]) for found in _PEM.finditer(text)]


def without_secrets(text: str, secrets: Sequence[str] = ()) -> str:
    """
    Remove private keys from *text*: whole ones, beginnings of one, and any part of the known *secrets*.

    A part of another key than *secrets* that has neither its first bytes nor the line ``BEGIN`` is not recognised.
    """
    for pattern in (_PEM, _BASE64, _HEX):
        text = pattern.sub(REMOVED, text)

    def known(found: re.Match[str]) -> str:
        windows = {found[0][at : at + _WINDOW] for at in range(len(found[0]) - _WINDOW + 1)}
        return REMOVED if any(window in secret for secret in secrets for window in windows) else found[0]

    return _RUN.sub(known, text) if secrets else text
