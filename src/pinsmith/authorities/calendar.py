"""Dates of public authorities and of root programs; they are in ``calendar.toml``, with their sources."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from datetime import date

    from pinsmith.authorities import Authority

Concerned = Literal["leaf", "authority"]


@dataclass(frozen=True, slots=True)
class Event:
    """
    A change of public authorities, and its effect on pins.

    Attributes:
        day: The first day, UTC.
        what: The change, a sentence.
        effect: Its effect on a pin, a sentence; empty if `what` says it.
        source: Where that is written.
        when: The words of the source if it does not name a day; else empty.
    """

    day: date
    what: str
    effect: str
    source: str
    when: str = ""

    def __str__(self) -> str:
        return f"{self.when or self.day}: {self.what}"


def events(concerned: Concerned, *, issuer: str | None, since: date) -> tuple[Event, ...]:
    """
    Return the events from *since* on.

    Args:
        concerned: Whose key is pinned.

        issuer: The id of the authority's advice; None if it has none or is unknown.

        since: The first day, UTC.

    Returns:
        By day.
    """
    found = (
        Event(row["day"], row["what"], " ".join(row["effect"].split()), row["source"], row.get("when", ""))
        for row in _tables()["event"]
        if concerned in row["keys"] and row.get("issuer") in {None, issuer} and row["day"] >= since
    )
    return tuple(sorted(found, key=lambda event: event.day))


def end_of_root(root: Authority) -> Event:
    """
    Return when Mozilla and Chrome end their trust in *root* for servers because of its age.

    The first day of its oldest known certificate counts as the day on which the key was made. The programs use the
    report of the ceremony, which may be older. A root can be removed earlier for other reasons.
    """
    tables = _tables()
    years, source = tables["roots"]["years"], tables["roots"]["source"]
    made = root.first_day
    day = next((row["removed"] for row in tables["removal"] if made < row["made-before"]), None)
    if day is None:
        # 29 February does not exist in every year.
        day = made.replace(year=made.year + years, day=min(made.day, 28) if made.month == 2 else made.day)  # noqa: PLR2004
    return Event(
        day,
        f"The root programs of Mozilla and Chrome end their trust in {root.name} for servers, because of its age.",
        "A client that follows them builds no chain to the root, so a pin of the root does not match there.",
        source,
    )


@functools.lru_cache(maxsize=1)
def _tables() -> dict[str, Any]:
    import tomllib

    return tomllib.loads(resources.files("pinsmith.authorities").joinpath("calendar.toml").read_text("utf-8"))
