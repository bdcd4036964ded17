"""A pinner written the naive way: correct in what it does, with switches to make it wrong in exactly one way."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from pinsmith.certificate import Certificate
from pinsmith.tls._chain import presented_ders, verified_ders
from tests.lab.scenarios.browsing import browse

if TYPE_CHECKING:
    import socket

    from pinsmith.lab.call import Call
    from pinsmith.lab.trial import Ended


@dataclass(frozen=True)
class Pinner:
    """
    Compare the keys of a connection with the pins of the call.

    Attributes:
        looks_at: Where it looks for a pinned key.
        trusts: Which certificates it accepts: those of the authorities, or all.
        checks_names: Whether the certificate must name the host.
        pins: Whether it pins at all.
        hosts: Which hosts it pins; None for all hosts.
    """

    looks_at: Literal["verified", "presented", "leaf", "first"] = "verified"
    trusts: Literal["authorities", "all"] = "authorities"
    checks_names: bool = True
    pins: bool = True
    hosts: frozenset[str] | None = None

    def __call__(self, call: Call) -> Ended:
        """Fetch the URL of the call."""
        return browse(call, lambda plain, host: self.connect(call, plain, host))

    def context(self, call: Call) -> ssl.SSLContext:
        """Make the context that verifies the chain, without pins."""
        context = ssl.create_default_context(cafile=call.cafile)
        context.check_hostname = self.checks_names and self.trusts == "authorities"
        if self.trusts == "all":
            context.verify_mode = ssl.CERT_NONE
        return context

    def connect(self, call: Call, plain: socket.socket, host: str) -> ssl.SSLSocket:
        """Complete the handshake, and compare the pins before anything is sent."""
        secure = self.context(call).wrap_socket(plain, server_hostname=host)
        if self.pins and (self.hosts is None or host in self.hosts):
            self.require(secure, call.pins)
        return secure

    def require(self, secure: ssl.SSLSocket, pins: tuple[str, ...]) -> None:
        """Raise `ssl.SSLError` unless the compared certificates have one of *pins*."""
        if not {str(Certificate(der).pin) for der in self.ders(secure)} & set(pins):
            secure.close()
            raise ssl.SSLError("no pinned key")

    def ders(self, secure: ssl.SSLSocket) -> list[bytes]:
        """Return the certificates whose keys are compared."""
        if self.looks_at == "leaf":
            return [secure.getpeercert(binary_form=True) or b""]
        found = presented_ders(secure) if self.looks_at == "presented" else verified_ders(secure) or []
        return found[:1] if self.looks_at == "first" else found
