"""Both engines give the same result for every server, good or bad, and rustls makes the usual handshakes."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

import pytest

from pinsmith.lab.pki.authority import Authority
from pinsmith.lab.pki.key import KeyKind
from pinsmith.lab.pki.lab_pki import LabPKI
from pinsmith.lab.proxy.connect import ConnectProxy
from pinsmith.lab.scenarios import SCENARIOS
from pinsmith.lab.servers.server import RecordingServer
from pinsmith.lab.stage import Stage
from pinsmith.probe import Failed, Target, Trust, fetch_many
from pinsmith.probe.named_hosts import HostRequest, fetch_named
from pinsmith.probe.proxy import through
from tests.engines.rustls.both import agreed, facts
from tests.engines.rustls.conftest import at
from tests.probe.scripted import PlainServer, alert, answers, certificate, half_a_handshake, reset, server_hello, tarpit
from tests.probe.scripts import SCRIPTS

if TYPE_CHECKING:
    from pinsmith.lab.scenario import Scenario
    from pinsmith.lab.servers.server import Versions
    from pinsmith.probe import FetchOutcome
    from tests.probe.scripts import Script

pytestmark = pytest.mark.engines
TAKEN = {"ec-p256", "ec-p384", "rsa-2048", "rsa-3072", "rsa-4096", "ed25519"}


@pytest.mark.parametrize("tls", ["1.2", "1.3", "1.2+1.3"])
def test_every_type_of_key(intermediate: Authority, trust: Trust, tls: Versions) -> None:
    """The usual keys are left to rustls, the others to OpenSSL, and nothing else differs."""
    leaves = {f"{kind}.test": intermediate.issue(f"{kind}.test", key=kind) for kind in get_args(KeyKind)}
    with RecordingServer(leaves["ec-p256.test"], sni=leaves, tls=tls) as server:
        engines = agreed([at(server, name) for name in leaves], trust, teachers=[at(server, "ec-p256.test")])
    assert dict(zip(get_args(KeyKind), engines, strict=True)) == {
        kind: "rustls" if kind in TAKEN else "openssl" for kind in get_args(KeyKind)
    }


@pytest.mark.parametrize("kind", get_args(KeyKind))
def test_every_type_of_issuing_key(kind: KeyKind) -> None:
    """The chain above the leaf is that of OpenSSL, for each type of key that authorities sign with."""
    root = Authority.root("Any Root", key=kind)
    above = root.intermediate("Any Intermediate", key=kind)
    leaves = {name: above.issue(name) for name in ("a.test", "b.test")}
    with RecordingServer(leaves["a.test"], sni=leaves) as server:
        engines = agreed([at(server, "b.test")], Trust(cadata=root.pem), teachers=[at(server)])
    assert engines == ["rustls" if kind in {*TAKEN, "ec-p521"} else "openssl"]


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.id)
def test_every_scenario_of_the_lab(scenario: Scenario) -> None:
    """In each situation that the lab has, a host with another server beside it is seen as by OpenSSL."""
    for kind in scenario.keys:
        pki = LabPKI.of_kind(kind)
        with Stage(pki) as stage:
            scene = scenario.set(stage)
            good = stage.serve(pki.genuine())
            starttls = "smtp" if scenario.protocol == "smtp" else None
            asked = Target(scene.host, scene.port, address=scene.address, starttls=starttls)
            teachers = [Target(pki.host, good.port, address=good.address)]
            patience = 2.0 if scenario.id == "silent" else 20.0
            trust = Trust(cadata=pki.root.pem + pki.rogue_root.pem)
            agreed([asked], trust, teachers=teachers, timeout_seconds=patience)


def test_hostile_servers(intermediate: Authority, trust: Trust) -> None:
    """A server that breaks the protocol, sends another or leaves fails with the words of OpenSSL."""
    good = intermediate.issue("a.test", key="rsa-2048")
    plays = [
        answers(b"HTTP/1.1 400 Bad Request\r\n\r\n"),
        answers(b"220 mail.test ESMTP\r\n"),
        answers(b"\x16\x03\x03\x00\x04junk"),
        answers(b"\0" * 400),
        answers(alert(40), stays=False),
        answers(alert(70)),
        answers(alert(112)),
        answers(b"", stays=False),
        answers(server_hello() + certificate()),
        answers(server_hello() + certificate(good.der) * 3),
        answers(server_hello() + certificate(b"junk", *[good.der] * 9)),
        answers(server_hello() + certificate(*[good.der] * 90)),
        half_a_handshake(good.key, good.der),  # type: ignore[arg-type] # an RSA key
        half_a_handshake(intermediate.issue("a.test", key="rsa-2048").key, good.der),  # type: ignore[arg-type]
        reset,
    ]
    with RecordingServer(good) as teacher:
        for play in plays:
            with PlainServer(play) as server:
                agreed([at(server)], trust, teachers=[at(teacher)])


def test_a_server_that_never_answers(trust: Trust, intermediate: Authority) -> None:
    """A silent server fails with the words of OpenSSL, which has the second half of the time."""
    with RecordingServer(intermediate.issue("a.test")) as teacher, PlainServer(tarpit) as server:
        assert agreed([at(server)], trust, teachers=[at(teacher)], timeout_seconds=1.0) == [None]


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.protocol)
def test_behind_starttls(intermediate: Authority, trust: Trust, script: Script) -> None:
    """Behind STARTTLS, rustls shakes hands, and where it does not accept, the whole conversation is held again."""
    good, bad = intermediate.issue("mail.test"), intermediate.issue("other.test")
    with (
        RecordingServer(good, starttls=script.play) as server,
        RecordingServer(bad, starttls=script.play) as other,
    ):
        targets = [at(place, "mail.test", starttls=script.protocol) for place in (server, other)]
        engines = agreed(targets, trust, teachers=targets[:1])
    assert engines == ["rustls", "openssl"]


def test_through_a_proxy(intermediate: Authority, trust: Trust) -> None:
    """Through a proxy, rustls shakes hands, and a host that it does not accept is asked for once more through it."""
    with (
        RecordingServer(intermediate.issue("a.test")) as good,
        RecordingServer(intermediate.issue("other.test")) as bad,
        ConnectProxy(route={"a.test:1": good.endpoint, "a.test:2": bad.endpoint}) as proxy,
    ):
        targets = [through(Target("a.test", port), f"http://127.0.0.1:{proxy.port}") for port in (1, 2)]
        assert agreed(targets, trust, teachers=[targets[0]]) == ["rustls", "openssl"]


def test_named_hosts_at_all_addresses(intermediate: Authority, trust: Trust) -> None:
    """The way in of the command gives the same results, also where every address and both kinds of key are asked."""
    with RecordingServer(intermediate.issue("localhost", "127.0.0.1")) as server:
        for options in ({}, {"all_addresses": True}, {"key_type": "both"}, {"family": 4}):
            found: dict[str, list[FetchOutcome]] = {}
            for engine in ("openssl", "rustls"):
                request = HostRequest(port=server.port, engine=engine, **options)
                names = ["localhost", "localhost", "127.0.0.1"]
                outcomes = fetch_named(names, request, trust=trust, refuse=_unexpected, fail=_unexpected, concurrency=1)
                found[engine] = sorted(outcomes, key=lambda outcome: (outcome.target.host, str(outcome.address)))
            assert list(map(facts, found["rustls"])) == list(map(facts, found["openssl"]))
            used = {outcome.engine for outcome in found["rustls"] if not isinstance(outcome, Failed)}
            assert used == ({"openssl"} if "key_type" in options else {"openssl", "rustls"})


def _unexpected(*given: object) -> None:
    raise AssertionError(given)


def test_few_hosts_are_left_to_openssl(intermediate: Authority, trust: Trust) -> None:
    """A whole window does not go to OpenSSL: the others begin once a host has ended, and go to rustls."""
    with RecordingServer(intermediate.issue("*.a.test")) as server:
        targets = [at(server, f"{number}.a.test") for number in range(60)]
        engines = [
            None if isinstance(outcome, Failed) else outcome.engine
            for outcome in fetch_many(targets, trust=trust, concurrency=60, engine="rustls")
        ]
    assert set(engines) == {"openssl", "rustls"}
    assert engines.count("openssl") <= 10


@pytest.mark.parametrize(("silent", "waiting"), [(150, None), (12, 0)])
def test_silent_hosts_at_the_beginning(intermediate: Authority, trust: Trust, silent: int, waiting: int | None) -> None:
    """A good host behind many that never answer begins before they have run out of time."""
    with RecordingServer(intermediate.issue("a.test")) as server, PlainServer(tarpit) as dead:
        outcomes = fetch_many(
            [at(dead)] * silent + [at(server)],
            trust=trust,
            timeout_seconds=5,
            concurrency=silent + 1,
            waiting=waiting,
            engine="rustls",
        )
        assert next(iter(outcomes)).target.port == server.port
        outcomes.close()  # type: ignore[attr-defined] # a generator
