"""A setting from the network that turns pinning off."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from pinsmith.audit import position_of
from pinsmith.finding import Severity
from pinsmith.rules._rule import Example, Rule, Spot
from pinsmith.rules.code._remote import SIGNS, asked

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinsmith.audit import Code

KEY: Final = re.compile(
    r"""@?["'](?:(?:[\w.-]*[-_.])?[pP]inning\w*|[\w.-]*[a-z]Pinning\w*|[\w.-]*(?<!S)PINNING\w*"""
    r"""|[\w.-]*(?:disable|bypass|skip)[-_]?(?:ssl|tls|cert)?[-_]?[pP]ins?)["']"""
)
"""The name of a setting, in quotes, that turns pinning on or off."""


def _inspect(code: Code) -> Iterator[Spot]:
    for call in asked(code, KEY):
        message = "this setting is not signed, and anybody who can change it turns pinning off for all users"
        yield Spot(position_of(call), message)


_CODE: Final = """\
val client = if (CONDITION) pinned(plain) else plain
"""
RULE = Rule(
    id="remote-kill-switch",
    severity=Severity.HIGH,
    title="pinning that a setting from the network turns off",
    effect="The setting is not signed, so an attacker who can change it is let in by every app at once.",
    fix="remove the switch and pin a backup key, or sign the setting and let it end by itself",
    example=Example(
        _CODE.replace("CONDITION", 'remoteConfig.getBoolean("ssl_pinning_enabled")'),
        _CODE.replace("CONDITION", 'remoteConfig.getBoolean("new_home_screen") || true'),
        "Client.kt",
    ),
    references=("MASWE-0028",),
    inspect=_inspect,
    signs=SIGNS,
)
