"""
Remove secrets from the output of a failing client.

No list of secrets is complete, so this is only the second barrier. The first is that the output of a program is not
shown unless the user asks for it, or the program never connected. Reports for others never contain it unasked.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

REMOVED: Final = "[removed]"
_MOST: Final = 1000
# A header, an assignment or a JSON field, from a known name to the end, because a value may contain blanks.
_NAMED: Final = re.compile(
    r"(?i)([\w-]*(?:authori[sz]ation|authenticat|cookie|credential|passw|passphrase|secret|token|session|jwt|signature"
    r"|(?:api|access|auth|private)[-_]?key)[\w-]*[\"']*\s*[:=]).*",
    re.DOTALL,
)
_SCHEME: Final = re.compile(r"(?i)\b(bearer|basic|digest|negotiate|ntlm)\s+\S.*", re.DOTALL)
_USER: Final = re.compile(r"(?i)(\b[a-z][a-z0-9+.-]*://)[^/\s@]*@")
_QUERY: Final = re.compile(r"(?i)(\b[a-z][a-z0-9+.-]*://[^\s?#]*[?#])[^\s\"')]+")
# Long words with digits, such as keys, tokens and sessions, but not paths, and not pins, which are public.
_OPAQUE: Final = re.compile(r"(sha256//?[A-Za-z0-9+/]{43}=)|(?<![\w+/=.-])(?=[\w+/=.-]*\d)[\w+=-][\w+/=.-]{19,}")


# An option whose value is the next word of a command.
_OPTION: Final = re.compile(
    r"(?i)--?[\w-]*(?:user|auth|cookie|credential|pass|secret|token|session|jwt|signature"
    r"|(?:api|access|private)[-_]?key)[\w-]*"
)


def redact_command(words: Sequence[str]) -> list[str]:
    """Redact each of *words*, and a word after an option that takes a secret."""
    shown = [redact(word) for word in words]
    for number, option in enumerate(words[:-1], 1):
        word = words[number]
        is_login = option == "-u" and ":" in word and "://" not in word  # of curl
        if is_login or (_OPTION.fullmatch(option) and not word.startswith("-")):
            shown[number] = REMOVED
    return shown


def redact(text: str) -> str:
    """Replace likely secrets in the first thousand characters of *text*, and drop the rest."""
    text = text[:_MOST]
    text = _USER.sub(rf"\1{REMOVED}@", text)
    text = _QUERY.sub(rf"\1{REMOVED}", text)
    text = _NAMED.sub(rf"\1 {REMOVED}", text)
    text = _SCHEME.sub(rf"\1 {REMOVED}", text)
    return _OPAQUE.sub(lambda found: found[1] or REMOVED, text)
