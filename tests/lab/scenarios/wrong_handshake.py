"""Wrong clients for the scenarios about versions of TLS, kinds of keys and client certificates."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pinsmith.lab.pki.identity import Identity
from tests.lab.scenarios.browsing import dial
from tests.lab.scenarios.pinner import Pinner

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    from pinsmith.lab.call import Call
    from pinsmith.lab.trial import ClientVerdict, Ended

TLS12: Final = ssl.TLSVersion.TLSv1_2
TLS13: Final = ssl.TLSVersion.TLSv1_3


@dataclass(frozen=True)
class Speaking(Pinner):
    """Speak only one version of TLS."""

    version: ssl.TLSVersion = TLS13

    def context(self, call: Call) -> ssl.SSLContext:
        """Make a context that offers only this version."""
        context = super().context(call)
        context.minimum_version = context.maximum_version = self.version
        return context


@dataclass(frozen=True)
class Unchecked(Pinner):
    """Compare no pins if this version is spoken."""

    version: str = "TLSv1.3"

    def require(self, secure: ssl.SSLSocket, pins: tuple[str, ...]) -> None:
        """Compare the pins if another version is spoken."""
        if secure.version() != self.version:
            super().require(secure, pins)


@dataclass(frozen=True)
class Asking(Pinner):
    """
    Compare the keys that the host shows for each kind, on connections of their own; send the request on another one.

    Attributes:
        kinds: The kinds, as OpenSSL names them.
        all_of_them: Whether a pinned key of any kind is enough; otherwise only the host's first kind is compared.
    """

    kinds: tuple[str, ...] = ("aECDSA", "aRSA")
    all_of_them: bool = True

    def connect(self, call: Call, plain: socket.socket, host: str) -> ssl.SSLSocket:
        """Ask for each kind of key, and then connect."""
        shown = [answer for answer in (self.asked(call, host, kind) for kind in self.kinds) if answer is not None]
        if True not in (shown if self.all_of_them else shown[:1]):
            raise ssl.SSLError("no pinned key")
        return self.context(call).wrap_socket(plain, server_hostname=host)

    def asked(self, call: Call, host: str, kind: str) -> bool | None:
        """Return whether the host shows a pinned key of *kind*; None if it has no key of that kind."""
        context = self.context(call)
        context.maximum_version = TLS12
        context.set_ciphers(f"{kind}+ECDHE")
        with dial(call, host, call.port) as plain:
            try:
                secure = context.wrap_socket(plain, server_hostname=host)
            except ssl.SSLError:
                return None
            with secure:
                try:
                    self.require(secure, call.pins)
                except ssl.SSLError:
                    return False
                return True


class Forthcoming(Pinner):
    """Send a certificate of its own to every server that asks for one."""

    def context(self, call: Call) -> ssl.SSLContext:
        """Make a context with a certificate that the host's authority did not issue."""
        context = super().context(call)
        Identity.self_signed("client.test").load_into(context)
        return context


WRONG: Final[dict[str, tuple[tuple[Callable[[Call], Ended], ClientVerdict], ...]]] = {
    "dual-key": ((Asking(kinds=("aRSA", "aECDSA"), all_of_them=False), "refuses-a-good-server"),),
    "dual-key-other": ((Asking(), "accepts-a-rogue"),),
    "tls12-good": ((Speaking(version=TLS13), "refuses-a-good-server"),),
    "tls12-rogue": ((Unchecked(version="TLSv1.2"), "accepts-a-rogue"),),
    "tls13-good": ((Speaking(version=TLS12), "refuses-a-good-server"),),
    "tls13-rogue": ((Unchecked(version="TLSv1.3"), "accepts-a-rogue"),),
    "client-certificate-request": ((Forthcoming(), "refuses-a-good-server"),),
}
