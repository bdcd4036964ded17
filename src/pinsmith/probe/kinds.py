"""
The kinds of chains that OpenSSL has verified, so that a leaf which another library accepts gets the chain of OpenSSL.

OpenSSL chooses a chain without looking at signatures: by names, key identifiers and validity of the candidates, from
the store and from what the server sent. So two leaves with the same issuer and the same identifier of its key, which
are sent with the same other certificates, have the same chain above them. These things together are a *kind*. The
first host of each kind is verified by OpenSSL, and teaches its chain. Of further hosts, only the leaf is judged anew.

Source: OpenSSL ``crypto/x509/x509_vfy.c``, `build_chain`, and ``crypto/x509/v3_purp.c``, `X509_check_issued`
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from pinsmith.certificate import Certificate, asn1
from pinsmith.errors import CertificateError
from pinsmith.probe.plain_leaf import PlainLeaf, read_name, read_plain_leaf, read_validity

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

MAX_KINDS: Final = 1000
# An issuer as an anchor saves one signature for each host, and every anchor costs a little for each host.
MAX_ISSUERS: Final = 32
# OpenSSL chooses among candidates by their validity, also among those of the store that are not in the chain.
LIFE: Final = timedelta(hours=1)
# The two libraries look at the clock at different moments.
MARGIN: Final = timedelta(minutes=1)
# OpenSSL refuses more than 100 kB of certificates. Every kind is kept, and a hostile server may send any certificates.
_MAX_BYTES: Final = 32 * 1024
_NAME_CONSTRAINTS: Final = bytes.fromhex("0603551d1e")

_Key = tuple[tuple[bytes, ...], bytes, bytes]


@dataclass(frozen=True, slots=True)
class _Kind:
    above: list[bytes]
    issuer: tuple[tuple[bytes, str], ...]
    until: datetime


class Kinds:
    """
    The chains that OpenSSL has verified with the anchors of one `Trust`, and the leaves that are settled by them.

    Args:
        add_anchor: Called with each DER certificate that is an anchor for the other library from now on: the issuers of
            the first `MAX_ISSUERS` kinds, whose chains OpenSSL has verified, then trust anchors; raises `ValueError`
            if the other library cannot read it.
    """

    def __init__(self, add_anchor: Callable[[bytes], None]) -> None:
        self._add_anchor = add_anchor
        self._kinds: dict[_Key, _Kind] = {}
        self._anchors: set[bytes] = set()
        self._spkis: dict[bytes, bytes] = {}  # by the name that has this key, for issuers of leaves and for anchors

    def __len__(self) -> int:
        return len(self._kinds)

    def learn(self, presented: Sequence[bytes], verified: Sequence[bytes], now: datetime) -> None:
        """
        Remember a chain that OpenSSL has verified, if further leaves below it can be settled.

        Args:
            presented: DER, leaf first.

            verified: DER, leaf first, trust anchor last.

            now: Aware.
        """
        leaf = read_plain_leaf(presented[0])
        if len(self._kinds) >= MAX_KINDS:
            self._kinds = {key: kind for key, kind in self._kinds.items() if now < kind.until}
        full = len(self._kinds) >= MAX_KINDS or len(self._spkis) >= 2 * MAX_KINDS
        if leaf is None or len(verified) < 2 or full or _is_large(presented):  # noqa: PLR2004 - a leaf and an issuer
            return
        key = (tuple(presented[1:]), leaf.issuer, leaf.key_identifier)
        try:
            kind = self._kind(leaf, key[0], verified, now)
            if kind is None:
                return
            anchor = kind.above[0] if len(self._anchors) < MAX_ISSUERS else kind.above[-1]
            if anchor not in self._anchors:
                self._add_anchor(anchor)
                self._anchors.add(anchor)
        except (CertificateError, LookupError, ValueError):
            return
        self._kinds[key] = kind

    def chain_of(self, presented: Sequence[bytes], host: str, now: datetime) -> list[bytes] | None:
        """
        Return the chain that OpenSSL would verify for *host*; None if only OpenSSL can say.

        Another library must have verified the signature of the leaf with an issuer among the *presented* certificates
        and the anchors that were learned, and that the server has the leaf's key.

        Args:
            presented: DER, leaf first.

            host: Canonical; a name.

            now: Aware.
        """
        leaf = read_plain_leaf(presented[0])
        if leaf is None or _is_large(presented):
            return None
        key = (tuple(presented[1:]), leaf.issuer, leaf.key_identifier)
        kind = self._kinds.get(key)
        if kind is None:
            return None
        if now >= kind.until:
            del self._kinds[key]
            return None
        if not leaf.begins + MARGIN <= now <= leaf.ends - MARGIN or leaf.subject == kind.issuer:
            return None
        return [presented[0], *kind.above] if leaf.covers(host) else None

    def _kind(self, leaf: PlainLeaf, sent: tuple[bytes, ...], verified: Sequence[bytes], now: datetime) -> _Kind | None:
        above, sent_too = [Certificate(der) for der in verified[1:]], [Certificate(der) for der in sent]
        until = now + LIFE
        for certificate in (*above, *sent_too):
            begins, ends, _ = _validity_and_subject(certificate)
            if _NAME_CONSTRAINTS in certificate.der or begins + MARGIN > now:
                return None
            until = min(until, ends - MARGIN)
        names = {leaf.issuer: above[0].spki}
        # rustls tries every issuer that has the right name, and OpenSSL only one.
        for certificate in (*sent_too, above[-1]):
            *_, name = _validity_and_subject(certificate)
            if names.setdefault(name, certificate.spki) != certificate.spki:
                return None
        *_, anchor = _validity_and_subject(above[-1])
        own = {leaf.issuer: names[leaf.issuer], anchor: above[-1].spki}
        if any(self._spkis.get(name, spki) != spki for name, spki in own.items()) or until <= now:
            return None
        self._spkis.update(own)
        return _Kind(list(verified[1:]), read_name(leaf.issuer), until)


def _is_large(presented: Sequence[bytes]) -> bool:
    return sum(map(len, presented)) > _MAX_BYTES


def _validity_and_subject(certificate: Certificate) -> tuple[datetime, datetime, bytes]:
    """
    Return the first and the last second of the validity, and the name as DER, which rustls compares.

    Usual times are read here, so that most retrievals do not load cryptography, which takes 14 MB of memory.
    """
    der, end = certificate.der, len(certificate.der)
    at, _ = asn1.read_header(der, 0, end, asn1.SEQUENCE, "the certificate")
    at, _ = asn1.read_header(der, at, end, asn1.SEQUENCE, "the body")
    if der[at] != asn1.INTEGER:
        _, at = asn1.read_header(der, at, end, 0xA0, "the version")
    _, at = asn1.read_header(der, at, end, asn1.INTEGER, "the serial number")
    for part in ("the signature algorithm", "the issuer"):
        _, at = asn1.read_header(der, at, end, asn1.SEQUENCE, part)
    _, after = asn1.read_header(der, at, end, asn1.SEQUENCE, "the validity")
    begins, ends, _ = read_validity(der, at) or (certificate.not_before, certificate.not_after, after)
    return begins, ends, der[after : asn1.read_header(der, after, end, asn1.SEQUENCE, "the subject")[1]]
