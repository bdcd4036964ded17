"""Known holes in the pinning of clients; the facts are in ``holes.toml``."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pinsmith.builds._version import Span, parse_span

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from pinsmith.builds._reader import Client


@dataclass(frozen=True, slots=True, kw_only=True)
class Hole:
    """
    A hole.

    Attributes:
        id: That of its advisory or report.
        packages: The packages that have it, as in `Client`.
        affected: Ranges of versions, as the table has them.
        spans: The same.
        fixed: The versions with the fix, to be read after "update it to"; empty if there is none.
        effect: What happens to pins, a clause.
        fix: Advice if no version has the fix, or beside it; a clause that may be empty.
        targets: The formats whose pins the client enforces; empty if lint cannot read pins of this client.
        closed_by: Matches code that works around the hole; None if code cannot.
        source: A URL.
        checked: The day of these facts.
    """

    id: str
    packages: frozenset[str]
    affected: tuple[str, ...]
    spans: tuple[Span, ...]
    fixed: str
    effect: str
    fix: str
    targets: frozenset[str]
    closed_by: re.Pattern[str] | None
    source: str
    checked: date

    @property
    def advice(self) -> str:
        """What to do, a clause."""
        update = f"update it to {self.fixed}" if self.fixed else f"no version has the fix ({self.checked})"
        return "; ".join(filter(None, (update, self.fix)))


def holes_of(client: Client) -> Iterator[Hole]:
    """Yield the holes that every version of *client* has that may be installed."""
    for hole in holes():
        versions = client.versions
        if client.package in hole.packages and versions and any(span.contains(versions) for span in hole.spans):
            yield hole


@functools.lru_cache(maxsize=1)
def holes() -> tuple[Hole, ...]:
    """Return the table. It is read on the first call."""
    import tomllib

    path = __file__.removesuffix("_hole.py") + "holes.toml"
    tables = tomllib.loads(__loader__.get_data(path).decode())  # type: ignore[name-defined]
    return tuple(
        Hole(
            id=table["id"],
            packages=frozenset(table["packages"]),
            affected=tuple(table["affected"]),
            spans=tuple(span for text in table["affected"] if (span := parse_span(text)) is not None),
            fixed=table.get("fixed", ""),
            effect=table["effect"],
            fix=table.get("fix", ""),
            targets=frozenset(table.get("targets", ())),
            closed_by=re.compile(table["closed-by"]) if "closed-by" in table else None,
            source=table["source"],
            checked=table["checked"],
        )
        for table in tables["hole"]
    )
