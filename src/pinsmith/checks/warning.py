"""
Warn of what will go wrong with a pinned host: no backup, an unserved key, a certificate or pins that expire.

No socket, no file, no clock: chains and the time are arguments.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from pinsmith.authorities import vouched
from pinsmith.certificate import Certificate
from pinsmith.checks import ending
from pinsmith.errors import CertificateError
from pinsmith.finding import Finding, HostPlace, Severity
from pinsmith.host import private_suffix_remark

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from pinsmith.certificate import Chain
    from pinsmith.checks.correction import Correction
    from pinsmith.pin import Pin
    from pinsmith.policy import HostPins


# A certificate that is renewed at two thirds of its life never has so little left, whatever its lifetime.
FRACTION: Final = 0.25

# Tools renew certificates with so short a life, at the latest when a third of it is left. A longer lead time would warn
# of each certificate again and again, although its key stays.
SHORT_LIVED: Final = timedelta(days=100)
_RENEWED: Final = 3


@dataclass(frozen=True, slots=True)
class Horizon:
    """
    How long before the end of certificates and pins a warning is given.

    Attributes:
        exactly: This time for everything; None for the usual time, which depends on the lifetime.
        lead_time:
            How long users take to update. The usual time is never shorter, except for certificates that are
            `SHORT_LIVED`: there, a third of the lifetime suffices.
    """

    exactly: timedelta | None = None
    lead_time: timedelta = timedelta()

    def or_usual(self, usual: timedelta) -> timedelta:
        """Return the time, of which *usual* is the usual one."""
        return max(usual, self.lead_time) if self.exactly is None else self.exactly

    def of_certificate(self, lifetime: timedelta) -> timedelta:
        """Return the time for a certificate that is valid for *lifetime*."""
        if self.exactly is None and lifetime <= SHORT_LIVED:
            return max(FRACTION * lifetime, min(self.lead_time, lifetime / _RENEWED))
        return self.or_usual(FRACTION * lifetime)


USUAL: Final = Horizon()


def certificate_warning(
    host: str, certificate: Certificate, now: datetime, horizon: Horizon = USUAL, *, pins_authority: bool = False
) -> Finding | None:
    """
    Warn if *certificate*, which *host* presents, ends soon.

    Args:
        host: Canonical.

        certificate: Any of its chain.

        now: Aware.

        horizon: What "soon" means; usually `FRACTION` of its lifetime.

        pins_authority: Whether the pinned key is that of an authority, so that the host may present any key of its own.

    Returns:
        None also if its dates cannot be read.
    """
    try:
        start, end = certificate.not_before, certificate.not_after
        name = certificate.subject or "the certificate"
    except CertificateError:
        return None
    if end - now >= horizon.of_certificate(end - start):
        return None
    message = f"{name} expires on {end:%Y-%m-%d}, {_days(end - now)} from now"
    fix = (
        "renew it in time, and get the new certificate from an authority that is pinned"
        if pins_authority
        else f"renew it in time, and pin a new key before it is served: `pinsmith add {host} --key FILE`"
    )
    return Finding("certificate-expires", Severity.MEDIUM, HostPlace(host), message, fix)


def chain_warnings(
    host: str, chain: Chain, now: datetime, horizon: Horizon = USUAL, *, pins_authority: bool = False
) -> Iterator[Finding]:
    """Warn about each certificate of *chain*, leaf first, that ends soon; the rest as for `certificate_warning`."""
    # The trust anchor is left out, because clients differ in how they treat its dates.
    below = chain.certificates[:-1] or chain.certificates
    for certificate in below:
        if isinstance(certificate, Certificate):
            warning = certificate_warning(host, certificate, now, horizon, pins_authority=pins_authority)
            if warning:
                yield warning


def entry_warnings(
    entry: HostPins, chains: Sequence[Chain], now: datetime, horizon: Horizon = USUAL
) -> Iterator[Finding]:
    """
    Warn about a host as a whole.

    Args:
        entry: The entry of the host.

        chains: Those that its pins are compared with, of all addresses and kinds of key; empty if none could be read.

        now: Aware.

        horizon:
            How long before their end pins are warned about; usually the longer of `ending.WARNING_TIME` and `FRACTION`
            of the lifetime of a certificate.
    """
    place = HostPlace(entry.host)
    if chains:
        yield from _of_keys(entry, _pins(chains))
    for key in entry.keys:
        if signer := vouched(key.pin):
            message = f"the pin {key.name} may let attackers in: {signer.why} ({signer.source})"
            fix = (
                f"pin another key with `pinsmith add {entry.host} --key FILE`, and then remove this one with "
                f"`pinsmith remove {entry.host} --key {key.name}`"
            )
            yield Finding("vouched-for-compromised", Severity.HIGH, place, message, fix)
    if entry.include_subdomains and (remark := private_suffix_remark(entry.host)):
        fix = "write an entry for each host instead of include-subdomains"
        yield Finding("private-suffix", Severity.MEDIUM, place, remark, fix)
    if entry.expires is None:
        return
    left = ending.left(entry.expires, now)
    usual = max(ending.WARNING_TIME, *(FRACTION * _lifetime(chain) for chain in chains), timedelta())
    if timedelta() < left < horizon.or_usual(usual):
        message = f"the pins expire on {entry.expires}, {_days(left)} from now; after that, nothing is enforced"
        fix = "set a later expires for this host, run `pinsmith sync`, and release the new pins before that day"
        yield Finding("pins-expire", Severity.MEDIUM, place, message, fix)


def correction_warning(host: str, correction: Correction) -> Finding:
    """Put *correction* into words, which the chains of *host* call for."""
    name, place = correction.name, HostPlace(host)
    if correction.in_service:
        message = f"the standby key {name} is now in service"
        fix = (
            f"make a new standby key with `pinsmith add {host} --generate-backup`, and remove `standby = true` from "
            f"[keys.{name}] with `pinsmith check --fix-roles`"
        )
        return Finding("standby-in-service", Severity.LOW, place, message, fix)
    message = f"the host presents {name} as {correction.role}, but the pin file records another role or none"
    return Finding("role-not-recorded", Severity.LOW, place, message, "run `pinsmith check --fix-roles`")


def _of_keys(entry: HostPins, served: set[Pin]) -> Iterator[Finding]:
    place = HostPlace(entry.host)
    unserved = [key for key in entry.keys if key.pin not in served]
    if not unserved:
        message = (
            "every pinned key is in the served chain, so there is no backup (RFC 7469 section 4.3), "
            "and the loss of the key locks all clients out"
        )
        fix = f"pin a key that no server uses with `pinsmith add {entry.host} --generate-backup`, or with --backup FILE"
        yield Finding("no-backup", Severity.HIGH, place, message, fix)
    for key in entry.keys:
        if key.role == "leaf" and not key.standby and key in unserved and len(unserved) < len(entry.keys):
            message = f"{key.name} is pinned as a key in service, but no address of {entry.host} presents it"
            fix = (
                f"if you hold it in reserve, write `standby = true` into [keys.{key.name}]; otherwise remove it with "
                f"`pinsmith remove {entry.host} --key {key.name}`"
            )
            yield Finding("not-served", Severity.MEDIUM, place, message, fix)


def _pins(chains: Sequence[Chain]) -> set[Pin]:
    return {entry.pin for chain in chains for entry in chain if isinstance(entry, Certificate)}


def _lifetime(chain: Chain) -> timedelta:
    leaf = chain.leaf
    try:
        return leaf.not_after - leaf.not_before if leaf else timedelta()
    except CertificateError:
        return timedelta()


def _days(left: timedelta) -> str:
    return f"{left.days} days" if left.days != 1 else "1 day"
