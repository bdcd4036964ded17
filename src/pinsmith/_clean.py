r"""
Text from outside, made safe to show.

A certificate, a server or a file may contain control characters, escape sequences and characters that change the
direction of writing. They must not reach a terminal, a log or an XML document.
"""

from __future__ import annotations

import re
from typing import Final

# C0 with DEL, C1, and what Unicode calls line ends, bidirectional controls, zero-width marks, tags, non-characters.
_HOSTILE: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ufffe\uffff"
    "\U000e0000-\U000e007f\ud800-\udfff]"
)


def clean(text: str) -> str:
    r"""Show every control, bidirectional and invisible character of *text* as an escape such as ``\x1b``."""
    if text.isascii() and text.isprintable():
        return text
    return _HOSTILE.sub(lambda found: ascii(found[0])[1:-1], text)


def clean_json(line: str) -> str:
    r"""Show the same characters in a *line* of JSON as ``\u`` escapes; the value of the document stays the same."""
    if line.isascii() and line.isprintable():
        return line
    return _HOSTILE.sub(_json_escape, line)


def _json_escape(found: re.Match[str]) -> str:
    units = found[0].encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))
