"""
Pins in Go that are not compared on resumed connections.

Source:
    https://pkg.go.dev/crypto/tls#Config: VerifyPeerCertificate is not called on resumed connections, because
    certificates are not verified there; VerifyConnection is called on all.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from pinsmith.audit import position_of
from pinsmith.finding import Severity
from pinsmith.rules._rule import Example, Rule, Spot
from pinsmith.rules.code._setting import settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinsmith.audit import Code

_CALLBACK: Final = "VerifyPeerCertificate"


def _inspect(code: Code) -> Iterator[Spot]:
    resumes = "ClientSessionCache" in code.bare and "VerifyConnection" not in code.bare
    if code.language.id == "go" and resumes:
        for setting in settings(code, _CALLBACK):
            yield Spot(position_of(setting.node), f"{_CALLBACK} is not called when a session is resumed")


_CODE: Final = """\
package client

var config = &tls.Config{
	ClientSessionCache: tls.NewLRUClientSessionCache(32),
	CALLBACK: requirePinned,
}
"""
RULE = Rule(
    id="resumed-connections-unchecked",
    severity=Severity.MEDIUM,
    title="pins that are not compared on resumed connections",
    effect="Pins that were changed meanwhile do not end sessions that began before.",
    fix="compare the pins in VerifyConnection, which is called for every connection",
    example=Example(_CODE.replace("CALLBACK", _CALLBACK), _CODE.replace("CALLBACK", "VerifyConnection"), "client.go"),
    references=("MASWE-0028",),
    inspect=_inspect,
    signs=(_CALLBACK,),
    needs=re.compile("ClientSessionCache"),
)
