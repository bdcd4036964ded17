"""The document of an export that is written nowhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinsmith.documents.document import Versioned
from pinsmith.documents.finding import FindingOut, finding_out

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pinsmith.finding import Finding
    from pinsmith.formats import Exported, Format


class ExportDocument(Versioned, frozen=True, kw_only=True):
    """
    The text of a file for a platform.

    ``files`` names the files that the format needs beside it. ``losses`` lists the settings that the text does not
    express; all of them were accepted or need no consent. ``ending`` lists the hosts whose pins have ended or end soon,
    for which ``pinsmith export`` writes nothing without ``--allow-ending``.
    """

    format: str
    hosts: list[str]
    losses: list[FindingOut]
    ending: list[FindingOut]
    files: list[str]
    text: str


def export_document(target: Format, made: Exported, ending: Sequence[Finding]) -> ExportDocument:
    """Describe what was *made* in the format *target*; *ending* as from `pinsmith.checks.ending.find`."""
    return ExportDocument(
        format=target.id,
        hosts=list(made.hosts),
        losses=[finding_out(loss) for loss in made.losses],
        ending=[finding_out(finding) for finding in ending],
        files=list(made.attachments),
        text=made.text,
    )
