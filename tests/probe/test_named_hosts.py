"""Many hosts by their names: what is asked, and what is left out."""

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
    """What was refused, and what failed without being asked."""

    def __init__(self) -> None:
        self.refused: list[str] = []
        self.failed: list[Failed] = []

    def refuse(self, name: str, _: HostError) -> None:
        """Take a name that is not a host."""
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
    """A list with one bad line is still worth its other lines."""
    found, heard = _fetch(server, trust, ["http://a.test/", "a.test"])
    assert [type(outcome) for outcome in found] == [Fetched]
    assert heard.refused == ["http://a.test/"]


def test_a_kind_of_key_that_a_host_does_not_have_counts_only_if_it_was_asked_for_alone(
    server: RecordingServer, trust: Trust
) -> None:
    """Most hosts have one kind; asked for both, they have not failed."""
    assert [type(outcome) for outcome in _fetch(server, trust, ["a.test"], key_type="both")[0]] == [Fetched]
    assert [type(outcome) for outcome in _fetch(server, trust, ["a.test"], key_type="rsa")[0]] == [Failed]


def test_a_host_without_an_address_of_the_family_is_not_asked(server: RecordingServer, trust: Trust) -> None:
    """Who wants IPv6 alone is not answered over IPv4."""
    found, heard = _fetch(server, trust, ["a.test"], family=6)
    assert found == []
    assert [str(failed.error) for failed in heard.failed] == ["a.test:443 has no IPv6 address"]
    assert not server.settled()
