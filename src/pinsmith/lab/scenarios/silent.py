"""
A server that accepts the connection and never says a word.

::

    C: ClientHello ──▶ localhost      no answer

A correct pinner ends by itself, after a time of its own choice, and says that it failed: a client that waits for ever
is stopped by anybody who can swallow packets. The lab waits until its own time limit, 10 seconds by default, because a
client may choose any shorter time. Only a client that the lab must stop fails.
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
    source="Python's sockets and requests wait for ever unless told otherwise: requests, quickstart, Timeouts",
    set=_set,
    keys=("ec-p256",),
    slow=True,
)
