"""Three-digit replies, as SMTP, LMTP, FTP and NNTP give them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pinsmith.probe.starttls._dialogue import Dialogue, Talk

_CODE: Final = re.compile(rb"([1-5]\d\d)([ -]|$)")
CLIENT: Final = b"[127.0.0.1]"  # a client without a name gives an address literal (RFC 5321, section 4.1.4)


def expect(talk: Talk, codes: frozenset[bytes], *, doing: str) -> Dialogue[None]:
    """
    Read one reply, of one or of many lines, and raise unless it has one of *codes*.

    A reply of many lines ends with the line that repeats the first line's code, followed by a space
    (:rfc:`959#section-4.2`; SMTP's form is a special case of it).

    Args:
        talk: The conversation.
        codes: The codes that mean success.
        doing: The request to the server; the error message names it.

    Raises:
        StartTLSError: If another code came, or no reply at all.
    """
    line = yield from talk.line()
    first = _CODE.match(line)
    if first is None:
        raise talk.failed(f"gave no valid reply {doing}", said=line)
    end: re.Match[bytes] | None = first
    while end is None or end[1] != first[1] or end[2] == b"-":
        following = yield from talk.line()
        end = _CODE.match(following)
    if first[1] not in codes:
        raise talk.failed(f"refused {doing}", said=line)
