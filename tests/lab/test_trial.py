"""The verdict on a client, from how it ended and from what the servers received."""

from __future__ import annotations

import socket
import threading
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from pinsmith.errors import LabBrokenError
from pinsmith.lab import trial as trial_module
from pinsmith.lab.client import FunctionClient
from pinsmith.lab.pki.lab_pki import PKICache
from pinsmith.lab.run import Plan, plan, run
from pinsmith.lab.scenario import Act, Pinning, Scenario
from pinsmith.lab.scenarios import SCENARIOS
from pinsmith.lab.stage import scene
from pinsmith.lab.trial import Ended, Trial, judge_client, try_client
from tests.lab.scenarios.browsing import right
from tests.lab.scenarios.pinner import Pinner

if TYPE_CHECKING:
    from pinsmith.lab.call import Call
    from pinsmith.lab.scenario import Expected, Scene
    from pinsmith.lab.stage import Stage
    from pinsmith.lab.trial import ClientOutcome, ClientVerdict

WELL, BADLY, NEVER = Ended(well=True, words="exit code 0"), Ended(well=False, words="exit code 1"), Ended(None, "hung")
BY_ID = {scenario.id: scenario for scenario in SCENARIOS}


@pytest.fixture(scope="module")
def pkis() -> PKICache:
    """Make the keys of the lab once."""
    return PKICache()


class _Nobody:
    """A server without connections, for verdicts that only count servers."""

    connections = ()
    disclosed = b""
    disclosed_size = received_size = 0

    def wait_closed(self, timeout_seconds: float = 0) -> None:
        """Return at once, because there are no connections."""


@pytest.mark.parametrize(
    ("expected", "ended", "seen", "outcome", "verdict"),
    [
        pytest.param("accept", WELL, (0, 80, True), "accepted", "pass", id="the good server answered"),
        pytest.param(
            "accept", BADLY, (0, 0, True), "refused", "refuses-a-good-server", id="it refused the good server"
        ),
        pytest.param("accept", BADLY, (0, 80, True), "refused", "refuses-a-good-server", id="it refused after sending"),
        pytest.param("accept", BADLY, (0, 0, False), "unproven", "unproven", id="it never reached the good server"),
        pytest.param(
            "accept", WELL, (0, 0, True), "unproven", "unproven", id="it claims an answer that no server gave"
        ),
        pytest.param("accept", NEVER, (0, 80, True), "hung", "hangs", id="the good server made it hang"),
        pytest.param("refuse", BADLY, (0, 0, True), "refused", "pass", id="it refused the rogue"),
        pytest.param("refuse", BADLY, (9, 0, True), "leaked", "leaks-before-refusing", id="it refused too late"),
        pytest.param("refuse", WELL, (9, 0, True), "accepted", "accepts-a-rogue", id="it accepted the rogue"),
        pytest.param("refuse", WELL, (0, 0, True), "accepted", "accepts-a-rogue", id="it accepted the rogue silently"),
        pytest.param("refuse", NEVER, (0, 0, True), "hung", "hangs", id="the rogue made it hang"),
        pytest.param("refuse", NEVER, (9, 0, True), "leaked", "accepts-a-rogue", id="it sent, and hung"),
        pytest.param("refuse", BADLY, (0, 0, False), "unproven", "unproven", id="it never reached the rogue"),
        pytest.param("withhold", WELL, (0, 80, True), "refused", "pass", id="it found a permitted way"),
        pytest.param("withhold", BADLY, (0, 80, True), "refused", "pass", id="it failed without a leak"),
        pytest.param("withhold", WELL, (9, 80, True), "accepted", "accepts-a-rogue", id="it followed the bait"),
        pytest.param(
            "withhold", BADLY, (0, 0, True), "unproven", "unproven", id="it never reached the server with the bait"
        ),
    ],
)
def test_the_verdict_on_each_combination(
    expected: Expected, ended: Ended, seen: tuple[int, int, bool], outcome: ClientOutcome, verdict: ClientVerdict
) -> None:
    """Every combination of the client's result and the server's record has one verdict, and doubt never passes."""
    lures = (_Nobody(),) if expected != "refuse" else ()
    act = Act(expected, Pinning(("sha256/A",)), wanted=lures)
    guarded, wanted, connected = seen  # bytes, bytes, and whether there was any connection
    assert judge_client(act, ended, guarded=guarded, wanted=wanted, connected=connected)[:2] == (outcome, verdict)


