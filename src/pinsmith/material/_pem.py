"""The blocks of a PEM text, found in one pass over its lines."""

from __future__ import annotations

import base64
import binascii
import codecs
import re
from dataclasses import dataclass, field
from typing import Final

from pinsmith.errors import MaterialError

_BEGIN: Final = re.compile(rb"-----BEGIN ([ !-,.-~]{1,64})-----\Z")
_END: Final = re.compile(rb"-----END ([ !-,.-~]{1,64})-----\Z")
_HEADER: Final = re.compile(rb"[A-Za-z0-9-]+:")
_LINE: Final = re.compile(rb"[^\r\n]+")
_LINE_BREAK: Final = re.compile(rb"\r\n|\r|\n")


@dataclass(frozen=True, slots=True)
class Block:
    """
    One PEM block.

    Attributes:
        label: The label, such as ``CERTIFICATE``.
        der: The decoded base64. It may be secret, so it is not in the repr.
        line: The line on which the block begins, from 1.
        is_encrypted: Whether it has the headers of an encrypted block, as in old OpenSSL key files.
        pem: The block alone, with its headers. It may be secret, so it is not in the repr.
    """

    label: str
    der: bytes = field(repr=False)
    line: int
    is_encrypted: bool = False
    pem: bytes = field(repr=False, default=b"")

    @property
    def where(self) -> str:
        """The place in words, for use before a colon."""
        return f"line {self.line}, {self.label}"


def parse_blocks(content: bytes) -> list[Block]:
    """
    Return the PEM blocks of *content*, in their order.

    Text before, between and after them is skipped, and so are blanks around a line. All line breaks are accepted, and
    so is UTF-16, which some shells write.

    Returns:
        The blocks; empty if *content* contains no PEM.

    Raises:
        MaterialError: If a block does not end, ends with another label, or is not base64.

    Source:
        :rfc:`7468`, :rfc:`1421#section-4.6` for headers
    """
    text = _as_utf8(content)
    blocks: list[Block] = []
    begin: tuple[str, int] | None = None
    lines: list[bytes] = []
    number, counted = 1, 0
    for found in _LINE.finditer(text):
        line = found[0].strip()
        if label := _BEGIN.match(line):
            number, counted = number + len(_LINE_BREAK.findall(text, counted, found.start())), found.start()
            if begin is not None:
                raise _unfinished(begin)
            begin, lines = (label[1].decode("ascii"), number), []
        elif begin is not None and (label := _END.match(line)):
            if label[1].decode("ascii") != begin[0]:
                raise _unfinished(begin)
            blocks.append(_block(*begin, lines))
            begin = None
        elif begin is not None:
            lines.append(line)
    if begin is not None:
        raise _unfinished(begin)
    return blocks


def _as_utf8(content: bytes) -> bytes:
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return content.decode("utf-16", errors="replace").encode("utf-8", errors="replace")
    return content.removeprefix(codecs.BOM_UTF8)


def _block(label: str, line: int, lines: list[bytes]) -> Block:
    headers = [text for text in lines if _HEADER.match(text)]
    body = [text for text in lines if not _HEADER.match(text)]
    try:
        der = base64.b64decode(b"".join(body), validate=True)
    except binascii.Error:
        # The cause would not help, and it might quote the body, which may be secret.
        raise MaterialError(
            f"line {line}, {label}: its content is not base64",
            hint="copy the file again, whole and as text",
        ) from None
    is_encrypted = any(text.startswith(b"Proc-Type:") and b"ENCRYPTED" in text for text in headers)
    name = label.encode("ascii")
    pem = b"\n".join([b"-----BEGIN " + name + b"-----", *headers, b"", *body, b"-----END " + name + b"-----", b""])
    return Block(label, der, line, is_encrypted, pem)


def _unfinished(begin: tuple[str, int]) -> MaterialError:
    label, line = begin
    return MaterialError(
        f"line {line}, {label}: the block has no line -----END {label}-----",
        hint="copy the file again, whole and as text",
    )
