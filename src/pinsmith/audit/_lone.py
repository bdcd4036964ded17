"""Pins and fingerprints whose host another file gives, in files that check the certificates of servers themselves."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from pinsmith.audit import host_map
from pinsmith.audit._extractor import Pinning, Remark
from pinsmith.audit._value import Known, position_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ast_grep_py import SgNode

    from pinsmith.audit._code import Code
    from pinsmith.syntax.position import Position

NOTHING: Final = re.compile(r"(?!)")
"""Fingerprints of a file that compares keys."""
_PIN: Final = re.compile(r"(?:sha256/+)?[A-Za-z0-9+/]{43}=")


def lone(code: Code, check: str, fingerprint: re.Pattern[str]) -> Iterator[Pinning]:
    """
    Yield a remark about pins without a host, and one about fingerprints of certificates.

    Args:
        code: The file.

        check: What compares the pins.

        fingerprint: The spelling of fingerprints.
    """
    pins, certificates = [], []
    mapped = {value.at for _, found, _ in host_map.mapped(code) for value in found}
    other = host_map.other_digests(code)
    for node in code.find_kinds(code.language.texts):
        for value in code.values(node):
            if isinstance(value, Known) and fingerprint.fullmatch(value.text):
                certificates.append(value.at)
            elif isinstance(value, Known) and _PIN.fullmatch(value.text) and not mapped & _places(code, node):
                pins.append(value.at)
    if certificates:
        text = other or "the fingerprint belongs to a certificate, and a policy holds pins of keys"
        yield _remark("pins-not-kept", f"{text}; it is left out", certificates)
    if pins and other:
        yield _remark("pins-not-kept", f"{other}; they are left out", pins)
    elif pins:
        text = f"{check} compares pins here, but this file does not give their host; they are left out"
        yield _remark("value-elsewhere", text, pins)


def _places(code: Code, node: SgNode) -> set[Position]:
    """Return the places of a text, and of the sums that it is part of."""
    return {
        position_of(part) for part in (node, *node.ancestors()) if part == node or part.kind() in code.language.sums
    }


def _remark(rule: str, message: str, places: list[Position]) -> Pinning:
    return Pinning((), (), places[0], remarks=(Remark(rule, message, places[0]),))
