"""
The right host announces another place where it is served, and an impostor waits there.

::

    localhost:A       pinned key     ◀ pinned      Alt-Svc: h2="localhost:B", h3=":C"
    localhost:B       another key, from a trusted authority; speaks HTTP/2
    localhost:C/udp   the same; speaks HTTP/3

The pins of a host hold wherever it is served, and HTTP/3 is often another library, which knows nothing of them. A
correct pinner checks, and then goes back to A or gives up; or it does not heed announcements at all.

The host redirects to itself twice, and closes the connection the second time: some clients leave at once for what was
announced, others with their next connection. The client is started twice, for it may keep announcements in {state}. If
the library qh3 is not installed, nobody answers at C.
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
    # The second start may go to the alternative at once, be refused there, and give up.
    return stage.scene(good, first, Act("withhold", stage.pinning(), guarded=(bystander(good), third, rogue)))


SCENARIO: Final = Scenario(
    "alt-svc-bait",
    "announcement of a rogue alternative service",
    expected="withhold",
    lacks="check the pins of an alternative service",
    source="RFC 7838 section 2.1; niquests, whose HTTP/3 knows nothing of an SSLContext and its pins",
    set=_set,
    needs=frozenset({"h2"}),
)
