"""
The pinned host asks for a client certificate but does not require one.

::

    Lab Root (trusted)
    └── Lab Intermediate       presented
        └── localhost          presented, with a CertificateRequest   ◀ pinned

A correct pinner without a certificate sends an empty list, and the host answers it. A client that sends a certificate
which is not meant for this host is refused, and reveals its identity to a server before it has compared the pins.
"""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING, Final

from pinsmith.lab.scenario import Scenario

if TYPE_CHECKING:
    from collections.abc import Callable

    from pinsmith.lab.pki.authority import Authority
    from pinsmith.lab.scenario import Scene
    from pinsmith.lab.stage import Stage


def _asking(authority: Authority) -> Callable[[ssl.SSLContext], None]:
    def ask(context: ssl.SSLContext) -> None:
        context.verify_mode = ssl.CERT_OPTIONAL
        context.load_verify_locations(cadata=authority.pem)

    return ask


def _set(stage: Stage) -> Scene:
    identity = stage.pki.genuine()
    return stage.accepted(stage.serve(identity, context_hook=_asking(stage.pki.root)))


SCENARIO: Final = Scenario(
    "client-certificate-request",
    "client certificate requested but not required",
    expected="accept",
    lacks="continue without a client certificate when the host asks for one",
    source="RFC 8446 section 4.4.2: without a suitable certificate, send an empty list; pimutils/vdirsyncer#1098",
    set=_set,
)
