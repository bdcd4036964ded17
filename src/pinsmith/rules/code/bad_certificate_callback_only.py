"""
Pins in Dart that are compared in ``badCertificateCallback`` alone.

Source:
    https://api.dart.dev/dart-io/HttpClient/badCertificateCallback.html: it is called for a certificate that no trusted
    root vouches for.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from pinsmith.audit import position_of
from pinsmith.finding import Severity
from pinsmith.rules._example import pin
from pinsmith.rules._rule import Example, Rule, Spot
from pinsmith.rules.code._function import only_value
from pinsmith.rules.code._intent import means_to_pin
from pinsmith.rules.code._setting import settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinsmith.audit import Code

_NAMES: Final = ("badCertificateCallback", "onBadCertificate")
# Without trusted roots, every chain is bad. The others see each connection.
_ENOUGH: Final = re.compile(r"withTrustedRoots\s*:\s*false|\bconnectionFactory\b|\bvalidateCertificate\b")


def _inspect(code: Code) -> Iterator[Spot]:
    if code.language.id != "dart" or not means_to_pin(code) or _ENOUGH.search(code.bare):
        return
    for setting in settings(code, *_NAMES):
        if only_value(setting.values[-1]) not in ("true", "false") and setting.values[-1].text() != "null":
            yield Spot(
                position_of(setting.node),
                f"{setting.name} is called only for chains that no authority vouches for, so a certificate of any "
                "public authority passes without a look at the pins",
            )


_KEYS: Final = ", ".join(f"'{pin(word)}'" for word in ("api", "standby"))
_PINS: Final = f"const pins = {{'api.example.com': [{_KEYS}]}};\n"
_OPEN: Final = """\
HttpClient open() => HttpClient(CONTEXT)..badCertificateCallback = (c, host, port) => matches(pins, host, c);
"""


def _example(context: str) -> str:
    return _PINS + _OPEN.replace("CONTEXT", context)


RULE = Rule(
    id="bad-certificate-callback-only",
    severity=Severity.HIGH,
    title="pins that are compared for bad certificates alone",
    effect="An attacker with a certificate of any public authority is trusted, which is what pins are for.",
    fix="compare the pins for every connection, as the output dart-io of `pinsmith export` does",
    example=Example(_example(""), _example("SecurityContext(withTrustedRoots: false)"), "client.dart"),
    references=("CWE-295", "MASWE-0028", "MASTG-TEST-0242"),
    inspect=_inspect,
    about_pins=True,
    signs=_NAMES,
    voids=True,
)
