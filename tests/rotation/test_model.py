"""
No sequence of commands without a named override locks anybody out, removes a live key, or leaves no backup.

The model (`tests.rotation.model`) is driven by random sequences, and by the same sequences with each guard taken out:
then an unsafe state must be found, or the model shows nothing.
"""

from __future__ import annotations

from contextlib import nullcontext, suppress
from typing import TYPE_CHECKING, Any
from unittest import mock

import pytest
from hypothesis import HealthCheck, Phase, settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from pinsmith.errors import PinsmithError
from pinsmith.rotation import guards, removal
from pinsmith.rotation.course import all_events
from pinsmith.rotation.guards import servers
from pinsmith.rotation.guards._guard import Guard
from tests.rotation.model import HOST, KEYS, UnsafeError, World

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pinsmith.lab.pki.authority import Authority
    from pinsmith.lab.pki.identity import Identity
    from pinsmith.rotation.situation import Situation

NUMBERS = st.integers(0, KEYS - 1)
PLACES = st.sampled_from(["Berlin", "Oslo"])


class Operation(RuleBasedStateMachine):
    """An operator who does anything in any order."""

    make: Callable[[], World]

    def __init__(self) -> None:
        super().__init__()
        self.world = type(self).make()

    @rule(days=st.sampled_from([1, 7, 31, 200]))
    def days_pass(self, days: int) -> None:
        self.world.pass_days(days)

    @rule(number=NUMBERS, both=st.booleans())
    def prove(self, number: int, *, both: bool) -> None:
        for place in ("Berlin", "Oslo") if both else ("Berlin",):
            self.world.prove(number, place)

    @rule(number=NUMBERS)
    def lose(self, number: int) -> None:
        self.world.lose(number)

    @rule()
    def ship(self) -> None:
        self.world.ship()

    @rule(index=NUMBERS)
    def end(self, index: int) -> None:
        self.world.end(index)

    @rule(number=NUMBERS)
    def add_standby(self, number: int) -> None:
        self.world.add_standby(number)

    @rule(number=NUMBERS)
    def make_and_pin(self, number: int) -> None:
        self.world.make(number)
        self.world.next(number, None, keeps_key=None, unread=False)

    @rule(days=st.sampled_from([None, 10, 100, 400]))
    def set_expires(self, days: int | None) -> None:
        self.world.set_expires(days)

    @rule(number=NUMBERS)
    def remove(self, number: int) -> None:
        self.world.remove(number)

    @rule(to=st.none() | NUMBERS, shown=st.none() | NUMBERS, keeps=st.sampled_from([True, True, False, None]))
    def next_move(self, to: int | None, shown: int | None, keeps: bool | None) -> None:  # noqa: FBT001
        self.world.next(to, shown, keeps_key=keeps, unread=False)

    @rule()
    def next_move_with_an_address_down(self) -> None:
        self.world.next(None, None, keeps_key=True, unread=True)

    @rule(times=st.integers(1, 6))
    def work(self, times: int) -> None:
        for _ in range(times):
            with suppress(PinsmithError):
                self.world.work()

    @rule()
    def abort(self) -> None:
        self.world.abort()

    @rule(number=NUMBERS, address=st.sampled_from([0, 1]))
    def deploy(self, number: int, address: int) -> None:
        self.world.deploy(number, address)

    @rule(number=NUMBERS)
    def deploy_everywhere(self, number: int) -> None:
        for address in (0, 1):
            self.world.deploy(number, address)

    @invariant()
    def nobody_is_locked_out(self) -> None:
        self.world.require_safe()


@pytest.fixture(scope="session")
def identities(root: Authority) -> list[Identity]:
    """Issue the certificates once."""
    return World.identities_of(root)


@pytest.fixture
def operation(root: Authority, identities: list[Identity], tmp_path: Path) -> type[Operation]:
    """Return the machine, which begins with a host that pins a key and its standby key."""
    return type("Operation", (Operation,), {"make": staticmethod(lambda: World(root, tmp_path, identities))})


def _settings(examples: int, steps: int, **more: Any) -> settings:  # noqa: ANN401
    return settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        **more,
    )


def test_no_sequence_of_commands_is_unsafe(operation: type[Operation]) -> None:
    """The operator does anything in any order; everybody connects, and a second key is pinned."""
    run_state_machine_as_test(operation, settings=_settings(settings().max_examples, 40))


# `possession` follows from `custody`, and `certificate` from `releases`: without one of them, the other still holds.
# Unsafe states without `expiry` and `renewal` are rare, so the search for them takes longest.
@pytest.mark.parametrize(
    "name",
    [
        "custody",
        "releases",
        "served",
        "drained",
        "backup",
        pytest.param("expiry", marks=pytest.mark.thorough),
        pytest.param("renewal", marks=pytest.mark.thorough),
    ],
)
def test_without_a_guard_an_unsafe_state_is_found(operation: type[Operation], name: guards.GuardName) -> None:
    """The guard is needed: without it, a sequence locks somebody out, or leaves nothing to fall back on."""

    def lenient(_: Situation) -> Guard:
        return Guard(name, holds=True, why="taken out")

    with mock.patch.dict(guards._ASK, {name: lenient}), pytest.raises(UnsafeError):
        run_state_machine_as_test(operation, settings=_settings(400, 30, phases=[Phase.generate], derandomize=True))


@pytest.mark.parametrize("name", ["require_match", pytest.param("require_backup", marks=pytest.mark.thorough)])
def test_without_a_refusal_of_remove_an_unsafe_state_is_found(operation: type[Operation], name: str) -> None:
    """`remove` needs each of its refusals."""
    with mock.patch.object(removal, name), pytest.raises(UnsafeError):
        run_state_machine_as_test(operation, settings=_settings(400, 30, phases=[Phase.generate], derandomize=True))


def test_a_key_that_an_open_rotation_needs_is_not_removed(operation: type[Operation]) -> None:
    """Otherwise the certificate that was examined before would lock everybody out when it is deployed."""
    for refuses in (True, False):
        world = operation.make()
        while "certify" not in all_events(world.journal, HOST):
            world.work()
        world.add_standby(2)
        with mock.patch.object(removal, "require_no_rotation", wraps=removal.require_no_rotation) as refusal:
            if not refuses:
                refusal.side_effect = lambda *_: None
            world.remove(1)
        world.deploy(1, 0)
        with nullcontext() if refuses else pytest.raises(UnsafeError):
            world.require_safe()


def test_a_live_key_is_not_removed_while_the_pins_have_expired(operation: type[Operation]) -> None:
    """Somebody may write a later day into the pin file, and then the key is needed again."""
    world = operation.make()
    world.set_expires(10)
    world.pass_days(31)
    world.remove(0)
    world.require_safe()


def test_a_plan_that_promises_too_much_is_found(operation: type[Operation]) -> None:
    """The plan is made without a connection, and must not say that a guard holds which the servers contradict."""
    promised = Guard("served", holds=True, why="nobody has looked")

    def hopeful(situation: Situation) -> Guard:
        return promised if situation.outcomes is None else servers.served(situation)

    world = operation.make()
    while "certify" not in all_events(world.journal, HOST):
        world.work()
    with mock.patch.dict(guards._ASK, {"served": hopeful}), pytest.raises(UnsafeError, match="the plan promises"):
        world.next(None, None, keeps_key=True, unread=False)
