"""react-native-ssl-public-key-pinning: the object that ``initializeSslPinning`` takes, in TypeScript or JSON."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from pinsmith.errors import FormatError
from pinsmith.formats import _json_pins as json_pins
from pinsmith.formats._format import Export, Format, OutputOption, Reading
from pinsmith.formats._guide import Addition
from pinsmith.formats._line import remark
from pinsmith.formats._mark import MARK
from pinsmith.formats._note import Notes
from pinsmith.formats._rn_options import CAN, LIMITS, REMARKS, read_domains, value_of
from pinsmith.formats._text import decode
from pinsmith.formats._trustkit_ios import CALENDAR
from pinsmith.syntax.json import Node, parse_json, parse_literal
from pinsmith.syntax.json_edit import JSONEdits, render
from pinsmith.syntax.position import SyntaxFaultError

if TYPE_CHECKING:
    from collections.abc import Iterator

_NAME: Final = "publicKeyHashes"
_BEGINS: Final = re.compile(
    r"""(?P<sure>\binitializeSslPinning\s*\(|:\s*PinningOptions\s*=)\s*(?=\{)
    |(?:\b(?:const|let|var)\s+[\w$]+\s*(?::[^={};]{0,200})?=|\bexport\s+default|\bmodule\.exports\s*=)\s*(?=\{)""",
    re.VERBOSE,
)
# An unclosed literal ends with its line or the file, so that no place is searched twice.
_NO_CODE: Final = re.compile(
    r"""(?P<string>"(?:[^"\\\n]|\\.)*+"?|'(?:[^'\\\n]|\\.)*+'?|`(?:[^`\\]|\\.)*+`?)|//[^\n]*+|/\*(?:[^*]|\*(?!/))*+(?:\*/)?""",
    re.DOTALL,
)
_OWN_REMARK: Final = re.compile(rf"^[ \t]*// The pins here are {re.escape(MARK)} .*$", re.MULTILINE)
_MAX_PLACES: Final = 50
_NEW: Final = """{remark}
import type {{ PinningOptions }} from 'react-native-ssl-public-key-pinning';

export const pinningOptions: PinningOptions = {value};
"""


def _read(content: bytes, file: str) -> Reading:
    notes = Notes(file)
    node = _find(decode(content, file), file)
    hosts = read_domains(node, "the object", file, notes)
    return Reading(hosts, notes=tuple(notes), settings=tuple(notes.in_force))


def _is_json(text: str) -> bool:
    return text.lstrip("\ufeff \t\r\n")[:1] in ("{", "[")


def _find(text: str, file: str) -> Node:
    """Find the object with the pins in JSON or in code."""
    if _is_json(text):
        return parse_json(text)
    error: FormatError | SyntaxFaultError = FormatError(
        "it does not contain an object with pins",
        file=file,
        hint="pass the object to initializeSslPinning({...}), or assign it to a const",
    )
    found: list[Node] = []
    for at, sure in _places(text):
        try:
            node = parse_literal(text, at)
        except SyntaxFaultError as caught:
            error = caught if sure else error
            continue
        if sure or _has_hashes(node):
            found.append(node)
    if not found:
        raise error
    if len(found) > 1:
        raise FormatError(
            f"it contains two objects with pins (the first in line {found[0].line})",
            file=file,
            line=found[1].line,
            column=found[1].column,
            hint="keep one, or put them into separate files",
        )
    return found[0]


def _places(text: str) -> Iterator[tuple[int, bool]]:
    code = _NO_CODE.sub(lambda found: found[0] if found["string"] else re.sub(r"[^\n]", " ", found[0]), text)
    places = [(found.end(), found["sure"] is not None) for found in _BEGINS.finditer(code)]
    yield from sorted(places, key=lambda place: not place[1])[:_MAX_PLACES]


def _has_hashes(node: Node) -> bool:
    if not isinstance(node.value, dict):
        return False
    return any(isinstance(value.value, dict) and _NAME in value.value for value in node.value.values())


def _write(export: Export) -> str:
    value = value_of(export, "rn-public-key-pinning")
    existing = export.existing or ""
    syntax = export.options.get("syntax") or ("json" if export.name.endswith(".json") else "ts")
    if _is_json(existing) if existing.strip() else syntax == "json":
        return json_pins.edit_file(export, lambda edits, root: edits.merge(root, value), value)
    comment = remark(export.source, "//")
    if not existing.strip():
        return _NEW.format(remark=comment, value=render(value))
    edits = JSONEdits(existing)
    node = _find(existing, export.name)
    edits.merge(node, value)
    own = _OWN_REMARK.search(existing)
    if own is None:
        start = edits.line_start(node.start)
        edits.splice(start, start, edits.indent(node.start) + comment + edits.newline)
        return edits.result()
    indent = own[0][: len(own[0]) - len(own[0].lstrip(" \t"))]
    ending = "\r" if own[0].endswith("\r") else ""
    edits.splice(own.start(), own.end(), indent + comment + ending)
    return edits.result()


FORMAT: Final = Format(
    id="rn-public-key-pinning",
    title="React Native, react-native-ssl-public-key-pinning",
    spec="https://github.com/frw/react-native-ssl-public-key-pinning#options",
    suffixes=(".ts", ".tsx", ".js"),
    can=CAN,
    platforms=("react-native",),
    place="src/pins.ts",
    additions=(
        Addition("shell", "npm install react-native-ssl-public-key-pinning\nnpx pod-install"),
        Addition(
            "index.js",
            """
import { initializeSslPinning } from "react-native-ssl-public-key-pinning";
import { pinningOptions } from "./src/pins";

const pinned = initializeSslPinning(pinningOptions); // await it before the first request
""",
        ),
    ),
    read=_read,
    write=_write,
    recognises=lambda text, _: (
        re.search(rf"""{_NAME}["']?\s*:\s*\[""", text) is not None and '"sslPinning"' not in text
    ),
    options=(
        OutputOption("syntax", "the syntax of a new file; by default that of its suffix", choices=("json", "ts")),
    ),
    remarks=(
        *REMARKS,
        CALENDAR,
        "The hashes are written without `sha256/`, because the library adds it.",
        "JSON has no comments, so a JSON file does not name the pin file from which it was written.",
    ),
    limits=(
        *LIMITS,
        (
            "The library pins the networking of React Native. Expo SDK 56 and later replace the global `fetch` with "
            "one that the library does not pin: see `expo-fetch-unpinned`. The code target "
            "react-native-ssl-public-key-pinning refuses to start there."
        ),
    ),
)
