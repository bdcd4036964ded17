"""
A host below the pinned one, which the entry does not cover, has a key of its own.

::

    pins.toml: localhost alone
    Lab Root (trusted)
    └── Lab Intermediate       presented
        └── api.localhost      presented, another key than the pinned one

A correct pinner accepts: without include-subdomains the host is not pinned, and hosts that are not pinned are allowed.
Who applies the pins of a host to all below it locks itself out of hosts that never asked for pins.
Not every resolver knows the host: the client is told where to dial, or uses the proxy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.lab.scenario import Scenario
from pinsmith.lab.scenarios._subdomain import at_subdomain

if TYPE_CHECKING:
    from pinsmith.lab.scenario import Scene
    from pinsmith.lab.stage import Stage


def _set(stage: Stage) -> Scene:
    identity = stage.pki.rekeyed(stage.pki.wrong_key, stage.pki.subdomain)
    return at_subdomain(stage, identity, "accept", include_subdomains=False)


SCENARIO: Final = Scenario(
    "subdomain-not-covered",
    "subdomain not covered",
    expected="accept",
    lacks="keep the pins of a host from its subdomains unless they are included",
    source="RFC 7469 section 2.1.3",
    set=_set,
    needs=frozenset({"address", "policy"}),
)
