"""
The client connects to a host without pins.

::

    pins.toml: only localhost
    Lab Root (trusted)
    └── Lab Intermediate       presented
        └── 127.0.0.1          presented, another key than the pinned one

A correct pinner accepts, because pins belong to a host, and hosts without pins are allowed. A client that compares
every connection with the same pins refuses all other hosts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.lab.scenario import Scenario

if TYPE_CHECKING:
    from pinsmith.lab.scenario import Scene
    from pinsmith.lab.stage import Stage


def _set(stage: Stage) -> Scene:
    host = stage.pki.other_host
    server = stage.serve(stage.pki.rekeyed(stage.pki.wrong_key, host))
    return stage.accepted(server, host=host)


SCENARIO: Final = Scenario(
    "unpinned-host",
    "unpinned host",
    expected="accept",
    lacks="apply pins only to the hosts that they are for",
    source="RFC 7469 section 2.6; Android's domain-config",
    set=_set,
    needs=frozenset({"policy"}),
)
