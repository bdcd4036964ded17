"""What retrieval yields: what a host showed, or why it could not be read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pinsmith.certificate import Chain
    from pinsmith.errors import FetchError
    from pinsmith.probe.target import Target
    from pinsmith.probe.trust import Distrust


@dataclass(frozen=True, slots=True)
class Fetched:
    """
    The chains of one full handshake, in which the server proved that it holds the leaf's key.

    Attributes:
        target: What was asked for.
        address: The numeric address that answered.
        tls_version: As `ssl` spells it: ``TLSv1.3``.
        cipher: OpenSSL's name of the cipher suite.
        presented: What the server sent, leaf first; nobody vouches for more than the leaf's key.
        verified: What OpenSSL verified for the host, from the leaf to the trust anchor; None if it could not.
        distrust: Why not; None if there is a verified chain.
        demands_client_certificate:
            The server ended the connection for want of a client certificate. False does not say that it wants none: a
            server of TLS 1.3 asks later than we listen.
    """

    target: Target
    address: str
    tls_version: str
    cipher: str
    presented: Chain
    verified: Chain | None
    distrust: Distrust | None
    demands_client_certificate: bool = False

    @property
    def host(self) -> str:
        """The canonical host."""
        return self.target.host

    @property
    def port(self) -> int:
        """The service's port; another one may have been dialled."""
        return self.target.port

    @property
    def trusted(self) -> bool:
        """Whether there is a verified chain."""
        return self.verified is not None

    @property
    def trust_error(self) -> str | None:
        """Why there is no verified chain, in plain words and OpenSSL's; None if there is one."""
        return None if self.distrust is None else str(self.distrust)


@dataclass(frozen=True, slots=True)
class Failed:
    """
    A host that could not be read.

    Attributes:
        target: What was asked for.
        address: The numeric address that was dialled last; None if it never came to that.
        error: Why.
    """

    target: Target
    address: str | None
    error: FetchError


FetchOutcome = Fetched | Failed
