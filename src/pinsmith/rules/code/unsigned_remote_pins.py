"""Pins that come from the network without a signature."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from pinsmith.audit import position_of
from pinsmith.finding import Severity
from pinsmith.rules._rule import Example, Rule, Spot
from pinsmith.rules.code._remote import SIGNS, asked
from pinsmith.rules.code.remote_kill_switch import KEY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinsmith.audit import Code

_KEY: Final = re.compile(
    rf"""(?!(?-i:{KEY.pattern})\Z)@?["'](?:\w+[-_.])?(?:(?:ssl|tls|cert(?:ificate)?|public[-_]?key|spki)[-_]?(?:pins?|hash(?:es)?|fingerprints?)|pinned[-_]?\w+|pin[-_]?sets?)["']""",
    re.IGNORECASE,
)


def _inspect(code: Code) -> Iterator[Spot]:
    for call in asked(code, _KEY):
        yield Spot(position_of(call), "the pins come from the network, and no signature of them is checked")


_CODE: Final = """\
val pins = SOURCE
"""
RULE = Rule(
    id="unsigned-remote-pins",
    severity=Severity.HIGH,
    title="pins from the network without a signature",
    effect="An attacker who can change them pins his own key, and every app trusts him.",
    fix="compile the pins into the app, or check a signature over them with a key that is compiled in",
    example=Example(
        _CODE.replace("SOURCE", 'remoteConfig.getString("ssl_pins").split(",")'),
        _CODE.replace("SOURCE", 'verifySignature(remoteConfig.getString("ssl_pins")).split(",")'),
        "Client.kt",
    ),
    references=("MASWE-0028",),
    inspect=_inspect,
    signs=SIGNS,
)
