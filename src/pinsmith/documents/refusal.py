"""The answer of the API where it cannot give what was asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinsmith.documents.document import ErrorOut, Versioned
from pinsmith.documents.finding import FindingOut, finding_out

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pinsmith.finding import Finding


class RefusalDocument(Versioned, frozen=True, kw_only=True):
    """
    Every answer of the API with a status from 400 on.

    ``details`` has further lines of the message. ``findings`` are the reasons, if there are several, such as the losses
    that an export needs consent for.
    """

    error: ErrorOut
    details: list[str]
    findings: list[FindingOut]


def refusal_document(error: ErrorOut, details: Iterable[str] = (), findings: Iterable[Finding] = ()) -> RefusalDocument:
    """Describe why a request is refused."""
    return RefusalDocument(error=error, details=list(details), findings=[finding_out(finding) for finding in findings])
