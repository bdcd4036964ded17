"""Hosts and pins beside each other, in files that check the certificates of servers themselves."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from pinsmith.audit._extractor import Pinning, Remark
from pinsmith.audit._hosts import HOST
from pinsmith.audit._value import Known, position_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from ast_grep_py import SgNode

    from pinsmith.audit._code import Code
    from pinsmith.audit._value import Value
    from pinsmith.syntax.position import Position

_PIN: Final = re.compile(r"(?:sha256/+)?[A-Za-z0-9+/]{43}=|[0-9A-Fa-f]{64}|[0-9A-Fa-f]{2}(?::[0-9A-Fa-f]{2}){31}")


def pinned(code: Code, rows: Iterable[tuple[SgNode, SgNode]], *, of_certificates: bool) -> Iterator[Pinning]:
    """
    Yield the rows that pin: those with a host, and with texts that are all spelled as pins.

    Args:
        code: The file.

        rows: The expressions of a host and of its pins.

        of_certificates: Whether the file compares digests of certificates, which are left out.
    """
    for host, pins in rows:
        hosts, values = code.values(host), code.values(pins)
        if any(isinstance(value, Known) and HOST.fullmatch(value.text) for value in hosts) and are_pins(values):
            yield _pinning(hosts, values, position_of(host), of_certificates=of_certificates)


def alone(code: Code, found: Sequence[Pinning], subject: str, *, of_certificates: bool) -> Iterator[Pinning]:
    """Yield a remark if the file compares pins that stand beside no host; *subject* is what compares them."""
    used = {value.text for pinning in found for value in pinning.pins if isinstance(value, Known)}
    known = [
        value
        for node in code.of_kinds(code.language.texts)
        for value in code.values(node)
        if isinstance(value, Known) and are_pins([value]) and value.text not in used
    ]
    if known and of_certificates and not found:
        yield _pinning([], known, known[0].at, of_certificates=True)
    elif known and not of_certificates:
        text = f"{subject} compares pins here, but this file does not give their host; they are left out"
        yield Pinning((), (), known[0].at, remarks=(Remark("value-elsewhere", text, known[0].at),))


def are_pins(values: Sequence[Value]) -> bool:
    """Say whether there are texts among *values*, and all of them are spelled as pins."""
    known = [value.text for value in values if isinstance(value, Known)]
    return bool(known) and all(_PIN.fullmatch(text) for text in known)


def _pinning(hosts: Sequence[Value], pins: Sequence[Value], at: Position, *, of_certificates: bool) -> Pinning:
    if not of_certificates:
        return Pinning(tuple(hosts), tuple(pins), at)
    text = "the file compares digests of certificates, and a policy holds those of keys; they are left out"
    return Pinning(tuple(hosts), (), at, remarks=(Remark("pins-not-kept", text, at),))
