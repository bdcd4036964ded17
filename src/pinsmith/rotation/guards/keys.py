"""The guards of keys: that the next key exists, can be used, and is not the only one."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Final

from pinsmith._listed import listed
from pinsmith.authorities import find
from pinsmith.rotation.guards._guard import Guard, fails, holds, unasked, unknown, without_key
from pinsmith.rotation.journal import shifted

if TYPE_CHECKING:
    from pinsmith.policy import Key
    from pinsmith.rotation.situation import Situation

_SITES: Final = 2
LEAD_TIME: Final = "pass --lead-time DAYS, or write `lead-time` into [defaults]"


def next_key(situation: Situation) -> Guard:
    """Ask whether there is a key to change to."""
    new, host = situation.course.new, situation.course.host
    if new is None:
        make = f"make one, and pin it: `pinsmith key new NAME --host {host}`"
        return fails("next-key", f"{host} has no standby key", make)
    return holds("next-key", f"{new.name} is the next key")


def possession(situation: Situation) -> Guard:
    """Ask whether somebody has signed with the next key lately."""
    key = situation.course.new
    return _proven(situation, key) if key else without_key("possession")


def custody(situation: Situation) -> Guard:
    """Ask whether the next key is kept in two places."""
    key = situation.course.new
    if key is None:
        return without_key("custody")
    proofs = [proof for proof in situation.custody(key) if proof.custody]
    places = [proof.custody for proof in proofs]
    if len(proofs) >= _SITES:
        until = situation.stale(proofs[_SITES - 1])
        return holds("custody", f"{key.name} was proven from: {listed(places)}", until=until)
    known = f"only from: {places[0]}" if places else "from no named place"
    return fails(
        "custody",
        f"{key.name} was proven {known}, so one accident may destroy it",
        f"prove a copy in another place: `pinsmith key prove {key.name} FILE --custody PLACE`",
    )


def authority(situation: Situation) -> Guard:
    """Ask whether the next key is that of a known authority."""
    key = situation.course.new
    if key is None:
        return without_key("authority")
    if known := find(key.pin):
        return holds("authority", f"{key.name} is the key of {known.name}")
    if any(anchor.pin == key.pin for anchor in situation.course.entry.trust_anchors):
        return holds("authority", f"{key.name} is a trust anchor of the host")
    return unknown(
        "authority",
        f"the table of public authorities does not contain the key {key.name}",
        "if it is your own authority, add --override authority",
    )


def expiry(situation: Situation) -> Guard:
    """Ask whether the pins do not end before users have updated."""
    entry, host = situation.course.entry, situation.course.host
    if entry.expires is None:
        return holds("expiry", "its pins do not expire")
    if not situation.lead_time:
        return unknown("expiry", f"its pins expire on {entry.expires}; nobody has said how long users take", LEAD_TIME)
    lead_time = timedelta(days=situation.lead_time)
    until = shifted(datetime.combine(entry.expires, time(), UTC), -lead_time)
    if entry.expires >= situation.now.astimezone(UTC).date() + lead_time:
        return holds("expiry", f"its pins expire on {entry.expires}", until=until)
    return fails(
        "expiry",
        f"its pins expire on {entry.expires}, before all users have updated, and are not enforced after that",
        f"write a later day into `expires` of {host}",
        until=until,
    )


def backup(situation: Situation) -> Guard:
    """Ask whether after the old keys are removed, a pinned key that nobody serves is left, and it exists."""
    course = situation.course
    served = situation.served_pins()
    left = [key for key in course.entry.keys if key not in course.old]
    spare = [key for key in left if key.pin not in served and key != course.new]
    if not spare:
        return fails(
            "backup",
            "no key would be left that no server presents, so the loss of the new key would lock out every user",
            f"make one, and pin it: `pinsmith key new NAME --host {course.host}`",
        )
    proven = [key for key in spare if key.is_authority or situation.custody(key)]
    if not proven:
        return replace(_proven(situation, spare[0]), name="backup")
    if situation.outcomes is None:
        why = f"nobody has asked whether servers present {listed(key.name for key in proven)}"
        return unasked("backup", course.host, why)
    return holds("backup", f"{proven[0].name} is the backup")


def _proven(situation: Situation, key: Key) -> Guard:
    if proofs := situation.custody(key):
        until = situation.stale(proofs[0])
        return holds("possession", f"{key.name} was proven on {proofs[0].time[:10]}", until=until)
    return fails(
        "possession",
        f"the private key of {key.name} was not proven in the last {situation.drill_days} days",
        f"sign with it: `pinsmith key prove {key.name} FILE --custody PLACE`",
    )
