"""
The host presents the key that is pinned, and speaks TLS 1.2 alone.

::

    Lab Root (trusted)
    └── Lab Intermediate       presented
        └── localhost          presented over TLS 1.2   ◀ pinned

A correct pinner accepts. Many hosts speak nothing newer. Who insists on TLS 1.3 never gets to its pins.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.lab.scenario import Scenario

if TYPE_CHECKING:
    from pinsmith.lab.scenario import Scene
    from pinsmith.lab.stage import Stage


def _set(stage: Stage) -> Scene:
    return stage.accepted(stage.serve(stage.pki.genuine(), tls="1.2"))


SCENARIO: Final = Scenario(
    "tls12-good",
    "TLS 1.2 only, good leaf pin",
    expected="accept",
    lacks="speak TLS 1.2 with a host that presents its pinned key",
    source="RFC 5246",
    set=_set,
)
