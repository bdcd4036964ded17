"""
The host presents the pinned key and speaks only TLS 1.3.

::

    Lab Root (trusted)
    └── Lab Intermediate       presented
        └── localhost          presented over TLS 1.3   ◀ pinned

A correct pinner accepts, because some hosts speak only TLS 1.3. A client without it cannot use them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.lab.scenario import Scenario

if TYPE_CHECKING:
    from pinsmith.lab.scenario import Scene
    from pinsmith.lab.stage import Stage


def _set(stage: Stage) -> Scene:
    return stage.accepted(stage.serve(stage.pki.genuine(), tls="1.3"))


SCENARIO: Final = Scenario(
    "tls13-good",
    "TLS 1.3 only, good leaf pin",
    expected="accept",
    lacks="speak TLS 1.3 with a host that presents its pinned key",
    source="RFC 8446",
    set=_set,
)
