"""Which clients reach a host, store by store; incidents are repeated with made-up chains of the same shape."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import pytest

from pinsmith import authorities
from pinsmith.authorities import Issued
from pinsmith.checks.reach import Pinner, Reach, pinners_of, reach, usual_stores, without_pins
from pinsmith.policy import HostPins, Key, Policy
from pinsmith.release import Release, ReleasedHost
from tests.paths.pki import AT, HOST, ca, leaf, pin, store

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from pinsmith.checks.reach import ReachOutcome
    from pinsmith.paths import Store


def _pinning(*names: str, **entry: Any) -> Pinner:  # noqa: ANN401 - as ReleasedHost takes them
    return Pinner(None, ReleasedHost(HOST, {name: pin(name) for name in names}, **entry))


def _ask(sent: Sequence[bytes], roots: Store, *names: str, **entry: Any) -> Reach:  # noqa: ANN401 - as above
    (found,) = reach(_pinning(*names, **entry), sent, [roots], at=AT)
    return found


def _outcome(sent: Sequence[bytes], roots: Store, *names: str) -> ReachOutcome:
    return _ask(sent, roots, *names).outcome


def test_campus_app_of_2021() -> None:
    """
    A pin of the old root matches where the new root is not trusted yet, and nowhere else (TUM Campus App #1396).

    leaf > intermediate > new > old; the pins had "old" only.
    """
    sent = (leaf("intermediate"), ca("intermediate", "new"), ca("new", "old"))
    before, between, after = store(ca("old")), store(ca("old"), ca("new")), store(ca("new"))
    assert [_outcome(sent, roots, "old") for roots in (before, between, after)] == ["accepts", "depends", "locked-out"]
    (short, long) = _ask(sent, between, "old").matches
    assert (short.path.anchor.subject, short.keys) == ("CN=new", ())
    assert (long.path.anchor.subject, long.keys) == ("CN=old", ("old",))
    assert {_outcome(sent, roots, "old", "new") for roots in (before, between, after)} == {"accepts"}


def test_notifications_of_a_root_that_only_new_systems_trust() -> None:
    """
    Old systems refuse the new root, unless the server sends the certificate that the old one signed (ntfy #1270).

    leaf > intermediate > new, and new is signed by old, too.
    """
    old_system, new_system = store(ca("old")), store(ca("old"), ca("new"))
    short = (leaf("intermediate"), ca("intermediate", "new"))
    assert [_outcome(short, roots, "new") for roots in (old_system, new_system)] == ["untrusted", "accepts"]
    whole = (*short, ca("new", "old"))
    assert [_outcome(whole, roots, "new") for roots in (old_system, new_system)] == ["accepts", "accepts"]


def test_paths_over_certificates_that_were_not_sent_are_possible(monkeypatch: pytest.MonkeyPatch) -> None:
    """They change no outcome, and show the pinned keys on them."""
    crossed = Issued(pin("new"), pin("old"), date(2020, 1, 1), date(2030, 1, 1))
    above = Issued(pin("intermediate"), pin("new"), date(2020, 1, 1), date(2030, 1, 1))
    monkeypatch.setattr(authorities, "issued_for", lambda of: [one for one in (crossed, above) if one.signed == of])
    found = _ask((leaf("intermediate"), ca("intermediate", "new")), store(ca("old")), "new")
    assert (found.outcome, found.matches) == ("untrusted", ())
    assert [match.keys for match in found.possible] == [("new",)]
    assert found.possible[0].names[-1] == "CN=old"


def test_expenses_twice_in_july_2026() -> None:
    """
    A leaf or an intermediate that is pinned locks out when the network behind it moves (Expensify App #100965).

    First another authority issues: leaf-2 > other > other-root. Then another intermediate does: leaf-3 > m04 > root.
    """
    roots = store(ca("root"), ca("other-root"))
    began = (leaf("m01", key="leaf-1"), ca("m01", "root"))
    first = (leaf("other", key="leaf-2"), ca("other", "other-root"))
    then = (leaf("m04", key="leaf-3"), ca("m04", "root"))
    assert [_outcome(sent, roots, "leaf-1", "m01") for sent in (began, first, then)] == [
        "accepts",
        "locked-out",
        "locked-out",
    ]
    both = "root", "other-root"
    assert {_outcome(sent, roots, *both) for sent in (began, first, then)} == {"accepts"}


def test_a_browser_that_begins_to_trust_the_intermediate() -> None:
    """
    A pin of the root stops matching when clients end their chain at the intermediate (Brave #52059).

    leaf > intermediate > root; the new version of the store also contains the intermediate.
    """
    sent = (leaf("intermediate"), ca("intermediate", "root"))
    before, after, only = store(ca("root")), store(ca("root"), ca("intermediate", "root")), store(ca("intermediate"))
    assert [_outcome(sent, roots, "root") for roots in (before, after, only)] == ["accepts", "depends", "locked-out"]
    assert _outcome(sent, only, "root", "intermediate") == "accepts"


SENT = (leaf("I"), ca("I", "A"))
IN_FORCE: dict[str, tuple[dict[str, Any], ReachOutcome]] = {
    "the entry only reports": ({"mode": "report-only"}, "not-enforced"),
    "the entry is off": ({"mode": "off"}, "not-enforced"),
    "the pins have expired": ({"expires": AT.date()}, "not-enforced"),
    "the pins expire later": ({"expires": date(2027, 1, 1)}, "locked-out"),
    "the leaf alone counts": ({"trust": "pins-only"}, "locked-out"),
}


@pytest.mark.parametrize("what", IN_FORCE)
def test_pins_that_are_not_in_force_lock_nobody_out(what: str) -> None:
    """The mode and the expiry of an entry count, as they do in clients."""
    entry, outcome = IN_FORCE[what]
    found = _ask(SENT, store(ca("A")), "other", **entry)
    assert found.outcome == outcome
    assert bool(found.why) == (outcome == "not-enforced")


def test_pins_without_trust_need_no_store() -> None:
    """A host with pins-only is reached from every store if its leaf is pinned."""
    for roots in (store(ca("A")), store(ca("B"))):
        assert _ask(SENT, roots, "leaf", trust="pins-only").outcome == "accepts"
        assert _ask(SENT, roots, "I", trust="pins-only").outcome == "locked-out"


def test_a_path_counts_only_if_it_ends_in_a_trust_anchor_of_the_entry() -> None:
    """The chain must end in one of the entry's own anchors, too."""
    assert _ask(SENT, store(ca("A")), "leaf", anchors=(pin("A"),)).outcome == "accepts"
    assert _ask(SENT, store(ca("A")), "leaf", anchors=(pin("B"),)).outcome == "locked-out"
    crossed = (*SENT, ca("I", "B"))
    assert _ask(crossed, store(ca("A"), ca("B")), "leaf", anchors=(pin("A"),)).outcome == "depends"


def test_an_unknown_store_is_unknown_and_not_untrusted() -> None:
    """A version of which there is no list locks nobody out, and lets nobody in."""
    found = _ask(SENT, replace(store(ca("B")), day=None), "leaf")
    assert found.outcome == "unknown"
    assert found.why


def test_a_store_that_may_have_been_updated_depends_on_the_update() -> None:
    """If clients with the later list take another path, some are locked out, and the reason names that list."""
    sent = (leaf("intermediate"), ca("intermediate", "new"), ca("new", "old"))
    later = replace(store(ca("new")), id="test-2", title="Test 2")
    found = _ask(sent, replace(store(ca("old")), moves=True, updated=later), "old")
    assert found.outcome == "depends"
    assert "Test 2" in found.why[0]
    gone = replace(store(ca("other")), id="test-3", title="Test 3")
    found = _ask(sent, replace(store(ca("old")), moves=True, updated=gone), "old")
    assert (found.outcome, "Test 3" in found.why[0]) == ("unknown", True)


def test_the_pin_file_and_each_release_that_covers_a_host_are_asked() -> None:
    """Releases that do not cover the host are left out; without pins only trust is asked."""
    ours = HostPins(HOST, (Key("leaf", pin("leaf")),), include_subdomains=True)
    covering = Release("android", "3.9", (ReleasedHost(HOST, {"A": pin("A")}),), share=2.1)
    other = Release("ios", "1", (ReleasedHost("other.example.com", {"A": pin("A")}),))
    found = pinners_of(HOST, Policy((ours,)), [covering, other])
    assert [pinner.who for pinner in found] == ["the pin file", "android 3.9 (2.1% of users)"]
    assert [pinner.who for pinner in pinners_of(f"www.{HOST}", Policy((ours,)), [covering])] == ["the pin file"]
    (trusted,) = reach(without_pins(HOST), SENT, [store(ca("A"))], at=AT)
    assert (trusted.outcome, trusted.why) == ("not-enforced", ("nothing is pinned",))


def test_the_usual_stores_are_every_version_and_the_newest_lists() -> None:
    """Of publishers without versions only the newest list counts, and old versions can be left out."""
    ids = [found.id for found in usual_stores()]
    assert len([one for one in ids if one.startswith("mozilla-")]) == 1
    assert {"android-8", "android-17", "ios-26"} <= set(ids)
    since = {found.id for found in usual_stores(from_day=date(2024, 1, 1))}
    assert "android-8" not in since
    assert "android-17" in since
