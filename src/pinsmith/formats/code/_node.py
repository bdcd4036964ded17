"""Shared by the targets for Node: the two kinds of modules, their types for TypeScript, and what Node can do."""

from __future__ import annotations

import re
from pathlib import PurePath
from typing import TYPE_CHECKING, Final

from pinsmith.errors import ExportError
from pinsmith.formats._format import Can, OutputOption
from pinsmith.formats.code._limit import ADDRESSES
from pinsmith.formats.code._literal import remark
from pinsmith.formats.code._target import GENERATED

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pinsmith.formats._format import Export

CAN: Final = Can(subdomains="any-depth", exempts=True, expiry=True, report_only=True, require_pins=True, matches="leaf")
_MODULE: Final = OutputOption(
    "module",
    "the kind of module in a file that is neither `.mjs` nor `.cjs`: `esm`, the default, or `commonjs`",
    choices=("esm", "commonjs"),
)
_TYPES: Final = OutputOption(
    "types", "whether to write the types for TypeScript beside the module, such as `pins.d.mts`", bool, default=False
)
OPTIONS: Final = (_MODULE, _TYPES)
LIMITS: Final = (
    (
        "Keys of authorities are not compared. Node passes the presented chain to a callback, and not the verified one,"
        " so only the key of the leaf counts."
    ),
    *ADDRESSES,
)
REMARKS: Final = (
    (
        "`onMismatch(callback)` sets what is called for every mismatch, also of report-only hosts. It changes no"
        " decision. Its argument has the event for `pinsmith serve`."
    ),
    (
        "A path that ends in `.mjs` gives an ES module, `.cjs` gives CommonJS. What Node reads in a `.js` file depends"
        ' on package.json: set `module = "commonjs"` unless it says `"type": "module"`.'
    ),
    (
        "TypeScript reads the types from the code with `allowJs`. Without it, set `types = true`, and copy the module"
        " to where `tsc` writes yours, because `tsc` does not."
    ),
)
BOTH_NAMES: Final = (
    "With a `Host` header, TLS checks the certificate for the name in that header. Then the pins of that name apply,"
    " and those of the host in the URL too."
)
NOT_RESUMED: Final = "TLS sessions are not resumed, because Node does not check the certificate of a resumed session."

_KINDS: Final = {".mjs": "esm", ".cjs": "commonjs"}
_TYPESCRIPT: Final = frozenset({".ts", ".mts", ".cts", ".tsx"})
_IMPORT: Final = re.compile(r'^import (.+) from ("[^"]+");$', re.MULTILINE)
_EXPORT: Final = re.compile(r"^export (?=(?:class|function) (\w+))", re.MULTILINE)
_MISMATCHES: Final = """\
/** A host presented no pinned key, or has no pins although the policy requires them. */
export declare class PinMismatchError extends Error {
  code: string;
  host: string;
  /** The pin of its key; empty if the host has no pins. */
  presented: string;
  pinned: string[];
  /** False if the connection continues. */
  enforced: boolean;
  /** Milliseconds since 1970. */
  time: number;
  constructor(
    host: string,
    presented: string,
    pinned: string[],
    enforced: boolean,
  );
  /** What `pinsmith serve` takes at `/reports`. */
  toJSON(): Record<string, unknown>;
}

/**
 * Set the function that is called for every mismatch. What it throws is ignored.
 */
export declare function onMismatch(
  callback: ((error: PinMismatchError) => void) | undefined,
): void;
"""


def finish(export: Export, code: str) -> str:
    """Return *code*, which is an ES module, as the kind of module that the output asks for."""
    return _commonjs(code) if _kind(export) == "commonjs" else code


def types(declared: str) -> Callable[[Export], Mapping[str, bytes]]:
    """
    Return the function that writes the types of a module, if the output asks for them.

    Args:
        declared: The imports, an empty line, and what the module has besides `PinMismatchError` and ``onMismatch``.
    """
    imports, _, others = declared.strip().partition("\n\n")

    def attachments(export: Export) -> Mapping[str, bytes]:
        if not export.options[_TYPES.name]:
            return {}
        head = f"// {GENERATED} {remark(export.source)}. DO NOT EDIT."
        return {_file_of_types(export): f"{head}\n\n{imports}\n\n{_MISMATCHES}\n{others}\n".encode()}

    return attachments


def _kind(export: Export) -> str:
    """
    Return the kind of module.

    Raises:
        ExportError: if Node would read the file as the other kind, or TypeScript as its own language.
    """
    suffix, asked = PurePath(export.name).suffix, str(export.options[_MODULE.name])
    if suffix in _TYPESCRIPT:
        raise ExportError(
            f"the code is JavaScript, and {suffix} is a suffix of TypeScript",
            hint="give the output a path that ends in .mjs, and set types = true",
        )
    kind = _KINDS.get(suffix, asked or "esm")
    if asked and asked != kind:
        raise ExportError(
            f"the option 'module' is {asked!r}, but Node reads {suffix} files as the other kind of module",
            hint="remove the option, or change the suffix",
        )
    return kind


def _file_of_types(export: Export) -> str:
    path = PurePath(export.name)
    return f"{path.stem}.d.{path.suffix.removeprefix('.').replace('js', 'ts') or 'ts'}"


def _commonjs(text: str) -> str:
    head, _, code = text.partition("\n\n")
    names = "".join(f"  {name},\n" for name in _EXPORT.findall(code))
    code = _EXPORT.sub("", _IMPORT.sub(r"const \1 = require(\2);", code))
    return f'{head}\n\n"use strict";\n\n{code}\nmodule.exports = {{\n{names}}};\n'
