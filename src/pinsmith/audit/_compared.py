"""Pins in files that compare digests themselves: maps of hosts, and pins whose host stands elsewhere."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pinsmith.audit._call import called, labelled
from pinsmith.audit._declared import named
from pinsmith.audit._extractor import Pinning, Remark
from pinsmith.audit._hosts import HOST, holds_secrets
from pinsmith.audit._value import Known, Unknown, position_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from ast_grep_py import SgNode

    from pinsmith.audit._code import Code
    from pinsmith.audit._value import Value
    from pinsmith.syntax.position import Position

_WILDCARD: Final = re.compile(r"\*{1,2}\.(?:[\w-]+\.)+[A-Za-z][\w-]*\.?")
_BASE64: Final = re.compile(r"(?:sha256/+)?([A-Za-z0-9+/]{43}=)")
_FIELD: Final = re.compile(r"(?i:host|host_?names?|hosts|domains?|server_?name)")
_PREFIX: Final = re.compile(r"(?i:sha(?:1|256)/|pin-sha256=)")
_ODD: Final = re.compile(r"[A-Za-z0-9+/_-]{38,48}={0,2}|[0-9A-Fa-f:]{40,95}")
_ROWS: Final = frozenset({"literal_value", "tuple"})  # of a table
_ITEMS: Final = frozenset({"index_expression", "subscript"})
_HEX: Final = re.compile(r"([0-9A-Fa-f]{64}|[0-9A-Fa-f]{2}(?::[0-9A-Fa-f]{2}){31})")


@dataclass(frozen=True, slots=True)
class Digests:
    """
    What a file computes digests of.

    Attributes:
        of_keys: Whether it hashes a SubjectPublicKeyInfo.
        of_certificates: Whether it hashes a whole certificate.
    """

    of_keys: bool
    of_certificates: bool

    def body(self, text: str) -> str | None:
        """Return the digest in a text that is spelled as a pin; hexadecimal digits alone may mean anything."""
        found = _BASE64.fullmatch(text)
        if found is None and (self.of_keys or self.of_certificates):
            found = _HEX.fullmatch(text)
        return found[1] if found else None


def compared(code: Code, digests: Digests, known: Iterable[Pinning] = ()) -> Iterator[Pinning]:
    """
    Yield the entries of maps of hosts and pins, and remarks about pins without a host.

    Args:
        code: The file, which checks certificates.

        digests: What it hashes.

        known: The places of the file that name host and pins in another way.
    """
    seen = {value.text for pinning in known for value in pinning.pins if isinstance(value, Known)}
    for pinning in known:
        yield judged(pinning, digests)
    for record in _records(code):
        if found := _of_record(code, record, digests):
            seen.update(value.text for value in found.pins if isinstance(value, Known))
            yield judged(found, digests)
    for pinning in _entries(code, digests):
        seen.update(value.text for value in pinning.pins if isinstance(value, Known))
        yield pinning if pinning.remarks else judged(pinning, digests)
    bodies = {body for text in seen if (body := digests.body(text))}
    if lone := _lone(code, digests, bodies):
        yield _remarked(digests, lone)


def _entries(code: Code, digests: Digests) -> Iterator[Pinning]:
    """Yield the entries of maps whose values are pins; a pattern of hosts may mean anything."""
    for node in code.maps():
        for pair in () if holds_secrets(code, node) else code.pairs(node) or ():
            pins = tuple(code.values(pair.value))
            if not _may_be_pins(pins, digests):
                continue
            if any(matches(HOST, key) for key in pair.keys):
                yield Pinning(pair.keys, pins, pair.at)
            elif any(matches(_WILDCARD, key) for key in pair.keys):
                text = f"which hosts {pair.name!r} stands for is decided by other code; its pins are left out"
                yield Pinning((), pins, pair.at, remarks=(Remark("value-elsewhere", text, pair.at),))
            elif pair.name and all(isinstance(key, Unknown) and not key.source.isidentifier() for key in pair.keys):
                yield Pinning(pair.keys, pins, pair.at)  # a single word may be the name of a field
    for key, value in _set_items(code):
        hosts, pins = tuple(code.values(key)), tuple(code.values(value))
        if _may_be_pins(pins, digests) and any(matches(HOST, host) for host in hosts):
            yield Pinning(hosts, pins, position_of(key))


def _set_items(code: Code) -> Iterator[tuple[SgNode, SgNode]]:
    """Yield the keys and values of the items that assignments set."""
    for node in code.of_kinds(frozenset({"assignment", "assignment_statement"})):
        sides = [named(side) if side.kind() == "expression_list" else [side] for side in named(node)]
        if len(sides) == 2 and len(sides[0]) == len(sides[1]) == 1:  # noqa: PLR2004 - a target and a value
            (target,), (value,) = sides
            parts = named(target) if target.kind() in _ITEMS else []
            if len(parts) == 2:  # noqa: PLR2004 - a container and a key
                yield parts[1], value


def _records(code: Code) -> Iterator[dict[str, SgNode]]:
    """Yield the fields of objects, and the labelled arguments of calls, by their names."""
    for node in code.maps():
        yield {pair.name: pair.value for pair in code.pairs(node) or ()}
    for call in code.find_kinds(code.language.calls):
        yield labelled(called(call, code.language)[1])
    for node in code.of_kinds(_ROWS):
        parts = named(node)
        if len(parts) > 1 and not any(part.kind() == "keyed_element" for part in parts[:1]):
            yield {str(number): part for number, part in enumerate(parts)}


def _of_record(code: Code, record: dict[str, SgNode], digests: Digests) -> Pinning | None:
    """Return the pins of a record, if one of its fields is a host, by name or in a row, and others contain pins."""
    names = [name for name in record if _FIELD.fullmatch(name)]
    if record.keys() == {str(number) for number in range(len(record))}:
        names = [name for name, node in record.items() if node.kind() not in _ROWS and _is_host(code.values(node))]
    hosts = [record[name] for name in names]
    values = [code.values(node) for name, node in record.items() if hosts and name not in names]
    pins = tuple(value for found in values if are_pins(found, digests) for value in found)
    if len(hosts) != 1 or not pins:
        return None
    host = tuple(code.values(hosts[0]))
    is_host = all(isinstance(value, Unknown) or matches(HOST, value) for value in host)
    return Pinning(host, pins, position_of(hosts[0])) if is_host else None


def _is_host(values: Sequence[Value]) -> bool:
    return len(values) == 1 and matches(HOST, values[0])


def are_pins(values: Iterable[Value], digests: Digests) -> bool:
    """Say whether every known value is spelled as a pin, and there is one."""
    known = [value.text for value in values if isinstance(value, Known)]
    return bool(known) and all(digests.body(text) for text in known)


def _may_be_pins(values: Iterable[Value], digests: Digests) -> bool:
    """Say the same of values some of which may be misspelled, so that they become findings."""
    known = [value.text for value in values if isinstance(value, Known)]
    is_one = any(digests.body(text) or _PREFIX.match(text) for text in known)
    return is_one and all(digests.body(text) or _PREFIX.match(text) or _ODD.fullmatch(text) for text in known)


def matches(pattern: re.Pattern[str], value: Value) -> bool:
    return isinstance(value, Known) and pattern.fullmatch(value.text) is not None


def judged(pinning: Pinning, digests: Digests) -> Pinning:
    """Leave out digests of certificates, and remark on those that may be."""
    at, remarks = pinning.at, pinning.remarks
    if digests.of_certificates and not digests.of_keys:
        text = "the file compares digests of certificates, and a policy holds those of keys; they are left out"
        return Pinning(pinning.hosts, (), at, remarks=(*remarks, Remark("pins-not-kept", text, at)))
    has_prefix = all(isinstance(value, Known) and value.text.startswith("sha256/") for value in pinning.pins)
    if digests.of_keys != digests.of_certificates or (has_prefix and not digests.of_certificates):
        return pinning
    text = "the file does not show whether these are digests of keys or of certificates; they are read as those of keys"
    return Pinning(pinning.hosts, pinning.pins, at, remarks=(*remarks, Remark("maybe-certificate-hash", text, at)))


def _lone(code: Code, digests: Digests, seen: set[str]) -> list[Position]:
    """Return the places of the pins that no map contains."""
    found = []
    for node in code.find_kinds(code.language.texts):
        for value in code.values(node):
            body = digests.body(value.text) if isinstance(value, Known) else None
            if body and body not in seen:
                found.append(value.at)
    return sorted(found, key=lambda at: (at.line, at.column))


def _remarked(digests: Digests, places: list[Position]) -> Pinning:
    if digests.of_certificates and not digests.of_keys:
        rule, text = (
            "pins-not-kept",
            "the digest is one of a certificate, and a policy holds pins of keys; it is left out",
        )
    else:
        rule, text = (
            "value-elsewhere",
            "pins are compared here, but this file does not give their host; they are left out",
        )
    return Pinning((), (), places[0], remarks=(Remark(rule, text, places[0]),))
