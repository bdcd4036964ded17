"""The table ``[updates]`` of a pin file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinsmith.limit import MAX_REMOVAL_DELAY
from pinsmith.pinfile._document import Updates
from pinsmith.pinfile._fault import FaultError, require, require_days, shown
from pinsmith.pinfile._spelling import path_problem, url_problem

if TYPE_CHECKING:
    from pinsmith.pinfile._schema import UpdatesTable


def read_updates(table: UpdatesTable | None) -> Updates | None:
    """
    Read the table; None if there is none.

    Raises:
        FaultError: If there is no address, or a value is not what it should be.
    """
    if table is None:
        return None
    if not table.addresses:
        raise FaultError(
            ("updates", "addresses"), "there is no address", "name the place where the bundle is published"
        )
    for at, url in enumerate(table.addresses):
        path = ("updates", "addresses", at)
        require(path, address_problem(url))
    require(("updates", "root"), path_problem(table.root))
    return Updates(
        tuple(url.rstrip("/") + "/" for url in table.addresses),
        table.root,
        require_days(("updates", "removal-delay"), table.removal_delay, MAX_REMOVAL_DELAY),
        table.after_expiry,
    )


def address_problem(url: str) -> tuple[str, str | None] | None:
    """Return why updates cannot come from a URL, and what to do; None if they can."""
    if problem := url_problem(url):
        return problem
    if not url.startswith("https://") or "?" in url or "#" in url:
        return f"{shown(url)} is not an https URL of a directory", "write https://host/path/"
    return None
