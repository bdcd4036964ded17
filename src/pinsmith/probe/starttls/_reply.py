"""Three-digit replies, as SMTP, LMTP, FTP and NNTP give them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pinsmith.probe.starttls._dialogue import Dialogue, Talk

_CODE: Final = re.compile(rb"([1-5]\d\d)([ -]|$)")
CLIENT: Final = b"[127.0.0.1]"  # an address literal, for a client without a name (RFC 5321, section 4.1.4)


def expect(talk: Talk, codes: frozenset[bytes], *, doing: str) -> Dialogue[None]:
    """
    Read one reply, of one or of many lines, and insist on its code.

    A reply of many lines ends with the line that repeats the first line's code, followed by a space
    (:rfc:`959#section-4.2`; SMTP's form is a special case of it).

    Args:
        talk: The conversation.
        codes: What is good news.
        doing: What was asked of the server, for the message.

    Raises:
        StartTLSError: Another code, or no reply at all.
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
