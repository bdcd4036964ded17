"""The results of retrieval: the chains that a host showed, or why it could not be read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from pinsmith.certificate import Certificate

if TYPE_CHECKING:
    from pinsmith.certificate import Chain
    from pinsmith.errors import FetchError
    from pinsmith.probe.target import Target
    from pinsmith.probe.trust import Distrust


Engine = Literal["openssl", "rustls"]


@dataclass(frozen=True, slots=True)
class Fetched:
    """
    The chains of one full handshake, in which the server proved that it holds the leaf's key.

    Attributes:
        target: The target, as it was asked for.
        address: The numeric address that answered.
        tls_version: As `ssl` spells it: ``TLSv1.3``.
        cipher: OpenSSL's name of the cipher suite.
        presented: The certificates that the server sent, leaf first; only possession of the leaf's key is proved.
        verified: The chain that OpenSSL verified for the host, from the leaf to the trust anchor; None if it could not.
        distrust: Why OpenSSL does not trust the chain; None if there is a verified chain.
        demands_client_certificate:
            Whether the server ended the connection because it got no client certificate. False does not mean that it
            needs none: a server of TLS 1.3 refuses after the handshake, when this connection is closed already.
        engine: The library that made the handshake. The chains do not depend on it.
    """

    target: Target
    address: str
    tls_version: str
    cipher: str
    presented: Chain
    verified: Chain | None
    distrust: Distrust | None
    demands_client_certificate: bool = False
    engine: Engine = "openssl"

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
    def inspected(self) -> bool:
        """
        Whether a proxy may have replaced the certificate, as proxies do that inspect TLS.

        The host was reached through a proxy, and its verified chain ends in a root that is not that of a known public
        authority.
        """
        from pinsmith.authorities import find

        if self.target.proxy is None or self.verified is None:
            return False
        root = self.verified.certificates[-1]
        return not isinstance(root, Certificate) or find(root.pin) is None

    @property
    def trust_error(self) -> str | None:
        """Why there is no verified chain, in plain words and OpenSSL's; None if there is one."""
        return None if self.distrust is None else str(self.distrust)


@dataclass(frozen=True, slots=True)
class Failed:
    """
    A host that could not be read.

    Attributes:
        target: The target, as it was asked for.
        address: The numeric address that was dialled last; None if none was dialled.
        error: Why it could not be read.
    """

    target: Target
    address: str | None
    error: FetchError


FetchOutcome = Fetched | Failed
