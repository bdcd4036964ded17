"""
The port speaks only plain HTTP.

::

    C: ClientHello ──▶ localhost
    S: HTTP/1.1 400 Bad Request        in the clear
    C: GET / HTTP/1.1 ──▶              in the clear: disclosed
    S: HTTP/1.1 200 OK

Nobody vouches for plain HTTP, and it has no key that could be pinned. For a correct pinner it is a failed handshake. A
client that falls back to it gets a response, which everybody on the path can read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.lab.scenario import Scenario
from pinsmith.lab.servers.fault import PlainHTTP

if TYPE_CHECKING:
    from pinsmith.lab.scenario import Scene
    from pinsmith.lab.stage import Stage


def _set(stage: Stage) -> Scene:
    return stage.refused(stage.start(PlainHTTP()))


SCENARIO: Final = Scenario(
    "plain-http",
    "plain HTTP where TLS is expected",
    expected="refuse",
    lacks="refuse to fall back to plain HTTP",
    source="RFC 9110 section 4.2.2: https is never answered without TLS; SSL stripping, Marlinspike 2009",
    set=_set,
    keys=("ec-p256",),
)
