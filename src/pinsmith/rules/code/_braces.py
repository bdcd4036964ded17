"""
Functions, blocks and their conditions in the text of Swift and Objective-C.

The text has no comments. Braces in texts are blanks, and so are those of closures in parentheses.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pinsmith.audit import Code

_TEXT: Final = re.compile(r'"(?:[^"\\\n]|\\.)*"')
_SIGNS: Final = re.compile(r"[{}();]")
_FUNCTION: Final = re.compile(
    r"\bfunc\s+(?P<swift>\w+)[^{}]{0,2000}\{|^[-+]\s*\([^)\n]*\)\s*(?P<objc>\w+)[^{};]{0,2000}\{", re.MULTILINE
)
_MAX_HEAD: Final = 2_000  # characters of a condition
_MAX_READ: Final = 20  # times that a text is read, for functions in functions
_GUARD: Final = re.compile(r".*(?P<word>\bguard\b)(?P<condition>.*)\belse\s*", re.DOTALL)
_HEAD: Final = re.compile(r".*\b(?P<word>if|else|for|while|switch|catch)\b(?P<condition>.*)", re.DOTALL)


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """
    A part of a function in braces.

    Attributes:
        start: Where its statement begins, or the first one of a chain of ``else``.
        begin: Where its braces begin.
        end: Where they end.
        held: The condition that was met to get there; empty if there is none.
        failed: The conditions that were not met.
        is_conditional: Whether something decides about it.
    """

    start: int
    begin: int
    end: int
    held: str = ""
    failed: tuple[str, ...] = ()
    is_conditional: bool = False

    def contains(self, at: int) -> bool:
        """Say whether a place is inside of it."""
        return self.begin <= at < self.end


@dataclass(frozen=True, slots=True, eq=False)
class Function:
    """A function: its name, the place of its braces, and the blocks in them, those that end first before others."""

    name: str
    begin: int
    end: int
    blocks: tuple[Block, ...]


@lru_cache(maxsize=1)  # several rules ask for the same file
def functions_of(code: Code) -> tuple[Function, ...]:
    """Return the functions of a file, in their order."""
    text = _TEXT.sub(lambda match: " " * len(match[0]), code.bare)
    found: list[Function] = []
    left = _MAX_READ * len(text)
    for match in _FUNCTION.finditer(text):
        begin = match.end() - 1
        end, blocks = _blocks(text, begin)
        left -= end - begin
        if left < 0:
            break
        found.append(Function(match["swift"] or match["objc"], begin, end, blocks))
    return tuple(found)


def _blocks(text: str, begin: int) -> tuple[int, tuple[Block, ...]]:
    """Return where the braces that begin at *begin* end, and the blocks in them."""
    found: list[Block] = []
    stack: list[tuple[int, int, int, Block | None]] = []  # brace, begin of its head, parentheses, the block before
    head, round_brackets, before = begin, 0, None
    for sign in _SIGNS.finditer(text, begin):
        at = sign.start()
        match sign[0]:
            case "(":
                round_brackets += 1
            case ")":
                round_brackets = max(0, round_brackets - 1)
            case ";":
                head, before = (at + 1, None) if not round_brackets else (head, before)
            case "{":
                stack.append((at, head, round_brackets, before))
                head, round_brackets, before = at + 1, 0, None
            case "}" if stack:
                opened, head, round_brackets, before = stack.pop()
                if not stack:
                    return at + 1, tuple(found)
                if not round_brackets:
                    head = max(head, opened - _MAX_HEAD)
                    before = _block(text[head:opened], head, opened, at + 1, before)
                    found.append(before)
                    head = at + 1
    return len(text), tuple(found)


def _block(head: str, start: int, begin: int, end: int, before: Block | None) -> Block:
    guard, parts = _GUARD.fullmatch(head), _HEAD.fullmatch(head)
    if guard:
        return Block(start + guard.start("word"), begin, end, "", (guard["condition"],), is_conditional=True)
    if parts is None:
        return Block(begin, begin, end)
    is_chained = before is not None and re.match(r"\s*else\b", head) is not None
    failed = (*before.failed, before.held) if before is not None and is_chained else ()
    first = before.start if before is not None and is_chained else start + parts.start("word")
    held = parts["condition"] if parts["word"] == "if" else ""
    return Block(first, begin, end, held, failed, is_conditional=parts["word"] not in ("for", "while"))
