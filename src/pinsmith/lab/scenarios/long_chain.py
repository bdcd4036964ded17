"""
Five intermediates, and the one in the middle is pinned.

::

    Lab Root (trusted)
    └── Lab Intermediate               presented
        └── Lab Intermediate 2         presented
            └── Lab Intermediate 3     presented   ◀ pinned
                └── Lab Intermediate 4     presented
                    └── Lab Intermediate 5     presented
                        └── localhost          presented

A correct pinner accepts: a pin may be of any key of the chain, at any depth. Who looks at the two ends, or at the
leaf and what signed it, refuses. Five is as many as Java allows by default
(`java.security.cert.PKIXBuilderParameters`), so a client that gives up is stricter than most. The pinned one has a
key of the host's kind, the others below the first have P-256 keys.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.lab.scenario import CHAIN_ONLY, Scenario

if TYPE_CHECKING:
    from pinsmith.lab.scenario import Scene
    from pinsmith.lab.stage import Stage


def _set(stage: Stage) -> Scene:
    second = stage.pki.intermediate.intermediate("Lab Intermediate 2")
    pinned = second.intermediate("Lab Intermediate 3", key=stage.pki.wrong_key)
    last = pinned.intermediate("Lab Intermediate 4").intermediate("Lab Intermediate 5")
    return stage.accepted(stage.serve(last.issue(*stage.pki.names, key=stage.pki.key)), pinned.pin)


SCENARIO: Final = Scenario(
    "long-chain",
    "long chain",
    expected="accept",
    lacks="look for its pins at every depth of the chain",
    source="RFC 7469 section 2.6; RFC 5280 section 6.1",
    set=_set,
    profiles=CHAIN_ONLY,
)
