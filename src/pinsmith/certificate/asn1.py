"""
A strict parser that finds the part of a certificate that a pin is computed from.

It accepts only what DER and the X.509 structure allow: definite minimal lengths, the expected tag at every step, and no
trailing bytes. If a parser accepts more than the TLS library, an attacker can make it read another key than the one
that was verified. CVE-2026-87866 in curl's wolfSSL backend is an example.

Source: ITU-T X.690 (DER), :rfc:`5280#section-4.1`, :rfc:`2986#section-4.1`
"""

from __future__ import annotations

from typing import Final

from pinsmith.errors import CertificateError

SEQUENCE: Final = 0x30
INTEGER: Final = 0x02
BIT_STRING: Final = 0x03
OBJECT_IDENTIFIER: Final = 0x06
_VERSION: Final = 0xA0  # [0] EXPLICIT
_AFTER_SPKI: Final = (0x81, 0x82, 0xA3)  # unique identifiers and extensions, all at most once and in this order
_ATTRIBUTES: Final = (0xA0,)
_LONG_FORM: Final = 0x80  # from this length on, the length is encoded in further bytes
_MAX_LENGTH_BYTES: Final = 4
_MAX_IDENTIFIER_BYTES: Final = 64


def read_header(der: bytes, at: int, end: int, tag: int, what: str) -> tuple[int, int]:
    """
    Check that *tag* is at offset *at*, and return where its content begins and ends.

    Raises:
        CertificateError: If there is another tag, the length is not DER, or the content exceeds *end*.
    """
    if at + 2 > end:
        raise _broken(f"{what} is missing", at)
    if der[at] != tag:
        raise _broken(f"{what} has tag 0x{der[at]:02x}, expected 0x{tag:02x}", at)
    first = der[at + 1]
    start = at + 2
    length = first
    if first & _LONG_FORM:
        count = first & 0x7F
        if count == 0 or count > _MAX_LENGTH_BYTES or start + count > end:
            raise _broken(f"{what} has no DER length", at)
        length = int.from_bytes(der[start : start + count], "big")
        if length < _LONG_FORM or der[start] == 0:
            raise _broken(f"{what} has a length that is not minimal", at)
        start += count
    if start + length > end:
        raise _broken(f"{what} is longer than the element that contains it", at)
    return start, start + length


def spki_of_certificate(der: bytes) -> bytes:
    """
    Return the SubjectPublicKeyInfo of *der*, which must be one DER certificate and nothing else.

    The bytes are never re-encoded, because that would change the pin of RSASSA-PSS keys and of explicit and compressed
    EC keys.

    Raises:
        CertificateError: If *der* is not exactly one certificate.
    """
    size = len(der)
    at, end = read_header(der, 0, size, SEQUENCE, "the certificate")
    if end != size:
        raise _broken("bytes follow the certificate", end)
    at, tbs_end = read_header(der, at, end, SEQUENCE, "the certificate's body")
    _read_signature(der, tbs_end, end)
    if at < tbs_end and der[at] == _VERSION:
        _, at = read_header(der, at, tbs_end, _VERSION, "the version")
    _, at = read_header(der, at, tbs_end, INTEGER, "the serial number")
    for part in ("the signature algorithm", "the issuer", "the validity", "the subject"):
        _, at = read_header(der, at, tbs_end, SEQUENCE, part)
    spki, at = _read_spki(der, at, tbs_end)
    _read_optional(der, at, tbs_end, _AFTER_SPKI)
    return spki


def spki_of_request(der: bytes) -> bytes:
    """
    Return the SubjectPublicKeyInfo of *der*, which must be one DER certification request and nothing else.

    Raises:
        CertificateError: If *der* is not exactly one PKCS#10 request.
    """
    size = len(der)
    at, end = read_header(der, 0, size, SEQUENCE, "the request")
    if end != size:
        raise _broken("bytes follow the request", end)
    at, body_end = read_header(der, at, end, SEQUENCE, "the request's body")
    _read_signature(der, body_end, end)
    _, at = read_header(der, at, body_end, INTEGER, "the version")
    _, at = read_header(der, at, body_end, SEQUENCE, "the subject")
    spki, at = _read_spki(der, at, body_end)
    _read_optional(der, at, body_end, _ATTRIBUTES)
    return spki


def require_spki(der: bytes) -> bytes:
    """
    Return *der* if it is exactly one SubjectPublicKeyInfo.

    Raises:
        CertificateError: If *der* is not exactly one SubjectPublicKeyInfo.
    """
    spki, end = _read_spki(der, 0, len(der))
    if end != len(der):
        raise _broken("bytes follow the public key", end)
    return spki


def algorithm_oid(spki: bytes) -> str:
    """
    Return the dotted object identifier of the algorithm of a SubjectPublicKeyInfo.

    Raises:
        CertificateError: If *spki* is not a SubjectPublicKeyInfo.
    """
    at, end = read_header(spki, 0, len(spki), SEQUENCE, "the public key")
    at, end = read_header(spki, at, end, SEQUENCE, "the key's algorithm")
    at, end = read_header(spki, at, end, OBJECT_IDENTIFIER, "the key's algorithm identifier")
    content = spki[at:end]
    # The longest identifier of a key algorithm has 11 bytes. A huge one would take very long to print.
    if not content or len(content) > _MAX_IDENTIFIER_BYTES or content[-1] & 0x80:
        raise _broken("the key's algorithm identifier is not an object identifier", at)
    arcs: list[int] = []
    value = 0
    for byte in content:
        if value == 0 and byte == 0x80:  # noqa: PLR2004 - a leading zero digit, which DER forbids
            raise _broken("the key's algorithm identifier is not minimal", at)
        value = value << 7 | byte & 0x7F
        if not byte & 0x80:
            arcs.append(value)
            value = 0
    root = min(arcs[0] // 40, 2)
    return ".".join(map(str, (root, arcs[0] - 40 * root, *arcs[1:])))


def _read_signature(der: bytes, at: int, end: int) -> None:
    _, at = read_header(der, at, end, SEQUENCE, "the outer signature algorithm")
    _, at = read_header(der, at, end, BIT_STRING, "the signature")
    if at != end:
        raise _broken("bytes follow the signature", at)


def _read_spki(der: bytes, at: int, end: int) -> tuple[bytes, int]:
    start, spki_end = read_header(der, at, end, SEQUENCE, "the public key")
    algorithm, algorithm_end = read_header(der, start, spki_end, SEQUENCE, "the key's algorithm")
    read_header(der, algorithm, algorithm_end, OBJECT_IDENTIFIER, "the key's algorithm identifier")
    _, key_end = read_header(der, algorithm_end, spki_end, BIT_STRING, "the key's bits")
    if key_end != spki_end:
        raise _broken("bytes follow the key's bits", key_end)
    return der[at:spki_end], spki_end


def _read_optional(der: bytes, at: int, end: int, tags: tuple[int, ...]) -> None:
    for tag in tags:
        if at < end and der[at] == tag:
            _, at = read_header(der, at, end, tag, "an element after the public key")
    if at != end:
        raise _broken(f"an unexpected element 0x{der[at]:02x} follows the public key", at)


def _broken(what: str, at: int) -> CertificateError:
    return CertificateError(f"{what} (byte {at})")
