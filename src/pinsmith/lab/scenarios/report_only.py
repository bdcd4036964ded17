"""
Mismatches are only reported, and the host has another key.

::

    pins.toml: localhost, mode = "report-only"
    Lab Root (trusted)
    └── Lab Intermediate       presented
        └── localhost          presented, another key than the pinned one

A correct pinner accepts and reports the mismatch. This is how pins are tested before they can lock anybody out. The lab
does not check the report.
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
    lacks="accept a mismatch of a report-only host",
    source="RFC 7469 section 2.1: Public-Key-Pins-Report-Only; TrustKit's TSKEnforcePinning",
    set=_set,
    needs=frozenset({"policy"}),
)
