"""While the proxy runs, its verdicts equal those on all hosts at once, with little work for each connection."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, strategies as st

from pinsmith.lab.proxy import running_verdicts
from pinsmith.lab.proxy.intercepting import InterceptingProxy
from pinsmith.lab.proxy.judgement import CONCLUSIVE, Wanted, WantedHosts, judge_host, judge_hosts
from pinsmith.lab.proxy.running_verdicts import RunningVerdicts
from pinsmith.lab.proxy.seen import Client, Destination, Seen

if TYPE_CHECKING:
    from pinsmith.lab.proxy.judgement import HostVerdict
    from pinsmith.lab.proxy.seen import Attempt

DESTINATIONS = [
    Destination("api.example.com", 443),
    Destination("api.example.com", 8443),
    Destination("example.com", 443),
    Destination("www.example.com", 443),
    Destination("a.www.example.com", 443),
    Destination("192.0.2.9", 443),
]
CLIENTS = [Client("192.0.2.1", "aaaa"), Client("192.0.2.1", "bbbb"), Client("192.0.2.1"), Client("192.0.2.2", "aaaa")]
WANTED = [
    Wanted("api.example.com"),
    Wanted("api.example.com", 8443),
    Wanted("www.example.com", subdomains=True),
    Wanted("example.com", subdomains=True, but=frozenset({"www.example.com"})),
    Wanted("192.0.2.9", 443),
]


def _pending(_attempt: Attempt) -> None:
    """Leave the connection undecided."""


# Everything that can happen to a connection.
STEPS = {
    "heard": lambda attempt: attempt.heard(b"GET / HTTP/1.1\r\n"),
    "closed": lambda attempt: attempt.refused("closed"),
    "unknown_ca": lambda attempt: attempt.refused("unknown_ca"),
    "expired": lambda attempt: attempt.refused("certificate_expired"),
    "failed": lambda attempt: attempt.failed("no ClientHello came"),
    "silent": lambda attempt: attempt.stayed_silent(),
    "clear": lambda attempt: attempt.came_in_the_clear(b"GET / HTTP/1.1\r\n"),
    "passed through": lambda attempt: attempt.passed_through(),
    "pending": _pending,
}


@given(
    events=st.lists(
        st.tuples(st.sampled_from(DESTINATIONS), st.sampled_from(CLIENTS), st.sampled_from(list(STEPS))), max_size=12
    ),
    must_pin=st.lists(st.sampled_from(WANTED), unique=True, max_size=3),
    controls=st.lists(st.sampled_from(WANTED), unique=True, max_size=1),
)
def test_verdicts_after_each_step_equal_those_on_all_hosts(
    events: list[tuple[Destination, Client, str]], must_pin: list[Wanted], controls: list[Wanted]
) -> None:
    """After each event, the last verdict reported for a host equals that of a new judgement."""
    last: dict[tuple[str, int | None], tuple[str, str]] = {}

    def note(destination: Destination) -> None:
        for verdict in running.note(destination):
            assert last.get((verdict.host, verdict.port)) != (verdict.verdict, verdict.reason), "reported twice"
            last[verdict.host, verdict.port] = (verdict.verdict, verdict.reason)

    seen = Seen(note)
    running = RunningVerdicts(seen.clients_at, must_pin=WantedHosts(must_pin), controls=controls)
    for destination, client, step in events:
        STEPS[step](seen.begin(destination, client))
        found = judge_hosts(seen.record(), must_pin=must_pin, controls=controls)
        decided = [verdict for verdict in found if _is_decided(verdict)]
        assert last == {(verdict.host, verdict.port): (verdict.verdict, verdict.reason) for verdict in decided}
        assert running.is_complete == all(verdict.verdict in CONCLUSIVE for verdict in found if verdict.must_pin)


def _is_decided(verdict: HostVerdict) -> bool:
    return any(evidence.is_decided for evidence in verdict.clients.values())


@pytest.fixture
def judgements(monkeypatch: pytest.MonkeyPatch) -> list[Destination]:
    """Record every host that is judged."""
    judged: list[Destination] = []

    def counted(destination: Destination, *arguments: object) -> HostVerdict:
        judged.append(destination)
        return judge_host(destination, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(running_verdicts, "judge_host", counted)
    return judged


def test_a_connection_judges_only_its_own_host(judgements: list[Destination]) -> None:
    """The first connection to a host judges it twice, at its beginning and with its result, and no other host."""
    with InterceptingProxy(upstream="block", must_pin=(Wanted("host-7.example.com"),)) as proxy:
        for number in range(20):
            judgements.clear()
            with socket.create_connection(proxy.endpoint, timeout=20) as plain:
                host = f"host-{number}.example.com"
                plain.sendall(f"GET http://{host}/ HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
                assert plain.recv(4096).startswith(b"HTTP/1.1 502 ")
            proxy.wait_closed()
            assert judgements == [Destination(host, 80)] * 2


def test_a_control_judges_once_more_the_hosts_that_waited_for_it(judgements: list[Destination]) -> None:
    """The hosts that a client refused are judged again at its first control, but not at later ones."""
    app, other = CLIENTS[0], CLIENTS[3]
    seen = Seen(lambda destination: reported.extend(running.note(destination)))
    running = RunningVerdicts(seen.clients_at, must_pin=WantedHosts())
    reported: list[HostVerdict] = []
    refused = [Destination(f"host-{number}.example.com", 443) for number in range(20)]
    for destination in refused:
        seen.begin(destination, app).refused("closed")
    seen.begin(Destination("other.example.com", 443), other).refused("closed")
    judgements.clear()
    control = Destination("control.example.com", 443)
    seen.begin(control, app).heard(b"x")
    assert sorted(judgements) == sorted([control, control, *refused])
    assert {verdict.host for verdict in reported if verdict.verdict == "pinned"} == {
        destination.host for destination in refused
    }
    judgements.clear()
    seen.begin(Destination("another.example.com", 443), app).heard(b"x")
    assert judgements == [Destination("another.example.com", 443)] * 2
