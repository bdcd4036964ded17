"""A policy comes into force only if no user is locked out by it, and nothing is protected less."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from pinsmith.policy import CompromisedKey, HostPins, Policy, TrustAnchor
from pinsmith.release import Release, released_hosts
from pinsmith.updates.content import Content
from pinsmith.updates.refusal import key_refusals, refusals
from pinsmith.updates.review import review
from pinsmith.updates.suspension import Suspension
from tests.updates.bundles import HOST, NOW, OTHER, entry, key, policy

DAY = dt.timedelta(days=1)
TODAY = NOW.date()
FLOOR = policy()
API, CDN = FLOOR.hosts


def found(
    proposed: Policy,
    *suspensions: Suspension,
    floor: Policy = FLOOR,
    in_force: Policy | None = None,
    update_hosts: tuple[str, ...] = (),
    given_up: tuple[str, ...] | None = None,
) -> list[str]:
    """Return the codes and subjects of the refusals."""
    all_found = refusals(
        proposed,
        suspensions,
        floor=floor,
        in_force=in_force or floor,
        update_hosts=update_hosts,
        now=NOW,
        given_up=given_up,
    )
    return [f"{one.code} {one.subject}" for one in all_found]


def api(*names: str, **options: object) -> Policy:
    """Change the first host of the floor."""
    return policy(replace(API, keys=tuple(map(key, names or ("live", "standby"))), **options), CDN)  # type: ignore[arg-type]


ACCEPTED = {
    "the same policy": FLOOR,
    "another standby key": api("live", "next"),
    "a key more": api("live", "standby", "next"),
    "a further host": Policy((*FLOOR.hosts, entry("new.example.test", "new"))),
    "a host that is exempted and was unknown": Policy((*FLOOR.hosts, entry("new.example.test", mode="off"))),
    "subdomains, too": api(include_subdomains=True),
    "stricter for all hosts": Policy(FLOOR.hosts, require_pins=True, refuse_compromised=True),
    "a key that is listed as compromised": Policy(FLOOR.hosts, compromised=(CompromisedKey("old", key("old").pin),)),
}
REFUSED = {
    "a host less": (policy(API), "host-left-out cdn.example.test"),
    "an exempted host": (api(mode="off"), "weaker-entry api.example.test"),
    "a host that only reports": (api(mode="report-only"), "weaker-entry api.example.test"),
    "pins that end": (api(expires=TODAY + 9 * DAY), "weaker-entry api.example.test"),
    "leaves without an authority": (api(trust="pins-only"), "weaker-entry api.example.test"),
    "one pin in place of two": (api("live"), "fewer-pins api.example.test"),
    "the same pin twice": (
        policy(replace(API, keys=(key("live"), replace(key("live"), name="again"))), CDN),
        "fewer-pins api.example.test",
    ),
    "no pin of before": (api("thief", "thief-standby"), "no-common-pin api.example.test"),
}


@pytest.mark.parametrize("proposed", ACCEPTED.values(), ids=ACCEPTED)
def test_what_protects_as_much_is_accepted(proposed: Policy) -> None:
    """Rotation, further hosts and stricter settings need no consent."""
    assert found(proposed) == found(proposed, given_up=()) == []


@pytest.mark.parametrize(("proposed", "refusal"), REFUSED.values(), ids=REFUSED)
def test_what_protects_less_is_refused(proposed: Policy, refusal: str) -> None:
    """Each loss has its code and names the host."""
    assert found(proposed) == [refusal]


def test_a_part_of_a_host_is_not_taken_out() -> None:
    """An entry of its own takes a subdomain out of the entry of its parent, so it is held against that one."""
    floor = policy(replace(API, host="example.test", include_subdomains=True))
    assert found(Policy((*floor.hosts, entry("api.example.test", mode="off"))), floor=floor) == [
        "weaker-entry api.example.test"
    ]
    assert found(Policy((*floor.hosts, entry("api.example.test", "a", "b"))), floor=floor) == [
        "no-common-pin api.example.test"
    ]
    assert found(Policy((*floor.hosts, entry("api.example.test", "live", "b"))), floor=floor) == []


def test_settings_of_all_hosts_are_kept() -> None:
    """Neither can a compromised key be forgotten or pinned again."""
    floor = Policy(
        FLOOR.hosts, require_pins=True, refuse_compromised=True, compromised=(CompromisedKey("stolen", key("old").pin),)
    )
    assert found(FLOOR, floor=floor) == [
        "weaker-setting require-pins",
        "weaker-setting refuse-compromised",
        "weaker-setting stolen",
    ]
    again = replace(floor, hosts=(entry(HOST, "live", "standby", "old"), CDN), compromised=())
    assert found(again, floor=floor) == ["compromised-key stolen"]


def test_what_an_update_has_added_is_lost_only_by_name() -> None:
    """The publisher refuses it until a user names the host; a client follows the signatures."""
    added = Policy((*FLOOR.hosts, entry("new.example.test", "new", "newer")))
    assert found(FLOOR, in_force=added, given_up=()) == ["host-left-out new.example.test"]
    assert found(FLOOR, in_force=added, given_up=("new.example.test",)) == []
    assert found(FLOOR, in_force=added) == []


def test_the_floor_is_not_given_up() -> None:
    """Naming a host of the program's own policy does not help, because no client would follow."""
    assert found(policy(API), given_up=(OTHER,)) == ["host-left-out cdn.example.test"]


