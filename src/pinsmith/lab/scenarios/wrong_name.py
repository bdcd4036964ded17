"""
The pinned key is in a certificate for another name.

::

    Lab Root (trusted)
    └── Lab Intermediate           presented
        └── another.example.com    presented   ◀ pinned, but not the requested host

Everything is genuine, but the certificate is not for the host. Pins are checked in addition to the name and never
replace that check, because a key may serve several names, and a pin of an authority matches every name that it
certifies. This scenario detects interfaces in which a pin check replaces the host name check.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.lab.scenario import Scenario

if TYPE_CHECKING:
    from pinsmith.lab.scenario import Scene
    from pinsmith.lab.stage import Stage


def _set(stage: Stage) -> Scene:
    return stage.refused(stage.serve(stage.pki.genuine(stage.pki.stranger)))


SCENARIO: Final = Scenario(
    "wrong-name",
    "same key, wrong name",
    expected="refuse",
    lacks="check the host name in addition to the pin",
    source="RFC 7469 section 2.6; Node's checkServerIdentity and aiohttp's Fingerprint replace the name check",
    set=_set,
)
