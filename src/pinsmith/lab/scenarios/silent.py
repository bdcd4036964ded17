"""
A server accepts the connection and never sends anything.

::

    C: ClientHello ──▶ localhost      no answer

A correct pinner gives up by itself, after a time of its choice, and fails. A client that waits for ever can be stopped
by anybody who drops packets. The lab waits until its own time limit, 10 seconds by default, because a client may choose
any shorter time. Only a client that the lab must stop fails the scenario.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.lab.scenario import Scenario
from pinsmith.lab.servers.fault import Tarpit

if TYPE_CHECKING:
    from pinsmith.lab.scenario import Scene
    from pinsmith.lab.stage import Stage


def _set(stage: Stage) -> Scene:
    return stage.refused(stage.start(Tarpit()))


SCENARIO: Final = Scenario(
    "silent",
    "server that never answers",
    expected="refuse",
    lacks="give up on a server that does not answer",
    source="Python's sockets and requests wait for ever by default: requests, quickstart, Timeouts",
    set=_set,
    keys=("ec-p256",),
    slow=True,
)
