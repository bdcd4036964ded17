"""
Answers to the challenges of URLSession, and whether a server whose key is not pinned gets one that lets it in.

Source:
    https://developer.apple.com/documentation/foundation/urlsession/authchallengedisposition: with
    performDefaultHandling the challenge is handled as if there were no delegate.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from pinsmith.rules.code._braces import functions_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinsmith.audit import Code
    from pinsmith.rules.code._braces import Block, Function

_ANSWER: Final = re.compile(r"(?:\.|\bNSURLSessionAuthChallenge)(?P<word>[pP]erformDefaultHandling|[uU]seCredential)\b")
_MAX_ANSWERS, _MAX_BLOCKS = 50, 500  # in a function that a person wrote
_REFUSAL: Final = re.compile(r"[cC]ancelAuthenticationChallenge\b|[rR]ejectProtectionSpace\b|\.cancel\(")
_ENDS: Final = re.compile(r"\b(?:return|throw|continue|break|fatalError|default|case)\b")
_CLAUSES: Final = re.compile(r"&&|\|\||,")
_OTHER: Final = re.compile(
    r"[hH]ost|[dD]omain|[eE]nable|[rR]equire|[sS]hould|[eE]mpty|[uU]ser|[pP]assword|Method|\bnil\b|\bNULL\b|[cC]ount\b|\b0\b"
)
_WORDS: Final = re.compile(r"[pP]in(?!g\b)|[hH]ash|[fF]ingerprint|[dD]igest|[kK]ey|[sS]pki|[cC]ert")
_COMPARES: Final = re.compile(
    r"\.\s*(?:contains|firstIndex)\b|\bcontainsObject:|\bisEqual|[!=]=(?!=)"
    r"|\b(?:is|check|verif|validat|match|compar|evaluat)\w*(?:[pP]in|[hH]ash|[fF]ingerprint|[kK]ey)\w*\s*[(:]"
)
_RETURNED: Final = re.compile(r"\breturn\b[^;\n{}]*\Z")
_SET: Final = re.compile(r"[^=!]=\s*(?:\w+(?:\.\w+)*)?\Z")
_NOT: Final = re.compile(r"^[\s(]*!(?!=)|!=|==\s*(?:false|NO)\b")
_NAMED: Final = re.compile(r"\b(?P<name>\w+)\s*(?::\s*\w+)?\s*=\s*(?P<value>[^=\n][^;\n]*)")
_YES: Final = re.compile(r"\b(?P<name>\w+)\s*=\s*(?:true|YES)\b")


def unrefused(code: Code) -> Iterator[tuple[int, bool]]:
    """Yield the answers that a server without a pinned key gets, and whether each accepts any certificate."""
    if code.language.id in ("swift", "objc"):
        for function in functions_of(code):
            text = code.bare[function.begin : function.end]
            answers = len(_ANSWER.findall(text))
            if 0 < answers <= _MAX_ANSWERS and len(function.blocks) <= _MAX_BLOCKS:
                yield from _Challenge(code.bare, function).wrong()


class _Challenge:
    """A function that answers challenges."""

    def __init__(self, text: str, function: Function) -> None:
        self._text = text
        self._function = function
        self._names: set[str] = set()
        body = text[function.begin : function.end]
        for named in _NAMED.finditer(body):
            if self._compares(named["value"]) > 0:
                self._names.add(named["name"])
        for block in function.blocks:
            if self._matched(block) is True:
                self._names.update(found["name"] for found in _YES.finditer(text, block.begin, block.end))

    def wrong(self) -> Iterator[tuple[int, bool]]:
        begin, end = self._function.begin, self._function.end
        exits = [*self._exits()]
        stays = exits and not _REFUSAL.search(self._text, begin, end)  # what a variable is set to at first
        for answer in _ANSWER.finditer(self._text, begin, end):
            at = answer.start()
            is_first = stays and at < min(exits) and _SET.search(self._text, begin, at) and not self._around(at)
            if is_first or self._is_of_mismatch(at) or any(self._leads(exit_, at) for exit_ in exits):
                yield at, "Credential" in answer["word"]

    def _around(self, at: int) -> list[Block]:
        """Return the blocks around a place, from the inside."""
        return [block for block in self._function.blocks if block.contains(at)]

    def _compares(self, condition: str) -> int:
        """Return 1 if a condition says that a key is pinned, -1 if it says that it is not, and 0 if it says neither."""
        for clause in _CLAUSES.split(condition):
            bare = clause.strip(" \t\n!()")
            if bare in self._names:
                return -1 if clause.strip(" \t\n(").startswith("!") else 1
            if _COMPARES.search(clause) and _WORDS.search(clause) and not _OTHER.search(clause):
                return -1 if _NOT.search(clause) else 1
        return 0

    def _matched(self, block: Block) -> bool | None:
        """Say whether a key is known to be pinned inside a block; None if the block does not depend on that."""
        signs = [self._compares(block.held), *(-self._compares(condition) for condition in block.failed)]
        found = next((sign for sign in signs if sign), 0)
        return None if not found else found > 0

    def _is_of_mismatch(self, at: int) -> bool:
        for block in self._around(at):
            matched = self._matched(block)
            if matched is not None:  # ``else if`` of something else may be a build for tests
                return not matched and (not block.held or self._compares(block.held) != 0)
            if block.is_conditional:
                return False
        return False

    def _exits(self) -> Iterator[int]:
        """Yield the places behind blocks at which a server without a pinned key arrives."""
        for block in self._function.blocks:
            matched, inside = self._matched(block), self._text[block.begin : block.end]
            has_other = re.match(r"\s*else\b", self._text[block.end :]) is not None
            goes_on = matched is False and not _ENDS.search(inside) and not _ANSWER.search(inside)
            if (matched and not has_other and not block.failed) or (goes_on and not _REFUSAL.search(inside)):
                yield block.end

    def _leads(self, begin: int, at: int) -> bool:
        """Say whether the way from one place to another depends on nothing, and ends nowhere between."""
        if at < begin or any(block.is_conditional and not block.contains(begin) for block in self._around(at)):
            return False
        between = _RETURNED.sub("", self._text[begin:at])
        for block in self._function.blocks:
            if begin <= block.begin and block.end <= at:
                blank = " " * (block.end - block.begin)
                between = between[: block.begin - begin] + blank + between[block.end - begin :]
        return not _ENDS.search(between) and not _REFUSAL.search(between)
