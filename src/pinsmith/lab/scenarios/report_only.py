"""
The pins are to be reported on, not enforced, and the host has another key.

::

    pins.toml: localhost, mode = "report-only"
    Lab Root (trusted)
    └── Lab Intermediate       presented
        └── localhost          presented, another key than the pinned one

A correct pinner accepts, and reports: this is how pins are tried out before they can lock anybody out. Whether it
reports, the lab does not judge.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.lab.scenario import Act, Scenario

if TYPE_CHECKING:
    from pinsmith.lab.scenario import Scene
    from pinsmith.lab.stage import Stage


def _set(stage: Stage) -> Scene:
    server = stage.serve(stage.pki.rekeyed(stage.pki.wrong_key))
    return stage.scene(server, Act("accept", stage.pinning(mode="report-only"), wanted=(server,)))


SCENARIO: Final = Scenario(
    "report-only",
    "report-only pins, wrong key",
    expected="accept",
    lacks="let a mismatch pass where pins are only to be reported on",
    source="RFC 7469 section 2.1: Public-Key-Pins-Report-Only; TrustKit's TSKEnforcePinning",
    set=_set,
    needs=frozenset({"policy"}),
)
