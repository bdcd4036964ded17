"""The document of ``pinsmith import --json``: every place of a repository that pins, and how they differ."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from pinsmith.documents.document import ErrorOut, Versioned, error_out
from pinsmith.documents.finding import FindingOut, finding_out
from pinsmith.importing.merge import setting_lines

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pinsmith.importing.adopt import NewPinFile, Prospect
    from pinsmith.importing.collect import Collected, Place
    from pinsmith.importing.drift import HostDrift
    from pinsmith.importing.outputs import Outputs
    from pinsmith.importing.settle import Settled


class AdoptPlaceOut(msgspec.Struct, frozen=True, kw_only=True):
    """
    A file that pins. Its number, from 1, stands for it in the rest of the document.

    ``output`` is the path of the output that writes the file or stands in for it, relative to the pin file.
    ``by_hand`` is the reason why ``pinsmith sync`` does not write the file itself; null if it does.
    """

    number: int
    file: str
    format: str
    hosts: int
    output: str | None
    by_hand: str | None


class AdoptKeyOut(msgspec.Struct, frozen=True, kw_only=True):
    """A key of a host. Places in neither list do not pin the host, or cannot express this key."""

    name: str
    pin: str
    role: str
    has: list[int]
    lacks: list[int]


class AdoptValueOut(msgspec.Struct, frozen=True, kw_only=True):
    """A value of a setting, as a pin file writes it, and the places that have it; null if they lack the setting."""

    value: str | None
    places: list[int]


class AdoptHostOut(msgspec.Struct, frozen=True, kw_only=True):
    """
    A host in all places; ``[defaults]`` stands for the settings of all hosts.

    ``differs`` says whether the places that pin the host disagree, and ``settled`` whether somebody has decided.
    ``lacks`` are the places that hold several hosts, but not this one.
    """

    host: str
    differs: bool
    settled: bool
    has: list[int]
    lacks: list[int]
    keys: list[AdoptKeyOut]
    settings: dict[str, list[AdoptValueOut]]


class AdoptDroppedOut(msgspec.Struct, frozen=True, kw_only=True):
    """A pin or a setting that the new pin file does not have, and the places that have it."""

    host: str
    text: str
    places: list[int]


class AdoptFileErrorOut(msgspec.Struct, frozen=True, kw_only=True):
    """A file, or an output of the new pin file, and what is wrong with it. ``file`` is null if it is about several."""

    file: str | None
    error: ErrorOut


class AdoptDocument(Versioned, frozen=True, kw_only=True):
    """
    ``pinsmith import PATH... --json``.

    ``ok`` is false if a difference is not settled, or if a file could not be read. ``pin_file`` is the text of the new
    pin file; null if a difference is not settled. ``changes`` are the files that ``pinsmith sync`` would write, and
    ``obstacles`` keep it from writing.
    """

    ok: bool
    places: list[AdoptPlaceOut]
    hosts: list[AdoptHostOut]
    dropped: list[AdoptDroppedOut]
    failures: list[AdoptFileErrorOut]
    notes: list[FindingOut]
    pin_file: str | None
    changes: list[str]
    obstacles: list[AdoptFileErrorOut]


def adopt_document(
    collected: Collected,
    places: Sequence[Place],
    drifts: Sequence[HostDrift],
    settled: Settled,
    result: tuple[Outputs, NewPinFile, Prospect] | None,
) -> AdoptDocument:
    """
    Describe an adoption.

    Args:
        collected: What was found.

        places: The places that were compared.

        drifts: How they differ.

        settled: What was decided.

        result: The outputs, the new pin file, and what ``sync`` would do; None if a difference is not settled.
    """
    outputs, made, ahead = result or (None, None, None)
    still_open = {found.host for found in settled.open}
    return AdoptDocument(
        ok=not (still_open or collected.failures),
        places=[_place(number, place, outputs) for number, place in enumerate(places, 1)],
        hosts=[_host(found, is_settled=found.host not in still_open) for found in drifts],
        dropped=[AdoptDroppedOut(host=lost.host, text=lost.text, places=list(lost.places)) for lost in settled.dropped],
        failures=[AdoptFileErrorOut(file=name, error=error_out(error)) for name, error in collected.failures],
        notes=[finding_out(note) for note in collected.notes],
        pin_file=made.text if made else None,
        changes=list(ahead.changes) if ahead else [],
        obstacles=[AdoptFileErrorOut(file=name, error=error_out(error)) for name, error in ahead.obstacles]
        if ahead
        else [],
    )


def _place(number: int, place: Place, outputs: Outputs | None) -> AdoptPlaceOut:
    by_hand = next((found for found in outputs.by_hand if found.name == place.name), None) if outputs else None
    written = outputs.by_place.get(place.name) if outputs else None
    return AdoptPlaceOut(
        number=number,
        file=place.name,
        format=place.format_id,
        hosts=len(place.policy.hosts),
        output=by_hand.instead if by_hand else written,
        by_hand=by_hand.reason if by_hand else None,
    )


def _host(found: HostDrift, *, is_settled: bool) -> AdoptHostOut:
    return AdoptHostOut(
        host=found.host,
        differs=found.differs,
        settled=is_settled,
        has=list(found.has),
        lacks=list(found.lacks),
        keys=[
            AdoptKeyOut(
                name=row.key.name, pin=str(row.key.pin), role=row.key.role, has=list(row.has), lacks=list(row.lacks)
            )
            for row in found.keys
        ],
        settings={
            row.field: [
                AdoptValueOut(value=next(iter(setting_lines(row.field, value)), None), places=list(numbers))
                for value, numbers in row.values
            ]
            for row in found.settings
        },
    )
