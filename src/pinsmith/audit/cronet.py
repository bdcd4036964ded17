"""
Cronet and HttpEngine: ``addPublicKeyPins(host, pins, includeSubdomains, expires)``, whose pins are bytes.

Source:
    https://developer.android.com/develop/connectivity/cronet/reference/org/chromium/net/CronetEngine.Builder
"""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import date
from typing import TYPE_CHECKING, Final

from pinsmith.audit._call import called
from pinsmith.audit._extractor import Extractor, Pinning, Remark
from pinsmith.audit._value import Known, position_of, unknown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ast_grep_py import SgNode

    from pinsmith.audit._code import Code
    from pinsmith.audit._value import Value

_CALL: Final = "addPublicKeyPins"
_ARGUMENTS: Final = 4
_PIN: Final = re.compile(r"[A-Za-z0-9+/]{43}=")
_DAY: Final = re.compile(r"(?<=\")20\d\d-[01]\d-[0-3]\d(?=[T\"])")
_NEVER: Final = re.compile(r"MAX\b|MAX_VALUE")
_SET: Final = re.compile(r"[sS]et|[lL]ist|^of$|^singleton$")  # what makes one
_EMPTY: Final = r"\s*(?::[^=\n]{0,80})?=\s*(?:new\s+)?\w*[sS]et\w*(?:<[\w\[\]]*>)?\(\)"  # behind the name of a set
_MAX_NAME: Final = 40  # characters
_MAX_DEPTH: Final = 4  # of sets in sets


def _find(code: Code) -> Iterator[Pinning]:
    for call in code.find_kinds(code.language.calls):
        name, arguments = called(call, code.language)
        if name == _CALL and len(arguments) == _ARGUMENTS:
            host, pins, subdomains, end = arguments
            day = _day(end.text())
            at = position_of(end)
            text = f"the end of the pins comes from {end.text()[:_MAX_NAME]}, and this file does not contain the value"
            yield Pinning(
                tuple(code.values(host)),
                tuple(_pins(code, pins)),
                position_of(host),
                include_subdomains=code.flag(subdomains) is True,
                expires=day,
                remarks=() if day or _NEVER.search(end.text()) else (Remark("value-elsewhere", text, at),),
            )


def _day(text: str) -> date | None:
    found = _DAY.search(text)
    with suppress(ValueError):  # such as 30 February
        return date.fromisoformat(found[0]) if found else None
    return None


def _pins(code: Code, node: SgNode) -> Iterator[Value]:
    """Yield the pins of a set of decoded texts: those that make it, or those that are added to it while it is empty."""
    added = list(code.find(f"{node.text()}.add($PIN)")) if node.text().isidentifier() else []
    if not added or not re.search(rf"\b{node.text()}{_EMPTY}", code.bare):
        yield from _decoded(code, node)
    for match in added:
        pin = match.get_match("PIN")
        yield from _decoded(code, pin) if pin is not None else ()


def _decoded(code: Code, node: SgNode, depth: int = 0) -> Iterator[Value]:
    """Yield the texts that calls decode, in the sets and lists that contain the bytes."""
    node = code.resolve(node)
    name, arguments = called(node, code.language)
    if name == "decode" and arguments:
        found = code.values(arguments[0])
        for value in found:
            yield value if isinstance(value, Known) and _PIN.fullmatch(value.text) else unknown(node)
    elif depth < _MAX_DEPTH and _SET.search(name or node.text()[:_MAX_NAME]):
        for argument in arguments:
            yield from _decoded(code, argument, depth + 1)
    else:
        yield unknown(node)


EXTRACTOR: Final = Extractor(
    id="cronet",
    title="Cronet",
    signs=(_CALL,),
    formats={"java": "cronet-java", "kotlin": "cronet-kotlin"},
    variants=tuple(("import android.net.http.HttpEngine", of, f"http-engine-{of}") for of in ("java", "kotlin")),
    find=_find,
)
