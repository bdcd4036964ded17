"""Wrong clients for the scenarios about the pinned key itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tests.lab.scenarios.browsing import browse
from tests.lab.scenarios.pinner import Pinner

if TYPE_CHECKING:
    import socket
    import ssl
    from collections.abc import Callable

    from pinsmith.lab.call import Call
    from pinsmith.lab.trial import ClientVerdict, Ended


NOBODYS_PIN: Final = "sha256/1+2345678901234567890123456789012345678901A="


def pins_something_else(call: Call) -> Ended:
    """Refuse every server, because the pin belongs to no key."""

    def connect(plain: socket.socket, host: str) -> ssl.SSLSocket:
        secure = Pinner(pins=False).connect(call, plain, host)
        Pinner().require(secure, (NOBODYS_PIN,))
        return secure

    return browse(call, connect)


def first_connection_only(call: Call) -> Ended:
    """Compare the pins of the first connection, and not of those that follow a redirect."""
    made: list[str] = []

    def connect(plain: socket.socket, host: str) -> ssl.SSLSocket:
        made.append(host)
        return Pinner(pins=len(made) == 1).connect(call, plain, host)

    return browse(call, connect)


def too_late(call: Call) -> Ended:
    """Send the request, and compare the pins only after the answer."""
    ended = Pinner(pins=False)(call)
    checked = Pinner()(call)
    return checked if ended.well else ended


WRONG: Final[dict[str, tuple[tuple[Callable[[Call], Ended], ClientVerdict], ...]]] = {
    "leaf-pin": ((pins_something_else, "refuses-a-good-server"),),
    "wrong-key": ((Pinner(pins=False), "accepts-a-rogue"), (too_late, "leaks-before-refusing")),
    "leaf-appended": ((Pinner(looks_at="presented"), "accepts-a-rogue"),),
    "redirect-to-rogue": ((first_connection_only, "accepts-a-rogue"),),
}
