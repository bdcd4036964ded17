"""
An impostor poses as a subdomain of the pinned host, which its entry covers.

::

    pins.toml: localhost, include-subdomains
    Rogue Root (trusted)
    └── api.localhost      presented, another key than the pinned one

A correct pinner refuses, because the pins apply to the host and all its subdomains. A client that looks for an entry
with exactly that name finds none, treats the host as unpinned, and sends its request. Not every resolver knows the
host, so the client gets the address to connect to, or uses the proxy.
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
