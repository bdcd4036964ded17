"""
The host presents the pinned key and speaks only TLS 1.2.

::

    Lab Root (trusted)
    └── Lab Intermediate       presented
        └── localhost          presented over TLS 1.2   ◀ pinned

A correct pinner accepts, because many hosts do not speak TLS 1.3. A client that requires it cannot use them.
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
