"""
Complete a verified chain that OpenSSL ended early, from the trust store alone.

With ``VERIFY_X509_PARTIAL_CHAIN``, which `ssl.create_default_context` sets from Python 3.13 on, OpenSSL ends a chain at
the first certificate that it trusts. Where an intermediate is among the trust anchors the chain never shows its root,
and a pin of the root would refuse the right server.

The chain is verified once more, by `cryptography`, up to a pinned certificate of the trust store: signatures, dates,
path lengths, name constraints and the host name. A certificate that the server presented takes no part unless OpenSSL
verified it. So nothing is accepted that OpenSSL would refuse without the flag.

This module is separate from `_enforcer`, because it needs `cryptography`, which enforcement imports only when a context
is made.

Source: CPython ``Lib/ssl.py`` (``create_default_context``), OpenSSL ``X509_VERIFY_PARAM_set_flags(3)``
"""

from __future__ import annotations

import os
import re
import ssl
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from pinsmith.certificate import Certificate, Chain
from pinsmith.errors import CertificateError
from pinsmith.host import is_address

if TYPE_CHECKING:
    from pinsmith.policy import HostPins


def completed(chain: Chain, host: str, entry: HostPins, context: ssl.SSLContext) -> Chain | None:
    """
    Verify *chain* up to a certificate that *entry* wants and that *context* trusts.

    Args:
        chain: The verified chain, as OpenSSL ended it.
        host: Canonical; the leaf must name it.
        entry: Its trust anchors are wanted; if it has none, its pinned keys.
        context: The one that verified the chain.

    Returns:
        The chain, leaf first, which ends in the wanted certificate; None if there is none.
    """
    from cryptography.x509.verification import VerificationError

    certificates = [certificate for certificate in chain if isinstance(certificate, Certificate)]
    try:
        if len(certificates) < len(chain) or certificates[-1].is_self_issued:
            return None
        above = _above(certificates[-1], _store(context, certificates[-1].der))
        wanted = {anchor.pin for anchor in entry.trust_anchors} or {key.pin for key in entry.keys}
        goals = [certificate for certificate in above if certificate.pin in wanted]
        return _verified([*certificates, *above], host, goals) if goals else None
    except (CertificateError, VerificationError, ValueError):
        return None


def _above(last: Certificate, store: list[Certificate]) -> list[Certificate]:
    """List the certificates of *store* that, by their names, may stand above *last*; the others are not parsed."""
    above: list[Certificate] = []
    below = [last]
    while below:
        issuer = below.pop().x509.issuer.public_bytes()
        found = [candidate for candidate in store if issuer in candidate.der and candidate not in above]
        above += found
        below += found
    return above


def _verified(certificates: list[Certificate], host: str, goals: list[Certificate]) -> Chain:
    import ipaddress

    from cryptography import x509
    from cryptography.x509.verification import PolicyBuilder, Store

    name = x509.IPAddress(ipaddress.ip_address(host)) if is_address(host) else x509.DNSName(host)
    known = {certificate.x509: certificate for certificate in certificates}
    verifier = PolicyBuilder().store(Store([goal.x509 for goal in goals])).build_server_verifier(name)
    leaf, *others = known
    return Chain(tuple(known[link] for link in verifier.verify(leaf, others)))


def _store(context: ssl.SSLContext, last: bytes) -> list[Certificate]:
    """
    Read the trust store of *context*.

    OpenSSL loads the certificates of a directory one by one, when it needs them. So they are read here, if *last*, the
    certificate at which OpenSSL ended the chain, is in the directory.
    """
    loaded = context.get_ca_certs(binary_form=True)
    directory = getattr(context, "_trust_directory", ssl.get_default_verify_paths().capath)
    listed = _listed(directory) if directory else []
    ders = [*loaded, *(listed if last in listed else ())]
    return [certificate for certificate in Chain.of_der(ders) if isinstance(certificate, Certificate)]


def _listed(directory: str | bytes) -> list[bytes]:
    """Read the certificates of a directory in which files are named by OpenSSL's hash, such as ``0a1b2c3d.0``."""
    begin = ssl.PEM_HEADER.encode("ascii")
    ders: list[bytes] = []
    with suppress(OSError):
        for path in Path(os.fsdecode(directory)).iterdir():
            if re.fullmatch(r"[0-9a-f]{8}\.\d+", path.name):
                with suppress(OSError, ValueError):
                    pem = path.read_bytes()
                    ders.append(ssl.PEM_cert_to_DER_cert(pem[pem.index(begin) :].decode("ascii")))
    return ders
