"""What is wrong with a setting, in words: from the message of the decoder, the value and the types of the settings."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

from msgspec import inspect

from pinsmith._closest import closest

_UNKNOWN: Final = re.compile(r"Object contains unknown field `(.+)`")
_MISSING: Final = re.compile(r"Object missing required field `(.+)`")
_EXPECTED: Final = re.compile(r"Expected `([a-z |]+)`, got `([a-z]+)`")
_LIMITED: Final = re.compile(r"Expected `(float|int)`")
_WORDS: Final = {
    "array": "an array",
    "bool": "true or false",
    "date": "a day without a time",
    "datetime": "a time",
    "float": "a number",
    "int": "a whole number",
    "object": "a table",
    "str": "a text in quotes",
}
_STEP: Final = re.compile(r"\[(\d+)\]|([^.\[\]]+)")


@dataclass(frozen=True, slots=True)
class Fault:
    """
    What is wrong with a setting.

    Attributes:
        problem: The fault, without the place.
        key_path: The setting, such as ``channel[0].url``.
        hint: What to do; None if the problem says it.
    """

    problem: str
    key_path: str
    hint: str | None = None


def explain(message: str, tables: object, of: type) -> Fault:
    """
    Say what is wrong.

    Args:
        message: What msgspec says when it converts *tables* to *of*.

        tables: The whole file. A value that should have been a secret is not repeated.

        of: The type of the whole file.
    """
    problem, _, place = message.partition(" - at `$")
    key_path = place.rstrip("`").lstrip(".")
    kind: inspect.Type = inspect.type_info(of)
    value: Any = tables
    for index, name in _STEP.findall(key_path):
        kind = _inside(kind, value, name)
        value = value[int(index) if index else name]
    if unknown := _UNKNOWN.fullmatch(problem):
        known = [field.encode_name for field in _struct(kind, value).fields]
        path = f"{key_path}.{unknown[1]}".lstrip(".")
        near = closest(unknown[1], known)
        hint = f"did you mean {near!r}?" if near else f"settings here: {', '.join(known)}"
        return Fault("there is no such setting here", path, hint)
    choices = [choice for part in _parts(kind) if isinstance(part, inspect.LiteralType) for choice in part.values]
    if choices and isinstance(value, str | int):
        listed = ", ".join(map(str, choices))
        near = closest(str(value), map(str, choices))
        return Fault(
            f"expected {'one of ' * (len(choices) > 1)}{listed}, got {value!r}",
            key_path,
            f"did you mean {near!r}?" if near else None,
        )
    return _of_text(problem, kind, value, key_path)


def _of_text(problem: str, kind: inspect.Type, value: object, key_path: str) -> Fault:
    if isinstance(value, str):
        for part in _parts(kind):
            if isinstance(part, inspect.StrType) and part.pattern and ":[0-5]" in part.pattern:
                return Fault(f"{value!r} is not a time of day", key_path, "write a time such as 08:00")
            if isinstance(part, inspect.StructType) and part.cls.__name__ == "Secret":
                hint = 'write { env = "NAME" } for a variable of the environment, or { file = "NAME" }'
                return Fault("a secret must not stand in the settings", key_path, hint)
    if missing := _MISSING.fullmatch(problem):
        return Fault(f"{missing[1]} is missing", key_path)
    if named := _EXPECTED.fullmatch(problem):
        wanted = [_WORDS[word] for word in named[1].split(" | ") if word in _WORDS]
        return Fault(f"expected {' or '.join(wanted)}, got {_WORDS.get(named[2], named[2])}", key_path)
    if problem.endswith("of length >= 1"):
        return Fault("it contains nothing", key_path)
    return Fault(_LIMITED.sub(lambda word: f"expected {_WORDS[word[1]]}", problem), key_path)


def _parts(kind: inspect.Type) -> list[inspect.Type]:
    """Return the members of a union, without their limits."""
    if isinstance(kind, inspect.UnionType):
        return [inner for part in kind.types for inner in _parts(part)]
    return _parts(kind.type) if isinstance(kind, inspect.Metadata) else [kind]


def _struct(kind: inspect.Type, table: dict[str, Any]) -> inspect.StructType:
    """Return the type of a table; of several, the one that its tag names."""
    structs = [part for part in _parts(kind) if isinstance(part, inspect.StructType)]
    return next(struct for struct in structs if struct.tag_field is None or struct.tag == table.get(struct.tag_field))


def _inside(kind: inspect.Type, value: Any, name: str) -> inspect.Type:  # noqa: ANN401 - anything that TOML contains
    """Return the type of the setting *name*, or of an element if that is empty."""
    parts = _parts(kind)
    if not name:
        return next(part.item_type for part in parts if isinstance(part, inspect.ListType | inspect.VarTupleType))
    structs = [part for part in parts if isinstance(part, inspect.StructType)]
    if all(struct.tag_field == name for struct in structs):
        return inspect.LiteralType(tuple(str(struct.tag) for struct in structs))
    return next(field.type for field in _struct(kind, value).fields if field.encode_name == name)
