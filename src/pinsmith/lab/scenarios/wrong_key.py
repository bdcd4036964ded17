"""
An authority that the client trusts was deceived and vouches for a key that is not pinned.

::

    Rogue Root (trusted)
    └── localhost          presented, another key than the pinned one

This is the attack against which pinning protects. Only the pins distinguish this server from the genuine one. A client
that does not pin sends everything to it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.lab.scenario import ALL_KEYS, Scenario

if TYPE_CHECKING:
    from pinsmith.lab.scenario import Scene
    from pinsmith.lab.stage import Stage


def _set(stage: Stage) -> Scene:
    return stage.refused(stage.serve(stage.pki.impostor()))


SCENARIO: Final = Scenario(
    "wrong-key",
    "wrong key under a trusted CA",
    expected="refuse",
    lacks="compare the server's key with its pins before it sends",
    source="RFC 7469 section 2.6; DigiNotar, 2011",
    set=_set,
    keys=ALL_KEYS,
)
