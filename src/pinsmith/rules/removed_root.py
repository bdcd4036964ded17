"""
A pinned root that trust stores have removed.

If the host also has the pin of a root that all stores contain, only a root that none contains is reported: lists of all
roots of several authorities are usual, and lock nobody out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.authorities import find, memberships, vouched
from pinsmith.finding import Severity
from pinsmith.pin import Pin
from pinsmith.rules._example import API, KEY, STANDBY, host_table, key_table, pin_file
from pinsmith.rules._rule import Defect, Example, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pinsmith.authorities import Membership
    from pinsmith.rules._rule import PinnedFile

_GLOBALSIGN: Final = Pin.parse("sha256/K87oWBWM9UZfyddvDfoxL+8lpNyoUB2ptGtn0fv6G2Q=")  # GlobalSign Root CA
# Only their lists are complete enough to show removals: docs/decisions/0013-known-authorities.md
_REMOVING: Final = {"android", "apple", "mozilla"}
_STORE_OF: Final = {"android": "android", "ios": "apple"}  # by platform


def _check(file: PinnedFile) -> Iterator[Defect]:
    platforms = file.target.platforms if file.target is not None else ()
    ours = {_STORE_OF[platform] for platform in platforms if platform in _STORE_OF} or _REMOVING
    for site in file.sites:
        known = ((key.pin, key.name, find(key.pin)) for key in site.entry.keys)
        roots = [(pin, name, root) for pin, name, root in known if root is not None and root.role == "root"]
        has_other = any(_is_kept(memberships(pin), ours) for pin, _, _ in roots)
        for pin, name, root in roots:
            if root.last_day < file.today or vouched(pin):
                continue  # other rules find roots that have ended, and those that vouched for compromised ones
            if fact := _fact(memberships(pin), set() if has_other else ours):
                yield Defect(site, f"the pin {name} is of {root.name}, which {fact}", pin)


def _is_kept(stores: Sequence[Membership], ours: set[str]) -> bool:
    """Say whether all stores that matter contain a root, so that its pin is enough for their clients."""
    return ours <= {store.store for store in stores if store.gone is None}


def _fact(stores: Sequence[Membership], ours: set[str]) -> str | None:
    current = [store for store in stores if store.is_current]
    kept = [store.title for store in current if store.gone is None]
    if stores and not kept:
        last = max(stores, key=lambda store: store.last_seen)
        return f"no current trust store contains; {last.title} contained it until {last.last_seen}"
    listed = ", ".join(
        f"{store.title} removed between {store.last_seen} and {store.gone}"
        for store in current
        if store.gone is not None and store.store in ours
    )
    return f"{listed}; {', '.join(kept)} still contain{'s' if len(kept) == 1 else ''} it" if listed else None


RULE = Rule(
    id="removed-root",
    severity=Severity.MEDIUM,
    title="a pin of a root that trust stores have removed",
    effect=(
        "Clients with that trust store build no chain to the root, so its pin does not match there. Authorities also "
        "stop issuing from a root that a store has removed."
    ),
    fix="pin the root from which the authority issues now, and remove this pin once no chain ends in it",
    example=Example(
        pin_file(
            key_table("globalsign", 'role = "root"', of=_GLOBALSIGN), STANDBY, host_table(API, "globalsign standby")
        ),
        pin_file(KEY, STANDBY, host_table(API, "api standby")),
    ),
    references=("https://github.com/nabla-c0d3/trust_stores_observatory",),
    check=_check,
)
