"""
A model of a host in operation: keys, servers, apps, a clock, and an operator who makes mistakes.

The operator uses the library as the commands do, and never names an override. The servers are deployed with what the
deploy hook accepts (`check_certificate`), or with a certificate that `rotate next` has examined.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from pinsmith.certificate import Certificate, Chain
from pinsmith.checks.cohort import with_cohorts
from pinsmith.checks.host_check import check_of_verdict
from pinsmith.errors import ConnectError, PinsmithError
from pinsmith.errors.rotation import GuardError
from pinsmith.pinfile import Edit, write
from pinsmith.policy import HostPins, Key, Policy
from pinsmith.probe import Failed, Fetched, Target
from pinsmith.release import Release, ask, released_hosts
from pinsmith.rotation import removal
from pinsmith.rotation.advance import abort, advance, require
from pinsmith.rotation.course import aborted_course, all_events, course_of
from pinsmith.rotation.guards import ask_guards
from pinsmith.rotation.guards.servers import old_served
from pinsmith.rotation.journal import Journal
from pinsmith.rotation.plan import plan
from pinsmith.rotation.possession import Possession
from pinsmith.rotation.situation import Issued, Renewed, Situation
from pinsmith.verdict import Matched, decide

if TYPE_CHECKING:
    from pathlib import Path

    from pinsmith.lab.pki.authority import Authority
    from pinsmith.lab.pki.identity import Identity
    from pinsmith.rotation.course import Course

HOST = "api.example.com"
ADDRESSES = ("192.0.2.1", "192.0.2.2")
LEAD_TIME, DRILL_DAYS = 30, 180
START, END = datetime(2026, 1, 1, tzinfo=UTC), datetime(2086, 1, 1, tzinfo=UTC)
KEYS = 5


class UnsafeError(AssertionError):
    """The model has reached a state in which somebody is locked out, or would be by the loss of one key."""


@dataclass
class World:
    """
    The state of the model.

    Attributes:
        identities: A certificate for each key that may ever exist.
        served: The number of the key that each address presents.
        releases: Those that users have.
        lost: Keys whose private key does not exist any more.
    """

    root: Authority
    folder: Path
    identities: list[Identity]
    now: datetime = datetime(2026, 6, 1, tzinfo=UTC)
    served: list[int] = field(default_factory=lambda: [0, 0])
    releases: list[Release] = field(default_factory=list)
    lost: set[int] = field(default_factory=set)
    shipped: int = 0

    def __post_init__(self) -> None:
        keys = (self.key(0, standby=False), self.key(1))
        self.edit = Edit(write(Policy((HostPins(HOST, keys),))))
        self.journal = Journal(self.folder / "pins.journal.jsonl", None)
        for place in ("Berlin", "Oslo"):
            self.prove(1, place)
        self.ship()

    @classmethod
    def identities_of(cls, root: Authority) -> list[Identity]:
        """Issue the certificates, which is slow, once for many worlds."""
        return [root.issue(HOST, not_before=START, not_after=END) for _ in range(KEYS)]

    # ---- what the operator does

    def pass_days(self, days: int) -> None:
        self.now += timedelta(days=days)

    def prove(self, number: int, place: str) -> None:
        """Sign with a copy of a key, if it still exists. Nobody verifies the signature here."""
        if number in self.lost:
            return
        proof = Possession(
            pin=str(self.key(number).pin),
            time=f"{self.now:%Y-%m-%dT%H:%M:%SZ}",
            custody=place,
            nonce="",
            scheme="",
            spki="",
            signature="",
        )
        self.journal.add("key-proven", self.now, key=f"k{number}", proof=proof)

    def lose(self, number: int) -> None:
        """Lose every copy of a key that no server has."""
        if number not in self.served:
            self.lost.add(number)

    def ship(self) -> None:
        """Release an app with the pins of the pin file."""
        self.shipped += 1
        self.releases.append(Release("android", str(self.shipped), released_hosts(self.policy), share=10.0))

    def end(self, index: int) -> None:
        """Let nobody use a release any more, and say so by name."""
        if len(self.releases) > 1:
            del self.releases[index % len(self.releases)]

    def add_standby(self, number: int) -> None:
        with suppress(PinsmithError):
            if not self.edit.has_key(f"k{number}"):
                self.edit.add_key(self.key(number))
            self.edit.add_key_to_host(HOST, f"k{number}")

    def make(self, number: int) -> None:
        """Make a key that no host pins yet, and prove both copies."""
        if number not in self.lost and not self.edit.has_key(f"k{number}"):
            self.edit.add_key(self.key(number))
            for place in ("Berlin", "Oslo"):
                self.prove(number, place)

    def set_expires(self, days: int | None) -> None:
        """Write another day into `expires` of the host, by hand."""
        self.edit.set_host(HOST, "expires", None if days is None else self.now.date() + timedelta(days=days))

    def remove(self, number: int) -> None:
        """Run ``remove HOST --key NAME``."""
        edit, before = self._copy(), self.entry
        with suppress(PinsmithError):
            removal.remove(edit, HOST, f"k{number}")
            after = edit.result().policy
            removal.require_no_rotation(self.policy, self.journal, HOST, f"k{number}")
            removal.require_match(after, self.outcomes(), now=self.now)
            removal.require_backup(before, after.entry_of(HOST), self.outcomes())
            self._commit(edit)

    def next(self, to: int | None, shown: int | None, *, keeps_key: bool | None, unread: bool) -> None:
        """Run ``rotate next``, with any certificate and any renewal; a guard may block it."""
        edit = self._copy()
        with suppress(GuardError, PinsmithError):
            name = f"k{to}" if to is not None and self.edit.has_key(f"k{to}") else None
            course = course_of(self.policy, self.journal, HOST, to=name)
            situation = self._situation(course, unread=unread)
            self._compare_with_plan(situation)
            if course.move == "certify":
                issued = self._issued(shown) if shown is not None else None
                renewed = Renewed(keeps_key=keeps_key, why="the model says so", fix="set it")
                situation = replace(situation, issued=issued, renewed=renewed)
            advance(situation, edit)
            self._judge_move(situation)
            self._commit(edit)

    def work(self) -> None:
        """Do what the first guard asks for, as a careful operator does; if none asks, make the next move."""
        course = course_of(self.policy, self.journal, HOST)
        situation = self._situation(course)
        new = next((number for number in range(KEYS) if course.new and self.key(number).pin == course.new.pin), None)
        fresh = next((n for n in range(KEYS) if n not in self.lost and not self.edit.has_key(f"k{n}")), 0)
        blocking = [guard.name for guard in ask_guards(situation, course.move) if guard.blocks]
        match next((name for name in blocking if name not in {"certificate", "renewal"}), None):
            case "possession":
                self.prove(new or 0, "Berlin")
            case "custody":
                self.prove(new or 0, "Oslo")
            case "expiry":
                self.set_expires(400)
            case "releases" | "accepted":
                self.ship()
                self.end(0)
            case "served":
                for address in (0, 1):
                    self.deploy(new or 0, address)
            case "drained":
                self.pass_days(31)
            case "next-key" | "backup":
                self.add_standby(fresh)
                self.prove(fresh, "Berlin")
            case _:
                self.next(new, new, keeps_key=True, unread=False)

    def abort(self) -> None:
        """Run ``rotate abort``."""
        edit = self._copy()
        with suppress(PinsmithError):
            course = aborted_course(self.policy, self.journal, HOST)
            require(course, [old_served(self._situation(course))])
            abort(course, edit, self.journal, self.now)
            self._commit(edit)

    def deploy(self, number: int, address: int) -> None:
        """Deploy a certificate that was examined by ``rotate next``, or that the deploy hook accepts."""
        if number in self.lost:
            return
        certified = all_events(self.journal, HOST).get("certify")
        sha256 = Certificate(self.identities[number].der).sha256
        if (certified and sha256 in certified.facts.get("certificate", "")) or self._hook_accepts(number):
            self.served[address] = number

    # ---- what must always hold

    def require_safe(self) -> None:
        """Raise if somebody is locked out, a live key is not pinned, or no second key is pinned."""
        in_force = Policy((replace(self.entry, expires=None),))  # somebody may write a later day at any time
        for number in self.served:
            chain = self._chain(number)
            if not isinstance(decide(in_force, HOST, chain, now=self.now), Matched):
                raise UnsafeError(f"k{number} is served and was removed from the pins")  # I5, I6
            for release in self.releases:
                cohort = ask(release, HOST, verified=chain, presented=chain, now=self.now)
                if cohort and cohort.outcome == "locked-out":
                    raise UnsafeError(f"{release} is locked out by k{number}")  # I1
        if len(self.entry.keys) < 2:
            raise UnsafeError("no second key is pinned")  # I2

    def _judge_move(self, situation: Situation) -> None:
        """Raise if a move was made whose conditions do not hold in the model."""
        course, today = situation.course, self.now.date()
        expires = course.entry.expires
        if course.move in {"pin", "certify"} and expires and expires < today + timedelta(days=LEAD_TIME):
            raise UnsafeError("pins end before users could update")  # I7
        if course.move == "certify" and course.new is not None:
            if len(situation.custody(course.new)) < 2:
                raise UnsafeError("the new key was not proven lately from two places")  # I3
            if not (situation.renewed and situation.renewed.keeps_key):
                raise UnsafeError("the next renewal replaces the key")  # I9
        if course.move == "remove":
            switched = course.when("switch")
            if switched is None or self.now - switched < timedelta(days=LEAD_TIME):
                raise UnsafeError("the old key was removed before users could update")  # I4
            left = [key for key in course.entry.keys if key not in course.old and key != course.new]
            if not any(situation.custody(key) for key in left):
                raise UnsafeError("no proven backup is left")  # I2, I3

    def _compare_with_plan(self, situation: Situation) -> None:
        """Raise if the plan, which connects to nothing, has another next move, or promises what is not so."""
        offline = replace(situation, outcomes=None)
        steps = [step for step in plan(offline).steps if step.name != "ship" and step.state != "done"]
        if steps[0].name != situation.course.move:
            raise UnsafeError(f"the next move is {situation.course.move}, and that of the plan {steps[0].name}")
        asked = {guard.name: guard for guard in ask_guards(situation, situation.course.move)}
        if broken := [guard.name for guard in steps[0].guards if guard.holds and not asked[guard.name].holds]:
            raise UnsafeError(f"the plan promises that {broken} hold")

    # ---- how the model sees itself

    @property
    def policy(self) -> Policy:
        return self.edit.result().policy

    @property
    def entry(self) -> HostPins:
        entry = self.policy.entry_of(HOST)
        assert entry is not None
        return entry

    def key(self, number: int, *, standby: bool = True) -> Key:
        return Key(f"k{number}", Certificate(self.identities[number].der).pin, "leaf", standby=standby)

    def outcomes(self, *, unread: bool = False) -> list[Fetched | Failed]:
        target = Target(HOST)
        found: list[Fetched | Failed] = [
            Fetched(target, address, "TLSv1.3", "", chain, chain, None)
            for address, chain in zip(ADDRESSES, map(self._chain, self.served), strict=True)
        ]
        return [*found[:-1], Failed(target, ADDRESSES[-1], ConnectError("it is down"))] if unread else found

    def _situation(self, course: Course, *, unread: bool = False) -> Situation:
        return Situation(
            policy=self.policy,
            course=course,
            journal=self.journal,
            releases=self.releases,
            now=self.now,
            lead_time=LEAD_TIME,
            drill_days=DRILL_DAYS,
            outcomes=self.outcomes(unread=unread),
        )

    def _chain(self, number: int) -> Chain:
        return Chain.of_der([self.identities[number].der, self.root.der])

    def _issued(self, number: int) -> Issued:
        return Issued([Certificate(self.identities[number].der)], self._chain(number))

    def _hook_accepts(self, number: int) -> bool:
        chain = self._chain(number)
        check = check_of_verdict(decide(self.policy, HOST, chain, now=self.now), HOST, None, None)
        asked = with_cohorts(check, self.releases, verified=chain, presented=chain, now=self.now)
        return check.verdict == "matched" and not any(cohort.outcome == "locked-out" for cohort in asked.cohorts)

    def _copy(self) -> Edit:
        return Edit(self.edit.text)

    def _commit(self, edit: Edit) -> None:
        edit.result()
        self.edit = edit
