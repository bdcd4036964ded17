"""
The host has a new certificate for the key that it has always had.

::

    Lab Root (trusted)
    └── Lab Intermediate    presented
        └── localhost       presented, a new certificate, the same key   ◀ pinned

A correct pinner accepts: a pin is of a key, so that certificates can be renewed. Who compares whole certificates is
locked out by every renewal. The lab gives its clients pins and no certificates, so this stands with the clients that
know a certificate.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.lab.scenario import Scenario

if TYPE_CHECKING:
    from pinsmith.lab.scenario import Scene
    from pinsmith.lab.stage import Stage


def _set(stage: Stage) -> Scene:
    stage.pki.genuine()  # what the client knows, see tests.judged.judging
    return stage.accepted(stage.serve(stage.pki.genuine()))


RENEWED: Final = Scenario(
    "renewed-certificate",
    "same key, renewed certificate",
    expected="accept",
    lacks="accept a renewed certificate with the pinned key",
    source="RFC 7469 section 2.4, on why keys are pinned and not certificates",
    set=_set,
)
