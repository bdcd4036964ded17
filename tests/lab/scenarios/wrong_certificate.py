"""Wrong clients for the scenarios about certificates that are rogue, forged, out of date or of another host."""

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
    """Verify everything but the dates."""

    def context(self, call: Call) -> ssl.SSLContext:
        """Make the context of a device without a clock."""
        context = super().context(call)
        context.verify_flags |= _IGNORE_DATES
        return context


class PathFinder(Pinner):
    """Search the list that the server sent for any chain with a pinned key that ends at a trusted root."""

    def require(self, secure: ssl.SSLSocket, pins: tuple[str, ...]) -> None:
        """Look for a pinned certificate whose issuer was sent too; otherwise compare the verified chain."""
        sent = [Certificate(der) for der in Pinner(looks_at="presented").ders(secure)]
        subjects = {certificate.subject for certificate in sent}
        pinned = [certificate for certificate in sent if str(certificate.pin) in pins]
        if not any(certificate.issuer in subjects for certificate in pinned):
            super().require(secure, pins)


def knows_it_by_name(call: Call) -> Ended:
    """Accept a self-signed certificate with the subject of the pinned one, and treat all others correctly."""

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
