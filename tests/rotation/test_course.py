"""The course of a rotation: from which keys to which, as the journal and the pin file say."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from pinsmith.errors import PolicyError
from pinsmith.pinfile import Edit, write
from pinsmith.policy import HostPins, Policy
from pinsmith.rotation.advance import abort
from pinsmith.rotation.course import EVENTS, Course, aborted_course, course_of, open_hosts
from tests.rotation.stage import HOST, NOW, Stage

if TYPE_CHECKING:
    from pathlib import Path


def test_a_rotation_is_found_again_by_its_pins(stage: Stage) -> None:
    """The journal says which keys it changes, whatever they are called now."""
    course = stage.situation("switch").course
    assert ([key.name for key in course.old], open_hosts(stage.journal)) == (["old"], (HOST,))
    renamed = Policy((HostPins(HOST, (replace(stage.old, name="a"), replace(stage.new, name="b"))),))
    again = course_of(renamed, stage.journal, HOST)
    assert ([key.name for key in again.old], again.new and again.new.name) == (["a"], "b")
    assert aborted_course(renamed, stage.journal, HOST).new == again.new


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"to": "spare"}, "another rotation of api.example.com is open, to new"),
        ({"to": "nobody"}, "the pin file has no key nobody"),
        ({"leaving": ["new"], "to": "new"}, "new is a key in service"),
        ({"leaving": ["nobody"]}, "the pin file has no key nobody"),
        ({"choice": "rotate-now"}, "only an emergency has a choice"),
        ({"since": NOW}, "only an emergency has a time"),
    ],
)
def test_a_contradiction_is_an_error(stage: Stage, given: dict[str, Any], words: str) -> None:
    """It names the key, and changes nothing."""
    situation = stage.situation("switch")
    with pytest.raises(PolicyError) as raised:
        course_of(situation.policy, stage.journal, HOST, **given)
    assert words in str(raised.value)


def test_rotations_that_two_branches_began_are_ended_by_name(stage: Stage) -> None:
    """The journal of both is valid, but nobody knows which is meant."""
    situation = stage.situation("switch")
    facts = {"from": str(stage.old.pin), "to": str(stage.spare.pin)}
    stage.journal.add(EVENTS["pin"], NOW, key="spare", host=HOST, facts=facts)
    with pytest.raises(PolicyError, match="are open, to new and spare"):
        course_of(situation.policy, stage.journal, HOST)
    assert isinstance(aborted_course(situation.policy, stage.journal, HOST), Course)


def test_several_authorities_need_a_name(stage: Stage) -> None:
    """With two pinned roots, nobody knows which of them is replaced."""
    a, b, c = (
        replace(key, name=name, role="root", standby=False)
        for key, name in zip((stage.old, stage.new, stage.spare), "abc", strict=True)
    )
    policy = Policy((HostPins(HOST, (a, b)),), (a, b, c))
    with pytest.raises(PolicyError, match="several authorities"):
        course_of(policy, stage.journal, HOST, to="c")
    assert course_of(policy, stage.journal, HOST, to="c", leaving=["a"]).strategy == "ca-set"


def test_a_key_whose_role_is_unknown_is_not_replaced_unnamed(stage: Stage) -> None:
    """It may be the authority of the host, or its backup, as after an import."""
    a, b, c = (
        replace(key, name=name, role="unknown", standby=False)
        for key, name in zip((stage.old, stage.spare, stage.new), "abc", strict=True)
    )
    with pytest.raises(PolicyError, match="does not say whether b is that of its server"):
        course_of(Policy((HostPins(HOST, (replace(a, role="leaf"), b)),), (c,)), stage.journal, HOST, to="c")
    policy = Policy((HostPins(HOST, (a, b)),), (a, b, c))
    named = course_of(policy, stage.journal, HOST, to="c", leaving=["a"])
    assert [key.name for key in named.old] == ["a"]
    alone = Policy((HostPins(HOST, (a,)),), (a, c))
    assert [key.name for key in course_of(alone, stage.journal, HOST, to="c").old] == ["a"]


def test_an_edit_knows_what_it_was_loaded_from(tmp_path: Path) -> None:
    """The transaction compares it with the file, so that no change of others is lost."""
    path = tmp_path / "pins.toml"
    path.write_text("version = 1\n")
    assert (Edit.load(path).original, Edit("version = 1\n").original) == (b"version = 1\n", b"")


def test_a_journal_without_an_emergency_cannot_choose(stage: Stage) -> None:
    """A choice that stands there alone leaves no guard out."""
    situation = stage.situation("switch")
    facts = {"from": str(stage.old.pin), "to": str(stage.new.pin), "choice": "rotate-now"}
    stage.journal.add(EVENTS["certify"], NOW, key="new", host=HOST, facts=facts)
    assert course_of(situation.policy, stage.journal, HOST).choice is None


def test_a_rotation_to_an_authority_that_is_given_up_leaves_its_key_as_it_is(stage: Stage) -> None:
    """A root is not a standby key, whatever the rotation was."""
    situation = stage.situation("remove")
    old, new = replace(stage.old, role="root"), replace(stage.new, role="root", standby=False)
    policy = Policy((HostPins(HOST, (old, new)),))
    course = aborted_course(policy, stage.journal, HOST)
    edit = Edit(write(policy))
    assert abort(course, edit, stage.journal, situation.now) == ["new stays pinned"]
    assert edit.result().policy == policy
