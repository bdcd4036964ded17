"""The facts that the certificates of a group show, once they are parsed and their signatures are verified."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from pinsmith import authorities
from pinsmith.certificate import Certificate, Chain
from pinsmith.certificate.signature import is_signed_by
from pinsmith.checks.certificate import verified_chain
from pinsmith.errors import CertificateError
from pinsmith.pin import Pin
from pinsmith.reports._group import body_of

if TYPE_CHECKING:
    from pinsmith.authorities import Authority
    from pinsmith.reports._report import Report

_MAX_DER: Final = 32 * 1024  # bytes of a certificate; those with hundreds of names have 20,000


@dataclass(frozen=True, slots=True)
class Facts:
    """
    The facts of one group, from one report of it.

    Attributes:
        report: The report.

        chain: Its certificates, leaf first; those that cannot be read keep their place. None if it has none.

        verified:
            The part of the chain in which every certificate is signed by the next one, leaf first, as a client would
            verify it for the host on the first day of the leaf. It ends in the last certificate that fits, whoever that
            belongs to. Empty if not even two certificates fit, or if the leaf is for another host.

        pins:
            The pins of *verified*, leaf first, or that of the leaf if nothing is verified. If the report has no
            certificates, the pins that it lists.

        authority:
            The public authority whose key signed in *verified*, or signed its last certificate; None if there is none
            in the table.

        is_private: Whether the chain ends in a self-signed certificate, and no public authority signed in it.

        names_host: Whether the leaf is for the host; None without a leaf or a host.
    """

    report: Report
    chain: Chain | None
    verified: tuple[Certificate, ...]
    pins: tuple[Pin, ...]
    authority: Authority | None
    is_private: bool
    names_host: bool | None

    @property
    def leaf(self) -> Certificate | None:
        """The leaf, if the report has one that can be read."""
        return self.chain.leaf if self.chain else None


def facts_of(report: Report) -> Facts:
    """
    Parse the certificates of *report* and verify how they are signed. Takes milliseconds: call it once for each group.

    Dates of the certificates, revocation and the sender of the report are not checked. Certificates that cannot be read
    do not raise an error.
    """
    chain = Chain.of_der(map(_der, report.chain)) if report.chain else None
    leaf = chain.leaf if chain else None
    verified = verify(report.host, _readable(chain)) if report.host and leaf else ()
    signers = verified[1:]
    authority = next(filter(None, (authorities.find(signer.pin) for signer in signers)), None)
    if authority is None and signers:
        authority = _root_above(signers[-1])
    last = verified[-1] if verified else leaf
    return Facts(
        report=report,
        chain=chain,
        verified=verified,
        pins=_pins(report, verified, leaf),
        authority=authority,
        is_private=authority is None and last is not None and _is_self_signed(last),
        names_host=leaf.covers(report.host) if leaf and report.host else None,
    )


def _pins(report: Report, verified: tuple[Certificate, ...], leaf: Certificate | None) -> tuple[Pin, ...]:
    # A rogue server may append a genuine chain, so a certificate counts only if it signed. Only the leaf need not.
    if report.chain:
        return tuple(certificate.pin for certificate in verified) or ((leaf.pin,) if leaf else ())
    return report.served_pins


def verify(host: str, certificates: tuple[Certificate, ...]) -> tuple[Certificate, ...]:
    """Verify the longest part of a chain that leads from the leaf, for *host*, to one of the certificates above it."""
    try:
        moment = certificates[0].not_before + timedelta(seconds=1)
    except (CertificateError, OverflowError):
        return ()
    for top in reversed(certificates[1:]):
        verified, _ = verified_chain(host, certificates, [top.der], moment)
        if verified is not None:
            return _readable(verified)
    return ()


def _der(certificate: str) -> bytes:
    text = body_of(certificate)
    if len(text) > _MAX_DER * 2:
        return b""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""


def _readable(chain: Chain | None) -> tuple[Certificate, ...]:
    return tuple(certificate for certificate in chain or () if isinstance(certificate, Certificate))


def _root_above(last: Certificate) -> Authority | None:
    """Find the root that signed *last*, which servers do not send and several clients do not report."""
    try:
        keys = authorities.root_keys(last.issuer)
    except CertificateError:
        return None
    spki = next((spki for spki in keys if is_signed_by(last, spki)), None)
    return authorities.find(Pin.of_spki(spki)) if spki is not None else None


def _is_self_signed(certificate: Certificate) -> bool:
    try:
        certificate.x509.verify_directly_issued_by(certificate.x509)
    except Exception:  # noqa: BLE001 - the library raises many types on hostile certificates
        return False
    return True
