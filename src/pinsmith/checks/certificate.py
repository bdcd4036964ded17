"""
Check whether a certificate that is not deployed yet would lock clients out.

A client must find that it is valid, made for the host and issued below a trusted authority. The chain that the client
builds must contain a pinned key. The private key is not checked.

No socket, no file, no clock: certificates and the time are arguments.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from pinsmith.certificate import Chain, printable
from pinsmith.checks.chain_fault import ChainFault, names_of, out_of_date
from pinsmith.checks.cohort import for_releases_alone, hosts_of_releases, with_cohorts
from pinsmith.checks.host_check import HostCheck, check_of_verdict
from pinsmith.checks.warning import Horizon, certificate_warning
from pinsmith.errors import CertificateError, HostError, MaterialError
from pinsmith.host import canonical_host, is_address
from pinsmith.material import read_material
from pinsmith.verdict import Matched, decide

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime

    from cryptography import x509

    from pinsmith.certificate import Certificate
    from pinsmith.policy import Policy
    from pinsmith.release import Release


_HINT: Final = "do not deploy this certificate"
_CHAIN_HINT: Final = (
    "pass the whole chain, such as fullchain.pem; if its authority is private, pass its root with --cafile, or write "
    "cafile into its entry"
)
# How `cryptography` wraps the errors of `_require_signing` and `_require_server`.
_OWN_REASON: Final = re.compile(r"validator failed: ValueError: (.*?)(?: \(encountered processing .*)?\Z", re.DOTALL)


def check_certificate_file(
    policy: Policy,
    content: bytes,
    names: Sequence[str],
    anchors: Sequence[bytes],
    *,
    now: datetime,
    warn_within: timedelta | None = None,
    lead_time: timedelta = timedelta(),
    read_cafile: Callable[[str], Sequence[bytes]] | None = None,
    releases: Sequence[Release] = (),
) -> list[HostCheck]:
    """
    Say what clients would do if their hosts presented the certificate in *content*.

    Args:
        policy: The pins.

        content: The whole of a file in any form that `pinsmith.material.read_material` reads, leaf first.

        names: The hosts, as users write them; if empty, every pinned host that the certificate names.

        anchors: DER certificates of the authorities that clients trust.

        now: Aware.

        warn_within: How long before its end the certificate is warned about; None for the usual time.

        lead_time: How long users take to update; the usual time is never shorter.

        read_cafile: Reads the anchors in the ``cafile`` of an entry, which replace *anchors*; None to ignore it.

        releases: The shipped releases that are in use.

    Returns:
        One result for each host, in the order of *names* or of the policy.

    Raises:
        MaterialError: If *content* holds no certificate, or one that names no pinned host.
        HostError: If one of *names* is not a host.
        ValueError: If *now* is naive.
    """
    certificates = certificates_in(content)
    leaf = certificates[0]
    named = [canonical_host(name) for name in names]
    hosts = named or pinned_hosts(policy, releases, leaf)
    if not hosts:
        names = ", ".join(certificates[0].names)
        raise MaterialError(
            f"the certificate names no pinned host; it is for {names}" if names else "the certificate names no host",
            hint="name the hosts that will present it: `pinsmith check --certificate FILE HOST`",
        )
    horizon = Horizon(warn_within, lead_time)
    found = []
    for host in hosts:
        entry = policy.find(host)
        cafile = entry.cafile if entry and read_cafile else None
        trusted = read_cafile(cafile) if cafile and read_cafile else anchors
        check = _check_certificate(policy, host, certificates, trusted, now=now, horizon=horizon)
        if check.reason != "wrong-host-name" and any(release.find(host) for release in releases):
            verified, given = verified_chain(host, certificates, trusted, now)[0], Chain(tuple(certificates))
            check = with_cohorts(check, releases, verified=verified, presented=given, now=now)
            check = check if names else for_releases_alone(check)
        found.append(replace(check, via=cafile))
    return found


def certificates_in(content: bytes) -> list[Certificate]:
    """
    Read the certificates of a file, leaf first.

    Raises:
        MaterialError: If *content* holds no certificate.
    """
    found = read_material(content)
    certificates = [material.certificate for material in found if material.certificate is not None]
    if not certificates:
        raise MaterialError(
            f"expected a certificate, got a {found[0].kind.replace('-', ' ')}",
            hint="pass the certificate that will be deployed, with its intermediates",
        )
    return certificates


def pinned_hosts(policy: Policy, releases: Sequence[Release], leaf: Certificate) -> list[str]:
    """List the hosts that *leaf* is made for and that *policy* or *releases* pin."""
    return list(dict.fromkeys([*hosts_of(policy, leaf), *_hosts_of_releases(releases, policy, leaf)]))


def hosts_of(policy: Policy, leaf: Certificate) -> list[str]:
    """List the pinned hosts that *leaf* is made for: entries it covers, and its own names that an entry covers."""
    found = [entry.host for entry in policy if entry.mode != "off" and leaf.covers(entry.host)]
    for host in _own_hosts(leaf):
        entry = policy.find(host)
        if entry is not None and entry.mode != "off":
            found.append(host)
    return list(dict.fromkeys(found))


def _hosts_of_releases(releases: Sequence[Release], policy: Policy, leaf: Certificate) -> list[str]:
    """List the hosts that *leaf* is made for and that *releases* pin, as `hosts_of` does for a policy."""
    entries = [host for host in hosts_of_releases(releases, policy) if leaf.covers(host)]
    covered = [
        host
        for host in _own_hosts(leaf)
        if any((entry := release.find(host)) and entry.mode != "off" for release in releases)
    ]
    return [*entries, *covered]


def _own_hosts(leaf: Certificate) -> Iterator[str]:
    for name in leaf.names:
        try:
            yield canonical_host(name)
        except HostError:
            continue  # a wildcard is not a host


def _check_certificate(
    policy: Policy,
    host: str,
    certificates: Sequence[Certificate],
    anchors: Sequence[bytes],
    *,
    now: datetime,
    horizon: Horizon,
) -> HostCheck:
    """Say what clients of the canonical *host* would do if its server presented *certificates*, leaf first."""
    leaf = certificates[0]
    entry = policy.find(host)
    pins_only = entry is not None and entry.trust == "pins-only"
    if (entry is None or entry.check_host_name) and not leaf.covers(host):
        message = f"is not among the names of the certificate: {names_of(leaf)}"
        given = Chain(tuple(certificates))
        reason = "wrong-host-name"
        return HostCheck(host, None, None, "not-verified", reason, message, hint=_HINT, entry=entry, chain=given)
    chain, why = (Chain(tuple(certificates[:1])), "") if pins_only else verified_chain(host, certificates, anchors, now)
    verdict = decide(policy, host, chain, now=now)
    check = replace(check_of_verdict(verdict, host, None, None), entry=entry, chain=chain or Chain(tuple(certificates)))
    if isinstance(verdict, Matched):
        warning = certificate_warning(host, leaf, now, horizon, pins_authority=verdict.key.is_authority)
        message = f"would present {verdict.key.name}"
        return replace(check, message=message, findings=(warning,) if warning else ())
    if check.reason == "no-verified-chain":
        fault = out_of_date(certificates, now, "would present")
        found = fault or ChainFault("untrusted-chain", f"would have no verified chain: {why}", _CHAIN_HINT)
        return replace(
            check, verdict="not-verified", reason=found.code, message=found.message, details=(), hint=found.hint
        )
    if check.reason == "compromised-authority":
        return replace(check, hint="do not deploy this certificate: get one from another authority")
    if check.verdict == "mismatched":
        return replace(check, message="would present no pinned key", hint=_HINT)
    return check


def verified_chain(
    host: str, certificates: Sequence[Certificate], anchors: Sequence[bytes], now: datetime
) -> tuple[Chain | None, str]:
    """
    Build the chain that a client verifies for *host*; or return None, and why there is none.

    Args:
        host: Canonical.

        certificates: As the server would send them, leaf first.

        anchors: DER certificates of the authorities that clients trust.

        now: Aware.
    """
    import ipaddress

    from cryptography import x509
    from cryptography.x509 import verification

    subject = x509.IPAddress(ipaddress.ip_address(host)) if is_address(host) else x509.DNSName(host)
    roots = _loaded(anchors)
    if not roots:
        return None, "no trust anchors are known on this machine"
    # Clients differ in what else they demand of a certificate, and the authority takes care of it.
    anyhow, lenient = verification.Criticality.AGNOSTIC, verification.ExtensionPolicy.permit_all()
    builder = verification.PolicyBuilder().store(verification.Store(roots)).time(now)
    builder = builder.extension_policies(
        ca_policy=lenient.require_present(x509.BasicConstraints, anyhow, None)
        .may_be_present(x509.KeyUsage, anyhow, _require_signing)
        .may_be_present(x509.ExtendedKeyUsage, anyhow, _require_server),
        ee_policy=lenient.require_present(x509.SubjectAlternativeName, anyhow, None).may_be_present(
            x509.ExtendedKeyUsage, anyhow, _require_server
        ),
    )
    try:
        verifier = builder.build_server_verifier(subject)
        path = verifier.verify(certificates[0].x509, [intermediate.x509 for intermediate in certificates[1:]])
    except verification.VerificationError as error:
        if own := _OWN_REASON.search(str(error)):
            return None, own[1]
        return None, "the chain leads to no trust anchor" if "no interior errors" in str(error) else str(error)
    except (ValueError, CertificateError) as error:
        return None, f"the chain cannot be read: {error}"
    from cryptography.hazmat.primitives.serialization import Encoding

    return Chain.of_der(certificate.public_bytes(Encoding.DER) for certificate in path), ""


def _require_signing(_: object, issuer: x509.Certificate, usage: x509.KeyUsage | None) -> None:
    if usage is not None and not usage.key_cert_sign:
        raise ValueError(f"{printable(issuer.subject.rfc4514_string())} may not sign certificates")


def _require_server(_: object, certificate: x509.Certificate, usage: x509.ExtendedKeyUsage | None) -> None:
    from cryptography.x509.oid import ExtendedKeyUsageOID

    if usage is not None and ExtendedKeyUsageOID.SERVER_AUTH not in usage:
        raise ValueError(f"{printable(certificate.subject.rfc4514_string())} is not a certificate for servers")


def _loaded(anchors: Sequence[bytes]) -> list[x509.Certificate]:
    from cryptography import x509

    loaded = []
    for der in anchors:
        try:
            loaded.append(x509.load_der_x509_certificate(der))
        except ValueError:
            continue  # one odd anchor of the system must not hide the others
    return loaded
