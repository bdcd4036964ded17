"""
Write any text as a literal of a language. The literal evaluates to that text, and the text cannot end it.

Everything except printable ASCII is escaped, so that a reader sees what a compiler sees: no control characters, no
change of the direction of writing, no letters that look alike. So the encoding of the file does not matter.
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Final

from pinsmith.errors import ExportError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_LARGEST_UNIT: Final = 0xFFFF
_UNSEEN: Final = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"})


def java(text: str) -> str:
    """Write in double quotes; UTF-16 units as escapes, which Java reads first."""
    return _quoted(text, '"', {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r"}, _utf16)


def kotlin(text: str) -> str:
    """Write in double quotes, ``$`` escaped, because it begins a template."""
    return _quoted(text, '"', {"\\": "\\\\", '"': '\\"', "$": "\\$"}, _utf16)


def csharp(text: str) -> str:
    """Write in double quotes, as a regular literal."""
    return _quoted(text, '"', {"\\": "\\\\", '"': '\\"'}, _utf16)


def swift(text: str) -> str:
    """Write in double quotes; the backslash that begins an interpolation is escaped with all others."""
    return _quoted(text, '"', {"\\": "\\\\", '"': '\\"'}, _braced)


def rust(text: str) -> str:
    """Write in double quotes."""
    return _quoted(text, '"', {"\\": "\\\\", '"': '\\"'}, _braced)


def javascript(text: str) -> str:
    """Write in double quotes, as prettier does."""
    return _quoted(text, '"', {"\\": "\\\\", '"': '\\"'}, _braced)


def dart(text: str) -> str:
    """Write in single quotes, ``$`` escaped, because it begins an interpolation."""
    return _quoted(text, "'", {"\\": "\\\\", "'": "\\'", "$": "\\$"}, _braced)


def python(text: str) -> str:
    """Write in double quotes, or in single ones if fewer of those must be escaped, as ruff does."""
    quote = "'" if text.count("'") < text.count('"') else '"'
    return _quoted(text, quote, {"\\": "\\\\", quote: f"\\{quote}"}, _fixed)


def go(text: str) -> str:
    """Write in double quotes."""
    return _quoted(text, '"', {"\\": "\\\\", '"': '\\"'}, _fixed)


def php(text: str) -> str:
    """Write in single quotes, or in double quotes if something must be escaped."""
    if _is_printable(text):
        return _quoted(text, "'", {"\\": "\\\\", "'": "\\'"}, _braced)
    return _quoted(text, '"', {"\\": "\\\\", '"': '\\"', "$": "\\$"}, _braced)


def ruby(text: str) -> str:
    """Write in single quotes, or in double quotes if something must be escaped."""
    if _is_printable(text):
        return _quoted(text, "'", {"\\": "\\\\", "'": "\\'"}, _braced)
    return _quoted(text, '"', {"\\": "\\\\", '"': '\\"', "#": "\\#"}, _braced)


def cpp(text: str) -> str:
    """Write in double quotes, other than ASCII as octal UTF-8, ``?`` escaped because of trigraphs."""
    return _quoted(text, '"', {"\\": "\\\\", '"': '\\"', "?": "\\?"}, _octal)


def shell(text: str) -> str:
    """
    Write in single quotes, for POSIX shells.

    Raises:
        ExportError: if the text contains a character that POSIX cannot escape, such as a line end.
    """
    if not _is_printable(text):
        raise ExportError(f"{text!r} cannot be written in a shell script", hint="use printable ASCII only")
    return _quoted(text, "'", {"'": "'\\''"}, _braced)


def remark(text: str) -> str:
    """
    Write a text into a comment, of one line or of several, in any language. The text cannot end or nest the comment.

    Backslashes are replaced, because Java also reads escapes in comments, and so are characters that are not visible.
    """
    seen = "".join(" " if char in "\r\n\t" else "_" if _is_unseen(char) else char for char in text).replace("\\", "/")
    for ending in ("*/", "/*", "?>", "<?", "{#", "#}", '"""', "'''"):
        while ending in seen:
            seen = seen.replace(ending, f"{ending[0]} {ending[1:]}")
    return seen


def _quoted(text: str, quote: str, escapes: Mapping[str, str], escape: Callable[[str], str]) -> str:
    escaped = "".join(escapes.get(char) or (char if " " <= char <= "~" else escape(char)) for char in text)
    return f"{quote}{escaped}{quote}"


def _is_printable(text: str) -> bool:
    return all(" " <= char <= "~" for char in text)


def _is_unseen(char: str) -> bool:
    return unicodedata.category(char) in _UNSEEN


def _utf16(char: str) -> str:
    units = char.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2))


def _braced(char: str) -> str:
    return f"\\u{{{ord(char):x}}}"


def _fixed(char: str) -> str:
    return f"\\u{ord(char):04x}" if ord(char) <= _LARGEST_UNIT else f"\\U{ord(char):08x}"


def _octal(char: str) -> str:
    return "".join(f"\\{byte:03o}" for byte in char.encode("utf-8", "replace"))
