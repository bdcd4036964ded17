"""A full TLS handshake by OpenSSL, as a generator: bytes in, bytes out, a result at the end; no socket and no clock."""

from __future__ import annotations

import re
import ssl
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pinsmith.errors import HandshakeError, HandshakeTimeoutError, NoCertificateError, PlaintextError
from pinsmith.errors.fetch import quote
from pinsmith.tls import _chain

if TYPE_CHECKING:
    from collections.abc import Generator

# OpenSSL accepts chains of 100 kB; everything else of a handshake is small.
MAX_BYTES: Final = 256 * 1024
_RECORD_TYPES: Final = frozenset({20, 21, 22, 23})
_TLS_MAJOR: Final = 3
_HANDSHAKE: Final = 22
_CERTIFICATE: Final = 11
# A Certificate message of TLS 1.2 with an empty list. OpenSSL calls it a length mismatch, as it does much else.
_NO_CERTIFICATE: Final = bytes([_CERTIFICATE, 0, 0, 3, 0, 0, 0])
_PLACE: Final = re.compile(r"\[\w+(?:: \w+)?\] | \(_ssl\.c:\d+\)")
_ALERT: Final = re.compile(r"(?:SSLV3|TLSV1|TLSV13)_(?:ALERT_)?(\w+)")
_HINTS: Final = {
    "unrecognized_name": "the server does not know this host name",
    "protocol_version": "the server may speak only versions of TLS before 1.2",
}
_GREETINGS: Final = (
    (re.compile(rb"HTTP/"), "the port speaks plain HTTP: pass the port of HTTPS"),
    (re.compile(rb"220[ -].*(?i:ftp)"), "try --starttls ftp"),
    (re.compile(rb"[1-5]\d\d[ -].*(?i:http|bad request)"), None),
    (re.compile(rb"(?:220|421|5\d\d)[ -]"), "try --starttls smtp"),
    (re.compile(rb"\* (?:OK|BYE|BAD|PREAUTH)", re.IGNORECASE), "try --starttls imap"),
    (re.compile(rb"[+]OK|-ERR"), "try --starttls pop3"),
    (re.compile(rb"20[01] "), "try --starttls nntp"),
    (re.compile(rb"<\?xml|<stream"), "try --starttls xmpp"),
    (re.compile(rb"...\0\x0a[\d.]+", re.DOTALL), "try --starttls mysql"),
    (re.compile(rb"SSH-"), "the port speaks SSH, not TLS"),
)


@dataclass(frozen=True, slots=True)
class Shaken:
    """
    A handshake in which the server proved that it holds the key of the leaf.

    Attributes:
        tls_version: As `ssl` spells it.
        cipher: OpenSSL's name of the suite.
        presented: DER, leaf first, as sent.
        verified: DER, leaf first; None unless the context verifies.
        finished: False if the server left after its proof, because it got no client certificate.
        farewell: Bytes to send before closing.
    """

    tls_version: str
    cipher: str
    presented: list[bytes]
    verified: list[bytes] | None
    finished: bool
    farewell: bytes


class UntrustedError(Exception):
    """
    OpenSSL verified the chain and refused it. Not for users: retrieval goes on to show the chain.

    Attributes:
        verify_code: The ``X509_V_ERR_`` number.
        verify_message: OpenSSL's message.
        farewell: The alert to send before closing.
    """

    def __init__(self, verify_code: int, verify_message: str, farewell: bytes) -> None:
        super().__init__(verify_message)
        self.verify_code, self.verify_message, self.farewell = verify_code, verify_message, farewell


class NotAcceptedError(Exception):
    """
    rustls did not accept a connection. Not for users: retrieval goes on to ask OpenSSL.

    Attributes:
        farewell: Bytes to send before closing.
    """

    def __init__(self, farewell: bytes = b"") -> None:
        super().__init__("not accepted")
        self.farewell = farewell


