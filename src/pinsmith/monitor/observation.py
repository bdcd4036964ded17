"""What one host presented in one round: the part of it that is stored, and compared with the round before."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pinsmith.certificate import Certificate
from pinsmith.certificate.link import attempt
from pinsmith.checks.host_check import CheckVerdict  # noqa: TC001 - the store reads the types at run time

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pinsmith.checks.host_check import HostCheck


@dataclass(frozen=True, slots=True, order=True)
class Sight:
    """
    What one address presented to one kind of client.

    Attributes:
        address: The numeric address; empty if none was dialled.
        verdict: As in `HostCheck`.
        reason: Why the pins do not match, kebab-case; empty if they do.
        matched_key: The name of the key that matched; empty if none did.
        certificates: SHA-256 of each certificate that was compared, leaf first, in hexadecimal.
        pins: The pins of these certificates, in the same order; empty text for a certificate that cannot be read.
        issuer: The issuer of the leaf as RFC 4514 text, safe to print; empty if there is no leaf.
    """

    address: str
    verdict: CheckVerdict
    reason: str
    matched_key: str
    certificates: tuple[str, ...]
    pins: tuple[str, ...]
    issuer: str


@dataclass(frozen=True, slots=True)
class Observation:
    """
    Everything that a host presented in one round, in a fixed order and without the time.

    Attributes:
        host: Canonical.
        port: The port of the service.
        sights: One for each different answer of each address, sorted.
    """

    host: str
    port: int
    sights: tuple[Sight, ...]

    @property
    def digest(self) -> str:
        """SHA-256 in hexadecimal; equal for two rounds if and only if all sights are equal, verdicts included."""
        told = [[getattr(sight, name) for name in Sight.__slots__] for sight in self.sights]
        return hashlib.sha256(json.dumps([self.host, self.port, told]).encode()).hexdigest()

    @property
    def answered(self) -> tuple[Sight, ...]:
        """The sights of the addresses that answered."""
        return tuple(sight for sight in self.sights if sight.verdict != "unreachable")

    @property
    def trusted(self) -> Observation:
        """The same without the sights whose chain was not verified, because anybody can write such a chain."""
        return replace(self, sights=tuple(sight for sight in self.sights if sight.verdict != "not-verified"))

    @property
    def chains(self) -> frozenset[tuple[str, ...]]:
        """The certificates of each chain, as in `Sight`; without what the pin file says of them."""
        return frozenset(sight.certificates for sight in self.sights if sight.certificates)

    @property
    def pins(self) -> frozenset[str]:
        """The pins of all certificates."""
        return frozenset(pin for sight in self.sights for pin in sight.pins if pin)

    @property
    def leaves(self) -> frozenset[str]:
        """The pins of the leaves."""
        return frozenset(sight.pins[0] for sight in self.sights if sight.pins and sight.pins[0])

    @property
    def issuers(self) -> frozenset[str]:
        """The issuers of the leaves."""
        return frozenset(sight.issuer for sight in self.sights if sight.issuer)


def observed(checks: Sequence[HostCheck]) -> Observation:
    """
    Reduce the results of one host to what is stored.

    Args:
        checks: From `pinsmith.checks.check_host`, at least one, all of one host and port.

    Raises:
        ValueError: If *checks* is empty, or of more than one service, or has a result without a port.
    """
    services = {(check.host, check.port) for check in checks}
    if len(services) != 1:
        raise ValueError(f"checks are of {len(services)} services, and one was expected")
    ((host, port),) = services
    if port is None:
        raise ValueError(f"{host} was not dialled, so nothing was observed")
    return Observation(host, port, tuple(sorted({_sight(check) for check in checks})))


def _sight(check: HostCheck) -> Sight:
    certificates = tuple(check.chain or ())
    leaf = next((certificate for certificate in certificates[:1] if isinstance(certificate, Certificate)), None)
    return Sight(
        address=check.address or "",
        verdict=check.verdict,
        reason=check.reason or "",
        matched_key=check.matched_key or "",
        certificates=tuple(certificate.sha256 for certificate in certificates),
        pins=tuple(_pins(certificates)),
        issuer=(attempt(lambda: leaf.issuer) or "") if leaf else "",
    )


def _pins(certificates: Iterable[object]) -> Iterable[str]:
    return (str(certificate.pin) if isinstance(certificate, Certificate) else "" for certificate in certificates)
