"""
A full TLS handshake by rustls, which only accepts: OpenSSL is asked again about everything that it does not accept.

This is the one module that knows private parts of rtls, of which it uses the object under `rtls.TLSContext`: the public
one takes half as long again for each connection, and has no anchors to add later.

Source: rtls 2026.9.21, ``rtls/_context.py`` and ``rtls/_object.py``
"""

from __future__ import annotations

import base64
import re
import ssl
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from pinsmith.certificate import asn1
from pinsmith.errors import CertificateError, UsageError
from pinsmith.host import is_address
from pinsmith.probe.handshake import MAX_BYTES, NotAcceptedError, Shaken
from pinsmith.probe.kinds import Kinds
from pinsmith.probe.trust import folders_of

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from pinsmith.probe.target import Target
    from pinsmith.probe.trust import Trust

INSTALL: Final = "pip install 'pinsmith[rustls]'"
# In the order in which OpenSSL offers them, because many servers follow it.
_SUITES: Final = {
    "TLS13_AES_256_GCM_SHA384": "TLS_AES_256_GCM_SHA384",
    "TLS13_CHACHA20_POLY1305_SHA256": "TLS_CHACHA20_POLY1305_SHA256",
    "TLS13_AES_128_GCM_SHA256": "TLS_AES_128_GCM_SHA256",
    "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384": "ECDHE-ECDSA-AES256-GCM-SHA384",
    "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384": "ECDHE-RSA-AES256-GCM-SHA384",
    "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256": "ECDHE-ECDSA-CHACHA20-POLY1305",
    "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256": "ECDHE-RSA-CHACHA20-POLY1305",
    "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256": "ECDHE-ECDSA-AES128-GCM-SHA256",
    "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256": "ECDHE-RSA-AES128-GCM-SHA256",
}
_VERSIONS: Final = {0x0303: "TLSv1.2", 0x0304: "TLSv1.3"}
_CERT_REQUIRED: Final = 2
_PARTIAL_CHAIN: Final = 0x80000
_PEM: Final = re.compile(rb"-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----([^-]*)-----END ")
_METHODS: Final = (
    "is_handshaking",
    "negotiated_cipher_suite",
    "peer_certificates",
    "process_new_packets",
    "protocol_version",
    "read_tls",
    "send_close_notify",
    "wants_write",
    "write_tls",
)
_OF_PANICS: Final = "pyo3_runtime"  # a panic of Rust is not an Exception
_RENEGOTIATION: Final = b"\xff\x01"


class Rustls:
    """
    The engine of one retrieval: for each `Trust`, what it may accept.

    Raises:
        UsageError: If rtls is not installed, or cannot be used.
    """

    def __init__(self) -> None:
        try:
            from rtls._rustls import RustlsConfigBuilder
        except ImportError as error:
            raise UsageError("the engine rustls needs rtls", hint=INSTALL) from error
        self._new_builder: Any = RustlsConfigBuilder
        self._acceptors: dict[Trust, Acceptor] = {}
        try:
            builder = _configured(RustlsConfigBuilder())
            connection = builder.build_client_connection("a.test")
        except Exception as error:
            raise _unusable() from error
        of_both = (hasattr(builder, "add_root_cert_from_der"), *(hasattr(connection, method) for method in _METHODS))
        if not all(of_both):
            raise _unusable()

    def acceptor(self, trust: Trust) -> Acceptor:
        """Return what this engine may accept with the anchors of *trust*."""
        acceptor = self._acceptors.get(trust)
        if acceptor is None:
            acceptor = self._acceptors[trust] = Acceptor(self._new_builder(), trust)
        return acceptor