@pytest.mark.parametrize(
    ("ended", "verdict"),
    [
        pytest.param(BADLY, "pass", id="it failed"),
        pytest.param(WELL, "unproven", id="it claims an answer that no server gave"),
        pytest.param(NEVER, "hangs", id="it hung"),
    ],
)
def test_a_client_may_refuse_a_name_before_it_connects(ended: Ended, verdict: ClientVerdict) -> None:
    """If the scenario allows it, a client that fails without a connection passes, and only such a client."""
    act = Act("refuse", Pinning(("sha256/A",)), may_stay_away=True)
    assert judge_client(act, ended, guarded=0, wanted=0, connected=False)[1] == verdict


def test_a_client_that_refuses_names_with_a_final_dot_passes(pkis: PKICache) -> None:
    """Such a client sent nothing to the impostor, and the reason states that it never connected."""
    trial = try_client(lambda _: BADLY, BY_ID["trailing-dot"], pkis.of("ec-p256"))
    assert (trial.verdict, trial.outcome) == ("pass", "refused")
    assert "it refuses such names" in trial.reason


def test_a_client_that_hangs_is_given_up() -> None:
    """A client that never returns gets the verdict after its time limit."""
    forever = threading.Event()
    client = FunctionClient(lambda _: forever.wait(), timeout_seconds=0.05)
    trial = try_client(client, BY_ID["leaf-pin"], PKICache().of("ec-p256"))
    forever.set()
    assert (trial.outcome, trial.verdict) == ("hung", "hangs")


def test_a_scene_of_two_acts_ends_with_the_first_that_fails() -> None:
    """After the first start has failed, the second one is not tried."""
    calls: list[Call] = []

    def refuses(call: Call) -> Ended:
        calls.append(call)
        return BADLY

    def both(stage: Stage) -> Scene:
        server = stage.serve(stage.pki.genuine())
        act = Act("accept", stage.pinning(), wanted=(server,))
        return scene(server, act, act)

    twice = Scenario("twice", "two starts", "accept", "try again", "none", both)
    assert try_client(refuses, twice, PKICache().of("ec-p256")).verdict == "unproven"
    assert len(calls) == 1
    trial = try_client(right, twice, PKICache().of("ec-p256"))
    assert (trial.verdict, trial.bytes_received > 0) == ("pass", True)


def test_bytes_of_the_first_act_do_not_count_in_the_second() -> None:
    """Each start is judged by its own bytes."""

    def changed(stage: Stage) -> Scene:
        server = stage.serve(stage.pki.genuine())
        good = Act("accept", stage.pinning(), wanted=(server,))
        return scene(server, good, Act("refuse", stage.pinning(stage.pki.rogue_root.pin), guarded=(server,)))

    changes = Scenario("changes", "pins that change", "refuse", "look again", "none", changed)
    assert try_client(right, changes, PKICache().of("ec-p256")).verdict == "pass"
    assert try_client(Pinner(pins=False), changes, PKICache().of("ec-p256")).verdict == "accepts-a-rogue"


def _goes_on_in_the_clear(call: Call) -> Ended:
    """Take a server whose pin does not match for a server without TLS, and send the request in the clear."""
    ended = right(call)
    if not ended.well:
        with socket.create_connection((call.address, call.port), 10) as plain:
            plain.sendall(b"GET /secret HTTP/1.1\r\nHost: localhost\r\n\r\n")
    return ended


@pytest.mark.parametrize("scenario", ["wrong-key", "tls12-rogue", "dual-key-other", "chain-appended", "plain-http"])
def test_a_client_that_refuses_and_continues_in_the_clear_leaks(scenario: str, pkis: PKICache) -> None:
    """A client that falls back to plain text after a mismatch leaks its request, in every scenario."""
    assert try_client(right, BY_ID[scenario], pkis.of("ec-p256")).verdict == "pass"
    trial = try_client(_goes_on_in_the_clear, BY_ID[scenario], pkis.of("ec-p256"))
    assert (trial.verdict, trial.bytes_received) == ("leaks-before-refusing", 41)


def test_a_request_in_the_clear_proves_no_answer(pkis: PKICache) -> None:
    """A client that reports success but never spoke TLS has proven nothing."""

    def never_speaks_tls(call: Call) -> Ended:
        with socket.create_connection((call.address, call.port), 10) as plain:
            plain.sendall(b"GET / HTTP/1.1\r\n\r\n")
        return WELL

    assert try_client(never_speaks_tls, BY_ID["leaf-pin"], pkis.of("ec-p256")).verdict == "unproven"


@pytest.mark.parametrize("scenario", ["wrong-key", "renegotiation", "silent", "proxy-swaps-origin"])
def test_a_client_that_connects_and_sends_nothing_refuses_nothing(scenario: str, pkis: PKICache) -> None:
    """Otherwise a client that fails before its first byte would pass every attack."""

    def breaks(call: Call) -> Ended:
        socket.create_connection((call.address, call.port), 10).close()
        return BADLY

    assert try_client(breaks, BY_ID[scenario], pkis.of("ec-p256")).verdict == "unproven"


