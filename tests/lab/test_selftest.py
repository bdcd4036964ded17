"""The self-test for programs: what it proves, what it refuses, and what it does not change."""

from __future__ import annotations

import asyncio
import ssl
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
import urllib3.contrib.pyopenssl

import pinsmith
from pinsmith.errors import InjectionError, SelfTestError, UnsafeContextError
from pinsmith.lab.way import WAYS, Way
from pinsmith.policy import HostPins, Key, Policy
from pinsmith.tls._enforcer import Enforcer
from pinsmith.tls.inject import injected_policy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinsmith.tls._chain import TLS
    from pinsmith.tls._connection_record import ConnectionRecord

STANDARD = tuple(way for way in WAYS if way.library is None)
POLICY = Policy((HostPins("api.example.com", (Key("api", pinsmith.Pin.of_spki(b"any")),)),))


@pytest.fixture
def injected() -> Iterator[None]:
    """Enforce a policy on the process with `inject`."""
    pinsmith.inject(POLICY)
    yield
    pinsmith.extract()


@pytest.fixture
def context() -> pinsmith.PinnedSSLContext:
    """Make the context of a program."""
    return pinsmith.PinnedSSLContext(POLICY, cadata=pinsmith_root())


def pinsmith_root() -> str:
    """Make an authority that is not related to those of the self-test."""
    from pinsmith.lab.pki.authority import Authority

    return Authority.root("A company's root").pem


def let_pass(self: Enforcer, _tls: TLS, record: ConnectionRecord) -> None:
    """Record the policy without judging, as a patch of ssl might do."""
    record.policy = self.policy


def test_it_tries_every_way_both_routes_and_both_cases(context: pinsmith.PinnedSSLContext) -> None:
    """Each way succeeds with the right pin; without that, a refusal of the wrong pin would prove nothing."""
    proofs = pinsmith.selftest(context)
    assert len(proofs) == len([way for way in WAYS if way.request]) * 4
    assert {(proof.route, proof.case) for proof in proofs} == {
        (route, case) for route in ("direct", "through a proxy") for case in ("right pin", "wrong pin")
    }
    assert all(proof.problem is None for proof in proofs)


def test_the_context_is_left_as_it_was(context: pinsmith.PinnedSSLContext) -> None:
    """The self-test adds no trust anchor to the context and does not change its policy."""
    anchors = context.get_ca_certs()
    pinsmith.selftest(context, ways=STANDARD)
    assert context.get_ca_certs() == anchors
    assert context.policy is POLICY


def test_it_can_be_called_inside_a_running_loop(context: pinsmith.PinnedSSLContext) -> None:
    """Asynchronous programs call the self-test at their start."""

    async def start() -> int:
        return len(pinsmith.selftest(context, ways=STANDARD))

    assert asyncio.run(start()) == len(STANDARD) * 4


def test_it_names_each_way_that_leaks(context: pinsmith.PinnedSSLContext, monkeypatch: pytest.MonkeyPatch) -> None:
    """If nothing is judged, the rogue server receives bytes, and the details name the ways."""
    monkeypatch.setattr(Enforcer, "enforce", let_pass)
    with pytest.raises(SelfTestError) as caught:
        pinsmith.selftest(context, ways=STANDARD)
    assert len(caught.value.details) == len(STANDARD) * 2
    assert all("wrong pin: FAILED, the rogue server received" in line for line in caught.value.details)


def test_a_client_that_hides_the_refusal_proves_nothing(context: pinsmith.PinnedSSLContext) -> None:
    """A client that swallows every error sends no byte either, but that does not prove enforcement."""

    def swallow(_context: ssl.SSLContext, _port: int, _proxy: int | None) -> None:
        return

    with pytest.raises(SelfTestError) as caught:
        pinsmith.selftest(context, ways=(Way("mute", None, swallow),))
    assert "mute, direct, wrong pin: FAILED, the client raised None instead of a pin mismatch" in caught.value.details


def test_a_way_that_is_not_installed_is_left_out(context: pinsmith.PinnedSSLContext) -> None:
    """A library that is not installed is left out, and causes no failure."""
    assert pinsmith.selftest(context, ways=(Way("absent", "no_such_library", WAYS[0].request),)) == ()


@pytest.mark.usefixtures("injected")
def test_without_a_context_the_process_is_tested() -> None:
    """The self-test attacks the injection, and the injected policy is in force afterwards."""
    assert len(pinsmith.selftest(ways=STANDARD)) == len(STANDARD) * 4
    assert injected_policy() is POLICY


