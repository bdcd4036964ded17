"""
The difference of two contents of a file: lines for people, or a patch that ``git apply`` takes byte for byte.

Source:
    https://git-scm.com/docs/diff-format#generate_patch_text_with_p, and for binary patches and quoted names
    ``diff.c`` (``emit_binary_diff_body``) and ``quote.c`` of https://github.com/git/git
"""

from __future__ import annotations

import base64
import difflib
import hashlib
import re
import zlib
from typing import TYPE_CHECKING, Final

from pinsmith.syntax.encoding import encoding_of

if TYPE_CHECKING:
    from collections.abc import Iterator

_NOTHING: Final = "/dev/null"
_MAX_BINARY_LINE: Final = 52  # bytes, which git counts with one letter
_HALF: Final = 26  # A to Z, then a to z
_SPECIAL: Final = re.compile(r'[\x00-\x1f"\\\x7f]')
_ESCAPES: Final = {"\t": r"\t", "\n": r"\n", '"': r"\"", "\\": r"\\"}


def lines_for_people(name: str, before: bytes | None, after: bytes) -> Iterator[str]:
    """
    Yield a unified diff, line by line, without line ends; a single line if the content is not text.

    Args:
        name: The path to show.

        before: The old content; None if there was no file.

        after: The new content.
    """
    try:
        old, new = ((content or b"").decode(encoding_of(content or b"")) for content in (before, after))
    except UnicodeDecodeError:
        yield f"Binary files {'/dev/null' if before is None else f'a/{name}'} and b/{name} differ"
        return
    yield from _unified(old, new, _NOTHING if before is None else f"a/{name}", f"b/{name}")


def git_patch(name: str, before: bytes | None, after: bytes) -> bytes:
    """
    Return a patch with which ``git apply`` makes the new content of the old one.

    Args:
        name: The path from the top of the repository, with ``/``.

        before: The old content; None if there was no file.

        after: The new content.
    """
    old, new = (_quoted(f"{side}/{name}") for side in "ab")
    head = f"diff --git {old} {new}\n"
    if before is None:
        head += "new file mode 100644\n"
    if not _is_text(before or b"") or not _is_text(after):
        return head.encode() + _binary(before, after)
    origin = _NOTHING if before is None else _with_tab(old)
    # Every character represents one byte here, so that no byte changes.
    texts = ((content or b"").decode("latin-1") for content in (before, after))
    marks = (mark.encode().decode("latin-1") for mark in (origin, _with_tab(new)))
    body = "".join(f"{line}\n" for line in _unified(*texts, *marks))
    return head.encode() + body.encode("latin-1")


def _unified(old: str, new: str, origin: str, target: str) -> Iterator[str]:
    # Split at "\n" alone: a form feed or a lone carriage return does not end a line of a patch.
    before, after = (re.findall(r"[^\n]*\n|[^\n]+", text) for text in (old, new))
    for number, line in enumerate(difflib.unified_diff(before, after, origin, target)):
        yield line.removesuffix("\n")
        if number > 1 and not line.endswith("\n"):
            yield "\\ No newline at end of file"


def _is_text(content: bytes) -> bool:
    """Say whether git would show a patch of lines: the content is UTF-8 and has no NUL."""
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return b"\0" not in content


def _binary(before: bytes | None, after: bytes) -> bytes:
    old, new = (_blob_id(content) for content in (before, after))
    lines = [f"index {old}..{new}", "GIT binary patch", *_literal(after), "", *_literal(before or b""), ""]
    return "".join(f"{line}\n" for line in lines).encode()


def _blob_id(content: bytes | None) -> str:
    if content is None:
        return "0" * 40
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()


def _literal(content: bytes) -> Iterator[str]:
    yield f"literal {len(content)}"
    packed = zlib.compress(content)
    for at in range(0, len(packed), _MAX_BINARY_LINE):
        piece = packed[at : at + _MAX_BINARY_LINE]
        size = len(piece)
        letter = chr(ord("A") + size - 1) if size <= _HALF else chr(ord("a") + size - _HALF - 1)
        yield letter + base64.b85encode(piece, pad=True).decode()


def _quoted(name: str) -> str:
    """Quote a name as git does, where a character in it would end the line or the name."""
    if not _SPECIAL.search(name):
        return name
    return '"' + _SPECIAL.sub(lambda found: _ESCAPES.get(found[0], f"\\{ord(found[0]):03o}"), name) + '"'


def _with_tab(name: str) -> str:
    """Add a tab to a name that contains a blank, because otherwise git would end the name at the blank."""
    return f"{name}\t" if " " in name and not name.startswith('"') else name
