"""
The formats: every syntax in which platforms and libraries take pins, with its abilities.

A new format is one file, one line here, and its samples in ``tests/formats/samples``. The losses of an export are
computed from the abilities of the format, and nothing is lost without consent.
"""

from __future__ import annotations

import copyreg
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
    dynapins,
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
    rn_ssl_manager_bundle,
    smartface,
    tlsa,
    trustkit_android,
    trustkit_ios,
    wavemaker,
    wget,
    wultra,
)
from pinsmith.formats._export import (
    COMMON_OPTIONS as COMMON_OPTIONS,
    Exported,
    Plan as Plan,
    export,
    plan as plan,
    render as render,
)
from pinsmith.formats._format import Can as Can, Format, Found as Found, Reading as Reading
from pinsmith.formats._guide import PLATFORMS as PLATFORMS, guide_of as guide_of, platform_of as platform_of
from pinsmith.formats._loss import LOSSES, loss as loss, needs_consent as needs_consent
from pinsmith.formats._note import NOTES as NOTES, REFERENCES as REFERENCES
from pinsmith.formats._policy import key_names as key_names, policy_of, require_pinned as require_pinned
from pinsmith.formats._switch import switches as switches
from pinsmith.formats._text import decode as decode, decode_to_edit as decode_to_edit
from pinsmith.formats.code import CODE, require_generated_beside as require_generated_beside

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from pinsmith.formats._guide import Platform as Platform

# The names that users may import. The other names, imported with "as", are for the project itself.
__all__ = [
    "FORMATS",
    "LOSSES",
    "Exported",
    "Format",
    "export",
    "find",
    "policy_of",
    "read",
    "recognise",
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
    dynapins.FORMAT,
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
    rn_ssl_manager_bundle.FORMAT,
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
"""All formats: files and code."""


def _reduced(target: Format) -> tuple[Callable[[str], Format], tuple[str]]:
    return find, (target.id,)


copyreg.pickle(Format, _reduced)  # its functions cannot be copied into another process, and each process has it

_MAX_SUGGESTIONS: Final = 5
# Another name of a format, which neither its id nor its title contains.
_OTHER_NAMES: Final = {"csharp": "dotnet"}


def of_platform(platform: Platform) -> tuple[Format, ...]:
    """Return the formats that are useful on a platform."""
    return tuple(target for target in FORMATS if platform.id in target.platforms)


def find(name: str) -> Format:
    """
    Return the format with an id.

    Raises:
        UnknownFormatError: if there is no such format. If *name* is a platform, the error lists its formats.
    """
    known = {target.id: target for target in FORMATS}
    if name in known:
        return known[name]
    platform = platform_of(name)
    if platform is not None:
        found = of_platform(platform)
        width = max(len(target.id) for target in found)
        raise UnknownFormatError(
            f"{name!r} is a platform and not a format: choose one of the {len(found)} formats for {platform.title}",
            details=[f"{target.id:{width}}  {target.title}" for target in found],
            hint="name one of these formats; `pinsmith formats ID` describes it",
        )
    near = _near(name, known)
    hint = (
        f"did you mean {', '.join(near[:-1])}{' or ' if near[1:] else ''}{near[-1]}?"
        if near
        else "run `pinsmith formats` for the list"
    )
    raise UnknownFormatError(f"there is no format {name!r}", hint=hint)


def _near(name: str, known: Mapping[str, Format]) -> list[str]:
    """List the formats that *name* may mean: those with its words, or the one with the closest id."""
    if (other := _OTHER_NAMES.get(name.lower())) is not None:
        return [other]
    wanted = _words(name)
    found = [target.id for target in known.values() if wanted in _words(f"{target.id} {target.title}")]
    near = closest(name, known)
    return found[:_MAX_SUGGESTIONS] or ([near] if near else [])


def _words(text: str) -> str:
    return f" {' '.join(re.findall(r'[a-z0-9]+', text.lower()))} "


def recognise(content: bytes, name: str) -> Format:
    """
    Return the format of a file.

    Args:
        content: The content of the file.

        name: The name of the file. Some formats are recognised by it.

    Raises:
        UnknownFormatError: if no format recognises the file, if several do, or if the format cannot be read.
    """
    known = recognising(content, name)
    found = [target for target in known if target.read is not None]
    if not found and known:
        raise UnknownFormatError(f"{name}: {cannot_read(known[0])}")
    if len(found) != 1:
        problem = f"it may be {_either(found)}" if found else "no format recognises it"
        example = f"such as --from {found[0].id}" if found else "such as --from plain-list for a list of pins"
        raise UnknownFormatError(
            f"{name}: {problem}", hint=f"name its format with --from, {example}; `pinsmith formats` lists all formats"
        )
    return found[0]


def recognising(content: bytes, name: str) -> list[Format]:
    """Return every format that recognises a file, also those that can only be written."""
    text = content.decode("utf-16" if content[:2] in {b"\xff\xfe", b"\xfe\xff"} else "utf-8", "replace")
    return [target for target in FORMATS if target.recognises(text, name)]


def read(content: bytes, name: str, *, format_id: str | None = None) -> tuple[Format, Reading]:
    """
    Read a file in a given format, or in the format that recognises it.

    The result may contain problems. `policy_of` refuses them.

    Args:
        content: The content of the file.

        name: The name of the file, as the user gave it.

        format_id: The id of the format; None to recognise it.

    Raises:
        UnknownFormatError: if no format recognises the file, if several do, or if the format can only be written.
        FormatError: if the file cannot be read.
    """
    target = find(format_id) if format_id else recognise(content, name)
    if target.collect is None:
        raise UnknownFormatError(
            cannot_read(target), hint="run `pinsmith formats` to list the formats that can be read"
        )
    try:
        return target, target.collect(content, name)
    except FormatError as error:
        ends = {PurePath(f"x{end}").suffix for end in target.suffixes}
        if format_id or name == "-" or name.endswith(target.suffixes) or PurePath(name).suffix in ends:
            raise
        # A text about pins, such as a README, contains the words by which a format is recognised.
        raise UnknownFormatError(
            f"{name}: no format recognises it",
            details=[f"it resembles {target.id}, but cannot be read as such: {error}"],
            hint=f"if it is in that format, pass --from {target.id}; `pinsmith formats` lists all formats",
        ) from error


def cannot_read(target: Format) -> str:
    """Say that files of a format cannot be read, and why."""
    return f"{target.id} can only be written" + (
        f", because it contains {target.unreadable}" if target.unreadable else ""
    )


def by_name(name: str) -> Format:
    """
    Return the format of a file that will be written, by the end of its name.

    Raises:
        UnknownFormatError: if no format or several formats have that ending.
    """
    found = [target for target in FORMATS if target.write is not None and name.endswith(target.suffixes)]
    if len(found) != 1:
        problem = f"it may be {_either(found)}" if found else "no format uses files with this ending"
        raise UnknownFormatError(
            f"{name}: {problem}", hint="name the format with --to; `pinsmith formats` lists all formats"
        )
    return found[0]


def _either(formats: Iterable[Format]) -> str:
    return " or ".join(target.id for target in formats)
