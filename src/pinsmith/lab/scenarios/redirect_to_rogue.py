"""
The genuine host redirects to another port of the same host, where an impostor answers.

::

    localhost:A   genuine key   ◀ pinned      302 Location: https://localhost:B/
    localhost:B   another key, from a trusted authority

Pins apply to every port of a host, and to every request that follows from the first. A client that checks only the
first connection sends the second request to the impostor, including cookies. A client that does not follow redirects
also passes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.lab.scenario import Act, Scenario
from pinsmith.lab.servers.speaker import redirecting_to

if TYPE_CHECKING:
    from pinsmith.lab.scenario import Scene
    from pinsmith.lab.stage import Stage


def _set(stage: Stage) -> Scene:
    rogue = stage.serve(stage.pki.impostor())
    good = stage.serve(stage.pki.genuine(), speak=redirecting_to(f"https://{stage.pki.host}:{rogue.port}/"))
    return stage.scene(good, Act("withhold", stage.pinning(), wanted=(good,), guarded=(rogue,)))


SCENARIO: Final = Scenario(
    "redirect-to-rogue",
    "redirect to a rogue server of the pinned host",
    expected="withhold",
    lacks="check the pins on a connection to which a redirect leads",
    source="curl's manual on --pinnedpubkey and redirects; enforcement per connection, RFC 7469 section 2.6",
    set=_set,
)
