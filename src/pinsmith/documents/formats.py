"""The document of ``pinsmith formats``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from pinsmith.documents.document import Versioned
from pinsmith.formats import PLATFORMS, guide_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pinsmith.formats import Format

_VERIFY = {platform.id: platform.verify for platform in PLATFORMS}


class FormatOptionOut(msgspec.Struct, frozen=True, kw_only=True):
    """One option of an ``[[output]]`` in a format."""

    name: str
    help: str
    default: str
    choices: list[str]


class FormatAdditionOut(msgspec.Struct, frozen=True, kw_only=True):
    """Lines that belong in another file of the project. The file ``shell`` means commands to run."""

    file: str
    text: str


class FormatOut(msgspec.Struct, frozen=True, kw_only=True):
    """
    One format. `place` is a usual path of its file.

    `page` and `guide` are pages of the documentation, below `docs`: everything about the format, and the way from no
    pins to a pinned client.
    """

    id: str
    title: str
    platforms: list[str]
    reads: bool
    writes: bool
    can: list[str]
    spec: str
    options: list[str]
    place: str | None
    additions: list[FormatAdditionOut]
    usage: str | None
    option_details: list[FormatOptionOut]
    remarks: list[str]
    limits: list[str]
    verify: str | None
    page: str
    guide: str | None


class FormatsDocument(Versioned, frozen=True, kw_only=True):
    """``pinsmith formats --format json``."""

    formats: list[FormatOut]


def formats_document(formats: Iterable[Format]) -> FormatsDocument:
    """Describe *formats*."""
    return FormatsDocument(formats=[format_out(member) for member in formats])


def format_out(member: Format) -> FormatOut:
    """Describe one format."""
    guide = guide_of(member.id, member.platforms[0])
    return FormatOut(
        id=member.id,
        title=member.title,
        platforms=list(member.platforms),
        reads=member.read is not None,
        writes=member.write is not None,
        can=list(member.can.flags()),
        spec=member.spec,
        options=[option.name for option in member.options],
        place=member.place or None,
        additions=[FormatAdditionOut(file=entry.file, text=entry.text.strip("\n")) for entry in member.additions],
        usage=member.usage.strip("\n") or None,
        option_details=[
            FormatOptionOut(
                name=option.name, help=option.help, default=_default(option.default), choices=list(option.choices)
            )
            for option in member.options
        ],
        remarks=list(member.remarks),
        limits=list(member.limits),
        verify=_VERIFY[member.platforms[0]] if member.write is not None else None,
        page=f"reference/code/{member.id}.md" if member.usage else f"reference/formats.md#format-{member.id}",
        guide=f"guides/{guide}.md" if guide else None,
    )


def _default(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value or "")
