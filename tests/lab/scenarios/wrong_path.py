"""Wrong clients for the scenarios about the place of the pinned key in the chain, and the path that is verified."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pinsmith.certificate import Certificate
from tests.lab.scenarios.pinner import Pinner

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    from pinsmith.lab.call import Call
    from pinsmith.lab.trial import ClientVerdict, Ended


@dataclass(frozen=True)
class Part(Pinner):
    """Compare only a part of the verified chain: up to *stop*, with *step*."""

    stop: int | None = None
    step: int | None = None

    def ders(self, secure: ssl.SSLSocket) -> list[bytes]:
        """Return only that part."""
        return super().ders(secure)[: self.stop : self.step]


class Follower(Pinner):
    """Follow the presented chain to its end, as OpenSSL 1.0.1 did, and require the issuer of its last certificate."""

    def connect(self, call: Call, plain: socket.socket, host: str) -> ssl.SSLSocket:
        """Refuse if the trust store does not contain that issuer."""
        secure = super().connect(call, plain, host)
        last = Certificate(Pinner(looks_at="presented").ders(secure)[-1])
        trusted = {Certificate(der).subject for der in self.context(call).get_ca_certs(binary_form=True)}
        if last.issuer not in trusted:
            secure.close()
            raise ssl.SSLError("unable to get issuer certificate")
        return secure


LEAF: Final = Pinner(looks_at="leaf")
PRESENTED: Final = Pinner(looks_at="presented")
WRONG: Final[dict[str, tuple[tuple[Callable[[Call], Ended], ClientVerdict], ...]]] = {
    "intermediate-pin": ((LEAF, "refuses-a-good-server"),),
    "root-pin": ((LEAF, "refuses-a-good-server"), (Part(stop=-1), "refuses-a-good-server")),
    "root-not-sent": ((PRESENTED, "refuses-a-good-server"), (Part(stop=-1), "refuses-a-good-server")),
    "intermediate-not-sent": ((Pinner(trusts="all", looks_at="leaf"), "accepts-a-rogue"),),
    "long-chain": (
        (LEAF, "refuses-a-good-server"),
        (Part(stop=2), "refuses-a-good-server"),
        (Part(step=6), "refuses-a-good-server"),
    ),
    "cross-signed-trusted-root": ((Follower(), "refuses-a-good-server"), (LEAF, "refuses-a-good-server")),
    "cross-signed-other-root": ((PRESENTED, "accepts-a-rogue"),),
}
