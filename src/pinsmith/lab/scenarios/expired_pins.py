"""
The pins expired yesterday, and the host has another key by now.

::

    pins.toml: localhost, expires yesterday
    Lab Root (trusted)
    └── Lab Intermediate       presented
        └── localhost          presented, another key than the pinned one

A correct pinner accepts, as Android and TrustKit do: from the day of expiry on, trust and names are checked, and pins
are not. That is a way out for clients that nobody updates, and a hole for the rest: it should be reported, and whoever
wrote the pins should hear of it before the day. Firefox 48 lost its pins this way, between two releases.
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
    lacks="let go of its pins when they expire",
    source="Android's pin-set expiration; TrustKit's TSKExpirationDate; Firefox 48 and 49, September 2016",
    set=_set,
    needs=frozenset({"policy"}),
)
