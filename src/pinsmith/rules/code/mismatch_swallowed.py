"""A mismatch that is caught, so that the connection goes on."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from pinsmith.audit import position_of
from pinsmith.finding import Severity
from pinsmith.rules._rule import Example, Rule, Spot
from pinsmith.rules.code._function import functions

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinsmith.audit import Code

_CATCHES: Final = frozenset({"catch_block", "catch_clause"})
_CAUGHT: Final = re.compile(r"\b(?:CertificateException|SSLException|SSLPeerUnverifiedException|Exception|Throwable)\b")
_ENDS: Final = re.compile(r"\bthrow\b|\brethrow\b")


def _inspect(code: Code) -> Iterator[Spot]:
    if code.language.id not in ("java", "kotlin"):
        return
    for function in functions(code, "checkServerTrusted"):
        span = function.range()
        for caught in code.of_kinds(_CATCHES):
            at = caught.range()
            inside = span.start.index <= at.start.index and at.end.index <= span.end.index
            text = code.bare[at.start.index : at.end.index]
            if inside and _CAUGHT.search(text) and not _ENDS.search(text):
                yield Spot(position_of(caught), "the error of a wrong certificate ends here, so the connection goes on")


_CODE: Final = """\
class PinManager(private val inner: X509TrustManager) : X509TrustManager by inner {
    override fun checkServerTrusted(chain: Array<X509Certificate>, type: String) {
        inner.checkServerTrusted(chain, type)
        try {
            requirePinned(chain)
        } catch (e: CertificateException) {
            Log.w("tls", e)
        }
    }
}
"""
RULE = Rule(
    id="mismatch-swallowed",
    severity=Severity.HIGH,
    title="a mismatch that is caught and forgotten",
    effect="The client notices the attacker, and talks to him all the same.",
    fix="throw the error again",
    example=Example(_CODE, _CODE.replace('Log.w("tls", e)', "throw e"), "PinManager.kt"),
    references=("CWE-295", "MASWE-0028", "MASTG-TEST-0242"),
    inspect=_inspect,
    signs=("checkServerTrusted",),
    voids=True,
)
