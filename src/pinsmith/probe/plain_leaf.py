"""
A strict reader for leaf certificates of the usual form, about which OpenSSL and rustls cannot disagree.

It knows the encodings that almost all leaves have, byte by byte, and everything else is read as None. That is not a
verdict: `pinsmith.probe.kinds` leaves such a leaf to OpenSSL.

Source: :rfc:`5280#section-4.1`; OpenSSL ``crypto/x509/v3_purp.c`` for what it reads of every certificate, and
``crypto/x509/x509_vfy.c`` for the checks of ``X509_V_FLAG_X509_STRICT``
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from pinsmith.certificate.algorithm import usual_key

if TYPE_CHECKING:
    from collections.abc import Callable

_Name = tuple[tuple[bytes, str], ...]

_SEQUENCE, _SET, _OCTETS, _BITS, _OID, _INTEGER = 0x30, 0x31, 0x04, 0x03, 0x06, 0x02
_EXTENSIONS: Final = 0xA3
_VERSION_3: Final = bytes.fromhex("a003020102")
_MAX_SERIAL: Final = 20
_SIGNATURES: Final = frozenset(
    map(
        bytes.fromhex,
        (
            "300d06092a864886f70d01010b0500",  # RSA with SHA-256, 384 and 512
            "300d06092a864886f70d01010c0500",
            "300d06092a864886f70d01010d0500",
            "300a06082a8648ce3d040302",  # ECDSA with the same
            "300a06082a8648ce3d040303",
            "300a06082a8648ce3d040304",
            "300506032b6570",  # Ed25519
        ),
    )
)
# UTCTime: years from 50 on are those of the last century. An hour 24 is refused here, because ISO 8601 allows it.
_TIME: Final = rb"\x17\x0d([0-4]\d{5})((?:[01]\d|2[0-3])\d{4}Z)"
_TIMES: Final = re.compile(rb"\x30\x1e" + _TIME + _TIME)
_ATTRIBUTE: Final = b"\x06\x03\x55\x04"
_STRINGS: Final = {0x0C: "utf-8", 0x13: "ascii", 0x16: "ascii"}
# digitalSignature, alone or with nonRepudiation, keyEncipherment or keyAgreement.
_KEY_USAGES: Final = frozenset(map(bytes.fromhex, ("03020780", "030205a0", "03020388", "030206c0", "030205e0")))
# serverAuth, alone or with clientAuth.
_PURPOSES: Final = frozenset(
    map(
        bytes.fromhex,
        (
            "300a06082b06010505070301",
            "301406082b0601050507030106082b06010505070302",
            "301406082b0601050507030206082b06010505070301",
        ),
    )
)
_NO_AUTHORITY: Final = b"\x30\x00"
_DNS, _IP = 0x82, 0x87
_DNS_NAME: Final = re.compile(rb"(?:\*\.)?[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")
# OpenSSL sees no wildcard in *.test and *.a_b.test.
_BELOW_WILDCARD: Final = re.compile(r"(?!xn--)[a-z0-9-]+(?:\.[a-z0-9-]+){2,}")
_POINT: Final = (_SEQUENCE, 0xA0, 0xA0)
_URI: Final = 0x86
_TRUE: Final = b"\x01\x01\xff"
# Most extensions of an authority's leaves are the same bytes; the longest that is remembered, and how many.
_MAX_REMEMBERED_BYTES: Final = 160
_MAX_REMEMBERED: Final = 1024


@dataclass(frozen=True, slots=True)
class PlainLeaf:
    """
    The parts of a leaf on which the choice of its chain depends, and its names and times.

    Attributes:
        issuer: DER.
        subject: Its attributes as OpenSSL compares them; empty if there are none.
        key_identifier: The whole extension of the authority's key, DER; empty if there is none.
        names: In lower case; wildcards begin with ``*.``.
        begins: The first second of validity.
        ends: The last one.
    """

    issuer: bytes
    subject: _Name
    key_identifier: bytes
    names: frozenset[str]
    begins: datetime
    ends: datetime

    def covers(self, host: str) -> bool:
        """Return whether both libraries find *host* among the names; False may mean that they do not agree."""
        if host in self.names:
            return True
        parent = host.partition(".")[2]
        return f"*.{parent}" in self.names and _BELOW_WILDCARD.fullmatch(host) is not None


def read_plain_leaf(der: bytes) -> PlainLeaf | None:
    """Read *der*; None if it is not of the usual form."""
    try:
        return _read_leaf(der)
    except (LookupError, ValueError):
        return None


def read_name(der: bytes) -> _Name:
    """
    Return the attributes of a distinguished name, with their values as OpenSSL compares them.

    Raises:
        LookupError: If it is not of the usual form.
        ValueError: The same.
    """
    at, end = _part(der, 0, _SEQUENCE)
    _require(end == len(der))
    found = []
    while at < end:
        at, after = _part(der, at, _SET)
        at, last = _part(der, at, _SEQUENCE)
        _require(after == last and der.startswith(_ATTRIBUTE, at) and der[at + 4] < 0x80)  # noqa: PLR2004 - one byte
        start, stop = _part(der, at + 5, der[at + 5])
        value = str(der[start:stop], _STRINGS[der[at + 5]])
        _require(stop == last and value.isprintable() and value != "")
        found.append((der[at + 2 : at + 5], " ".join(value.lower().split())))
        at = after
    _require(at == end)
    return tuple(found)


def read_validity(der: bytes, at: int) -> tuple[datetime, datetime, int] | None:
    """Return the first and last second of the validity at *at*, and where it ends; None if its form is unusual."""
    times = _TIMES.match(der, at)
    if times is None:
        return None
    try:
        return _moment(times[1], times[2]), _moment(times[3], times[4]), times.end()
    except ValueError:  # a day that no month has
        return None


def _read_leaf(der: bytes) -> PlainLeaf:
    at, end = _part(der, 0, _SEQUENCE)
    _require(end == len(der))
    at, body_end = _part(der, at, _SEQUENCE)
    _, signature = _part(der, body_end, _SEQUENCE)
    algorithm = der[body_end:signature]
    bits, stop = _part(der, signature, _BITS)
    _require(algorithm in _SIGNATURES and der[bits] == 0 and stop == end and der.startswith(_VERSION_3, at))
    number, at = _part(der, at + len(_VERSION_3), _INTEGER)
    _require(0 < at - number <= _MAX_SERIAL and der[number] < 0x80 and (der[number] > 0 or der[number + 1] >= 0x80))  # noqa: PLR2004 - the sign
    _require(der.startswith(algorithm, at))
    at += len(algorithm)
    _, issuer_end = _part(der, at, _SEQUENCE)
    issuer = der[at:issuer_end]
    validity = read_validity(der, issuer_end)
    if validity is None:
        raise ValueError
    begins, ends, at = validity
    _, subject_end = _part(der, at, _SEQUENCE)
    subject = read_name(der[at:subject_end])
    key = usual_key(der, subject_end)
    if key is None:
        raise ValueError
    at, end = _part(der, key[1], _EXTENSIONS)
    at, last = _part(der, at, _SEQUENCE)
    _require(last == end == body_end)
    key_identifier, names = _read_extensions(der, at, end, named=subject != ())
    return PlainLeaf(issuer, subject, key_identifier, names, begins, ends)


def _read_extensions(der: bytes, at: int, end: int, *, named: bool) -> tuple[bytes, frozenset[str]]:
    """Return the extension of the authority's key, and the names; *named* says whether there is a subject."""
    key_identifier, names = b"", None
    found = []
    while at < end:
        begin = at
        start, at = _part(der, at, _SEQUENCE)
        extension = der[begin:at]
        if der.startswith(_NAMES, start + 2):
            oid, critical, value = _split(extension)
            _require(oid == _NAMES and (critical or named))
            names = _read_names(value)
        else:
            oid = _remembered(extension) if at - begin <= _MAX_REMEMBERED_BYTES else _known(extension)
            if oid == _KEY_IDENTIFIER:
                key_identifier = extension
        found.append(oid)
    if names is None or at != end or len(set(found)) < len(found):
        raise ValueError
    return key_identifier, names


