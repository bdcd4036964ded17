"""One line for each host that was inspected, and the same lines as CSV."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Final

from msgspec import UnsetType

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pinsmith.documents.inspection import InspectionDocument
    from pinsmith.errors import PinsmithError

_VERDICTS: Final = ("mismatched", "not-verified", "unreachable", "not-pinned", "matched")  # the worst first
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True, kw_only=True)
class InspectedRow:
    """
    What one host presents at all its addresses, in one line.

    ``verdict`` is the worst of all addresses. ``pins`` and ``issuers`` are those of its different leaves, ``days_left``
    is that of the leaf that ends first. ``error`` says why it or one of its addresses could not be read.
    """

    host: str
    verdict: str
    trusted: bool
    pins: list[str]
    issuers: list[str]
    days_left: int | None
    error: str | None


def row_of(document: InspectionDocument) -> InspectedRow:
    """Sum up what a host presents."""
    read = [address for address in document.addresses if address.chain]
    leaves = [address.chain[0] for address in read]
    errors = [address.error.message for address in document.addresses if not isinstance(address.error, UnsetType)]
    distrust = [address.trust_error for address in read if address.trust_error]
    verdicts = {result.verdict for result in document.results} or ({"not-pinned"} if read else {"unreachable"})
    return InspectedRow(
        host=f"[{document.host}]:{document.port}" if ":" in document.host else f"{document.host}:{document.port}",
        verdict=next(verdict for verdict in _VERDICTS if verdict in verdicts),
        trusted=bool(read) and all(address.trusted for address in read),
        pins=list(dict.fromkeys(leaf.pin for leaf in leaves if leaf.pin is not None)),
        issuers=list(dict.fromkeys(leaf.issuer for leaf in leaves if leaf.issuer is not None)),
        days_left=min((leaf.days_left for leaf in leaves if leaf.days_left is not None), default=None),
        error=next(iter([*errors, *distrust]), None),
    )


def refused_row(text: str, error: PinsmithError) -> InspectedRow:
    """Describe a text that is not a host, or a host that was not asked."""
    return InspectedRow(
        host=text, verdict="not-asked", trusted=False, pins=[], issuers=[], days_left=None, error=str(error)
    )


def csv_of(rows: Iterable[InspectedRow]) -> str:
    """
    Write *rows* as CSV with a header.

    A cell that a spreadsheet would take for a formula begins with an apostrophe, because a server chooses its texts.

    Source:
        :rfc:`4180`; https://owasp.org/www-community/attacks/CSV_Injection
    """
    written = io.StringIO()
    writer = csv.writer(written)
    writer.writerow([field.name for field in fields(InspectedRow)])
    for row in rows:
        days = "" if row.days_left is None else row.days_left
        texts = [row.host, row.verdict, str(row.trusted).lower(), " ".join(row.pins), "; ".join(row.issuers)]
        # The number is not a text: a spreadsheet may calculate with it.
        writer.writerow([*map(_plain, texts), days, _plain(row.error or "")])
    return written.getvalue()


def _plain(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text
