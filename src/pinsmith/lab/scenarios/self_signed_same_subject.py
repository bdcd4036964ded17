"""
A certificate that looks like the host's own, made by nobody but the attacker.

::

    localhost          presented, self-signed: the genuine subject, another key; trusted by nobody

Anybody can make it. It stands for clients that were told not to verify, "because there is a pin", and for those that
know the pinned certificate by its name: a pin is of the key, and comes on top of the verification.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.lab.pki.identity import Identity
from pinsmith.lab.scenario import Scenario

if TYPE_CHECKING:
    from pinsmith.lab.scenario import Scene
    from pinsmith.lab.stage import Stage


def _set(stage: Stage) -> Scene:
    return stage.refused(stage.serve(Identity.self_signed(stage.pki.host, key=stage.pki.wrong_key)))


SCENARIO: Final = Scenario(
    "self-signed-same-subject",
    "wrong key, same subject, self-signed",
    expected="refuse",
    lacks="refuse a certificate that nobody vouches for, whatever name it bears",
    source="RFC 7469 section 2.6, on errors of the chain; the test self_signed of certmitm",
    set=_set,
)
