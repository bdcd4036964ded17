"""Code that pins, but no longer checks the chain."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.finding import Severity
from pinsmith.rules._example import pin
from pinsmith.rules._rule import Example, Rule, Spot
from pinsmith.rules.code._intent import means_to_pin
from pinsmith.rules.code._switch import CHAIN
from pinsmith.rules.code._trust import SIGNS, unchecked

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinsmith.audit import Code


def _inspect(code: Code) -> Iterator[Spot]:
    if means_to_pin(code):
        for found in unchecked(code):
            if found.accepted == CHAIN:
                yield Spot(code.position(found.at), f"{found.accepted}, in a file that means to pin")


_KEYS: Final = ", ".join(f"'{pin(word)}'" for word in ("api", "standby"))
_PINS: Final = f"const pins = {{'api.example.com': [{_KEYS}]}};\n"
_OPEN: Final = "HttpClient open() => HttpClient()"
_BAD: Final = f"{_PINS}{_OPEN}..badCertificateCallback = (certificate, host, port) => true;\n"
RULE = Rule(
    id="pins-without-chain-check",
    severity=Severity.HIGH,
    title="pins beside a check of the chain that is off",
    effect="An attacker adds the certificate of the server to a chain of his own, and many clients find the pin in it.",
    fix="remove it: pins come on top of the usual checks, and replace none of them",
    example=Example(_BAD, f"{_PINS}{_OPEN};\n", "client.dart"),
    references=("CWE-295", "MASWE-0028", "MASTG-TEST-0242"),
    inspect=_inspect,
    about_pins=True,
    signs=SIGNS,
    voids=True,
)