def handshake(context: ssl.SSLContext, host: str) -> Generator[bytes, bytes | None, Shaken]:
    """
    Shake hands in full; no session is ever resumed.

    The generator yields bytes to send and is sent the bytes that came (empty: the server closed the connection). If the
    connection broke, the `OSError` is thrown in.

    Args:
        context: The verified chain is reported only if it verifies.

        host: The canonical host, for SNI and the check of names; an IP address is checked but not sent.

    Raises:
        UntrustedError: If *context* verifies, and the chain or the name did not pass.
        PlaintextError: If the server does not speak TLS.
        HandshakeError: If the server refused, left, or broke the rules.
    """
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    # As bytes: a canonical host needs none of the slow encoding that ssl does with text.
    tls = context.wrap_bio(incoming, outgoing, server_hostname=host.encode("ascii"))
    received: bytes | None = b""
    flight, total = b"", 0
    while True:
        try:
            tls.do_handshake()
            return _finished(tls, outgoing, verifies=context.verify_mode == ssl.CERT_REQUIRED)
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLCertVerificationError as error:
            raise UntrustedError(error.verify_code, error.verify_message, outgoing.read()) from None
        except ssl.SSLError as error:
            return _unfinished(tls, context, flight, _refused(error, received or b""))
        message = outgoing.read()
        flight = message or flight
        try:
            received = yield message
        except OSError as error:
            return _unfinished(tls, context, flight, _broken(error, silent=not total))
        if not received:
            return _unfinished(tls, context, flight, HandshakeError("closed the connection during the TLS handshake"))
        if not total:
            _require_tls(received)
        total += len(received)
        if total > MAX_BYTES:
            raise HandshakeError(f"sent more than {MAX_BYTES} bytes without ending the TLS handshake")
        incoming.write(received)


def _finished(tls: ssl.SSLObject, outgoing: ssl.MemoryBIO, *, verifies: bool) -> Shaken:
    presented = _chain.presented_ders(tls)
    if not presented:
        raise NoCertificateError("presented no certificate")
    cipher = tls.cipher()
    with suppress(ssl.SSLError):
        tls.unwrap()  # close_notify, so that the server sees an orderly end
    return Shaken(
        tls_version=tls.version() or "",
        cipher=cipher[0] if cipher else "",
        presented=presented,
        verified=_chain.verified_ders(tls) if verifies else None,
        finished=True,
        farewell=outgoing.read(),
    )


def _unfinished(tls: ssl.SSLObject, context: ssl.SSLContext, flight: bytes, error: HandshakeError) -> Shaken:
    """
    Return the result for a server that left because it got no client certificate, or raise *error*.

    In TLS 1.2 it leaves after the whole first half of the handshake. Our last flight then begins with an empty
    Certificate message in the clear. OpenSSL sends it only if the server asks for it, and only after it has verified
    the server's signature. So the server has proved possession, except in suites without such a signature.
    """
    asked = flight[:1] == bytes([_HANDSHAKE]) and flight[5:6] == bytes([_CERTIFICATE])
    cipher = tls.cipher()
    if not asked or cipher is None or not cipher[0].startswith(("ECDHE-", "DHE-")):
        raise error
    verifies = context.verify_mode == ssl.CERT_REQUIRED
    return Shaken(
        tls_version="TLSv1.2",
        cipher=cipher[0],
        presented=_chain.presented_ders(tls),
        verified=_chain.verified_ders(tls) if verifies else None,
        finished=False,
        farewell=b"",
    )


def _require_tls(received: bytes) -> None:
    if received[0] in _RECORD_TYPES and received[1:2] in {b"", bytes([_TLS_MAJOR])}:
        return
    hint = next((hint for pattern, hint in _GREETINGS if pattern.match(received)), None)
    raise PlaintextError(f"does not speak TLS: it sent {quote(received)}", said=received[:1024], hint=hint)


def _refused(error: ssl.SSLError, received: bytes) -> HandshakeError:
    """Say why OpenSSL ended the handshake; *received* holds the bytes that came last."""
    if isinstance(error, ssl.SSLZeroReturnError):
        return HandshakeError("closed the connection during the TLS handshake")
    name = alert[1].lower() if (alert := _ALERT.fullmatch(error.reason or "")) else _unknown_alert(received)
    if name is not None:
        return HandshakeError(f"ended the TLS handshake with the alert {name}", alert=name, hint=_HINTS.get(name))
    if _NO_CERTIFICATE in received:
        return NoCertificateError("presented no certificate")
    why = (error.reason or _PLACE.sub("", str(error))).lower().replace("_", " ")
    if "asn1" in why:
        return HandshakeError(f"sent a certificate that cannot be read (OpenSSL: {why})")
    return HandshakeError(f"broke the rules of the TLS handshake (OpenSSL: {why})")


def _unknown_alert(received: bytes) -> str | None:
    """Read a fatal alert that OpenSSL has no name for, if it came in the clear."""
    record, number = received[-7:-1], received[-1:]
    return str(number[0]) if record[:2] == b"\x15\x03" and record[3:] == b"\0\x02\x02" else None


def _broken(error: OSError, *, silent: bool) -> HandshakeError:
    if isinstance(error, TimeoutError):
        hint = "the server sent nothing, so the port may not speak TLS" if silent else None
        return HandshakeTimeoutError("did not finish the TLS handshake in time", hint=hint)
    return HandshakeError(f"broke off the TLS handshake: {error.strerror or error}")