def test_pins_that_have_ended_protect_nothing() -> None:
    """An update may replace them by any, and must not distribute others that have ended."""
    floor = policy(replace(API, expires=TODAY), CDN)
    assert found(api("new", "newer"), floor=floor) == []
    assert found(floor, floor=floor) == ["ended-pins api.example.test"]


def test_keys_come_from_the_pin_file() -> None:
    """A key is signed only if the pin file has it under the same name, because somebody has reviewed it there."""
    renamed = policy(replace(API, keys=(key("live"), replace(key("thief"), name="standby"))), CDN)
    assert [str(one) for one in key_refusals(renamed, FLOOR)] == [
        "standby is not in the pin file with this pin (foreign-key)"
    ]
    assert not list(key_refusals(FLOOR, FLOOR))


UPDATES = "updates.example.test"
OWN = Policy((*FLOOR.hosts, entry(UPDATES, "u1", "u2")))


@pytest.mark.parametrize(
    ("pinned", "hosts", "is_refused"),
    [
        (entry(UPDATES, "u2", "u3"), (UPDATES,), False),
        (entry(UPDATES, "u3", "u4"), (UPDATES,), True),
        (entry(UPDATES, "u3", "u4"), (UPDATES, "storage.example.test"), False),
    ],
    ids=["it keeps a pin", "it keeps none", "it keeps none, and there is a second address"],
)
def test_updates_can_always_be_corrected(pinned: HostPins, hosts: tuple[str, ...], is_refused: bool) -> None:  # noqa: FBT001
    """One address stays reachable, whatever was distributed: unpinned, or with a pin of the floor."""
    proposed = Policy((*FLOOR.hosts, pinned))
    in_force = Policy((*FLOOR.hosts, entry(UPDATES, "u2", "u3")))
    problems = found(proposed, floor=OWN, in_force=in_force, update_hosts=hosts)
    assert ("unreachable-update updates.example.test" in problems) is is_refused


@pytest.mark.parametrize(
    ("host", "since", "days", "problem"),
    [
        (HOST, NOW, 30, []),
        ("unknown.example.test", NOW, 3, ["unknown-suspension unknown.example.test"]),
        (HOST, NOW + DAY, 30, ["long-suspension api.example.test"]),
    ],
    ids=["as long as allowed", "of a host without pins", "that begins later"],
)
def test_suspensions_are_short_and_of_known_hosts(host: str, since: dt.datetime, days: int, problem: list[str]) -> None:
    """A suspension ends within thirty days from now, also if it was made for later."""
    assert found(FLOOR, Suspension(host, since, since + days * DAY, "key stolen")) == problem


def test_trust_anchors_are_kept() -> None:
    """A host whose chains must end in certain roots keeps some."""
    floor = policy(replace(API, trust_anchors=(TrustAnchor("root.pem", key("root").pin),)), CDN)
    assert found(FLOOR, floor=floor) == ["weaker-entry api.example.test"]


def test_trust_anchors_are_replaced_in_two_steps() -> None:
    """A chain that ended in an old one would be refused at once, and no chain satisfies both policies."""
    old, new, both = (
        tuple(TrustAnchor(f"{name}.pem", key(name).pin) for name in names)
        for names in (("root",), ("other",), ("root", "other"))
    )
    before, after, between = (policy(replace(API, trust_anchors=anchors), CDN) for anchors in (old, new, both))
    assert found(after, floor=before) == ["no-common-pin api.example.test"]
    assert found(between, floor=before) == found(after, floor=between) == []


def test_a_release_does_not_record_whether_names_are_checked() -> None:
    """A host of the local network whose name is not checked stays as it was, so no release refuses it."""
    own = policy(replace(API, trust="pins-only", check_host_name=False), CDN)
    content = Content(own)
    release = Release("app", "1.0", released_hosts(own), updates=True)
    assert reviewed(content, release) == []


def test_a_suspension_that_begins_later_is_not_signed() -> None:
    """Clients take its begin for a time that has passed, and would refuse all fresh metadata until then."""
    later = Suspension(HOST, NOW + 20 * DAY, NOW + 29 * DAY, "holidays")
    assert reviewed(Content(policy(API, CDN), (later,))) == ["long-suspension api.example.test"]


def reviewed(content: Content, *releases: Release) -> list[str]:
    """Return the codes and subjects of the refusals for those who sign."""
    refused = review(
        content,
        Content(content.policy),
        recorded=content.policy,
        earlier={},
        releases=releases,
        update_hosts=(),
        given_up=(),
        now=NOW,
    )
    return [f"{one.code} {one.subject}" for one in refused]
