"""
The pins expired yesterday, and the host now has another key.

::

    pins.toml: localhost, expires yesterday
    Lab Root (trusted)
    └── Lab Intermediate       presented
        └── localhost          presented, another key than the pinned one

A correct pinner accepts, as Android and TrustKit do. From the day of expiry, trust and names are checked, but pins are
not. That keeps clients working that are never updated, but leaves the others without pins. So it should be reported,
and the authors of the pins should be warned before that day. Firefox 48 lost its pins this way, between two releases.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from pinsmith.lab.scenario import Act, Scenario

if TYPE_CHECKING:
    from pinsmith.lab.scenario import Scene
    from pinsmith.lab.stage import Stage


def _set(stage: Stage) -> Scene:
    server = stage.serve(stage.pki.rekeyed(stage.pki.wrong_key))
    expired = stage.pinning(expires=datetime.now(UTC).date() - timedelta(days=1))
    return stage.scene(server, Act("accept", expired, wanted=(server,)))


SCENARIO: Final = Scenario(
    "expired-pins",
    "expired pins",
    expected="accept",
    lacks="stop enforcing its pins when they expire",
    source="Android's pin-set expiration; TrustKit's TSKExpirationDate; Firefox 48 and 49, September 2016",
    set=_set,
    needs=frozenset({"policy"}),
)
