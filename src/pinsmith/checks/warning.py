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


@dataclass(frozen=True, slots=True)
class CheckWarning:
    """
    Something that is about to go wrong.

    Attributes:
        code: Kebab-case, stable.
        text: One sentence without a full stop.
    """

    code: str
    text: str


def certificate_warning(certificate: Certificate, now: datetime) -> CheckWarning | None:
    """Warn if less than `FRACTION` of the lifetime of *certificate* is left; None also if its dates cannot be read."""
    try:
        start, end = certificate.not_before, certificate.not_after
        name = certificate.subject or "the certificate"
    except CertificateError:
        return None
    if end - now >= FRACTION * (end - start):
        return None
    return CheckWarning("certificate-expires", f"{name} expires on {end:%Y-%m-%d}, {_days(end - now)} from now")


def chain_warnings(chain: Chain, now: datetime) -> Iterator[CheckWarning]:
    """Warn about each certificate of *chain*, leaf first, that expires soon."""
    # The trust anchor is left out, because clients differ in how they treat its dates.
    below = chain.certificates[:-1] or chain.certificates
    for certificate in below:
        if isinstance(certificate, Certificate) and (warning := certificate_warning(certificate, now)):
            yield warning


def entry_warnings(entry: HostPins, chains: Sequence[Chain], now: datetime) -> Iterator[CheckWarning]:
    """
    Warn about a host as a whole.

    Args:
        entry: The entry of the host.

        chains: Those that its pins are compared with, of all addresses and kinds of key; empty if none could be read.

        now: Aware.
    """
    if chains:
        yield from _of_keys(entry, _pins(chains))
    for key in entry.keys:
        if signer := vouched(key.pin):
            yield CheckWarning(
                "vouched-for-compromised",
                f"the pin {key.name} may let attackers in: {signer.why} ({signer.source}). Pin a key of your own or of "
                "another authority instead",
            )
    if entry.include_subdomains and (remark := private_suffix_remark(entry.host)):
        yield CheckWarning("private-suffix", remark)
    if entry.expires is None:
        return
    left = ending.left(entry.expires, now)
    if timedelta() < left < max(ending.WARNING_TIME, *(FRACTION * _lifetime(chain) for chain in chains), timedelta()):
        yield CheckWarning(
            "pins-expire",
            f"the pins expire on {entry.expires}, {_days(left)} from now; after that, nothing is enforced",
        )


def correction_warning(correction: Correction) -> CheckWarning:
    """Put *correction* into words."""
    name = correction.name
    if correction.in_service:
        text = (
            f"the standby key {name} is now in service: make a new standby key, and remove `standby = true` from "
            f"[keys.{name}] with `pinsmith check --fix-roles`"
        )
        return CheckWarning("standby-in-service", text)
    text = (
        f"the host presents {name} as {correction.role}, but the pin file records another role or none: "
        "run `pinsmith check --fix-roles`"
    )
    return CheckWarning("role", text)


def _of_keys(entry: HostPins, served: set[Pin]) -> Iterator[CheckWarning]:
    unserved = [key for key in entry.keys if key.pin not in served]
    if not unserved:
        yield CheckWarning(
            "no-backup",
            "every pinned key is in the served chain, so there is no backup (RFC 7469 section 4.3): "
            "if the key is lost, all clients are locked out",
        )
    for key in entry.keys:
        if key.role == "leaf" and not key.standby and key in unserved and len(unserved) < len(entry.keys):
            yield CheckWarning(
                "not-served",
                f"{key.name} is pinned as a key in service, but no address of {entry.host} presents it: write "
                f"`standby = true` into [keys.{key.name}] if you hold it in reserve, or remove it",
            )


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