class Acceptor:
    """
    The handshakes that are made with the anchors of one `Trust`.

    Args:
        builder: Of rtls, without settings.

        trust: Verifies the chains from which to learn.
    """

    def __init__(self, builder: Any, trust: Trust) -> None:  # noqa: ANN401 - a private class of another library
        self._builder = _configured(builder)
        self._kinds = Kinds(builder.add_root_cert_from_der)
        self._leaves = _leaves_of(trust)

    def may_accept(self, target: Target) -> bool:
        """Return whether it makes sense to ask *target* at all."""
        return len(self._kinds) > 0 and target.key_type is None and not is_address(target.host)

    def learn(self, shaken: Shaken) -> None:
        """Learn from a handshake that was made by OpenSSL; its chain may be untrusted, and then it teaches nothing."""
        if shaken.verified is not None and self._leaves is not None:
            self._kinds.learn(shaken.presented, shaken.verified, datetime.now(UTC))

    def handshake(self, host: str) -> Generator[bytes, bytes | None, Shaken]:
        """
        Shake hands in full, as `pinsmith.probe.handshake.handshake` does.

        Args:
            host: The canonical host, a name.

        Raises:
            NotAcceptedError: If the connection broke, the server did not do what rustls expects, OpenSSL might see
                the chain otherwise, or rtls failed in any other way.
        """
        try:
            return (yield from self._shake(host))
        except NotAcceptedError:
            raise
        except BaseException as error:
            if isinstance(error, Exception) or type(error).__module__ == _OF_PANICS:
                raise NotAcceptedError from None
            raise

    def _shake(self, host: str) -> Generator[bytes, bytes | None, Shaken]:
        connection = self._builder.build_client_connection(host)
        message, total, head = _written(connection), 0, b""
        while True:
            received = yield message
            if not received:
                raise NotAcceptedError
            total += len(received)
            if total > MAX_BYTES:
                raise NotAcceptedError
            head = head or received
            _feed(connection, received)
            message = _written(connection)
            if not connection.is_handshaking():
                return self._finished(connection, host, message, head)

    def _finished(self, connection: Any, host: str, message: bytes, head: bytes) -> Shaken:  # noqa: ANN401 - see above
        connection.send_close_notify()
        farewell = message + _written(connection)
        version = _VERSIONS.get(connection.protocol_version())
        cipher = _SUITES.get(connection.negotiated_cipher_suite())
        presented = connection.peer_certificates()
        verified = self._kinds.chain_of(presented, host, datetime.now(UTC)) if presented else None
        if verified is None or version is None or cipher is None or presented[0] in (self._leaves or ()):
            raise NotAcceptedError(farewell)
        if version == "TLSv1.2" and not renegotiates_securely(head):
            raise NotAcceptedError(farewell)
        return Shaken(version, cipher, presented, verified, finished=True, farewell=farewell)


def _configured(builder: Any) -> Any:  # noqa: ANN401 - see above
    builder.set_verify_mode(_CERT_REQUIRED)
    builder.set_check_hostname(True)
    builder.set_verify_flags(_PARTIAL_CHAIN)  # an anchor may be any authority, as `Kinds` chooses it
    builder.set_cipher_suites(list(_SUITES))
    return builder


def _unusable() -> UsageError:
    import importlib.metadata  # which imports much

    version = importlib.metadata.version("rtls")
    return UsageError(f"the engine rustls cannot use rtls {version}", hint=INSTALL)


def renegotiates_securely(received: bytes) -> bool:
    """
    Return whether a ServerHello of TLS 1.2 at the beginning of *received* has the extension of :rfc:`5746`.

    OpenSSL 3 refuses a server without it, and rustls does not look.
    """
    at = 5 + 4 + 2 + 32  # the headers of record and message, version and random
    record_end, hello_end = 5 + int.from_bytes(received[3:5]), 9 + int.from_bytes(received[6:9])
    at += 1 + received[at] + 2 + 1 if len(received) > at else 0  # session, suite and compression
    end = at + 2 + int.from_bytes(received[at : at + 2])
    if not at < end == hello_end <= min(record_end, len(received)) or received[5:6] != b"\x02":
        return False
    at += 2
    while at + 4 <= end:
        if received[at : at + 2] == _RENEGOTIATION:
            return True
        at += 4 + int.from_bytes(received[at + 2 : at + 4])
    return False


def _feed(connection: Any, received: bytes) -> None:  # noqa: ANN401 - see above
    """Give *received* to rustls, which takes a part of it at a time."""
    try:
        while received:
            count = connection.read_tls(received)
            connection.process_new_packets()
            if not count:
                raise NotAcceptedError
            received = received[count:]
    except ssl.SSLError:
        raise NotAcceptedError(_written(connection)) from None


def _written(connection: Any) -> bytes:  # noqa: ANN401 - see above
    written = b""
    while connection.wants_write() and (more := connection.write_tls()):
        written += more
    return written


def _leaves_of(trust: Trust) -> frozenset[bytes] | None:
    """
    Return the certificates that OpenSSL trusts although they are not authorities, DER; None if they are not known.

    From Python 3.13 on, such a certificate is a trust anchor by itself, and its chain ends there.
    """
    context = trust.verifying(None)
    if not context.verify_flags & _PARTIAL_CHAIN:
        return frozenset()
    stats = context.cert_store_stats()
    if stats["x509"] != stats["x509_ca"]:
        return None
    found: set[bytes] = set()
    try:
        for folder in folders_of(trust):
            for path in folder.iterdir():
                found.update(_ders(path.read_bytes()) if path.is_file() else ())
    except (OSError, ValueError):
        return None
    return frozenset(found)


def _ders(pem: bytes) -> Iterator[bytes]:
    for text in _PEM.findall(pem):
        der = base64.b64decode(text)
        with suppress(CertificateError):
            yield der[: asn1.read_header(der, 0, len(der), asn1.SEQUENCE, "the certificate")[1]]  # OpenSSL adds to some
