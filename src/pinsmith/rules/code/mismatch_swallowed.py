"""A mismatch that is caught, so that the connection goes on."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from pinsmith.audit import position_of
from pinsmith.finding import Severity
from pinsmith.rules._rule import Example, Rule, Spot
from pinsmith.rules.code._challenge import unrefused
from pinsmith.rules.code._function import functions

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ast_grep_py import SgNode

    from pinsmith.audit import Code

_CATCHES: Final = frozenset({"catch_block", "catch_clause", "except_clause", "rescue"})
_CAUGHT: Final = re.compile(r"\b(?:CertificateException|SSLException|SSLPeerUnverifiedException|Exception|Throwable)\b")
_RAISES: Final = re.compile(r"\bthrow\b|\brethrow\b|\braise\b")
_ENDS: Final = re.compile(
    r"\b(?:throw|rethrow|raise|return(?!\s+(?:true|True)\b)|exit|abort|die|reject|cancel\w*|close|fail\w*|next|continue"
    r"|(?:Fatal|panic)\w*)\b"
)
# A call whose name says that it compares pins and raises.
_ENDING: Final = r"in(?:s|ned|ning)?[!?]?\("
_NAME: Final = (
    r"(?:[cC]heck|[vV]erify|[rR]equire|[cC]ompare|[aA]ssert|[vV]alidate|[eE]nsure|[eE]nforce)"
    rf"_?\w*[pP]{_ENDING}"
)
_NAMED: Final = re.compile(rf"\b{_NAME}")
_CHECK: Final = rf"[\w.>:$@-]*\b{_NAME}"
_CALL: Final = re.compile(rf"(?:^|[;{{}}]|\bawait\b|\btry\b)\s*(?:await\s+)?{_CHECK}", re.MULTILINE)
_DROPPED: Final = {
    "go": re.compile(rf"(?m)^\s*(?P<at>_ = {_CHECK})"),
    "rust": re.compile(rf"(?P<at>\blet _ = {_CHECK})"),
    "swift": re.compile(rf"(?m)^\s*(?:_ = )?(?P<at>try\? {_CHECK})"),
}
_REFUSE: Final = "answer .cancelAuthenticationChallenge"
_GO_IF: Final = re.compile(rf"\bif\s+(?P<at>\w+ := {_CHECK}[^{{}}]*); \w+ != nil\s*\{{(?P<body>[^{{}}]*)\}}(?!\s*else)")


def _inspect(code: Code) -> Iterator[Spot]:
    is_called = _NAMED.search(code.bare) is not None
    nodes = (*(_around_calls(code) if is_called else ()), *_in_managers(code))
    caught = {node.range().start.index: node for node in nodes}
    for at in sorted(caught):
        yield Spot(position_of(caught[at]), "the error of a wrong certificate ends here, so the connection goes on")
    for at, is_accepted in unrefused(code):
        answer = "is accepted here" if is_accepted else "gets the default handling here, which any authority satisfies"
        yield Spot(code.position(at), f"a server without a pinned key {answer}", _REFUSE)
    pattern = _DROPPED.get(code.language.id) if is_called else None
    found = list(pattern.finditer(code.bare)) if pattern else []
    if code.language.id == "go" and is_called:
        found += [match for match in _GO_IF.finditer(code.bare) if not _ENDS.search(match["body"])]
    for match in found:
        yield Spot(code.position(match.start("at")), "the error of a wrong certificate is dropped here")


def _in_managers(code: Code) -> Iterator[SgNode]:
    """Yield what a trust manager of Java catches."""
    if code.language.id in ("java", "kotlin"):
        for function in functions(code, "checkServerTrusted"):
            span = function.range()
            for caught in code.of_kinds(_CATCHES):
                at = caught.range()
                inside = span.start.index <= at.start.index and at.end.index <= span.end.index
                text = code.bare[at.start.index : at.end.index]
                if inside and _CAUGHT.search(text) and not _RAISES.search(text):
                    yield caught


def _around_calls(code: Code) -> Iterator[SgNode]:
    """Yield what is caught around a call that compares pins."""
    for caught in code.of_kinds(_CATCHES):
        around = caught.parent()
        behind = caught.next() if code.language.id == "dart" else None  # there the braces are not a part of it
        handled = caught.text() + (behind.text() if behind is not None else "")
        if around is not None and not _ENDS.search(handled):
            tried = code.bare[around.range().start.index : caught.range().start.index]
            if _CALL.search(tried):
                yield caught


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
    signs=("checkServerTrusted", "pin", "Pin"),
    needs=re.compile(rf"checkServerTrusted|AuthChallenge|authenticationChallenge|p{_ENDING}|P{_ENDING}"),
    voids=True,
)
