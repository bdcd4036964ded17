"""
The server presents the pinned leaf without the intermediate.

::

    Lab Root (trusted)
    └── Lab Intermediate       not presented, and unknown to the client
        └── localhost          presented   ◀ pinned

A correct pinner refuses. There is no path from the leaf to a trusted root, so nothing is verified, and pins are checked
in addition to trust, never instead of it. A client that switches verification off and compares the leaf sends its
request. The certificate does not name an address from which the intermediate could be fetched.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.lab.scenario import Scenario

if TYPE_CHECKING:
    from pinsmith.lab.scenario import Scene
    from pinsmith.lab.stage import Stage


def _set(stage: Stage) -> Scene:
    identity = stage.pki.genuine()
    return stage.refused(stage.serve(identity, presented=[identity.certificate]))


SCENARIO: Final = Scenario(
    "intermediate-not-sent",
    "intermediate not sent",
    expected="refuse",
    lacks="verify the chain to a trusted authority, even if a key matches",
    source="RFC 8446 section 4.4.2; aiohttp.Fingerprint and curl --insecure --pinnedpubkey do not verify",
    set=_set,
)
