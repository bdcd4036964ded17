"""
pinsmith in Python: ``HostPins(host, keys=(Key(name, Pin.parse(pin)), ...))``, and the text of a pin file in code.

Code that pinsmith generated for the target ``python`` is read here too.
"""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Final

from pinsmith import pinfile
from pinsmith.audit._call import called, labelled
from pinsmith.audit._extractor import Extractor, Pinning, Remark
from pinsmith.audit._scope import named
from pinsmith.audit._value import Known, is_empty, position_of, unknown
from pinsmith.formats.code._target import GENERATED

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ast_grep_py import SgNode

    from pinsmith.audit._code import Code
    from pinsmith.audit._value import Value
    from pinsmith.policy import HostPins
    from pinsmith.syntax.position import Position

_SIGN: Final = "HostPins"
_FIELDS: Final = ("host", "keys", "mode", "include_subdomains", "expires")  # their order in `HostPins`
_OTHERS: Final = ("connect", "cafile", "port", "trust_anchors")
_DAY: Final = re.compile(r"(?:\w+\.)?date\(\s*(\d{4}),\s*(\d{1,2}),\s*(\d{1,2}),?\s*\)")
_MAX_NESTING: Final = 8  # of lists of keys


def _find(code: Code) -> Iterator[Pinning]:
    if "pinsmith" not in code.text:
        return
    keys: dict[str, SgNode] = {}
    calls = [(call, *called(call, code.language)) for call in code.find_kinds(code.language.calls)]
    for call, name, arguments in calls:
        if name == "Key" and arguments:
            keys.update(dict.fromkeys((key.text for key in code.values(arguments[0]) if isinstance(key, Known)), call))
    for call, name, arguments in calls:
        if name == _SIGN:
            yield _host(code, call, _fields(arguments), keys)
        elif name in ("parse", "parse_file") and arguments and "pinfile" in named(call)[0].text():
            yield from _embedded(code, arguments[0])


def _fields(arguments: list[SgNode]) -> dict[str, SgNode]:
    return {_FIELDS[int(key)] if key in "01234" else key: node for key, node in labelled(arguments).items()}


def _host(code: Code, call: SgNode, held: Mapping[str, SgNode], keys: Mapping[str, SgNode]) -> Pinning:
    at = position_of(call)
    pins = list(_pins(code, held["keys"], keys)) if "keys" in held and not is_empty(held["keys"]) else []
    hosts = tuple(code.values(held["host"])) if "host" in held else (unknown(call),)
    remarks = []
    mode, wide = _text(code, held, "mode", "enforce"), code.flag(held.get("include_subdomains"))
    expires = _day(held["expires"]) if "expires" in held else None
    if mode is None or wide is None or (expires is None and "expires" in held):
        text = "this file does not give the mode, the subdomains or the expiry date of a host; the strictest is taken"
        remarks.append(Remark("value-elsewhere", text, at))
    if any(field in held for field in _OTHERS):
        remarks.append(Remark("setting-not-kept", f"of a host, {', '.join(_OTHERS)} are left out", at))
    if _text(code, held, "trust", "verified") != "verified" or code.flag(held.get("check_host_name", call)) is False:
        remarks.append(_unchecked(at))
    return Pinning(
        hosts,
        tuple(pins),
        at,
        include_subdomains=wide is not False,
        expires=expires,
        report_only=mode == "report-only",
        exempt=mode == "off",
        report_uris=tuple(code.values(held["report_uris"])) if "report_uris" in held else (),
        remarks=tuple(remarks),
    )


def _unchecked(at: Position) -> Remark:
    text = "a host does not demand a trusted chain or its name; these settings are left out, so a policy is stricter"
    return Remark("chain-unchecked", text, at)


def _text(code: Code, held: Mapping[str, SgNode], field: str, default: str) -> str | None:
    values = code.values(held[field]) if field in held else [Known(default, position_of(next(iter(held.values()))))]
    return values[0].text if len(values) == 1 and isinstance(values[0], Known) else None


def _day(node: SgNode) -> date | None:
    found = _DAY.fullmatch(node.text())
    try:
        return date(*map(int, found.groups())) if found else None
    except ValueError:
        return None


def _pins(code: Code, node: SgNode, keys: Mapping[str, SgNode], nesting: int = 0) -> Iterator[Value]:
    """Yield the pins of an expression of keys; those of generated code are a call with the names of keys."""
    node = code.resolve(node)
    name, arguments = called(node, code.language) if node.kind() in code.language.calls else ("", [])
    labels = labelled(arguments)
    if nesting > _MAX_NESTING:
        yield unknown(node)
    elif node.kind() in code.language.lists:
        for part in named(node):
            yield from _pins(code, part, keys, nesting + 1)
    elif name == "_keys" and GENERATED in code.text:
        for value in (value for argument in arguments for value in code.values(argument)):
            key = keys.get(value.text) if isinstance(value, Known) else None
            yield from _pins(code, key, keys, nesting + 1) if key is not None else [unknown(node)]
    elif name == "Key" and (pin := labels.get("pin", labels.get("1"))) is not None:
        parsed = code.resolve(pin)
        name, arguments = called(parsed, code.language) if parsed.kind() in code.language.calls else ("", [])
        yield from code.values(arguments[0]) if name == "parse" and arguments else [unknown(pin)]
    else:
        yield unknown(node)


def _embedded(code: Code, argument: SgNode) -> Iterator[Pinning]:
    for value in code.values(argument):
        if not isinstance(value, Known):
            yield Pinning((), (value,), value.at)
            continue
        policy = pinfile.parse(value.text, file=f"{code.name}:{value.at.line}")
        yield from (_entry(entry, value.at) for entry in policy.hosts)


def _entry(entry: HostPins, at: Position) -> Pinning:
    is_odd = entry.trust != "verified" or not entry.check_host_name
    return Pinning(
        (Known(entry.host, at),),
        tuple(Known(str(key.pin), at) for key in entry.keys),
        at,
        include_subdomains=entry.include_subdomains,
        expires=entry.expires,
        report_only=entry.mode == "report-only",
        exempt=entry.mode == "off",
        report_uris=tuple(Known(uri, at) for uri in entry.report_uris),
        remarks=(_unchecked(at),) if is_odd else (),
    )


EXTRACTOR: Final = Extractor(
    id="pinsmith-policy",
    title="pinsmith",
    signs=(_SIGN, "pinfile"),
    formats={"python": "python"},
    find=_find,
)
