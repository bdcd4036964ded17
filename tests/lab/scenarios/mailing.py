"""A small mail client: the base of the correct and the wrong clients of the STARTTLS scenarios."""

from __future__ import annotations

import smtplib
import ssl
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pinsmith.lab.trial import Ended
from tests.lab.scenarios.browsing import SECONDS, pinned
from tests.lab.scenarios.pinner import Pinner

if TYPE_CHECKING:
    from pinsmith.lab.call import Call


def right(call: Call) -> Ended:
    """Send a mail correctly: with smtplib and the context of this package."""
    return Mailer()(call)


@dataclass(frozen=True)
class Mailer:
    """
    Log in and send one mail after STARTTLS.

    Attributes:
        insists: Whether it leaves if STARTTLS is not offered.
        listens: Whether it leaves if STARTTLS is refused.
        verifies: Whether it gives STARTTLS a context that verifies and pins.
        pinned_to: A pin to use instead of those of the call.
        checks_late: Whether it compares the pins only after it has sent the mail.
    """

    insists: bool = True
    listens: bool = True
    verifies: bool = True
    pinned_to: str | None = None
    checks_late: bool = False

    def __call__(self, call: Call) -> Ended:
        """Send a mail to the server of the call."""
        try:
            with smtplib.SMTP(call.host, call.port, "client.test", SECONDS) as server:
                self._begin_tls(server, call)
                server.login("somebody", "secret")
                server.sendmail("a@client.test", ["b@localhost"], "Subject: secret\r\n\r\nsecret\r\n")
                if self.checks_late:
                    self._compare(server, call)
        except OSError as error:
            return Ended(well=False, words=repr(error))
        return Ended(well=True, words="the mail went out")

    def _begin_tls(self, server: smtplib.SMTP, call: Call) -> None:
        server.ehlo()
        if not self.insists and not server.has_extn("starttls"):
            return
        try:
            if not self.verifies:
                server.starttls()
            elif self.checks_late or self.pinned_to:
                server.starttls(context=ssl.create_default_context(cafile=call.cafile))
            else:
                server.starttls(context=pinned(call))
        except smtplib.SMTPResponseException:
            if self.listens:
                raise
        if self.pinned_to:
            self._compare(server, call)

    def _compare(self, server: smtplib.SMTP, call: Call) -> None:
        secure = server.sock
        if isinstance(secure, ssl.SSLSocket):
            Pinner().require(secure, (self.pinned_to,) if self.pinned_to else call.pins)
