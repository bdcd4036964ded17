"""
A name has two addresses with the same port: the IPv4 address is that of the host, the IPv6 address of an impostor.

::

    localhost ─┬─ 127.0.0.1:A   pinned key    ◀ pinned
               └─ [::1]:A       another key, from a trusted authority

A name often leads to several machines, and an attacker may control one of them. The key of every connection counts,
at each address. A client that checks the key on a separate connection may have checked the other machine. After a
refusal, a client may try the next address or give up.

There are two ways to reach both machines. If the client uses the proxy of the lab, the proxy connects to the two
addresses in turn: the client is started twice, and gets the host first, then the impostor. If it resolves the name
itself, ``localhost`` must have both addresses on this machine. Otherwise the scenario is skipped.
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
    lacks="check the key that is presented at every address to which it connects",
    source="RFC 8305: either address may win; Cordova's SSLCertificateChecker checks a separate connection",
    set=_set,
    needs=frozenset({"ipv6"}),
)
