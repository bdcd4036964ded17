"""The guards of users: that those of old releases and those with old DNS records are not locked out."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING

from pinsmith._listed import listed
from pinsmith.rotation.guards._guard import Guard, fails, holds, unknown, without_key
from pinsmith.rotation.guards.keys import LEAD_TIME
from pinsmith.rotation.journal import shifted
from pinsmith.rotation.revocation import revocation_of

if TYPE_CHECKING:
    from pinsmith.release import Cohort
    from pinsmith.rotation.situation import Situation


def choice(situation: Situation) -> Guard:
    """Ask, in an emergency, whether somebody has chosen to lock out users of old releases or not."""
    course = situation.course
    revoked = revocation_of(course)
    end = f"; a public authority revokes the certificate by {revoked}" if revoked else ""
    if course.choice is not None:
        return holds("choice", f"{course.emergency}: {course.choice} was chosen{end}")
    return fails(
        "choice",
        f"{course.emergency}: {effect_of_now(situation)}{end}",
        f"choose: `--choose rotate-now` does not wait for users, `--choose wait` does; "
        f"`pinsmith rotate plan {course.host} --emergency {course.emergency}` shows the days",
        hurt=tuple(situation.lacking(course.new)),
    )


def effect_of_now(situation: Situation) -> str:
    """Say whom a rotation locks out that waits for nobody, as a clause."""
    hurt = situation.lacking(situation.course.new)
    if hurt:
        return f"rotating now locks out {listed(hurt)}"
    if situation.has_apps and not any(release.find(situation.course.host) for release in situation.releases):
        return "nobody knows whom rotating now locks out, because no release that pins the host is recorded"
    return "rotating now locks out no recorded release"


def same_key(situation: Situation) -> Guard:
    """Ask, when the authority revokes the certificate, whether another one that every release accepts was tried."""
    course, issued = situation.course, situation.issued
    for entry in course.events.values():
        if "overridden: same-key" in entry.facts:
            return holds("same-key", f"it was decided on {entry.time[:10]} to change the key")
    old = " or ".join(key.name for key in course.old)
    what = f"another certificate {'below' if course.strategy == 'ca-set' else 'with the key'} {old}"
    shown = issued if issued is not None and not issued.problem else None
    if shown and any(situation.presents(key, shown.presented, shown.verified) for key in course.old):
        if locked_out := situation.locked_out(shown.presented, shown.verified):
            why = f"the certificate that was shown is {what}, but it locks out {listed(locked_out)}"
            return fails("same-key", why, "ask for another one", hurt=tuple(locked_out))
        if not situation.accepts(shown.presented, shown.verified):
            look = f"look with `pinsmith check {course.host} --certificate FILE`"
            return fails("same-key", "the pin file does not accept the certificate that was shown", look)
        deploy = "deploy it with `pinsmith rotate deploy`; no rotation is needed"
        return fails("same-key", f"the certificate that was shown is {what}, and locks nobody out", deploy)
    revoked = revocation_of(course)
    return fails(
        "same-key",
        f"{what} locks nobody out, and needs no rotation",
        f"ask for it, from any authority that the pins accept, {f'before {revoked}' if revoked else 'at once'}, and "
        f"examine it: `pinsmith check {course.host} --certificate FILE`; if you get none, add --override same-key",
    )


def releases(situation: Situation) -> Guard:
    """Ask whether every release in use pins the next key."""
    new, host = situation.course.new, situation.course.host
    if new is None:
        return without_key("releases")
    if not any(release.find(host) for release in situation.releases):
        return unknown(
            "releases",
            f"no release that pins {host} is recorded, so nobody knows which users lack {new.name}",
            "record the versions that users have: `pinsmith release add APP VERSION`",
        )
    if lacking := situation.lacking(new):
        since = _end_of_pins(lacking, host)
        own = f", or wait until the pins of these releases end on {since:%Y-%m-%d}" if since else ""
        return fails(
            "releases",
            f"{listed(lacking)} would be locked out: {new.name} is not pinned there",
            f"ship a release that pins it; when nobody uses an old one, `pinsmith release end APP VERSION`{own}",
            hurt=tuple(lacking),
            since=since,
        )
    covering = [str(release) for release, _ in situation.covering()]
    return holds("releases", f"accepted by {listed(covering)}" if covering else "no release enforces pins any more")


def ttl(situation: Situation) -> Guard:
    """Ask whether resolvers have the TLSA record of the next key (:rfc:`7671#section-8.1`)."""
    pinned, kept = situation.course.when("pin"), situation.ttl
    if kept is None:
        return unknown("ttl", "nobody has said how long resolvers keep the TLSA records", "pass --ttl SECONDS")
    if pinned is None:
        return unknown(
            "ttl",
            "the journal does not say when the TLSA record of the next key was written",
            "if it was published long ago, add --override ttl",
        )
    ready = shifted(pinned, _cache_time(kept))
    if situation.now >= ready:
        return holds("ttl", f"the TLSA record of the next key was written on {pinned:%Y-%m-%d %H:%M} UTC")
    return fails(
        "ttl",
        f"resolvers may keep the old TLSA records until {ready:%Y-%m-%d %H:%M} UTC",
        "publish the zone file, and wait",
        since=ready,
    )


def drained(situation: Situation) -> Guard:
    """Ask whether the new key has been served for so long that nobody needs the old one."""
    switched, needed = situation.course.when("switch"), drain_time(situation)
    if switched is None:
        return unknown("drained", "the journal does not say since when the new key is served", "make the move `switch`")
    if needed is None:
        return unknown("drained", "nobody has said how long updates take", LEAD_TIME)
    ready = shifted(switched, needed)
    since = f"the new key is served since {switched:%Y-%m-%d}"
    if situation.now >= ready:
        return holds("drained", since)
    why = f"{since}; the way back stays open until {ready:%Y-%m-%d}"
    return fails("drained", why, f"wait until {ready:%Y-%m-%d}", since=ready)


def reach_time(situation: Situation) -> timedelta | None:
    """Return how long it takes until users and resolvers have pins that are published now; None if not known."""
    if (situation.has_apps and not situation.lead_time) or (situation.has_dns and situation.ttl is None):
        return None
    updated = timedelta(days=situation.lead_time if situation.has_apps else 0)
    return max(updated, _cache_time(situation.ttl or timedelta()) if situation.has_dns else timedelta())


def drain_time(situation: Situation) -> timedelta | None:
    """Return how long the old key stays pinned after the switch; None if it is not known how long users take."""
    if situation.has_apps and not situation.lead_time:
        return None
    updated = timedelta(days=situation.lead_time if situation.has_apps else 0)
    return max(updated, (situation.ttl or timedelta()) + timedelta(days=1))


def _cache_time(ttl: timedelta) -> timedelta:
    return 2 * ttl


def _end_of_pins(lacking: dict[str, Cohort], host: str) -> datetime | None:
    """Return when the last of these releases stops to enforce its pins; None if one of them never does."""
    covering = [cohort.release.find(host) for cohort in lacking.values()]
    days = [entry.expires for entry in covering if entry and entry.expires]
    return datetime.combine(max(days), time(), UTC) if days and len(days) == len(covering) else None
