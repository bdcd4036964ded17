"""Fetching many hosts by name: which hosts are dialled, and which are left out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pinsmith.lab.servers.server import RecordingServer
from pinsmith.probe import Failed, Fetched, Trust
from pinsmith.probe.named_hosts import HostRequest, fetch_named

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinsmith.errors import HostError
    from pinsmith.lab.pki.identity import Identity


class Heard:
    """Collects the names that were refused, and the hosts that failed without being dialled."""

    def __init__(self) -> None:
        self.refused: list[str] = []
        self.failed: list[Failed] = []

    def refuse(self, name: str, _: HostError) -> None:
        """Record a name that is not a host."""
        self.refused.append(name)


@pytest.fixture
def server(identity: Identity) -> Iterator[RecordingServer]:
    """Serve a.test with an EC key."""
    with RecordingServer(identity) as server:
        yield server


def _fetch(server: RecordingServer, trust: Trust, names: list[str], **options: object) -> tuple[list[object], Heard]:
    heard = Heard()
    request = HostRequest(**({"address": "127.0.0.1", "connect_port": server.port} | options))  # type: ignore[arg-type]
    found = fetch_named(names, request, trust=trust, refuse=heard.refuse, fail=heard.failed.append)
    return list(found), heard


def test_a_name_that_is_not_a_host_is_refused_and_the_others_go_on(server: RecordingServer, trust: Trust) -> None:
    """A line that is not a host does not stop the other lines of the list."""
    found, heard = _fetch(server, trust, ["http://a.test/", "a.test"])
    assert [type(outcome) for outcome in found] == [Fetched]
    assert heard.refused == ["http://a.test/"]


def test_a_missing_kind_of_key_is_a_failure_only_if_it_alone_was_requested(
    server: RecordingServer, trust: Trust
) -> None:
    """Most hosts have one kind of key, so with `both` the missing one is not a failure."""
    assert [type(outcome) for outcome in _fetch(server, trust, ["a.test"], key_type="both")[0]] == [Fetched]
    assert [type(outcome) for outcome in _fetch(server, trust, ["a.test"], key_type="rsa")[0]] == [Failed]


def test_a_host_without_an_address_of_the_family_is_not_asked(server: RecordingServer, trust: Trust) -> None:
    """With `family=6`, a host that has only IPv4 addresses fails and is not dialled."""
    found, heard = _fetch(server, trust, ["a.test"], family=6)
    assert found == []
    assert [str(failed.error) for failed in heard.failed] == ["a.test:443 has no IPv6 address"]
    assert not server.settled()
