"""The options --host and --name of ``pinsmith lab serve``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinsmith.errors import UsageError

if TYPE_CHECKING:
    from pinsmith.lab.live.place import Place


def place_of(host: str | None, name: str | None) -> Place:
    """
    Find the place to serve at.

    Raises:
        UsageError: If *host* is not an address, or needs a name.
        HostError: If *name* is not a host name.
    """
    from pinsmith.lab.live.place import Place

    try:
        return Place.of(host, name)
    except ValueError as error:
        raise UsageError(
            f"--host {host!r}: {error}",
            hint="pass an IP address of this machine; the name that the app connects to goes into --name",
        ) from error
