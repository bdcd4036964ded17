"""
The genuine host announces an alternative service, where an impostor answers.

::

    localhost:A       pinned key     ◀ pinned      Alt-Svc: h2="localhost:B", h3=":C"
    localhost:B       another key, from a trusted authority; speaks HTTP/2
    localhost:C/udp   the same; speaks HTTP/3

The pins of a host apply to every server of that host, but HTTP/3 often uses another library, which does not know the
pins. A correct pinner checks them there too, and then returns to A or gives up. It may also ignore announcements.

The host redirects to itself twice and closes the connection the second time, because some clients use the announcement
at once, and others with their next connection. The client is started twice, because it may keep announcements in
{state}. If the library qh3 is not installed, there is no server at C.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.lab.scenario import Act, Scenario
from pinsmith.lab.servers.datagram import http3_or_trap
from pinsmith.lab.servers.site import Answer, Request, Site, any_http_speaker, redirect
from pinsmith.lab.witness import bystander

if TYPE_CHECKING:
    from pinsmith.lab.scenario import Scene
    from pinsmith.lab.stage import Stage


def _set(stage: Stage) -> Scene:
    rogue = stage.serve(stage.pki.impostor(), alpn=["h2", "http/1.1"], speak=any_http_speaker)
    third = stage.start(http3_or_trap(stage.pki.impostor()))
    offer = ("alt-svc", f'h2="{stage.pki.host}:{rogue.port}"; ma=3600, h3=":{third.port}"; ma=3600')

    def answer(request: Request) -> Answer:
        if request.path == "/":
            return redirect(f"https://{request.authority}/stays", offer)
        if request.path == "/stays":
            return redirect(f"https://{request.authority}/closes", offer, closes=True)
        return Answer(headers=(offer,))

    good = stage.serve(stage.pki.genuine(), alpn=["h2", "http/1.1"], speak=Site(answer))
    first = Act("withhold", stage.pinning(), wanted=(good,), guarded=(third, rogue))
    # The second start may connect to the alternative at once, refuse it, and give up.
    return stage.scene(good, first, Act("withhold", stage.pinning(), guarded=(bystander(good), third, rogue)))


SCENARIO: Final = Scenario(
    "alt-svc-bait",
    "announcement of a rogue alternative service",
    expected="withhold",
    lacks="check the pins of an alternative service",
    source="RFC 7838 section 2.1; niquests, whose HTTP/3 does not use an SSLContext and its pins",
    set=_set,
    needs=frozenset({"h2"}),
)
