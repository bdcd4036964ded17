"""Draws a chain as a tree."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinsmith.certificate import Certificate
from pinsmith.certificate.link import attempt
from pinsmith.cli._output import Mark
from pinsmith.errors import CertificateError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from pinsmith.certificate.link import Link
    from pinsmith.cli._output import Line, Tone
    from pinsmith.pin import Pin

_FEW = 0.25  # of the lifetime; a certificate renewed at two thirds never gets there


def tree(members: list[Link], now: datetime) -> Iterator[Line]:
    """Draw the chain, each issuer below what it issued."""
    has_verified = any(link.verified for link in members)
    for depth, link in enumerate(members):
        lead = "   " * (depth - 1) + "└─ " if depth else ""
        below = "   " * depth + ("│  " if depth + 1 < len(members) else "   ")
        remark = _remark(link, has_verified=has_verified)
        heading: list[str | Mark] = [lead, Mark(link.role, "strong"), "  "]
        if not isinstance(link.certificate, Certificate):
            yield [*heading, Mark("unreadable certificate", "bad"), remark]
            yield f"{below}{link.certificate.reason}"
            continue
        yield [*heading, str(link.certificate.pin), remark]
        yield f"{below}{_subject(link.certificate) or '(no name)'}"
        yield [f"{below}{_algorithm(link.certificate) or '(no known key)'}, ", *validity(link.certificate, now)]
        if warning := compromise(link.certificate.pin):
            yield [below, Mark(warning, "bad")]


def compromise(pin: Pin) -> str | None:
    """Return a warning if the key with *pin* is compromised or vouched for compromised keys; None otherwise."""
    from pinsmith.authorities import compromised, vouched

    if known := compromised(pin):
        return f"COMPROMISED: anybody may hold the private key of {known}; pinned clients refuse this chain"
    if signer := vouched(pin):
        return f"warning: {signer.why}"
    return None


def validity(certificate: Certificate, now: datetime) -> list[str | Mark]:
    """Describe the period of validity, and how many days of it are left."""
    try:
        start, end = certificate.not_before, certificate.not_after
    except CertificateError:
        return [Mark("unreadable dates", "bad")]
    text, tone = f"{_days((end - now).days)} left", "good"
    if now >= end:
        text, tone = f"expired {_days((now - end).days)} ago", "bad"
    elif now < start:
        text, tone = f"begins in {_days((start - now).days)}", "bad"
    elif (end - now) < _FEW * (end - start):
        tone = "warn"
    return [f"{start:%Y-%m-%d} to {end:%Y-%m-%d}, ", Mark(text, _tone(tone))]


def _subject(certificate: Certificate) -> str | None:
    return attempt(lambda: certificate.subject)


def _days(number: int) -> str:
    return f"{number} day" if number == 1 else f"{number} days"


def _algorithm(certificate: Certificate) -> str | None:
    return attempt(lambda: certificate.algorithm)


def _tone(name: str) -> Tone:
    return "good" if name == "good" else "warn" if name == "warn" else "bad"


def _remark(link: Link, *, has_verified: bool) -> Mark:
    if not link.presented:
        return Mark("  (trust anchor, not sent)" if link.role == "root" else "  (not sent)", "faint")
    if has_verified and not link.verified:
        return Mark("  (sent, but not part of the verified chain)", "warn")
    return Mark("", "faint")
