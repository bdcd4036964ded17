"""
What a client says of its failure, without its secrets.

No list of secrets is complete. So this is the second lock; the first is that nothing a program prints is shown at all
unless the user asks for it.
"""

from __future__ import annotations

import re
from typing import Final

REMOVED: Final = "[removed]"
_MOST: Final = 1000
# A header, an assignment, a field of JSON: from a telling name to the end, for a value may hold blanks and semicolons.
_NAMED: Final = re.compile(
    r"(?i)([\w-]*(?:authori[sz]ation|authenticat|cookie|credential|passw|passphrase|secret|token|session|jwt|signature"
    r"|(?:api|access|auth|private)[-_]?key)[\w-]*[\"']*\s*[:=]).*",
    re.DOTALL,
)
_SCHEME: Final = re.compile(r"(?i)\b(bearer|basic|digest|negotiate|ntlm)\s+\S.*", re.DOTALL)
_USER: Final = re.compile(r"(?i)(\b[a-z][a-z0-9+.-]*://)[^/\s@]*@")
_QUERY: Final = re.compile(r"(?i)(\b[a-z][a-z0-9+.-]*://[^\s?#]*[?#])[^\s\"')]+")
# Long words with digits, but for pins, which are public, and for paths: keys, tokens, sessions.
_OPAQUE: Final = re.compile(r"(sha256//?[A-Za-z0-9+/]{43}=)|(?<![\w+/=.-])(?=[\w+/=.-]*\d)[\w+=-][\w+/=.-]{19,}")


def redact(text: str) -> str:
    """Replace what looks like a secret in *text*, of which a thousand characters are left."""
    text = text[:_MOST]
    text = _USER.sub(rf"\1{REMOVED}@", text)
    text = _QUERY.sub(rf"\1{REMOVED}", text)
    text = _NAMED.sub(rf"\1 {REMOVED}", text)
    text = _SCHEME.sub(rf"\1 {REMOVED}", text)
    return _OPAQUE.sub(lambda found: found[1] or REMOVED, text)
