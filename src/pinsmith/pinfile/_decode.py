"""From TOML tables to typed ones: unknown keys, missing keys, wrong types."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, Any, Final, TypeVar, get_args, get_origin

import msgspec
from msgspec import UNSET

from pinsmith._closest import closest
from pinsmith.pinfile._fault import FaultError, nearest, shown
from pinsmith.pinfile._schema import (
    VERSION,
    AllowTable,
    CompromisedTable,
    DefaultsTable,
    Document,
    HostTable,
    KeyTable,
    LintTable,
    OutputTable,
    UpdatesTable,
)

if TYPE_CHECKING:
    from pinsmith.syntax.toml_layout import Path

T = TypeVar("T", bound=msgspec.Struct)

# Without these, msgspec would accept a text that looks like a date as a date.
_DATES: Final = (dt.date, dt.datetime, dt.time)
_AT: Final = re.compile(r" - at `\$\.?(.*)`\Z")
_STEP: Final = re.compile(r"\[(\d+)\]|([^.\[\]]+)")
_TABLES: Final[dict[str, type[msgspec.Struct]]] = {
    "defaults": DefaultsTable,
    "keys": KeyTable,
    "compromised": CompromisedTable,
    "host": HostTable,
    "output": OutputTable,
    "updates": UpdatesTable,
}
_CONTAINERS: Final = (list, dict)
_MISSING: Final = re.compile(r"Object missing required field `(.+?)`")


def decode_document(data: dict[str, Any]) -> Document:
    """
    Convert the tables *data* to typed ones.

    Only single values are checked, and not how pins, hosts, URLs and paths are spelled.

    Raises:
        FaultError: If a key is unknown or missing, or a value has the wrong type.
    """
    require_version(data)
    require_known((), data, Document)
    for name in ("keys", "compromised"):
        require_shape((name,), data.get(name, {}), dict, f"tables, [{name}.NAME]")
    for name in ("host", "output"):
        require_shape((name,), data.get(name, []), list, f"tables, [[{name}]]")
    return Document(
        version=VERSION,
        defaults=typed_table(("defaults",), data.get("defaults", {}), DefaultsTable),
        keys={name: typed_table(("keys", name), table, KeyTable) for name, table in data.get("keys", {}).items()},
        compromised={
            name: typed_table(("compromised", name), table, CompromisedTable)
            for name, table in data.get("compromised", {}).items()
        },
        host=typed_tables(("host",), data.get("host", []), HostTable),
        output=typed_tables(("output",), data.get("output", []), OutputTable),
        lint=_lint(data.get("lint", {})),
        updates=typed_table(("updates",), data["updates"], UpdatesTable) if "updates" in data else UNSET,
    )


def _lint(table: object) -> LintTable:
    if not isinstance(table, dict):
        raise FaultError(("lint",), f"expected a table, got {shown(table)}")
    require_known(("lint",), table, LintTable)
    allow = table.get("allow", [])
    require_shape(("lint", "allow"), allow, list, "tables, [[lint.allow]]")
    return LintTable(allow=typed_tables(("lint", "allow"), allow, AllowTable))


def require_table(path: Path, table: dict[str, Any]) -> None:
    """
    Check the keys and types of one table.

    Args:
        path: The path of the table, such as ``("host", 0)``.

        table: The content of the table.

    Raises:
        FaultError: If a key is unknown or missing, or a value has the wrong type.
    """
    typed_table(path, table, _TABLES[str(path[0])])


def require_version(data: dict[str, Any]) -> None:
    if "version" not in data:
        raise FaultError((), "version is missing", f"begin the file with: version = {VERSION}")
    version = data["version"]
    if type(version) is not int:
        raise FaultError(("version",), f"expected the number {VERSION}, got {shown(version)}", "write version = 1")
    if version != VERSION:
        raise FaultError(
            ("version",),
            f"version {shown(version)} is unknown: this pinsmith reads version {VERSION}",
            "update pinsmith, or correct the number",
        )


def require_known(path: Path, table: dict[str, Any], of: type[msgspec.Struct]) -> None:
    known = of.__struct_encode_fields__
    for name in table:
        if name not in known:
            raise FaultError((*path, name), "there is no such setting here", nearest(name, known, what="settings here"))


def require_shape(path: Path, value: object, kind: type, expected: str) -> None:
    if not isinstance(value, kind):
        raise FaultError(path, f"expected {expected}, got {shown(value)}")


def typed_tables(path: Path, tables: list[Any], of: type[T]) -> list[T]:
    return [typed_table((*path, at), table, of) for at, table in enumerate(tables)]


def typed_table(path: Path, table: object, of: type[T]) -> T:
    if not isinstance(table, dict):
        raise FaultError(path, f"expected a table, got {shown(table)}", _how_to_begin(path, of))
    if of is not OutputTable:
        require_known(path, table, of)
    try:
        return msgspec.convert(table, of, builtin_types=_DATES)
    except msgspec.ValidationError as error:
        raise _explain(str(error), path, table, of) from error


def _explain(message: str, path: Path, table: dict[str, Any], of: type[msgspec.Struct]) -> FaultError:
    if missing := _MISSING.match(message):
        return FaultError(path, f"{missing[1]} is missing", _how_to_write(of, missing[1]))
    place = _AT.search(message)
    steps: list[str | int] = [int(index) if index else name for index, name in _STEP.findall(place[1] if place else "")]
    value: Any = table
    for step in steps:
        value = value[step]
    kind = _field(of, str(steps[0])).type
    for _ in steps[1:]:
        kind = _element(kind)
    options = _choices(kind)
    if options and isinstance(value, str):
        listed = ", ".join(options)
        near = closest(value, options)
        hint = f"did you mean {near!r}?" if near else None
        return FaultError((*path, *steps), f"{shown(value)} is not one of {listed}", hint)
    return FaultError((*path, *steps), f"expected {_expected(kind)}, got {shown(value)}", _advice(value))


def _how_to_begin(path: Path, of: type[msgspec.Struct]) -> str | None:
    if of in (KeyTable, CompromisedTable):
        return f'write [{path[0]}.{path[1]}], and below it pin = "sha256/..."'
    return None


def _how_to_write(of: type[msgspec.Struct], name: str) -> str | None:
    examples = {
        (KeyTable, "pin"): 'write pin = "sha256/..."; `pinsmith fetch HOST` prints pins',
        (CompromisedTable, "pin"): 'write pin = "sha256/..."; `pinsmith show FILE` prints the pin of a certificate',
        (HostTable, "name"): 'write name = "api.example.com"',
        (OutputTable, "format"): "`pinsmith formats` lists them",
        (OutputTable, "path"): "name the file to write, relative to this one",
        (AllowTable, "rule"): "`pinsmith lint` prints the rule of each finding in brackets",
        (UpdatesTable, "addresses"): 'write addresses = ["https://..."], the place where the bundle is published',
        (AllowTable, "reason"): 'write reason = "..." for the next reader',
    }
    return examples.get((of, name))


def _advice(value: object) -> str | None:
    if isinstance(value, dt.datetime):
        return "write the day alone, without a time"
    if value in ("true", "false"):
        return f"write {value} without quotes"
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}|\d{1,5}", value):
        return f"write {value} without quotes"
    return None


def _field(of: type[msgspec.Struct], name: str) -> msgspec.structs.FieldInfo:
    return next(field for field in msgspec.structs.fields(of) if field.encode_name == name)


def _parts(kind: Any) -> list[Any]:  # noqa: ANN401 - types of types
    """Return the parts of unions and annotations, outermost first."""
    found = [kind]
    for inner in () if get_origin(kind) in _CONTAINERS else get_args(kind):
        found += _parts(inner)
    return found


def _element(kind: Any) -> Any:  # noqa: ANN401 - types of types
    return next(get_args(part)[-1] for part in _parts(kind) if get_origin(part) in _CONTAINERS)


def _choices(kind: Any) -> tuple[str, ...]:  # noqa: ANN401 - types of types
    return tuple(part for part in _parts(kind) if isinstance(part, str))


def _expected(kind: Any) -> str:  # noqa: ANN401 - types of types
    metas = [part for part in _parts(kind) if isinstance(part, msgspec.Meta)]
    return str((metas[0].extra or {})["expected"])
