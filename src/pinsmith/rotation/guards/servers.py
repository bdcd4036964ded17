"""The guards of servers: the new certificate before it is deployed, and what every address presents after that."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from pinsmith._listed import listed
from pinsmith.certificate import Certificate
from pinsmith.rotation.guards._guard import Guard, fails, holds, unasked, unknown, without_key
from pinsmith.rotation.journal import shifted

if TYPE_CHECKING:
    from datetime import datetime

    from pinsmith.probe import Fetched
    from pinsmith.release import Cohort
    from pinsmith.rotation.situation import Situation, Validity

ROLLBACK: Final = timedelta(days=14)
"""How long the old certificate must still be valid when the new one is served, so that there is a way back."""
_PART: Final = 6
"""Of short-lived certificates, this part of their lifetime suffices."""


def certificate(situation: Situation) -> Guard:
    """Ask whether the new certificate has the next key, and clients trust it."""
    course, issued = situation.course, situation.issued
    if issued is None or course.new is None:
        show = f"get it, and show it: `pinsmith rotate next {course.host} --certificate FILE`"
        return unknown("certificate", "nobody has shown the new certificate", show)
    if issued.problem:
        return fails("certificate", f"the certificate {issued.problem}", "do not deploy it: get another certificate")
    if not situation.presents(course.new, issued.presented, issued.verified):
        if course.strategy == "own-key":
            why = f"the certificate has another key than {course.new.name}"
            return fails("certificate", why, f"request it with the key {course.new.name}, and not with a fresh one")
        why = f"clients build no chain with {course.new.name} from the certificate"
        return fails("certificate", why, "get it from that authority, and pass the whole chain")
    if not situation.accepts(issued.presented, issued.verified):
        why = "the pin file does not accept the certificate"
        return fails("certificate", why, f"look with `pinsmith check {course.host} --certificate FILE`")
    return holds("certificate", f"it is valid until {issued.certificates[0].not_after:%Y-%m-%d}")


def accepted(situation: Situation) -> Guard:
    """Ask whether the pin file and every release in use accept what every address presents."""
    if not situation.fetched:
        return unasked("accepted", situation.course.host, "nobody has asked what the host presents")
    locked_out: dict[str, Cohort] = {}
    for shown in situation.fetched:
        if not situation.accepts(shown.presented, shown.verified):
            why = f"the pin file does not accept what {shown.address} presents"
            return fails("accepted", why, f"look with `pinsmith check {situation.course.host}`")
        locked_out |= situation.locked_out(shown.presented, shown.verified)
    if locked_out and situation.course.choice == "rotate-now":
        return holds("accepted", f"rotate-now was chosen, which locks out {listed(locked_out)}")
    if locked_out:
        whom, first = listed(locked_out), next(iter(locked_out.values()))
        fix = "serve the old certificate until nobody uses these releases"
        return fails("accepted", f"{whom} is locked out: {first.why}", fix, hurt=tuple(locked_out))
    return holds("accepted", "the pin file and every release in use accept what the host presents")


def way_back(situation: Situation) -> Guard:
    """Ask whether the old certificate is valid for some time, so that it can be served again."""
    leaves = [leaf for shown in situation.fetched if isinstance(leaf := shown.presented.certificates[0], Certificate)]
    if not leaves:
        why, until = "nobody knows until when the old certificate is valid", None
        if seen := situation.seen:
            why, until = (
                f"nobody has looked at the old certificate, which ends on {seen.not_after:%Y-%m-%d}",
                last_replaced(seen),
            )
        return unasked("way-back", situation.course.host, why, until=until)
    first = min(leaves, key=lambda leaf: leaf.not_after)
    ends = f"the old certificate ends on {first.not_after:%Y-%m-%d %H:%M} UTC"
    until = last_replaced(first)
    if situation.now <= until:
        return holds("way-back", ends, until=until)
    return fails("way-back", f"{ends}, so it is soon no way back", "renew it with the old key first", until=until)


def last_replaced(old: Certificate | Validity) -> datetime:
    """Return the last moment at which a certificate may be replaced, so that it can be served again."""
    lifetime = old.not_after - old.not_before if old.not_before else None
    return shifted(old.not_after, -(ROLLBACK if lifetime is None else min(ROLLBACK, lifetime / _PART)))


def renewal(situation: Situation) -> Guard:
    """Ask whether the renewals after this one keep the key."""
    renewed = situation.renewed
    if renewed is None:
        why = "nobody has shown how the certificate is renewed, and most tools make a fresh key each time"
        return unknown("renewal", why, "pass --renewal with the file of the tool, or --renewal by-hand")
    if renewed.keeps_key:
        return holds("renewal", renewed.why)
    return Guard("renewal", renewed.keeps_key, renewed.why, renewed.fix)


def served(situation: Situation) -> Guard:
    """Ask whether every address presents the new key, and none an old one."""
    new = situation.course.new
    if new is None:
        return without_key("served")
    if unsure := _unsure(situation):
        return unsure
    shown = situation.fetched
    late = [one for one in shown if not _is_new(situation, one)]
    if not late and any(situation.presents(new, one.presented, one.verified) for one in shown):
        return holds("served", f"{'every address presents' if len(shown) > 1 else 'the host presents'} {new.name}")
    which = (
        f"{len(late)} of {len(shown)} addresses, such as {late[0].address}, do" if len(shown) > 1 else "the host does"
    )
    fix = "deploy the new certificate at every address"
    return fails("served", f"{which} not present {new.name}", fix)


def old_served(situation: Situation) -> Guard:
    """Ask whether no address presents the new key, so that the rotation can be given up."""
    new = situation.course.new
    if unsure := _unsure(situation):
        return unsure
    late = [one for one in situation.fetched if new and situation.presents(new, one.presented, one.verified)]
    if not late:
        return holds("served", "no address presents the next key")
    name = new.name if new else ""
    why = f"{len(late)} of {len(situation.fetched)} addresses, such as {late[0].address}, present {name}"
    return fails("served", why, "put the old certificate back at every address")


def _unsure(situation: Situation) -> Guard | None:
    """Say why nobody knows what every address presents; None if it is known."""
    if situation.outcomes is None:
        return unasked("served", situation.course.host, "nobody has asked what the host presents")
    if situation.unread:
        failed = situation.unread[0]
        why = f"{failed.address or failed.target} cannot be read, and may present another key: {failed.error}"
        return unknown("served", why, f"look with `pinsmith check {situation.course.host}`")
    if odd := next((shown for shown in situation.fetched if shown.inspected), None):
        why = f"a proxy inspects TLS, so nobody knows what {odd.target} presents elsewhere"
        return unknown("served", why, "run this on a network without such a proxy")
    return None


def _is_new(situation: Situation, shown: Fetched) -> bool:
    """
    Say whether an address needs none of the old keys.

    A server that has certificates of several kinds of key may present another pinned key, which is not replaced.
    """
    course = situation.course
    left = [key for key in course.entry.keys if key not in course.old and not key.standby]
    accepted_by = [*left, *([course.new] if course.new else [])]
    is_old = any(situation.presents(key, shown.presented, shown.verified) for key in course.old if not key.is_authority)
    return not is_old and any(situation.presents(key, shown.presented, shown.verified) for key in accepted_by)
