"""
An impostor poses as a host below the pinned one, which the entry covers.

::

    pins.toml: localhost, include-subdomains
    Rogue Root (trusted)
    └── api.localhost      presented, another key than the pinned one

A correct pinner refuses: the pins hold for the host and all below it. Who looks for an entry of exactly that name finds
none, takes the host for unpinned, and sends its request.
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
    return at_subdomain(stage, stage.pki.impostor(stage.pki.subdomain), "refuse", include_subdomains=True)


SCENARIO: Final = Scenario(
    "subdomain-covered-rogue",
    "subdomain covered, wrong key",
    expected="refuse",
    lacks="apply the pins of a host to its subdomains",
    source="RFC 7469 section 2.1.3; Android's includeSubdomains",
    set=_set,
    needs=frozenset({"address", "policy"}),
)
