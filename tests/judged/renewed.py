"""
The host has a new certificate for the same key as before.

::

    Lab Root (trusted)
    └── Lab Intermediate    presented
        └── localhost       presented, a new certificate, the same key   ◀ pinned

A correct client accepts the host, because a pin belongs to a key and certificates can be renewed. A client that
compares whole certificates refuses the host after every renewal. The lab gives pins to its clients, but no
certificates, so this scenario is defined here, beside the clients that know a certificate.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.lab.scenario import Scenario

if TYPE_CHECKING:
    from pinsmith.lab.scenario import Scene
    from pinsmith.lab.stage import Stage


def _set(stage: Stage) -> Scene:
    stage.pki.genuine()  # the certificate that the client knows, see tests.judged.judging
    renewed = stage.pki.genuine(*stage.pki.names)  # a name makes a new certificate
    return stage.accepted(stage.serve(renewed))


RENEWED: Final = Scenario(
    "renewed-certificate",
    "same key, renewed certificate",
    expected="accept",
    lacks="accept a renewed certificate with the pinned key",
    source="RFC 7469 section 2.4, on why keys are pinned and not certificates",
    set=_set,
)
