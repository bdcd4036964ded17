"""
A subdomain of the pinned host, which its entry does not cover, has another key.

::

    pins.toml: only localhost
    Lab Root (trusted)
    └── Lab Intermediate       presented
        └── api.localhost      presented, another key than the pinned one

A correct pinner accepts. Without include-subdomains the subdomain is not pinned, and hosts without pins are allowed. A
client that applies the pins of a host to all its subdomains locks its users out of hosts that are not pinned.
Not every resolver knows the host, so the client gets the address to connect to, or uses the proxy.
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
    lacks="leave subdomains unpinned unless the entry includes them",
    source="RFC 7469 section 2.1.3",
    set=_set,
    needs=frozenset({"address", "policy"}),
)
