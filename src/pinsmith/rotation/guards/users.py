"""The guards of users: that those of old releases and those with old DNS records are not locked out."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from pinsmith.rotation.guards._guard import Guard, fails, holds, listed, unknown
from pinsmith.rotation.guards.keys import LEAD_TIME

if TYPE_CHECKING:
    from pinsmith.rotation.situation import Situation


def choice(situation: Situation) -> Guard:
    """Ask, in an emergency, whether somebody has chosen to lock out users of old releases or not."""
    course = situation.course
    if course.choice is not None:
        return holds("choice", f"{course.emergency}: {course.choice} was chosen")
    hurt = tuple(situation.lacking(course.new)) if course.new else ()
    effect = f"rotating now locks out {listed(hurt)}" if hurt else "rotating now locks out no recorded release"
    return fails(
        "choice",
        f"{course.emergency}: {effect}",
        "choose: `--choose rotate-now` does not wait for users, `--choose wait` does",
        hurt,
    )


def releases(situation: Situation) -> Guard:
    """Ask whether every release in use pins the next key."""
    new, host = situation.course.new, situation.course.host
    if new is None:
        return unknown("releases", "there is no next key", "make the next key")
    if not any(release.find(host) for release in situation.releases):
        return unknown(
            "releases",
            f"no release that pins {host} is recorded, so nobody knows which users lack {new.name}",
            "record the versions that users have: `pinsmith release add APP VERSION`",
        )
    if lacking := situation.lacking(new):
        return fails(
            "releases",
            f"{listed(lacking)} would be locked out: {new.name} is not pinned there",
            "ship a release that pins it; when nobody uses an old one, `pinsmith release end APP VERSION`",
            tuple(lacking),
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
    ready = pinned + 2 * kept
    if situation.now >= ready:
        return holds("ttl", f"the TLSA record of the next key was written on {pinned:%Y-%m-%d %H:%M} UTC")
    return fails(
        "ttl",
        f"resolvers may keep the old TLSA records until {ready:%Y-%m-%d %H:%M} UTC",
        "publish the zone file, and wait",
    )


def drained(situation: Situation) -> Guard:
    """Ask whether the new key has been served for so long that nobody needs the old one."""
    switched = situation.course.when("switch")
    if switched is None:
        return unknown("drained", "the journal does not say since when the new key is served", "make the move `switch`")
    if situation.has_apps and not situation.lead_time:
        return unknown("drained", "nobody has said how long updates take", LEAD_TIME)
    updated = timedelta(days=situation.lead_time if situation.has_apps else 0)
    ready = switched + max(updated, (situation.ttl or timedelta()) + timedelta(days=1))
    since = f"the new key is served since {switched:%Y-%m-%d}"
    if situation.now >= ready:
        return holds("drained", since)
    return fails("drained", f"{since}; the way back stays open until {ready:%Y-%m-%d}", f"wait until {ready:%Y-%m-%d}")
