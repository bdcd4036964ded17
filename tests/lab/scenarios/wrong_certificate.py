"""Wrong clients for the scenarios about certificates that are rogue, forged, out of date or somebody else's."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING, Final

from pinsmith.certificate import Certificate
from tests.lab.scenarios.browsing import browse, dial
from tests.lab.scenarios.pinner import Pinner

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    from pinsmith.lab.call import Call
    from pinsmith.lab.trial import ClientVerdict, Ended

_IGNORE_DATES: Final = 0x200000  # X509_V_FLAG_NO_CHECK_TIME, x509_vfy.h


class Timeless(Pinner):
    """Verify all but the dates."""

    def context(self, call: Call) -> ssl.SSLContext:
        """Make the context of a device that has no clock."""
        context = super().context(call)
        context.verify_flags |= _IGNORE_DATES
        return context


class PathFinder(Pinner):
    """Look for a chain in the list that the server sent: any that holds a pinned key and ends at a trusted root."""

    def require(self, secure: ssl.SSLSocket, pins: tuple[str, ...]) -> None:
        """Find a pinned certificate whose issuer was sent along, or is the trust anchor."""
        sent = [Certificate(der) for der in Pinner(looks_at="presented").ders(secure)]
        subjects = {each.subject for each in sent}
        pinned = [each for each in sent if str(each.pin) in pins]
        if not any(each.issuer in subjects for each in pinned):
            super().require(secure, pins)


def knows_it_by_name(call: Call) -> Ended:
    """Take a self-signed certificate whose subject is the pinned one's, and do everything right with all others."""

    def connect(plain: socket.socket, host: str) -> ssl.SSLSocket:
        try:
            return Pinner().connect(call, plain, host)
        except ssl.SSLCertVerificationError as error:
            if error.verify_code != 18:  # X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT
                raise
        again = Pinner(trusts="all", pins=False).connect(call, dial(call, host, call.port), host)
        if Certificate(again.getpeercert(binary_form=True) or b"").subject != f"CN={host}":
            again.close()
            raise ssl.SSLError("another subject")
        return again

    return browse(call, connect)


WRONG: Final[dict[str, tuple[tuple[Callable[[Call], Ended], ClientVerdict], ...]]] = {
    "self-signed-same-subject": (
        (knows_it_by_name, "accepts-a-rogue"),
        (Pinner(trusts="all", pins=False), "accepts-a-rogue"),
    ),
    "intermediate-appended": ((Pinner(looks_at="presented"), "accepts-a-rogue"),),
    "chain-appended": (
        (Pinner(looks_at="presented"), "accepts-a-rogue"),
        (PathFinder(), "accepts-a-rogue"),
    ),
    "forged-issuer": ((Pinner(trusts="all"), "accepts-a-rogue"),),
    "wrong-name": ((Pinner(checks_names=False), "accepts-a-rogue"),),
    "expired-certificate": ((Timeless(), "accepts-a-rogue"), (Pinner(trusts="all"), "accepts-a-rogue")),
    "not-yet-valid": ((Timeless(), "accepts-a-rogue"), (Pinner(trusts="all"), "accepts-a-rogue")),
}
