"""From what a file says to a policy: names of keys, hosts that stand twice, roles."""

from __future__ import annotations

from datetime import date

import pytest

from pinsmith.errors import FormatError
from pinsmith.formats import Found, FoundPin, Reading, policy_of
from pinsmith.pinfile import parse, write
from tests.formats.policy import pin

A, B, C = (FoundPin(pin(seed)) for seed in "abc")


def test_keys_are_named_after_the_first_host_that_has_them() -> None:
    """A key that two hosts share is one key."""
    policy, _ = policy_of(Reading((Found("api.example.com", (A, B)), Found("www.example.com", (B, C)))), file="f")
    assert [key.name for key in policy.keys] == ["api-example-com-1", "api-example-com-2", "www-example-com-2"]


def test_names_of_long_hosts_are_cut_and_stay_apart() -> None:
    """Whatever hosts there are, the result is a pin file that can be read."""
    long = ".".join(["a" * 60] * 3)
    found = [Found(f"{long}.{end}.example.com", (FoundPin(pin(end)),)) for end in ("x", "y", "z")]
    policy, _ = policy_of(Reading((*found, Found("2001:db8::1", (A,)))), file="f")
    assert len({key.name for key in policy.keys}) == 4
    assert parse(write(policy)) == policy


def test_a_host_that_stands_twice_is_joined_and_told() -> None:
    """Pins of both places count, as they do where the syntax takes the union."""
    policy, notes = policy_of(Reading((Found("a.example", (A,), line=3), Found("a.example", (B,), line=9))), file="f")
    assert [str(key.pin) for key in policy.hosts[0].keys] == [str(A.pin), str(B.pin)]
    assert str(notes[0]) == "line 9: a.example stands twice; the pins are joined"


def test_a_host_that_stands_twice_with_other_settings_is_refused() -> None:
    """Nobody can say which of the two holds."""
    found = (Found("a.example", (A,), line=3), Found("a.example", (B,), expires=date(2030, 1, 1), line=9))
    with pytest.raises(FormatError, match=r"f:9: a\.example stands twice with different settings \(line 3"):
        policy_of(Reading(found), file="f")


def test_pins_without_a_host_need_one() -> None:
    """A list of pins is pinned for whom the user says."""
    with pytest.raises(FormatError) as caught:
        policy_of(Reading(pins=(A,)), file="f")
    assert caught.value.hint == "say whose pins they are with --host"
    policy, _ = policy_of(Reading(pins=(A,)), file="f", hosts=["a.example", "b.example"])
    assert [entry.host for entry in policy.hosts] == ["a.example", "b.example"]


def test_what_an_entry_may_not_be_is_told_with_its_line() -> None:
    """A pinned host without pins is no policy."""
    with pytest.raises(FormatError, match=r"f:4: a\.example: no keys"):
        policy_of(Reading((Found("a.example", (), line=4),)), file="f")


def test_unknown_roles_are_told_once() -> None:
    """Nobody guesses, and who reads it learns how to find out."""
    found = (Found("a.example", (A, B)), Found("b.example", (C,)))
    _, notes = policy_of(Reading(found), file="f")
    assert [note for note in notes if "check --fix-roles" in note.text] == list(notes)
    assert len(notes) == 1
