"""
One name with two addresses: behind IPv4 stands the host, behind IPv6 an impostor, on the same port.

::

    localhost ─┬─ 127.0.0.1:A   pinned key    ◀ pinned
               └─ [::1]:A       another key, from a trusted authority

A name is often several machines, and one of them may be taken over. Whatever address a connection goes to, its own key
counts. Who checks the key on a connection of its own, before or beside the one that carries the request, may have
looked at the other machine. To try the next address after a refusal is lawful, as is to give up.

A client comes to both machines in one of two ways. If it uses the lab's proxy, the proxy dials the two addresses in
turn: the client is started twice, and meets the host first, then the impostor. If it resolves the name itself,
``localhost`` must have both addresses on this machine. Otherwise the scenario is skipped.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.lab.proxy.alternating import AlternatingProxy
from pinsmith.lab.scenario import Act, Scenario, Scene
from pinsmith.lab.servers.dual_stack import serve_both
from pinsmith.lab.witness import bystander

if TYPE_CHECKING:
    from pinsmith.lab.stage import Stage


def _set(stage: Stage) -> Scene:
    good, rogue = serve_both(stage, stage.pki.genuine(), stage.pki.impostor())
    host = stage.pki.host
    proxy = stage.start(AlternatingProxy(host, (good.endpoint, rogue.endpoint)))
    act = Act("withhold", stage.pinning(), guarded=(proxy, rogue, bystander(good)))
    return Scene((act, act), good.port, host, address=host, proxy=proxy)


SCENARIO: Final = Scenario(
    "ipv6-rogue",
    "impostor behind one of two addresses",
    expected="withhold",
    lacks="check the key of the very connection that carries the request, whatever its address",
    source="RFC 8305: either address may win; Cordova's SSLCertificateChecker looks at a connection of its own",
    set=_set,
    needs=frozenset({"ipv6"}),
)
