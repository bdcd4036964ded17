"""Write entries into a network_security_config.xml, new or existing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.errors import ExportRefusedError, FormatError
from pinsmith.formats._loss import refusal
from pinsmith.formats._note import require_sound
from pinsmith.formats._nsc import ROOT
from pinsmith.formats._nsc_read import read_nsc
from pinsmith.syntax.xml import declared_encoding

if TYPE_CHECKING:
    from collections.abc import Callable

    from pinsmith.formats._format import Entry, Export, Found, Reading
    from pinsmith.formats._nsc_edit import Editor

_EMPTY: Final = f'<?xml version="1.0" encoding="utf-8"?>\n<{ROOT}>\n</{ROOT}>\n'
_MAX_ROUNDS: Final = 10


def edit(export: Export, editor: type[Editor], read: Callable[[bytes, str], Reading], name: str) -> str:
    """
    Write *export* into its existing text, or into a new one.

    Args:
        export: The entries to write.

        editor: The editor of the format.

        read: The reader of the format, which must find the entries in the result.

        name: The id of the format, for errors.

    Raises:
        FormatError: if the existing text cannot be read, or cannot be changed so that it pins as it must.
        ExportRefusedError: if pins and other settings of a host contradict each other.
    """
    refused = [
        refusal(entry.host, "Android compares IPv6 addresses as text") for entry in export.entries if ":" in entry.host
    ]
    if refused:
        raise ExportRefusedError(name, refused)
    text = export.existing if export.existing and export.existing.strip("\ufeff \t\r\n") else _EMPTY
    for _ in range(_MAX_ROUNDS):  # after one round, more elements may be superfluous
        before, text = text, editor(read_nsc(text, export.name), export, name).run()
        if text == before:
            break
    encoding = "utf-16" if declared_encoding(text) == "utf-16" else "utf-8"
    reading = read(text.removeprefix("\ufeff").encode(encoding), export.name)
    require_sound(reading.notes, export.name)
    found = {host.host: host for host in reading.hosts}
    for entry in export.entries:
        if not _says(found.get(entry.host), entry):
            raise FormatError(f"the pins of {entry.host} cannot be edited in place", file=export.name)
    return text


def _says(found: Found | None, entry: Entry) -> bool:
    if found is None:
        return entry.exempt
    return (
        {pin.pin for pin in found.pins} == {key.pin for key in entry.keys}
        and found.include_subdomains == entry.include_subdomains
        and found.expires == entry.expires
        and found.report_only == entry.report_only
        and set(found.report_uris) == set(entry.report_uris)
    )
