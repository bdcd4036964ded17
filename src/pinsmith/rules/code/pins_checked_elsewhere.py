"""
Pins that are compared on one connection, while the request takes another.

Source:
    https://pub.dev/packages/http_certificate_pinning: ``check`` connects by itself before the request does.
    https://docs.python.org/3/library/ssl.html#ssl.get_server_certificate
    https://docs.openssl.org/master/man1/openssl-s_client/, https://pkg.go.dev/crypto/tls#Dial
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from pinsmith.finding import Severity
from pinsmith.rules._example import pin
from pinsmith.rules._rule import Example, Rule, Spot
from pinsmith.rules.code._elsewhere import elsewhere
from pinsmith.rules.code._intent import means_to_pin

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinsmith.audit import Code

_CHECKS: Final = {
    "dart": re.compile(r"\bHttpCertificatePinning\s*\.\s*check\("),
    "php": re.compile(r"\bcapture_peer_cert\b"),
    "python": re.compile(r"\bssl\.get_server_certificate\("),
}


def _inspect(code: Code) -> Iterator[Spot]:
    if means_to_pin(code):
        pattern = _CHECKS.get(code.language.id)
        found = [match.start() for match in pattern.finditer(code.bare)] if pattern else []
        for at in (*found, *elsewhere(code)):
            yield Spot(
                code.position(at),
                "this opens a connection of its own, and nothing is compared on the one that sends the request",
            )


_CODE: Final = """\
Future<Response> load() async {
CHECK  return client.get('/v1');
}
"""
_CHECK: Final = f"""\
  final pinned = ['{pin("api").digest.hex()}'];
  await HttpCertificatePinning.check(serverURL: 'https://api.example.com/', allowedSHAFingerprints: pinned);
"""
RULE = Rule(
    id="pins-checked-elsewhere",
    severity=Severity.HIGH,
    title="pins that are compared on another connection",
    effect="An attacker lets the first connection pass, and takes over the second one.",
    fix="compare the pins in the client that sends the request",
    example=Example(_CODE.replace("CHECK", _CHECK), _CODE.replace("CHECK", ""), "api.dart"),
    references=("CWE-367", "MASWE-0028"),
    inspect=_inspect,
    about_pins=True,
    signs=("HttpCertificatePinning", "capture_peer_cert", "get_server_certificate", "tls.Dial", "s_client"),
    voids=True,
)
