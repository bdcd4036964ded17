"""
A server answers the ClientHello with bytes that are not TLS.

::

    C: ClientHello ──▶ localhost
    S: FF FE FD ...

A correct pinner fails in the handshake. It does not try again without TLS, with an older protocol, or without its
pins, because an attacker on the path can always break a handshake.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.lab.scenario import Scenario
from pinsmith.lab.servers.fault import Garbage

if TYPE_CHECKING:
    from pinsmith.lab.scenario import Scene
    from pinsmith.lab.stage import Stage


def _set(stage: Stage) -> Scene:
    return stage.refused(stage.start(Garbage()))


SCENARIO: Final = Scenario(
    "garbage",
    "server that does not answer with TLS",
    expected="refuse",
    lacks="fail, without sending anything in the clear, when the handshake breaks",
    source="RFC 8446 section 6.2: a fatal error ends the connection; asyncpg's ssl=prefer connects again in the clear",
    set=_set,
    keys=("ec-p256",),
)
