"""The guards of a rotation: each move is stopped by each thing that would lock somebody out, and by what is unknown."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from pinsmith.certificate import Certificate
from pinsmith.errors import ConnectError
from pinsmith.pinfile import Edit, write
from pinsmith.policy import HostPins, Policy
from pinsmith.probe import Failed, Target
from pinsmith.probe.proxy import parse_proxy
from pinsmith.release import Release, ReleasedHost
from pinsmith.rotation.advance import advance, dangers
from pinsmith.rotation.course import EVENTS, Move, course_of
from pinsmith.rotation.guards import FIRM, GUARDS, ask_guards
from pinsmith.rotation.situation import Issued, Renewed, Situation
from tests.rotation.stage import HOST, LONG, NOW, Stage, blocking

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pinsmith.lab.pki.authority import Authority


@pytest.mark.parametrize("move", EVENTS)
def test_a_move_is_free_if_all_guards_hold(stage: Stage, move: Move) -> None:
    """Nothing blocks it, and each guard says why."""
    situation = stage.situation(move)
    assert blocking(situation) == {}
    assert all(guard.why and guard.holds for guard in ask_guards(situation, move))


def _cases(stage: Stage) -> dict[str, Callable[[], tuple[Situation, str, str]]]:
    """Return situations that differ from a free one in one thing: the guard that it blocks, and its words."""
    old, _new, spare = stage.old, stage.new, stage.spare
    of_old = stage.released("3.9", old, spare)
    other = Issued([Certificate(stage.identities["old"].der)], stage.chain(stage.identities["old"]))
    untrusted = replace(other, problem="is not trusted: it leads nowhere")
    ended = stage.released("3.8", old, expires=date(2026, 6, 15))
    at, ttl = stage.situation, timedelta(hours=1)
    return {
        "a release lacks the next key": lambda: (
            at("certify", releases=[of_old]),
            "releases",
            "android 3.9 (2.1% of users) would be locked out: new is not pinned there",
        ),
        "no release is recorded": lambda: (at("certify", releases=[]), "releases", "no release that pins"),
        "a release whose pins have ended locks nobody out": lambda: (at("certify", releases=[ended]), "", ""),
        "no certificate": lambda: (at("certify", issued=None), "certificate", "nobody has shown"),
        "a certificate with a fresh key": lambda: (at("certify", issued=other), "certificate", "another key than new"),
        "a certificate that is not trusted": lambda: (at("certify", issued=untrusted), "certificate", "leads nowhere"),
        "a renewal with a fresh key": lambda: (
            at("certify", renewed=Renewed(keeps_key=False, why="it makes a new key")),
            "renewal",
            "it makes a new key",
        ),
        "nobody knows the renewal": lambda: (at("certify", renewed=None), "renewal", "nobody has shown"),
        "the old certificate ends": lambda: (
            at("certify", now=datetime(2026, 12, 20, tzinfo=UTC), drill_days=400),
            "way-back",
            "soon no way back",
        ),
        "nobody looked at the old certificate": lambda: (at("certify", outcomes=None), "way-back", "nobody knows"),
        "TLSA records are young": lambda: (
            at("certify", has_dns=True, has_apps=False, ttl=timedelta(days=30)),
            "ttl",
            "resolvers may keep",
        ),
        "TLSA records are old": lambda: (at("certify", has_dns=True, has_apps=False, ttl=ttl, releases=[]), "", ""),
        "nobody knows the TTL": lambda: (at("certify", has_dns=True), "ttl", "nobody has said"),
    }


def _later_cases(stage: Stage) -> dict[str, Callable[[], tuple[Situation, str, str]]]:
    """Return such situations of the other moves."""
    old, new, spare, at = stage.old, stage.new, stage.spare, stage.situation
    of_old = stage.released("3.9", old, spare)
    failed = Failed(Target(HOST), "192.0.2.2", ConnectError("it cannot be reached"))
    proxied = replace(stage.shows("new"), target=Target(HOST, proxy=parse_proxy("http://proxy.example.com:3128")))
    both = HostPins(HOST, (old, new))
    expiring = HostPins(HOST, (old, spare), expires=date(2026, 7, 1))
    return {
        "an address still presents the old key": lambda: (
            at("switch", outcomes=[stage.shows("new"), stage.shows("old", "192.0.2.2")]),
            "served",
            "1 of 2 addresses, such as 192.0.2.2, do not present new",
        ),
        "an address cannot be read": lambda: (
            at("switch", outcomes=[stage.shows("new"), failed]),
            "served",
            "cannot be read",
        ),
        "a proxy inspects": lambda: (at("switch", outcomes=[proxied]), "served", "a proxy inspects TLS"),
        "a living release is locked out": lambda: (at("switch", releases=[of_old]), "accepted", "android 3.9"),
        "an old key came back": lambda: (at("remove", outcomes=[stage.shows("old")]), "served", "does not present new"),
        "users have not updated": lambda: (at("remove", lead_time=60), "drained", "stays open until 2026-07-05"),
        "nobody knows how long users take": lambda: (at("remove", lead_time=0), "drained", "nobody has said"),
        "no backup would be left": lambda: (at("remove", entry=both), "backup", "no key would be left"),
        "pins end before users update": lambda: (at("pin", entry=expiring), "expiry", "expire on 2026-07-01, before"),
    }


def _all(stage: Stage) -> dict[str, Callable[[], tuple[Situation, str, str]]]:
    return _cases(stage) | _later_cases(stage)


def test_each_thing_that_may_lock_somebody_out_blocks_its_move(root: Authority, tmp_path: Path) -> None:
    """Exactly one guard blocks, and says what is wrong."""
    for number, name in enumerate(_all(Stage(root, tmp_path / "names"))):
        situation, guard, words = _all(Stage(root, tmp_path / str(number)))[name]()
        found = blocking(situation)
        assert set(found) == ({guard} if guard else set()), (name, found)
        assert words in found.get(guard, ""), (name, found)


@pytest.mark.parametrize("move", ["pin", "certify"])
def test_a_key_is_proven_lately_and_from_two_places(root: Authority, tmp_path: Path, move: Move) -> None:
    """An old proof, a proof of a wrong clock, or one place block the move."""
    stage = Stage(root, tmp_path)
    situation = stage.situation(move)
    proofs = [entry for entry in stage.journal.entries if entry.proof]
    others = [entry for entry in stage.journal.entries if not entry.proof]
    stage.journal.entries[:] = [*others, proofs[0]]
    assert set(blocking(situation)) == {"custody"}
    stage.journal.entries[:] = others
    for when in (NOW - timedelta(days=181), NOW + timedelta(days=2)):
        stage.prove(stage.new, "Berlin", when)
    assert set(blocking(situation)) == {"possession", "custody"}


def test_a_backup_without_a_proof_is_none(root: Authority, tmp_path: Path) -> None:
    """The old key stays if nobody has signed with the key that would be the backup."""
    stage = Stage(root, tmp_path)
    situation = stage.situation("remove")
    stage.journal.entries[:] = [e for e in stage.journal.entries if not e.proof or e.proof.pin != str(stage.spare.pin)]
    assert "spare" in blocking(situation)["backup"]


def test_an_override_names_one_guard(stage: Stage) -> None:
    """The named guard no longer blocks, others do, and the firm ones cannot be overridden."""
    broken = {"releases": [stage.released("3.9", stage.old)], "renewed": None}
    assert set(blocking(stage.situation("certify", **broken))) == {"releases", "renewal"}
    named = stage.situation("certify", **broken, overridden=frozenset({"releases"}))
    assert set(blocking(named)) == {"renewal"}
    firm = stage.situation("certify", issued=None, overridden=frozenset(GUARDS))
    assert set(blocking(firm)) == {"certificate"} <= FIRM


def test_an_emergency_demands_a_choice(stage: Stage) -> None:
    """It says whom an immediate change locks out; `rotate-now` does not wait for them, and `wait` does."""
    old = [stage.released("3.9", stage.old)]
    stolen = {"emergency": "key-compromised"}
    undecided = blocking(stage.situation("certify", releases=old, course=stolen))
    assert undecided["choice"] == "key-compromised: rotating now locks out android 3.9 (2.1% of users)"
    now = stage.situation("certify", releases=old, renewed=None, course=stolen | {"choice": "rotate-now"})
    assert blocking(now) == {}
    wait = stage.situation("certify", releases=old, course=stolen | {"choice": "wait"})
    assert set(blocking(wait)) == {"releases"}
    advanced = advance(now, Edit(write(now.policy)))
    assert "android 3.9 (2.1% of users) is given up, because rotate-now was chosen" in advanced
    assert stage.journal.entries[-1].facts["given-up"] == "android 3.9"


def test_a_revoked_certificate_is_first_replaced_by_one_of_the_same_key(stage: Stage) -> None:
    """A mass revocation asks for it before the key changes; the journal remembers that there was none."""
    revoked = {"emergency": "mass-revocation", "choice": "rotate-now", "since": NOW}
    undecided = stage.situation("certify", course=revoked)
    (guard,) = (guard for guard in ask_guards(undecided, "certify") if guard.blocks)
    assert guard.name == "same-key"
    assert "before 2026-06-16 12:00 UTC or 2026-06-20 12:00 UTC, depending on its reason" in guard.fix
    same = Issued([Certificate(stage.identities["old"].der)], stage.chain(stage.identities["old"]))
    shown = blocking(replace(undecided, issued=same))
    assert shown["same-key"].endswith("the key old, and locks nobody out")
    other = [stage.released("3.9", stage.new)]
    assert "locks out android 3.9" in blocking(replace(undecided, issued=same, releases=other))["same-key"]
    assert blocking(replace(undecided, overridden=frozenset({"same-key"}))) == {}
    facts = {"overridden: same-key": "no other certificate", "from": str(stage.old.pin), "to": str(stage.new.pin)}
    stage.journal.add(EVENTS["pin"], NOW, key="new", host=HOST, facts=facts)
    recorded = course_of(undecided.policy, stage.journal, HOST, emergency="mass-revocation", choice="rotate-now")
    assert blocking(replace(undecided, course=recorded)) == {}


def test_a_certificate_with_another_key_does_not_decide_about_releases(stage: Stage) -> None:
    """Releases are asked for the next key, as long as nobody has shown a certificate with it."""
    same = Issued([Certificate(stage.identities["old"].der)], stage.chain(stage.identities["old"]))
    found = blocking(stage.situation("certify", issued=same, releases=[stage.released("3.9", stage.old)]))
    assert set(found) == {"releases", "certificate"}


def test_a_backup_is_not_certain_without_a_connection(stage: Stage) -> None:
    """A server may present the standby key already, so the plan never says more than `rotate next` will."""
    assert "whether servers present spare" in blocking(stage.situation("remove", outcomes=None))["backup"]


def test_a_release_that_pins_the_authority_does_not_block(stage: Stage) -> None:
    """The chain of the new certificate decides, and not the new key alone."""
    of_root = Release("android", "3.9", (ReleasedHost(HOST, {"root": Certificate(stage.root.der).pin}),))
    assert blocking(stage.situation("certify", releases=[of_root])) == {}
    assert "3.9" in blocking(stage.situation("certify", releases=[of_root], issued=None))["releases"]


def test_a_server_with_two_kinds_of_key_may_change_one(stage: Stage) -> None:
    """An address that presents another pinned key, which is not replaced, does not block the switch."""
    stage.identities["rsa"] = stage.root.issue(HOST, **LONG)
    rsa = stage.key("rsa")
    entry = HostPins(HOST, (stage.old, rsa, stage.new, stage.spare))
    releases = [stage.released("4.0", stage.old, rsa, stage.new)]
    found = stage.situation("switch", entry=entry, releases=releases, outcomes=[stage.shows("new"), stage.shows("rsa")])
    assert blocking(found) == {}
    none = stage.situation("switch", entry=entry, releases=releases, outcomes=[stage.shows("rsa")])
    assert set(blocking(none)) == {"served"}


def test_a_stolen_key_that_was_removed_still_hurts_users_of_old_releases(stage: Stage) -> None:
    """They are named, and so is a pinned authority that may vouch for the key; a planned removal hurts nobody."""
    release = stage.released("3.9", stage.old)
    situation = stage.situation("remove", releases=[release])
    assert dangers(situation) == []
    stolen = replace(situation, course=replace(situation.course, emergency="key-compromised"))
    assert [text.split(":")[0] for text in dangers(stolen)] == ["android 3.9 (2.1% of users) still accepts old"]
    root = replace(stage.spare, name="root", role="root", standby=False)
    entry = replace(stolen.course.entry, keys=(*stolen.course.entry.keys[:2], root))
    below = replace(stolen, policy=Policy((entry,)), course=replace(stolen.course, entry=entry))
    assert "a pinned authority may still vouch for old: list its pin under [compromised.old]" in dangers(below)[1]