def _split(extension: bytes) -> tuple[bytes, bool, bytes]:
    """Return the identifier of an extension, whether it is critical, and its value."""
    at, end = _part(extension, 0, _SEQUENCE)
    start, at = _part(extension, at, _OID)
    oid = extension[start:at]
    if critical := extension.startswith(_TRUE, at):
        at += len(_TRUE)
    at, stop = _part(extension, at, _OCTETS)
    _require(stop == end == len(extension))
    return oid, critical, extension[at:]


def _known(extension: bytes) -> bytes:
    """Return the identifier of an extension that has a usual value, other than the names."""
    oid, critical, value = _split(extension)
    _CHECKS[oid](value, critical)
    return oid


_remembered = functools.lru_cache(_MAX_REMEMBERED)(_known)


def _read_names(der: bytes) -> frozenset[str]:
    at, end = _part(der, 0, _SEQUENCE)
    _require(at < end == len(der))
    names = set()
    while at < end:
        start, stop = _part(der, at, der[at])
        if der[at] == _DNS:
            name = der[start:stop]
            _require(_DNS_NAME.fullmatch(name) is not None)
            names.add(name.decode("ascii").lower())
        else:
            _require(der[at] == _IP and stop - start in {4, 16})
        at = stop
    _require(at == end)
    return frozenset(names)


