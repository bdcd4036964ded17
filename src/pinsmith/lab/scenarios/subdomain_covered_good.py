"""
A subdomain of the pinned host, which its entry covers, presents a pinned key.

::

    pins.toml: localhost, include-subdomains
    Lab Root (trusted)
    └── Lab Intermediate       presented
        └── api.localhost      presented   ◀ pinned, as a subdomain

A correct pinner accepts. A client that refuses all hosts without an entry of their own fails.
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
    return at_subdomain(stage, stage.pki.genuine(stage.pki.subdomain), "accept", include_subdomains=True)


SCENARIO: Final = Scenario(
    "subdomain-covered-good",
    "subdomain covered, good leaf pin",
    expected="accept",
    lacks="accept a subdomain that presents a key pinned for it",
    source="RFC 7469 section 2.1.3",
    set=_set,
    needs=frozenset({"address", "policy"}),
)
