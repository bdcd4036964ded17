"""
Code for Apple's systems that trusts a server whose chain nobody evaluated, or whose name nobody compared.

Source:
    https://developer.apple.com/documentation/security/sectrustevaluatewitherror(_:_:): the answer is its result.
    https://developer.apple.com/documentation/security/sectrustevaluate(_:_:): the answer is in its second argument, and
    its result only says whether it could be computed.
    https://developer.apple.com/documentation/security/secpolicycreatessl(_:_:): without a host, no name is compared.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from pinsmith.rules.code._braces import functions_of
from pinsmith.rules.code._switch import CHAIN, NAME, Unchecked

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinsmith.audit import Code
    from pinsmith.rules.code._braces import Function

_TRUSTS: Final = {
    "objc": re.compile(r"\bcredentialForTrust\s*:"),
    "swift": re.compile(r"\w*\(\s*[\w.]*\.useCredential\b|=\s*[\w.]*\.useCredential\b"),
}
_OF_TRUST: Final = re.compile(r"\bURLCredential(?:\.init)?\(\s*trust:|\bcredentialForTrust\b")
_EVALUATED: Final = re.compile(
    r"\bSecTrustEvaluate(?P<kind>\w*)\(\s*[^(),]*(?:\([^()]*\))?[^(),]*,\s*&?(?P<result>\w+)"
)
# Something else may evaluate the trust or the challenge that it gets.
_PASSED_ON: Final = re.compile(
    r"\b(?!Sec[A-Z]|(?:NS)?URLCredential|CF[A-Z]|String|print|NSLog|if|guard|switch|while|return)[\w.]*\w\(\s*(?:\w+:\s*)?(?:\w+\.)*"
    r"(?:\w*[tT]rust|challenge)!?\s*[,)]|(?<=\w)(?<!credentialForTrust):\s*(?:\w+\.)*(?:\w*[tT]rust|challenge)\b[^;{}\n]*\]"
)
_OWN: Final = re.compile(r"evaluate(?:Server)?Trust|TSKPinningValidator|handleChallenge")
_MAX_NESTED: Final = 20  # functions in functions
_MAX_CALLED: Final = 50  # functions that one needs
_CALLED: Final = re.compile(r"\w+(?=\s*[(:\]])")
_IGNORED: Final = re.compile(r"(?:[{};)\]\w\"]\s*\n|[{};]|_\s*=)\s*\Z")
_GOES_ON: Final = re.compile(r"\b(?:guard|if|while|return|try|await)\s*\Z")
_NAMELESS: Final = re.compile(r"\bSecPolicyCreateBasicX509\(|\bSecPolicyCreateSSL\(\s*\w+\s*,\s*(?:nil|NULL)\s*\)")


def apple(code: Code) -> Iterator[Unchecked]:
    """Yield such places."""
    pattern = _TRUSTS.get(code.language.id)
    if pattern is None:
        return
    for match in _NAMELESS.finditer(code.bare):
        yield Unchecked(match.start(), NAME)
    for match in pattern.finditer(code.bare):
        if _is_unchecked(code, _around(code, match.start())):
            yield Unchecked(match.start(), CHAIN)


def _around(code: Code, at: int) -> Function | None:
    functions = functions_of(code)
    last = bisect_right(functions, at, key=lambda function: function.begin)
    near = reversed(functions[max(0, last - _MAX_NESTED) : last])
    return next((function for function in near if function.begin <= at < function.end), None)


@lru_cache(maxsize=1)
def _by_name(code: Code) -> dict[str, Function]:
    return {function.name: function for function in functions_of(code)}


@lru_cache(maxsize=8)
def _is_unchecked(code: Code, around: Function | None) -> bool:
    """Say whether neither a function nor one that it calls evaluates a trust, or leaves that to others."""
    functions = _by_name(code)
    texts = [code.bare[around.begin : around.end] if around else code.bare]
    taken = {around.name if around else ""}
    for text in texts:  # the list grows
        called = {name for name in _CALLED.findall(text) if name in functions} - taken
        if len(taken) + len(called) > _MAX_CALLED:
            return False
        taken |= called
        texts += [code.bare[functions[name].begin : functions[name].end] for name in sorted(called)]
    scope = "\n".join(texts)
    if not _OF_TRUST.search(scope) or _OWN.search(scope):
        return False
    others = _CALLED.sub(lambda match: "" if match[0] in functions else match[0], scope)
    return not _PASSED_ON.search(others) and not any(_is_read(found, scope) for found in _EVALUATED.finditer(scope))


def _is_read(found: re.Match[str], scope: str) -> bool:
    """Say whether code looks at the answer of an evaluation."""
    if found["kind"] == "":
        return re.search(rf"\b{found['result']}\b", scope[found.end() :]) is not None
    before = scope[: found.start()]
    return _GOES_ON.search(before) is not None or _IGNORED.search(before) is None or "Async" in found["kind"]
