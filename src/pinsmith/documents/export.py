"""The document of an export that is written nowhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

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


class OutputFileOut(msgspec.Struct, frozen=True, kw_only=True):
    """
    A file of an output.

    ``name`` is relative to the folder of the first file. ``text`` is null if the file is not text; then ``base64`` has
    its bytes, and otherwise that is null.
    """

    name: str
    media_type: str
    size: int
    text: str | None
    base64: str | None


class OutputDocument(Versioned, frozen=True, kw_only=True):
    """
    ``GET /api/v1/formats/{format}/{source}``: the files for a platform.

    The first of ``files`` is the main one, and the others are those that the format needs beside it. ``hosts``,
    ``losses`` and ``ending`` are as in the document of an export.
    """

    format: str
    pin_file: str
    hosts: list[str]
    losses: list[FindingOut]
    ending: list[FindingOut]
    files: list[OutputFileOut]


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