def _key_usage(value: bytes, critical: bool) -> None:  # noqa: ARG001, FBT001 - as all checks
    _require(value in _KEY_USAGES)


def _purposes(value: bytes, critical: bool) -> None:  # noqa: ARG001, FBT001
    _require(value in _PURPOSES)


def _constraints(value: bytes, critical: bool) -> None:  # noqa: ARG001, FBT001
    _require(value == _NO_AUTHORITY)


def _own_identifier(value: bytes, critical: bool) -> None:  # noqa: FBT001
    start, end = _part(value, 0, _OCTETS)
    _require(not critical and start < end == len(value))


def _not_critical(value: bytes, critical: bool) -> None:  # noqa: FBT001
    """Take an extension that no library reads before it trusts a chain, or that is compared whole."""
    _require(not critical and value != b"")


def _revocation(value: bytes, critical: bool) -> None:  # noqa: FBT001
    """Require addresses of revocation lists, and nothing else, because OpenSSL reads them of every certificate."""
    at, end = _part(value, 0, _SEQUENCE)
    _require(not critical and at < end == len(value))
    while at < end:
        ends = []
        for tag in _POINT:
            at, stop = _part(value, at, tag)
            ends.append(stop)
        _require(len(set(ends)) == 1 and at < stop)
        while at < stop:
            start, at = _part(value, at, _URI)
            _require(value[start:at].isascii() and start < at)
        _require(at == stop)
    _require(at == end)


_NAMES: Final = bytes.fromhex("551d11")
_KEY_IDENTIFIER: Final = bytes.fromhex("551d23")
_CHECKS: Final[dict[bytes, Callable[[bytes, bool], None]]] = {
    _KEY_IDENTIFIER: _not_critical,
    bytes.fromhex("551d0e"): _own_identifier,
    bytes.fromhex("551d0f"): _key_usage,
    bytes.fromhex("551d13"): _constraints,
    bytes.fromhex("551d1f"): _revocation,
    bytes.fromhex("551d20"): _not_critical,  # policies
    bytes.fromhex("551d25"): _purposes,
    bytes.fromhex("2b06010505070101"): _not_critical,  # addresses of the authority
    bytes.fromhex("2b06010401d679020402"): _not_critical,  # signed timestamps of transparency logs
}


def _part(der: bytes, at: int, tag: int) -> tuple[int, int]:
    """Return where the content of the element at *at* begins and ends; it may end after *der*."""
    if der[at] != tag:
        raise ValueError
    length = der[at + 1]
    if length < 0x80:  # noqa: PLR2004 - the short form
        return at + 2, at + 2 + length
    if length == 0x81 and der[at + 2] >= 0x80:  # noqa: PLR2004 - one more byte
        return at + 3, at + 3 + der[at + 2]
    if length == 0x82 and der[at + 2] > 0:  # noqa: PLR2004 - two more bytes
        return at + 4, at + 4 + (der[at + 2] << 8 | der[at + 3])
    raise ValueError


def _moment(day: bytes, time: bytes) -> datetime:
    return datetime.fromisoformat(f"20{day.decode()}T{time.decode()}")


def _require(condition: bool) -> None:  # noqa: FBT001
    if not condition:
        raise ValueError