def test_a_connection_that_outlives_the_client_does_not_pass(monkeypatch: pytest.MonkeyPatch, pkis: PKICache) -> None:
    """A process that the client leaves behind could still send, so after a moment the verdict is unproven."""
    monkeypatch.setattr(trial_module, "_GONE_SECONDS", 0.05)
    monkeypatch.setattr(trial_module, "_LEAST_SECONDS", 0.05)
    with ExitStack() as left:

        def leaves_one(call: Call) -> Ended:
            plain = left.enter_context(socket.create_connection((call.address, call.port), 10))
            plain.sendall(b"\x16")
            return Ended(well=False, words="exit code 1", is_gone=True)

        trial = try_client(leaves_one, BY_ID["wrong-key"], pkis.of("ec-p256"))
    assert (trial.verdict, "still holds a connection" in trial.reason) == ("unproven", True)


def test_a_lab_that_fails_raises_its_own_error() -> None:
    """A fault of the lab is never reported as a verdict on the client."""

    def broken(stage: Stage) -> Scene:
        server = stage.serve(stage.pki.genuine())
        server.errors.append(ValueError("out of order"))
        return stage.accepted(server)

    scenario = Scenario("broken", "a broken lab", "accept", "matter", "none", broken)
    with pytest.raises(LabBrokenError, match=r"the lab failed at broken \(ec-p256\): ValueError\('out of order'\)"):
        list(run(right, Plan(((scenario, "ec-p256"),), ())))


def test_trials_come_in_the_order_of_the_plan() -> None:
    """The report has the same order each time, whichever trial ends first."""
    planned = plan(keys=["ec-p256"])
    tried = [(trial.scenario, trial.key) for trial in run(lambda _: BADLY, planned, at_once=8)]
    assert tried == list(planned.trials)


@pytest.mark.parametrize(("at_once", "first"), [(2, "silent"), (1, "leaf-pin")], ids=["two at a time", "one at a time"])
def test_a_slow_trial_starts_first_if_others_can_run_meanwhile(
    monkeypatch: pytest.MonkeyPatch, at_once: int, first: str
) -> None:
    """The slow trial then does not prolong the run at its end, and the report keeps the order of the plan."""
    started: list[str] = []
    others_are_done = threading.Event()

    def tried(_client: object, scenario: Scenario, _pki: object) -> Trial:
        started.append(scenario.id)
        if scenario.id == "silent" and at_once > 1:
            assert others_are_done.wait(30)
        if scenario.id == "wrong-key":
            others_are_done.set()
        return Trial(scenario, "ec-p256", "pass", "refused", "nothing was sent")

    monkeypatch.setattr("pinsmith.lab.run.try_client", tried)
    ids = ("leaf-pin", "silent", "wrong-key")
    planned = plan(chosen=[BY_ID[name] for name in ids], keys=["ec-p256"])
    assert [trial.scenario.id for trial in run(right, planned, at_once=at_once)] == list(ids)
    assert started[0] == first


@pytest.mark.parametrize(
    ("used", "skipped"),
    [
        pytest.param({"url", "pin", "cafile"}, {"two-pins", "policy", "address", "proxy", "state"}, id="one pin"),
        pytest.param({"url", "pins-curl"}, {"policy", "address", "proxy", "state"}, id="all pins"),
        pytest.param({"url", "policy"}, {"address", "proxy", "state"}, id="the pin file"),
        pytest.param({"url", "policy", "proxy"}, {"state"}, id="the pin file and a proxy"),
        pytest.param({"url"}, {"address", "proxy", "state"}, id="no pin, so it gets them elsewhere"),
        pytest.param(set(), set(), id="nothing, so it reads the environment"),
    ],
)
def test_a_scenario_that_needs_unused_values_is_skipped(used: set[str], skipped: set[str]) -> None:
    """A client is judged only by scenarios whose values it uses; the others are listed with the reason."""
    among = [
        Scenario(need, need, "accept", "matter", "none", BY_ID["leaf-pin"].set, needs=frozenset({need}))
        for need in ("two-pins", "policy", "address", "proxy", "state")
    ]
    planned = plan(used=frozenset(used), among=among, keys=["ec-p256"])
    assert {trial.scenario.id for trial in planned.skipped} == skipped
    assert all(trial.verdict == "skipped" and trial.reason.startswith("it needs") for trial in planned.skipped)
    assert {scenario.id for scenario, _ in planned.trials} == {entry.id for entry in among} - skipped


def test_a_scenario_that_is_chosen_by_name_is_never_skipped() -> None:
    """A user who chooses scenarios by name wants them all."""
    assert not plan(chosen=SCENARIOS, used=frozenset({"url", "pin"})).skipped
