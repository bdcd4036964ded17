"""
Every syntax in which a platform is told which keys to pin, each with what it can say.

A new format is one file, one line here, and its samples in ``tests/formats/samples``. What an export loses is computed
from what the format can say, and nothing is lost without consent.
"""

from __future__ import annotations

import re
from pathlib import PurePath
from typing import TYPE_CHECKING, Final

from pinsmith._closest import closest
from pinsmith.errors import FormatError, UnknownFormatError
from pinsmith.formats import (
    android_nsc,
    apple_ats,
    capacitor,
    capacitor_certificates,
    chromium_pins,
    cordova,
    csv,
    curl,
    envoy,
    expo,
    expo_ats,
    expo_nsc,
    hpkp,
    json_hosts,
    markdown,
    nginx,
    outsystems,
    outsystems_odc,
    plain_list,
    policy_json,
    rn_cert_pinner,
    rn_public_key_pinning,
    rn_ssl_manager,
    smartface,
    tlsa,
    trustkit_android,
    trustkit_ios,
    wavemaker,
    wget,
    wultra,
)
from pinsmith.formats._export import COMMON_OPTIONS, Exported, Plan, export, plan, render
from pinsmith.formats._format import (
    Can,
    Entry,
    Export,
    Format,
    Found,
    FoundPin,
    Note,
    OutputOption,
    Problem,
    Reading,
)
from pinsmith.formats._loss import LOSSES, Loss, Selection, select
from pinsmith.formats._policy import policy_of
from pinsmith.formats._text import decode, decode_to_edit
from pinsmith.formats.code import CODE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = [
    "CODE",
    "COMMON_OPTIONS",
    "FORMATS",
    "LOSSES",
    "SYNTAXES",
    "Can",
    "Entry",
    "Export",
    "Exported",
    "Format",
    "Found",
    "FoundPin",
    "Loss",
    "Note",
    "OutputOption",
    "Plan",
    "Problem",
    "Reading",
    "Selection",
    "by_name",
    "cannot_read",
    "decode",
    "decode_to_edit",
    "export",
    "find",
    "plan",
    "policy_of",
    "read",
    "recognise",
    "render",
    "select",
]

SYNTAXES: Final[tuple[Format, ...]] = (
    android_nsc.FORMAT,
    apple_ats.FORMAT,
    capacitor.FORMAT,
    capacitor_certificates.FORMAT,
    chromium_pins.FORMAT,
    cordova.FORMAT,
    csv.FORMAT,
    curl.FORMAT,
    envoy.FORMAT,
    expo.FORMAT,
    expo_ats.FORMAT,
    expo_nsc.FORMAT,
    hpkp.FORMAT,
    json_hosts.FORMAT,
    markdown.FORMAT,
    nginx.FORMAT,
    outsystems.FORMAT,
    outsystems_odc.FORMAT,
    plain_list.FORMAT,
    policy_json.FORMAT,
    rn_cert_pinner.FORMAT,
    rn_public_key_pinning.FORMAT,
    rn_ssl_manager.FORMAT,
    smartface.FORMAT,
    tlsa.FORMAT,
    trustkit_android.FORMAT,
    trustkit_ios.FORMAT,
    wavemaker.FORMAT,
    wget.FORMAT,
    wultra.FORMAT,
)
"""Files that a platform or a library reads."""

FORMATS: Final = (*SYNTAXES, *CODE)

_MAX_SUGGESTIONS: Final = 5
# What people call a platform whose formats have other names.
_OF_PLATFORM: Final = {
    "android": ("android-nsc", "okhttp-kotlin", "okhttp-java", "retrofit-kotlin", "trustkit-android"),
    "csharp": ("dotnet",),
    "flutter": ("dart-io",),
    "ios": ("apple-ats", "urlsession-swift", "alamofire-swift", "trustkit-swift", "trustkit-ios"),
    "javascript": ("node-https", "node-undici", "axios"),
    "js": ("node-https", "node-undici", "axios"),
    "macos": ("apple-ats", "urlsession-swift", "alamofire-swift", "trustkit-swift", "trustkit-ios"),
}
"""All that can be exported, code too."""


