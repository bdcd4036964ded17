"""
Collect the chains of a host that is about to be pinned: those that it presents, or that of a certificate.

No socket, no file, no clock: outcomes of `pinsmith.probe.survey`, certificates and the time are arguments.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from pinsmith.certificate import Certificate, Chain
from pinsmith.checks.certificate import verified_chain
from pinsmith.checks.chain_fault import names_of, out_of_date
from pinsmith.errors import CompromisedChainError, PolicyError
from pinsmith.probe import Failed

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from pinsmith.pin import Pin
    from pinsmith.policy import Policy
    from pinsmith.probe import Fetched, FetchOutcome, Target


@dataclass(frozen=True, slots=True)
class Sighting:
    """
    The chains of one host, all of which may be pinned.

    Attributes:
        host: Canonical.
        port: Where commands connect to.
        chains: The verified chains, leaf first, one per address and kind of key; if not `verified`, those presented.
        pins_only: Whether the host is trusted by its pins alone.
        verified: Whether `chains` lead to a trust anchor.
        live: Whether the host presented them just now, so that it is known to hold the keys.
        warnings: One sentence for each thing that is not known.
    """

    host: str
    port: int
    chains: tuple[Chain, ...]
    pins_only: bool
    verified: bool
    live: bool
    warnings: tuple[str, ...] = ()

    @property
    def pins(self) -> frozenset[Pin]:
        """The pins of every certificate of the chains."""
        return frozenset(link.pin for chain in self.chains for link in chain if isinstance(link, Certificate))


class Candidate(Protocol):
    """A host that is about to be pinned."""

    @property
    def host(self) -> str:
        """Canonical."""

    def sighting(self, policy: Policy) -> Sighting:
        """
        Collect the chains of the host, or raise because it cannot be pinned.

        Args:
            policy: The pins before, and compromised keys besides those that everybody knows.
        """


@dataclass(frozen=True, slots=True)
class LiveHost:
    """
    A host that was contacted.

    Attributes:
        outcomes: Everything it presents, at all addresses; at least one.
        pins_only: Whether to accept a chain that no authority vouches for. Not needed if its entry says so.
        accepts_inspected: Whether to pin what a proxy shows, although it may have replaced the certificate.
    """

    outcomes: Sequence[FetchOutcome]
    pins_only: bool = False
    accepts_inspected: bool = False

    @property
    def host(self) -> str:
        """Canonical."""
        return self.outcomes[0].target.host

    def sighting(self, policy: Policy) -> Sighting:
        """
        Collect what the host presents.

        Raises:
            CompromisedChainError: If a chain contains a compromised key, so that nobody knows which server answered.
            FetchError: If no address could be read.
            PolicyError: If a chain is not trusted.
        """
        fetched = [outcome for outcome in self.outcomes if not isinstance(outcome, Failed)]
        failed = [outcome for outcome in self.outcomes if isinstance(outcome, Failed)]
        if not fetched:
            raise failed[0].error
        pins_only = self.pins_only or _is_pins_only(policy, self.host)
        chains = []
        for shown in fetched:
            chain = shown.presented if pins_only else shown.verified
            if chain is None:
                place = f"{shown.target} at {shown.address}"
                raise PolicyError(
                    f"{place} is not trusted, so its pins would match nothing: {shown.trust_error}",
                    hint="fix the chain, pass its root with --cafile, or trust the key alone with --pins-only",
                )
            if not self.accepts_inspected:
                require_direct(shown, "its pins would match nothing elsewhere")
            if not pins_only:
                _require_not_compromised(policy, self.host, chain)
            chains.append(chain)
        return Sighting(
            self.host,
            fetched[0].port,
            tuple(chains),
            pins_only=pins_only,
            verified=not pins_only,
            live=True,
            warnings=tuple(f"{failure.error}: this address may present another key" for failure in failed),
        )


@dataclass(frozen=True, slots=True)
class CertificateHost:
    """
    A host that is not contacted, because a file holds the certificate that it presents or will present.

    Attributes:
        target: The host, and the port that commands connect to.
        certificates: Leaf first.
        anchors: DER certificates of the authorities that clients trust; None if trust is not checked.
        now: Aware.
        pins_only: As in `LiveHost`.
    """

    target: Target
    certificates: Sequence[Certificate]
    anchors: Sequence[bytes] | None
    now: datetime
    pins_only: bool = False

    @property
    def host(self) -> str:
        """Canonical."""
        return self.target.host

    def sighting(self, policy: Policy) -> Sighting:
        """
        Collect the chain of the certificate.

        Raises:
            CompromisedChainError: If the chain contains a compromised key.
            PolicyError: If the certificate is for other hosts, is not valid now, or leads to none of the anchors.
            ValueError: If `now` is naive.
        """
        leaf, chain = self.certificates[0], Chain(tuple(self.certificates))
        pins_only = self.pins_only or _is_pins_only(policy, self.host)
        if not leaf.covers(self.host):
            raise PolicyError(
                f"the certificate is not for {self.host}: it names {names_of(leaf)}",
                hint="pass the certificate that this host presents or will present",
            )
        if fault := out_of_date(self.certificates, self.now, "would present"):
            raise PolicyError(f"{self.host} {fault.message}", hint=fault.hint)
        verified = self.anchors is not None and not pins_only
        if verified:
            found, why = verified_chain(self.host, self.certificates, self.anchors or (), self.now)
            if found is None:
                raise PolicyError(
                    f"the certificate for {self.host} is not trusted, so its pins would match nothing: {why}",
                    hint="pass the whole chain, such as fullchain.pem, and with --cafile the root that clients trust",
                )
            chain = found
        if not pins_only:
            _require_not_compromised(policy, self.host, chain)
        return Sighting(self.host, self.target.port, (chain,), pins_only=pins_only, verified=verified, live=False)


def require_direct(shown: Fetched, effect: str) -> None:
    """
    Raise if a proxy may have made the certificate of *shown*.

    Args:
        shown: What a host presents.

        effect: What follows for others if a proxy inspects TLS; continues "so".

    Raises:
        PolicyError: If the host was reached through a proxy, and no known public authority vouches for it.
    """
    if shown.inspected:
        raise PolicyError(
            f"{shown.target} is inspected: the chain that the proxy {shown.target.proxy} shows ends in a "
            f"private root, so {effect}",
            hint="run this on a network without such a proxy; if the authority of the host is your own, "
            "add --accept inspected",
        )
    if shown.target.proxy is not None and shown.verified is None:
        raise PolicyError(
            f"{shown.target} may be inspected: nobody vouches for the certificate that the proxy "
            f"{shown.target.proxy} shows, so the proxy may have made it",
            hint="run this on a network without such a proxy; if the certificate is that of your server, "
            "add --accept inspected",
        )


def _is_pins_only(policy: Policy, host: str) -> bool:
    entry = policy.entry_of(host)
    return entry is not None and entry.trust == "pins-only"


def _require_not_compromised(policy: Policy, host: str, chain: Chain) -> None:
    authority = policy.compromised_in(chain)
    if authority is not None:
        raise CompromisedChainError(host, chain, (), authority=authority)
