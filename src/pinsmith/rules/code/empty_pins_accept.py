"""A check that passes if there are no pins."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from pinsmith.finding import Severity
from pinsmith.rules._rule import Example, Rule, Spot
from pinsmith.rules.code._intent import means_to_pin

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinsmith.audit import Code

_PINS: Final = (
    r"(?:[\w$]+(?:[.!?]|->|::)+)*"
    r"[\w$@]*(?:[pP]ins|PINS|[pP]inned\w*|PINNED\w*|[hH]ashes|HASHES|[fF]ingerprints|FINGERPRINTS)"
)
_EMPTY: Final = (
    rf"(?:{_PINS}\s*[!?]*\.\s*(?:isEmpty(?:\(\))?|is_empty\(\)|isNullOrEmpty\(\)|empty(?:\(\)|\?))"
    rf"|{_PINS}\s*\.\s*(?:length|size|count|Count)(?:\(\))?\s*===?\s*0"
    rf"|(?:len|count)\({_PINS}\)\s*===?\s*0|empty\({_PINS}\)|!\s*{_PINS}\s*\.\s*(?:length|count)|not\s+{_PINS}"
    rf"|!\s*\[\s*{_PINS}\s+count\s*\]|\[\s*{_PINS}\s+count\s*\]\s*==\s*0)"
)
_YES: Final = r"(?:true|True|YES|nil|null|undefined|None|void 0|Ok\(\(\)\))"
_ANSWER: Final = (
    r"(?:return\s*)?\w*\(\s*[\w.]*"
    r"(?:\.useCredential|\.performDefaultHandling|ChallengeUseCredential|PerformDefaultHandling)\b"
)
# Swift unwraps this if the app contains the file.
_READ: Final = r"let\s+\w+\s*=\s*(?:try\?\s*)?(?:Bundle\.|NSDataAsset|Data\(\s*contentsOf)[^{}]{0,500}"
_PASSES: Final = re.compile(
    rf"\bif\s*\(?\s*{_EMPTY}\s*\)?\s*:?\s*\{{?\s*(?:return(?:\s+{_YES})?\s*[;}}\n]|{_ANSWER})"
    rf"|\breturn(?:\s+{_YES})?\s+if\s+{_EMPTY}"
    rf"|\bguard\s+!\s*{_PINS}\s*\.\s*isEmpty\s+else\s*\{{\s*(?:return\s+true\b|{_ANSWER})"
    rf"|\bguard\s+{_READ}\belse\s*\{{\s*(?:return\s+true\b|{_ANSWER})"
)


def _inspect(code: Code) -> Iterator[Spot]:
    for match in _PASSES.finditer(code.bare) if means_to_pin(code) else ():
        yield Spot(
            code.position(match.start()), "without pins the check passes, so a list that was not loaded lets all in"
        )


_CODE: Final = """\
func isTrusted(_ key: String) -> Bool {
    if pinnedKeys.isEmpty { return ANSWER }
    return pinnedKeys.contains(key)
}
"""
RULE = Rule(
    id="empty-pins-accept",
    severity=Severity.MEDIUM,
    title="a check that passes without pins",
    effect="If the pins cannot be loaded, every certificate is accepted, and nobody notices.",
    fix="refuse the connection if there are no pins",
    example=Example(_CODE.replace("ANSWER", "true"), _CODE.replace("ANSWER", "false"), "Pinning.swift"),
    references=("MASWE-0028",),
    inspect=_inspect,
    about_pins=True,
    signs=("mpty", "length", "size", "count", "Count", "len(", "not "),
)
