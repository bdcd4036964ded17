"""LDAP: directory servers; one extended request, one extended response."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.probe.starttls._dialogue import MAX_BYTES, Protocol

if TYPE_CHECKING:
    from pinsmith.probe.starttls._dialogue import Dialogue, Talk

_OID: Final = b"1.3.6.1.4.1.1466.20037"
# SEQUENCE { messageID 1, [APPLICATION 23] { requestName [0] } }
_REQUEST: Final = b"\x30\x1d\x02\x01\x01\x77\x18\x80\x16" + _OID
_SEQUENCE: Final = 0x30
_EXTENDED_RESPONSE: Final = 0x78
_LONG_FORM: Final = 0x80


def _dialogue(talk: Talk) -> Dialogue[None]:
    talk.say(_REQUEST)
    head = yield from talk.exactly(2)
    length = head[1]
    if length & _LONG_FORM:
        octets = yield from talk.exactly(length & ~_LONG_FORM)
        length, head = int.from_bytes(octets), head + octets
    if head[0] != _SEQUENCE or length > MAX_BYTES:
        raise talk.failed("gave no valid answer to StartTLS", said=head + talk.unread)
    body = yield from talk.exactly(length)
    code, message = _result(talk, body)
    if code:
        raise talk.failed(f"refused StartTLS with result code {code}", said=message)


def _result(talk: Talk, body: bytes) -> tuple[int, bytes]:
    # LDAPMessage { messageID, ExtendedResponse { resultCode, matchedDN, diagnosticMessage, ... } }
    try:
        _, _, rest = _element(body)
        tag, response, _ = _element(rest)
        _, code, rest = _element(response)
        _, _, rest = _element(rest)
        _, message, _ = _element(rest)
    except ValueError:
        raise talk.failed("gave no valid answer to StartTLS", said=body) from None
    if tag != _EXTENDED_RESPONSE or len(code) != 1:
        raise talk.failed("gave no valid answer to StartTLS", said=body)
    return code[0], message


def _element(ber: bytes) -> tuple[int, bytes, bytes]:
    """Split off the first element: its tag, its contents, and what follows it."""
    at, length = 2, ber[1] if len(ber) > 1 else _LONG_FORM
    if length & _LONG_FORM:
        at += length & ~_LONG_FORM
        length = int.from_bytes(ber[2:at])
    if len(ber) < max(at, 2) or len(ber) < at + length:
        raise ValueError("cut short")
    return ber[0], ber[at : at + length], ber[at + length :]


PROTOCOL: Final = Protocol(
    id="ldap",
    title="LDAP",
    port=389,
    spec="https://www.rfc-editor.org/rfc/rfc4511#section-4.14",
    dialogue=_dialogue,
)
