"""Code that pins, but no longer checks the host's name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.finding import Severity
from pinsmith.rules._example import pin
from pinsmith.rules._rule import Example, Rule, Spot
from pinsmith.rules.code._intent import means_to_pin
from pinsmith.rules.code._switch import NAME
from pinsmith.rules.code._trust import SIGNS, unchecked

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinsmith.audit import Code
_OF_NODE: Final = ("tsx", "typescript")
_NODE: Final = "call tls.checkServerIdentity(host, cert) first, and return the error if it gives one"


def _inspect(code: Code) -> Iterator[Spot]:
    if means_to_pin(code):
        for found in unchecked(code):
            if found.accepted == NAME:
                message = f"{found.accepted}, in a file that means to pin"
                yield Spot(code.position(found.at), message, _NODE if code.language.id in _OF_NODE else None)


_CLIENT: Final = f"""\
val pinner = CertificatePinner.Builder()
    .add("api.example.com", "{pin("api")}", "{pin("standby")}")
    .build()
val client = OkHttpClient.Builder().certificatePinner(pinner)"""
RULE = Rule(
    id="pins-without-name-check",
    severity=Severity.HIGH,
    title="pins beside a check of the host's name that is off",
    effect="If a public authority is pinned, every certificate from it is accepted, for any host.",
    fix="remove it: pins come on top of the usual checks, and replace none of them",
    example=Example(f"{_CLIENT}.hostnameVerifier {{ _, _ -> true }}.build()\n", f"{_CLIENT}.build()\n", "Client.kt"),
    references=("CWE-297", "MASWE-0028", "MASTG-TEST-0242"),
    inspect=_inspect,
    about_pins=True,
    signs=SIGNS,
)