def find(name: str) -> Format:
    """
    Return the format of that id.

    Raises:
        UnknownFormatError: There is none.
    """
    known = {each.id: each for each in FORMATS}
    if name not in known:
        near = _near(name, known)
        hint = (
            f"did you mean {', '.join(near[:-1])}{' or ' if near[1:] else ''}{near[-1]}?"
            if near
            else "`pinsmith formats` lists them all"
        )
        raise UnknownFormatError(f"there is no format {name!r}", hint=hint)
    return known[name]


def _near(name: str, known: Mapping[str, Format]) -> list[str]:
    """List what *name* may stand for: a platform, or words of an id or title; else the id that is spelt most alike."""
    wanted = _words(name)
    named = [each.id for each in known.values() if wanted in _words(f"{each.id} {each.title}")]
    found = _OF_PLATFORM.get(name.lower()) or named
    near = closest(name, known)
    return list(found[:_MAX_SUGGESTIONS]) or ([near] if near else [])


def _words(text: str) -> str:
    return f" {' '.join(re.findall(r'[a-z0-9]+', text.lower()))} "


def recognise(content: bytes, name: str) -> Format:
    """
    Say which format a file is of.

    Args:
        content: The file.

        name: Its name; some formats are known by it.

    Raises:
        UnknownFormatError: None recognises it, or more than one does, or one that cannot be read.
    """
    text = content.decode("utf-16" if content[:2] in {b"\xff\xfe", b"\xfe\xff"} else "utf-8", "replace")
    known = [each for each in FORMATS if each.recognises(text, name)]
    found = [each for each in known if each.read is not None]
    if not found and known:
        raise UnknownFormatError(f"{name}: {cannot_read(known[0])}")
    if len(found) != 1:
        told = f"it may be {_either(found)}" if found else "no format recognises it"
        which = f"such as --from {found[0].id}" if found else "such as --from plain-list for a list of pins"
        raise UnknownFormatError(
            f"{name}: {told}", hint=f"say what it is with --from, {which}; `pinsmith formats` lists them all"
        )
    return found[0]


def read(content: bytes, name: str, *, format_id: str | None = None) -> tuple[Format, Reading]:
    """
    Read a file of the format that is named, or of the one that recognises it; `policy_of` looks at its problems.

    Args:
        content: The file.

        name: Its name, as the user gave it.

        format_id: What it is; None to recognise it.

    Raises:
        UnknownFormatError: No format recognises it, more than one does, or it can only be written.
        FormatError: It is broken.
    """
    target = find(format_id) if format_id else recognise(content, name)
    if target.collect is None:
        raise UnknownFormatError(cannot_read(target), hint="`pinsmith formats` lists what can be read")
    try:
        return target, target.collect(content, name)
    except FormatError as error:
        ends = {PurePath(f"x{end}").suffix for end in target.suffixes}
        if format_id or name == "-" or name.endswith(target.suffixes) or PurePath(name).suffix in ends:
            raise
        # A text about pins, such as a README, holds the words that a format is known by.
        raise UnknownFormatError(
            f"{name}: no format recognises it",
            details=[f"it resembles {target.id}, but: {error}"],
            hint=f"if it is one, say so with --from, as in --from {target.id}; `pinsmith formats` lists them all",
        ) from error


def cannot_read(target: Format) -> str:
    """Say why no file of a format that can only be written is read."""
    return f"{target.id} can only be written" + (f": it holds {target.unreadable}" if target.unreadable else "")


def by_name(name: str) -> Format:
    """
    Say which format a file to be written is of, by the end of its name.

    Raises:
        UnknownFormatError: None, or more than one.
    """
    found = [each for each in FORMATS if each.write is not None and name.endswith(each.suffixes)]
    if len(found) != 1:
        told = f"it may be {_either(found)}" if found else "its name does not tell"
        raise UnknownFormatError(f"{name}: {told}", hint="say which with --to; `pinsmith formats` lists them all")
    return found[0]


def _either(formats: Iterable[Format]) -> str:
    return " or ".join(each.id for each in formats)
