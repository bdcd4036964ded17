"""
There are five intermediates, and the one in the middle is pinned.

::

    Lab Root (trusted)
    └── Lab Intermediate               presented
        └── Lab Intermediate 2         presented
            └── Lab Intermediate 3     presented   ◀ pinned
                └── Lab Intermediate 4     presented
                    └── Lab Intermediate 5     presented
                        └── localhost          presented

A correct pinner accepts, because any key of the chain may be pinned, at any depth. A client that compares only the two
ends, or only the leaf and its issuer, refuses. Five is the maximum that Java allows by default
(`java.security.cert.PKIXBuilderParameters`), so a client that gives up is stricter than most. The pinned intermediate
has a key of the same type as the host, the others below the first have P-256 keys.
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
