"""The limits of generated code, and the policies to which they apply."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from pinsmith.formats._format import Export


def always(_export: Export) -> bool:
    """Apply to every policy."""
    return True


def expires(export: Export) -> bool:
    """Apply if the pins of a host expire."""
    return any(entry.expires and not entry.exempt for entry in export.entries)


def reports(export: Export) -> bool:
    """Apply if a host is report-only."""
    return any(entry.report_only for entry in export.entries)


def enforces(export: Export) -> bool:
    """Apply if a host is not report-only."""
    return any(not entry.report_only and not entry.exempt for entry in export.entries)


def includes_subdomains(export: Export) -> bool:
    """Apply if a pinned host includes its subdomains."""
    return any(entry.include_subdomains and not entry.exempt for entry in export.entries)


def requires_pins(export: Export) -> bool:
    """Apply if hosts without pins are refused."""
    return export.require_pins


def allows_unpinned(export: Export) -> bool:
    """Apply if hosts without pins are allowed."""
    return not export.require_pins


def pins_authorities(export: Export) -> bool:
    """Apply if a pinned key is, or may be, that of an authority."""
    return any(key.role != "leaf" for entry in export.entries for key in entry.keys)


@dataclass(frozen=True, slots=True)
class Limit:
    """
    A limit of generated code.

    Attributes:
        text: One sentence or two.
        applies: Whether it matters for an export. Otherwise the header of the code does not mention it.
        page: The text for the page of the target, which is for all policies; None: *text*; empty: nothing.
    """

    text: str
    applies: Callable[[Export], bool] = always
    page: str | None = None


ADDRESSES: Final = (
    Limit(
        "Not pinned: hosts that are IP addresses.",
        allows_unpinned,
        page="Not pinned: hosts that are IP addresses. With `require-pins` they are refused.",
    ),
    Limit("Hosts that are IP addresses are refused, because they cannot be pinned here.", requires_pins, page=""),
)
"""For code that looks up only names."""

REDIRECTS: Final = (
    Limit(
        "Not pinned: hosts without an entry and plain HTTP, to which a redirect may lead.",
        allows_unpinned,
        page=(
            "Not pinned: hosts without an entry and plain HTTP, to which a redirect may lead. With `require-pins` hosts"
            " without an entry are refused."
        ),
    ),
    Limit("Not pinned: plain HTTP, to which a redirect may lead.", requires_pins, page=""),
)
"""For clients that follow redirects, if the code does not see plain HTTP."""

PROXY: Final = Limit(
    "A proxy that is reached over TLS needs an entry of its own, because require-pins is set.",
    requires_pins,
    page="With `require-pins`, a proxy that is reached over TLS needs an entry of its own.",
)
"""For code that also checks the TLS connections to a proxy."""
