"""
The key of the root is pinned, and the server also sends the root.

::

    Lab Root (trusted)         presented, but not required   ◀ pinned
    └── Lab Intermediate       presented
        └── localhost          presented

A correct pinner accepts, because the trust anchor is the last certificate of the verified chain. A client that does not
compare the anchor refuses.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.lab.scenario import CHAIN_ONLY, Scenario

if TYPE_CHECKING:
    from pinsmith.lab.scenario import Scene
    from pinsmith.lab.stage import Stage


def _set(stage: Stage) -> Scene:
    identity = stage.pki.genuine()
    server = stage.serve(identity, presented=identity.presented_pem(root=True))
    return stage.accepted(server, stage.pki.root.pin)


SCENARIO: Final = Scenario(
    "root-pin",
    "root pin, root sent",
    expected="accept",
    lacks="look for its pins up to the trust anchor",
    source="RFC 7469 section 2.6; RFC 8446 section 4.4.2 lets a server send or omit the root",
    set=_set,
    profiles=CHAIN_ONLY,
)
