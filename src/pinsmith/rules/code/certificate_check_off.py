"""
Code that accepts any certificate.

Source: https://cwe.mitre.org/data/definitions/295.html. The settings are in the documentation of each library.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinsmith.finding import Severity
from pinsmith.rules._rule import Example, Rule, Spot
from pinsmith.rules.code._intent import means_to_pin
from pinsmith.rules.code._trust import SIGNS, unchecked

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinsmith.audit import Code


def _inspect(code: Code) -> Iterator[Spot]:
    if means_to_pin(code):
        return  # a rule of its own
    for found in unchecked(code):
        yield Spot(code.position(found.at), f"{found.accepted}, so an attacker can read and change every answer")


_BAD = """\
const agent = new https.Agent({ rejectUnauthorized: false });
"""
_GOOD = """\
const agent = new https.Agent({ ca: fs.readFileSync("our-ca.pem") });
"""
RULE = Rule(
    id="certificate-check-off",
    severity=Severity.MEDIUM,
    title="code that does not check certificates",
    effect="Everybody in the network can read and change what this client sends and receives.",
    fix="remove it, and give clients of private servers the certificate of their authority",
    example=Example(_BAD, _GOOD, "agent.js"),
    references=("CWE-295",),
    inspect=_inspect,
    signs=SIGNS,
)
