"""
react-native-ssl-public-key-pinning: ``initializeSslPinning({host: {publicKeyHashes: [...]}})``, under any name.

Source:
    https://github.com/frw/react-native-ssl-public-key-pinning#usage
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Final

from pinsmith.audit._call import called
from pinsmith.audit._extractor import Extractor, Pinning, Remark
from pinsmith.audit._scope import named
from pinsmith.audit._value import Known, position_of, texts, unknown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ast_grep_py import SgNode

    from pinsmith.audit._code import Code
    from pinsmith.audit._value import Pair

_FUNCTION: Final = "initializeSslPinning"
_TYPE: Final = "PinningOptions"
_LEAST_PINS: Final = 2
# Of `import {name as other}` and `const {name: other} = ...`.
_ALIASES: Final = frozenset({"import_specifier", "pair_pattern"})


def _find(code: Code) -> Iterator[Pinning]:
    seen = set()
    for options in _options(code):
        node = code.resolve(options)
        domains = code.pairs(node)
        if domains is None:
            yield Pinning((), (unknown(options),), position_of(options))
        elif (at := position_of(node)) not in seen:
            seen.add(at)
            yield from (_read(code, domain) for domain in domains)


def _options(code: Code) -> Iterator[SgNode]:
    """Yield the arguments of the function, and the values of constants of its type."""
    names = _local_names(code, _FUNCTION)
    for call in code.find_kinds(code.language.calls):
        name, arguments = called(call, code.language)
        if name in names and arguments:
            yield arguments[0]
    for declared in code.find_kinds(code.language.declarations):
        annotated = declared.field("type")
        value = declared.field("value")
        if annotated is not None and value is not None and annotated.text().lstrip(": ") == _TYPE:
            yield value


def _read(code: Code, domain: Pair) -> Pinning:
    at, pairs = domain.at, code.pairs(domain.value)
    if pairs is None:
        return Pinning(domain.keys, (unknown(domain.value),), at)
    held = {pair.name: pair.value for pair in pairs}
    pins = tuple(code.values(held["publicKeyHashes"])) if "publicKeyHashes" in held else ()
    include = code.flag(held.get("includeSubdomains"))
    expires, remark = _day(code, held.get("expirationDate"))
    remarks = [remark] if remark is not None else []
    if include is None:
        text = f"includeSubdomains comes from {unknown(held['includeSubdomains']).source}; it is taken as false"
        remarks.append(Remark("value-elsewhere", text, at))
    known = texts(pins)
    if len({*known}) < _LEAST_PINS and None not in known:
        text = f"{domain.name!r} has {len({*known})} of the {_LEAST_PINS} distinct pins that iOS needs"
        remarks.append(Remark("too-few-pins", text, at))
    return Pinning(domain.keys, pins, at, include_subdomains=include is True, expires=expires, remarks=tuple(remarks))


def _day(code: Code, node: SgNode | None) -> tuple[date | None, Remark | None]:
    if node is None:
        return None, None
    at, values = position_of(node), code.values(node)
    if len(values) != 1 or not isinstance(values[0], Known):
        return None, Remark("value-elsewhere", f"expirationDate comes from {unknown(node).source}; it is left out", at)
    try:
        return date.fromisoformat(values[0].text), None
    except ValueError:
        text = f"expirationDate is {values[0].text!r} and not a day as yyyy-mm-dd; it is left out"
        return None, Remark("misleading-setting", text, at)


def _local_names(code: Code, name: str) -> set[str]:
    """Return *name*, and the names that the file gives it when it imports it."""
    found = {name}
    for node in code.find_kinds(_ALIASES):
        parts = named(node)
        if len(parts) > 1 and parts[0].text() == name:
            found.add(parts[-1].text())
    return found


EXTRACTOR: Final = Extractor(
    id="rn-public-key-pinning",
    title="react-native-ssl-public-key-pinning",
    signs=(_FUNCTION, _TYPE),
    formats={"tsx": "rn-public-key-pinning", "typescript": "rn-public-key-pinning"},
    find=_find,
    style="bare base64",
)
