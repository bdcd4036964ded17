"""The hosts of a shard are asked, each once, within the budget of its network."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from pinsmith.dispatch import asking
from pinsmith.dispatch.asking import Manner, ask
from pinsmith.dispatch.shard import Result, Shard, require_whole
from pinsmith.errors import FetchError
from pinsmith.lab.pki.authority import Authority
from pinsmith.lab.servers.fault import ClosedPort
from pinsmith.lab.servers.server import RecordingServer
from pinsmith.probe import Failed, Trust

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import pytest

    from pinsmith.probe import Target

ROOT = Authority.root()
MANNER = Manner(trust=Trust(cadata=ROOT.pem))


def shard(*hosts: str) -> Shard:
    """Make a shard."""
    return Shard(run="run", number=4, vantage="here", hosts=hosts)


def lines(result: Result | None) -> list[dict[str, Any]]:
    """Read the answers."""
    assert result is not None
    return [json.loads(bytes(answer)) for answer in result.answers]


def test_each_host_has_an_answer_in_the_order_of_the_shard() -> None:
    """A chain, a failure, a text that is not a host, and a host that is listed twice and asked once."""
    with RecordingServer(ROOT.issue("127.0.0.1")) as server, ClosedPort() as closed:
        here, nobody = f"127.0.0.1:{server.port}", f"127.0.0.1:{closed.port}"
        asked = shard(nobody, here, "not a host", here)
        result = ask(asked, MANNER, lambda: False)
        assert len(server.connections) == 1
    assert result is not None
    require_whole(result, asked)
    refused, found, wrong, again = lines(result)
    assert (refused["port"], refused["error"]["code"]) == (closed.port, "connect-failed")
    assert (found["trusted"], len(found["chain"])) == (True, 2)
    assert "pem" in found["chain"][0]
    assert (wrong["host"], wrong["port"], wrong["version"]) == ("not a host", None, 1)
    assert again == found


def test_a_proxy_that_cannot_be_used_is_a_failure_of_the_host(monkeypatch: pytest.MonkeyPatch) -> None:
    """The answer still names the host and the port, as a scan requires, and never shows the password of the proxy."""
    monkeypatch.setenv("HTTPS_PROXY", "http://user:secret@proxy.example.com:0")
    (line,) = lines(ask(shard("EXAMPLE.com:8443"), MANNER, lambda: False))
    assert (line["host"], line["port"], line["error"]["code"]) == ("example.com", 8443, "invalid-host")
    assert "secret" not in str(line)


def test_no_host_is_asked_after_a_stop() -> None:
    """A stopped worker returns no result, because hosts would be missing from it."""
    with ClosedPort() as closed:
        assert ask(shard(f"127.0.0.1:{closed.port}"), MANNER, lambda: True) is None


def test_a_network_is_asked_within_its_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    """At most so many hosts of a domain are open at once, and other domains need not wait for it."""
    rounds: list[list[str]] = []

    def fetch_many(targets: Iterable[Target], **_: object) -> Iterator[Failed]:
        asked = list(targets)
        rounds.append([target.host for target in asked])
        yield from (Failed(target, None, FetchError("was not asked").at(target.host, 443, None)) for target in asked)

    monkeypatch.setattr(asking, "fetch_many", fetch_many)
    names = [f"{number}.example.com" for number in range(5)]
    manner = Manner(trust=MANNER.trust, per_network=2)
    result = ask(shard(*names, "a.example.org", "192.0.2.1", "192.0.2.2", "192.0.2.3"), manner, lambda: False)
    assert len(lines(result)) == 9
    assert rounds == [[*names[:2], "a.example.org", "192.0.2.1", "192.0.2.2"], [*names[2:4], "192.0.2.3"], names[4:]]


def test_a_large_chain_costs_only_its_own_host_the_answer() -> None:
    """If the result would be too large, the largest answers become failures."""
    with RecordingServer(ROOT.issue("127.0.0.1")) as server, ClosedPort() as closed:
        asked = shard(f"127.0.0.1:{server.port}", f"127.0.0.1:{closed.port}")
        large, small = lines(ask(asked, MANNER, lambda: False, max_bytes=1_500))
    assert "the answers of its shard have more than" in large["error"]["message"]
    assert (large["trusted"], large["chain"]) == (False, [])
    assert small["error"]["code"] == "connect-failed"
