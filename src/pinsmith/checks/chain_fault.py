"""
Explain why a chain does not verify, by a code, a sentence and a hint: expired, not yet valid, wrong name, untrusted.

Clients refuse such a chain before they look at pins, so it is not a pin mismatch. No socket, no file, no clock.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from pinsmith.certificate import Certificate
from pinsmith.errors import CertificateError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from pinsmith.certificate import UnreadableCertificate
    from pinsmith.probe import Fetched

Code = Literal["certificate-expired", "certificate-not-yet-valid", "wrong-host-name", "untrusted-chain"]

# The meaning of every code; the page of errors lists them.
MEANINGS: Final[dict[Code, str]] = {
    "certificate-expired": "A certificate of the chain has expired.",
    "certificate-not-yet-valid": "A certificate of the chain is not valid yet.",
    "wrong-host-name": "The certificate is for other hosts.",
    "untrusted-chain": "The chain leads to no trusted authority, or is too weak, or is not valid for another reason.",
}
# By the code of `pinsmith.probe.trust.Distrust`; everything else is an untrusted chain.
_CODES: Final[dict[str, Code]] = {
    "expired": "certificate-expired",
    "not-yet-valid": "certificate-not-yet-valid",
    "wrong-name": "wrong-host-name",
}
_RENEW: Final = "renew the certificate; if the renewal makes a new key, pin that key before it is served"
_HINTS: Final[dict[str, str]] = {
    "expired": _RENEW,
    "not-yet-valid": "compare the clock of this machine with the day from which the certificate is valid",
    "wrong-name": "get a certificate that names {host}, or find out whether the wrong server answers",
    "unknown-issuer": (
        "configure the server to send its intermediates, as in fullchain.pem; "
        "if its authority is private, pass its root with --cafile, or write cafile into its entry"
    ),
    "self-signed": (
        'if this is your server, get its certificate from an authority, or write trust = "pins-only" into its entry'
    ),
    "unknown-root": (
        "if this is your server and its authority is private, pass its root with --cafile, or write cafile into its "
        "entry"
    ),
    "weak": "get a certificate with a stronger key and signature",
}
_ANY_HINT: Final = "`pinsmith fetch {host}` shows the chain"


@dataclass(frozen=True, slots=True)
class ChainFault:
    """
    The reason why clients refuse a chain whatever is pinned.

    Attributes:
        code: Kebab-case.
        message: One sentence without a full stop, to be read after the host.
        hint: What to do.
    """

    code: Code
    message: str
    hint: str


def fault_of(fetched: Fetched, *, now: datetime, pins_only: bool = False) -> ChainFault:
    """
    Say why OpenSSL did not verify what a live host presented.

    Args:
        fetched: A result without a verified chain.

        now: Aware; with it the expired certificate is found, if that is the fault.

        pins_only: Whether the host is trusted by its pins alone, so that the name is the only possible fault.
    """
    leaf = fetched.presented.leaf
    kind = "" if fetched.distrust is None else fetched.distrust.code
    if pins_only:
        kind = "wrong-name"
    code = _CODES.get(kind, "untrusted-chain")
    hint = _HINTS.get(kind, _ANY_HINT).format(host=fetched.host)
    message = f"presents a chain that does not verify: {fetched.trust_error}"
    if code == "wrong-host-name" and leaf is not None:
        message = f"presents a certificate for other hosts: {names_of(leaf)}"
    elif (found := out_of_date(fetched.presented, now, "presents")) is not None and found.code == code:
        message = found.message
    return ChainFault(code, message, hint)


def out_of_date(
    certificates: Iterable[Certificate | UnreadableCertificate], now: datetime, verb: str
) -> ChainFault | None:
    """
    Name the first of *certificates* that is not valid at *now*; None if all are.

    Args:
        certificates: As presented, leaf first.

        now: Aware.

        verb: The verb after the host, such as "presents".
    """
    for position, certificate in enumerate(certificates):
        if not isinstance(certificate, Certificate):
            continue
        try:
            start, end = certificate.not_before, certificate.not_after
            what = f"{verb} a certificate that" if position == 0 else f"{verb} {certificate.subject}, which"
        except CertificateError:
            continue
        if now >= end:
            return ChainFault("certificate-expired", f"{what} expired on {end:%Y-%m-%d}", _RENEW)
        if now < start:
            message = f"{what} is not valid before {start:%Y-%m-%d %H:%M} UTC"
            return ChainFault("certificate-not-yet-valid", message, _HINTS["not-yet-valid"])
    return None


def names_of(leaf: Certificate) -> str:
    """List the hosts that *leaf* is for."""
    return ", ".join(leaf.names) or "none"
