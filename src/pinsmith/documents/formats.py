"""The document of ``pinsmith formats``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from pinsmith.documents.document import Versioned

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pinsmith.formats import Format


class FormatOut(msgspec.Struct, frozen=True, kw_only=True):
    """One format."""

    id: str
    title: str
    reads: bool
    writes: bool
    can: list[str]
    spec: str
    options: list[str]


class FormatsDocument(Versioned, frozen=True, kw_only=True):
    """``pinsmith formats --format json``."""

    formats: list[FormatOut]


def formats_document(formats: Iterable[Format]) -> FormatsDocument:
    """Describe *formats*."""
    return FormatsDocument(
        formats=[
            FormatOut(
                id=member.id,
                title=member.title,
                reads=member.read is not None,
                writes=member.write is not None,
                can=list(member.can.flags()),
                spec=member.spec,
                options=[option.name for option in member.options],
            )
            for member in formats
        ]
    )
