"""
The pinned host redirects to a host without pins.

::

    localhost:A    pinned key       ◀ pinned      302 Location: https://127.0.0.1:B/
    127.0.0.1:B    another key, from a trusted authority; no pins for this host

Pins belong to hosts. A host without pins is verified by the authorities, like any other, even after a redirect. To
refuse it would lock users out of every partner, identity provider and download server. A client that does not follow
redirects also passes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.lab.scenario import Act, Scenario
from pinsmith.lab.servers.speaker import redirecting_to

if TYPE_CHECKING:
    from pinsmith.lab.scenario import Scene
    from pinsmith.lab.stage import Stage


def _set(stage: Stage) -> Scene:
    other = stage.pki.other_host
    elsewhere = stage.serve(stage.pki.impostor(other))
    speak = redirecting_to(f"https://{other}:{elsewhere.port}/")
    good = stage.serve(stage.pki.genuine(), speak=speak)
    return stage.scene(good, Act("accept", stage.pinning(), wanted=(good, elsewhere)))


SCENARIO: Final = Scenario(
    "redirect-to-unpinned-host",
    "redirect to a host without pins",
    expected="accept",
    lacks="apply pins only to the host that they are for",
    source="RFC 7469 section 2.6: pins are those of one host; curl's --pinnedpubkey applies to every host",
    set=_set,
    needs=frozenset({"policy"}),
)
