"""The columns and rows of a table of pins for reviewers, whatever its syntax."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.formats._format import Can

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinsmith.formats._format import Entry

COLUMNS: Final = ("host", "subdomains", "mode", "expires", "key", "role", "pin", "algorithm", "not-after", "reports")
CAN: Final = Can(
    addresses=True,
    subdomains="any-depth",
    exempts=True,
    expiry=True,
    report_only=True,
    report_uris=True,
    pins_only=True,
)


def rows(entries: tuple[Entry, ...]) -> Iterator[tuple[str, ...]]:
    """Yield a row of `COLUMNS` for every host and key. An exempt host has a row without a key."""
    for entry in entries:
        mode = "off" if entry.exempt else "report-only" if entry.report_only else "enforce"
        mode = f"{mode} (pins only)" if entry.pins_only else mode
        host = (entry.host, "yes" if entry.include_subdomains else "no", mode, str(entry.expires or ""))
        reports = " ".join(entry.report_uris)
        if not entry.keys:
            yield (*host, "", "", "", "", "", reports)
        for key in entry.keys:
            end = str(key.not_after or "")
            yield (*host, key.name, key.what, str(key.pin), key.algorithm or "", end, reports)
