"""
A certificate that looks like that of the host, made by the attacker.

::

    localhost          presented, self-signed: the genuine subject, another key; not trusted

Anybody can make it. It deceives clients that do not verify, "because there is a pin", and clients that recognise the
pinned certificate by its name. But a pin is that of the key, and is checked in addition to the chain.
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
    lacks="refuse an untrusted certificate with the right name",
    source="RFC 7469 section 2.6, on errors of the chain; the test self_signed of certmitm",
    set=_set,
)