@pytest.mark.usefixtures("injected")
def test_each_library_is_called_plainly_under_an_injection() -> None:
    """Libraries make their own contexts, as in a program; pyOpenSSL, which accepts no context of ours, is tried too."""
    proofs = pinsmith.selftest()
    assert {proof.way for proof in proofs} == {way.name for way in WAYS}
    assert len(proofs) == len(WAYS) * 4


@pytest.fixture
def urllib3_by_pyopenssl() -> Iterator[None]:
    """Make urllib3 use pyOpenSSL."""
    urllib3.contrib.pyopenssl.inject_into_urllib3()
    yield
    urllib3.contrib.pyopenssl.extract_from_urllib3()


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.usefixtures("injected", "urllib3_by_pyopenssl")
def test_a_library_that_bypasses_the_injection_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """If the injection does not reach pyOpenSSL, plain calls of urllib3 and requests reveal it."""
    ways = [way for way in WAYS if way.name in {"urllib3", "requests", "pyOpenSSL"}]
    assert len(pinsmith.selftest(ways=ways)) == 12
    monkeypatch.setattr("pinsmith.tls._pyopenssl._is_judged", lambda *_, **__: False)
    monkeypatch.setattr("pinsmith.tls._pyopenssl._require_unpinned", lambda *_: None)
    with pytest.raises(SelfTestError) as caught:
        pinsmith.selftest(ways=ways)
    assert [line.partition(",")[0] for line in caught.value.details] == [way.name for way in ways for _ in range(2)]
    assert all("wrong pin: FAILED, the rogue server received" in line for line in caught.value.details)


@pytest.mark.usefixtures("injected")
def test_a_policy_that_is_injected_meanwhile_stays_in_force() -> None:
    """The self-test restores only the policy that it replaced."""
    newer = Policy((HostPins("new.example.com", (Key("new", pinsmith.Pin.of_spki(b"new")),)),))

    def inject(_cafile: str, _port: int, _proxy: int | None) -> None:
        pinsmith.inject(newer)

    with pytest.raises(InjectionError, match="another caller replaced the policy"):
        pinsmith.selftest(ways=(Way("busy", None, None, inject),))
    assert injected_policy() is newer


@pytest.mark.usefixtures("injected")
def test_two_self_tests_at_once_leave_the_policy_as_it_was() -> None:
    """The second self-test waits for the first."""
    with ThreadPoolExecutor(2) as pool:
        for proofs in [pool.submit(pinsmith.selftest, ways=STANDARD[:1]) for _ in range(2)]:
            assert len(proofs.result()) == 4
    assert injected_policy() is POLICY


@pytest.mark.usefixtures("injected")
def test_a_leak_of_the_process_is_found_and_the_policy_restored(monkeypatch: pytest.MonkeyPatch) -> None:
    """Even after a failure, the process has its former policy."""
    monkeypatch.setattr(Enforcer, "enforce", let_pass)
    with pytest.raises(SelfTestError):
        pinsmith.selftest(ways=STANDARD)
    assert injected_policy() is POLICY


def test_without_a_context_and_without_an_injection_there_is_nothing_to_test() -> None:
    """The error shows a program that it has forgotten to inject."""
    with pytest.raises(InjectionError, match="pins are not enforced in this process"):
        pinsmith.selftest()


def test_a_context_that_the_debug_switch_disabled_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    """A debug switch that was left on is an error, so that it does not reach production."""
    monkeypatch.setenv("PINSMITH_DISABLE", "1")
    context = pinsmith.PinnedSSLContext(POLICY, debug_switch="PINSMITH_DISABLE")
    with pytest.raises(UnsafeContextError, match="pins are not enforced: PINSMITH_DISABLE is set"):
        pinsmith.selftest(context)


def test_a_context_that_was_changed_behind_its_properties_fails(context: pinsmith.PinnedSSLContext) -> None:
    """The error names the property that a library changed."""
    context.sslsocket_class = ssl.SSLSocket  # type: ignore[assignment]
    with pytest.raises(UnsafeContextError, match="sslsocket_class of the context was changed"):
        pinsmith.selftest(context)


def test_another_context_is_refused() -> None:
    """The self-test refuses a plain context instead of taking it for a pinned one."""
    with pytest.raises(TypeError, match="must be a PinnedSSLContext or None, not SSLContext"):
        pinsmith.selftest(ssl.create_default_context())  # type: ignore[arg-type]
