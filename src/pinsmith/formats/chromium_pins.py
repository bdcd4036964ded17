"""Static pins of Chromium: the JSON of sets and hosts, and the file of keys beside it."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import PurePath
from typing import TYPE_CHECKING, Final

from pinsmith.errors import ExportError
from pinsmith.formats._chromium_pins_read import TIMESTAMP, read
from pinsmith.formats._format import Can, Export, Format, OutputOption
from pinsmith.formats._line import remark
from pinsmith.formats._mark import require_own
from pinsmith.syntax.json_edit import render
from pinsmith.syntax.text import one_line

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pinsmith.formats._format import Entry
    from pinsmith.pin import Pin
    from pinsmith.policy import Key
    from pinsmith.syntax.json_edit import Value

_ID: Final = "chromium-pins"
_UPDATED: Final = "updated"
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_MAX_LETTERS: Final = 40


def _write(export: Export) -> str:
    require_own(export.existing, export.name)
    keys, sets = _keys(export.entries), _sets(export.entries)
    document: Value = {
        "pinsets": [
            {"name": name, "static_spki_hashes": [_name(keys[pin]) for pin in pins]} for pins, name in sets.items()
        ],
        "entries": [
            {"name": entry.host, "include_subdomains": entry.include_subdomains, "pins": sets[_pins(entry)]}
            for entry in export.entries
        ],
    }
    own = [remark(export.source, "//"), f"// The keys are in {one_line(_file_of_keys(export))}, in the same folder."]
    return "\n".join([*own, render(document), ""])


def _attachments(export: Export) -> Mapping[str, bytes]:
    day = _updated(export)
    start = dt.datetime(day.year, day.month, day.day, tzinfo=dt.UTC)
    lines = [
        remark(export.source),
        f"# The sets and the hosts are in {one_line(PurePath(export.name).name)}, in the same folder.",
        "",
        f"# {day}, 00:00 UTC: Chromium enforces the pins for ten weeks from then.",
        TIMESTAMP,
        str(round(start.timestamp())),
    ]
    for pin, key in _keys(export.entries).items():
        lines += ["", f"# {one_line(key.name)}, {key.what}", _name(key), f"sha256/{pin.base64}"]
    return {_file_of_keys(export): "\n".join([*lines, ""]).encode()}


def _file_of_keys(export: Export) -> str:
    """Name the other file as Chromium names its own two: `static_pins.json` and `static.pins`."""
    name = PurePath(export.name).name.removesuffix(".json").removesuffix("_pins")
    return f"{name or 'static'}.pins"


def _updated(export: Export) -> dt.date:
    value = str(export.options[_UPDATED])
    try:
        if _DAY.fullmatch(value):
            return dt.date.fromisoformat(value)
    except ValueError:
        pass
    raise ExportError(
        f"the option {_UPDATED!r} of {_ID} is {value!r}, but must be a day such as 2031-05-01",
        hint="set it to the day on which somebody last checked the pins",
    )


def _keys(entries: tuple[Entry, ...]) -> dict[Pin, Key]:
    """Return the distinct pins with the keys that name them, because the generator refuses duplicate hashes."""
    found: dict[Pin, Key] = {}
    for entry in entries:
        for key in entry.keys:
            found.setdefault(key.pin, key)
    return found


def _name(key: Key) -> str:
    """
    Name a key with a capital, then letters, digits and ``_``, because it becomes part of a name in C++.

    The name contains the beginning of the pin, so that names differ.
    """
    words = re.findall(r"[A-Za-z0-9]+", key.name)
    plain = "".join(word[:1].upper() + word[1:] for word in words)[:_MAX_LETTERS]
    return f"{plain if plain[:1].isalpha() else f'Key{plain}'}_{key.pin.hex[:8]}"


def _pins(entry: Entry) -> tuple[Pin, ...]:
    return tuple(dict.fromkeys(key.pin for key in entry.keys))


def _sets(entries: tuple[Entry, ...]) -> dict[tuple[Pin, ...], str]:
    """Return the lists of pins with their names, which become parts of names in C++. Hosts may share a list."""
    found: dict[tuple[Pin, ...], str] = {}
    for entry in entries:
        if _pins(entry) not in found:
            name = re.sub(r"[^a-z0-9]", "_", entry.host)
            while name in found.values():
                name += "_2"
            found[_pins(entry)] = name
    return found


FORMAT: Final = Format(
    id=_ID,
    title="static pins of Chromium",
    spec="https://chromium.googlesource.com/chromium/src/+/main/net/tools/transport_security_state_generator/input_file_parsers.cc",
    suffixes=("static_pins.json",),
    can=Can(subdomains="any-depth"),
    platforms=("other",),
    place="chromium/static_pins.json",
    read=read,
    write=_write,
    recognises=lambda text, _: TIMESTAMP in text or '"static_spki_hashes"' in text,
    options=(OutputOption(_UPDATED, "the day on which somebody last checked the pins, such as 2031-05-01; required"),),
    example_options=((_UPDATED, "2026-11-22"),),
    attachments=_attachments,
    remarks=(
        (
            "The JSON holds the hosts, and a file beside it the keys: `static_pins.json` and `static.pins`. To import "
            "both, run `cat FILE.pins FILE.json | pinsmith import -`. The keys alone are a list of pins, for `--host`."
        ),
        "Only a build of Chromium reads them. pinsmith replaces both files, so pass these two to the generator.",
        "Pins are enforced for ten weeks from the day in the option `updated`, in builds that switch static pins on.",
        "`report_uri` is read but not written, because current releases ignore it.",
        (
            "Releases of Chromium that store the built-in list as a tree support 16 sets. For a host without an entry, "
            "they look only at the nearest parent with an entry, even if that does not include subdomains."
        ),
    ),
    limits=("A chain that ends in an authority that the user has installed is accepted without a pinned key.",),
)
