"""
`dataclasses.dataclass` for the values that enforcement is made of, at a fraction of its cost.

Importing `dataclasses` brings `inspect`, and it compiles half a dozen methods for each class: together more than
``import ssl`` takes. Here the constructor is compiled and all else is shared. Only what our values use is here:
``frozen=True``, ``slots``, ``order``, defaults, ``__post_init__``, and fields that stand not in the constructor, the
text or the comparison; no inheritance.

Type checkers see `dataclasses` itself, and so does everybody who looks at run time: `dataclasses.fields`,
`dataclasses.replace` and the rest work, since what they need is made on first use. The tests compare each value with
what the library makes of the same class.

Source: CPython ``Lib/dataclasses.py``, 3.11 to 3.14
"""

from __future__ import annotations

import operator

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from dataclasses import dataclass, field
    from typing import Any

__all__ = ["dataclass", "field"]

_MISSING: Any = object()
_set: Any = object.__setattr__


class _Field:
    """What `dataclasses.field` was told."""

    name = type = ""

    # The parameters are those of dataclasses.
    def __init__(self, *, default: Any = _MISSING, init: bool = True, repr: bool = True, compare: bool = True) -> None:  # noqa: A002, ANN401
        self.default, self.init, self.repr, self.compare = default, init, repr, compare

    def of_library(self) -> Any:  # noqa: ANN401 - a dataclasses.Field, which calls itself another type
        import dataclasses

        options: dict[str, Any] = {} if self.default is _MISSING else {"default": self.default}
        return dataclasses.field(init=self.init, repr=self.repr, compare=self.compare, **options)


class _Library:
    """An attribute of the class that only `dataclasses` reads, taken from a twin that it makes on first use."""

    def __init__(self, fields: list[_Field], *, slots: bool, order: bool) -> None:
        self._fields, self._slots, self._order = fields, slots, order

    def __set_name__(self, owner: type, name: str) -> None:
        self._owner, self._name = owner, name

    def __get__(self, instance: object, owner: type) -> Any:  # noqa: ANN401 - private to dataclasses
        import dataclasses

        fields = [(each.name, each.type, each.of_library()) for each in self._fields]
        twin = dataclasses.make_dataclass(
            self._owner.__name__, fields, frozen=True, slots=self._slots, order=self._order
        )
        value = getattr(twin, self._name)
        setattr(self._owner, self._name, value)
        return value


def _dataclass(*, frozen: bool, slots: bool = False, order: bool = False) -> Callable[[type], type]:
    if not frozen:
        raise TypeError("values are frozen; take dataclasses.dataclass for others")
    return lambda cls: _finish(cls, slots=slots, order=order)


def _finish(cls: type, *, slots: bool, order: bool) -> type:
    body = {name: value for name, value in vars(cls).items() if name not in {"__dict__", "__weakref__"}}
    fields = _read_fields(cls, body)
    made = {
        "__init__": _constructor(cls, fields),
        **_shared([each.name for each in fields if each.repr], [each.name for each in fields if each.compare]),
        "__match_args__": tuple(each.name for each in fields if each.init),
        "__dataclass_fields__": _Library(fields, slots=slots, order=order),
        "__dataclass_params__": _Library(fields, slots=slots, order=order),
    }
    if order:
        made |= _order([each.name for each in fields if each.compare])
    if slots:
        names = tuple(each.name for each in fields)
        made |= {"__slots__": names, **_states(names)}
        for name in names:
            body.pop(name, None)  # a default is in the constructor now
    finished = type(cls.__name__, (), {**made, **body})
    finished.__qualname__ = cls.__qualname__
    return finished


def _read_fields(cls: type, body: dict[str, Any]) -> list[_Field]:
    """Read the annotations of the class, and take what `field` left out of its *body*."""
    fields = []
    for name, annotation in cls.__annotations__.items():
        default = body.get(name, _MISSING)
        each = body.pop(name) if isinstance(default, _Field) else _Field(default=default)
        each.name, each.type = name, annotation
        fields.append(each)
    return fields


def _constructor(cls: type, fields: list[_Field]) -> Callable[..., None]:
    """Compile ``__init__``, so that it is as fast as one written by hand, and its signature as clear."""
    taken = [each for each in fields if each.init]
    defaults = {f"_{each.name}": each.default for each in taken if each.default is not _MISSING}
    parameters = [f"{each.name}=_{each.name}" if f"_{each.name}" in defaults else each.name for each in taken]
    lines = [f"_set(self, {each.name!r}, {each.name})" for each in taken]
    if hasattr(cls, "__post_init__"):
        lines.append("self.__post_init__()")
    namespace: dict[str, Any] = {"_set": _set, **defaults}
    exec(f"def __init__(self, {', '.join(parameters)}):\n " + "\n ".join(lines), namespace)  # noqa: S102 - names of fields
    constructor: Callable[..., None] = namespace["__init__"]
    constructor.__qualname__ = f"{cls.__qualname__}.__init__"
    constructor.__annotations__ = {each.name: each.type for each in taken} | {"return": None}
    return constructor


def _shared(shown: list[str], compared: list[str]) -> dict[str, Any]:
    key = _key(compared)

    def __eq__(self: object, other: object) -> bool:  # noqa: N807
        return key(self) == key(other) if other.__class__ is self.__class__ else NotImplemented

    def __hash__(self: object) -> int:  # noqa: N807
        return hash(key(self))

    def __repr__(self: object) -> str:  # noqa: N807
        values = ", ".join(f"{name}={getattr(self, name)!r}" for name in shown)
        return f"{self.__class__.__qualname__}({values})"

    return {
        "__eq__": __eq__,
        "__hash__": __hash__,
        "__repr__": __repr__,
        "__setattr__": _refuse_assignment,
        "__delattr__": _refuse_deletion,
        "__replace__": _replace,
    }


def _refuse_assignment(_: object, name: str, __: object) -> None:
    import dataclasses

    raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")


def _refuse_deletion(_: object, name: str) -> None:
    import dataclasses

    raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")


def _replace(self: Any, /, **changes: object) -> object:  # noqa: ANN401 - any value
    import dataclasses

    return dataclasses.replace(self, **changes)


def _order(compared: list[str]) -> dict[str, Any]:
    key = _key(compared)

    def method(compare: Callable[[Any, Any], bool]) -> Callable[[object, object], bool]:
        def compared_by(self: object, other: object) -> bool:
            return compare(key(self), key(other)) if other.__class__ is self.__class__ else NotImplemented

        return compared_by

    compares = (operator.lt, operator.le, operator.gt, operator.ge)
    return {f"__{compare.__name__}__": method(compare) for compare in compares}


def _states(names: tuple[str, ...]) -> dict[str, Any]:
    """Pickling: slots that cannot be assigned to."""

    def __getstate__(self: object) -> list[Any]:  # noqa: N807
        return [getattr(self, name) for name in names]

    def __setstate__(self: object, state: list[Any]) -> None:  # noqa: N807
        for name, value in zip(names, state, strict=True):
            _set(self, name, value)

    return {"__getstate__": __getstate__, "__setstate__": __setstate__}


def _key(names: list[str]) -> Callable[[object], tuple[Any, ...]]:
    get = operator.attrgetter(*names)
    return get if len(names) > 1 else lambda self: (get(self),)


if not TYPE_CHECKING:
    dataclass, field = _dataclass, _Field
