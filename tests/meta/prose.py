"""
Find the habits of writing that the project has given up: ``python -m tests.meta.prose``, or with paths for some files.

It reads Markdown, docstrings, comments and messages. Code in backquotes is left out.
"""

from __future__ import annotations

import ast
import io
import re
import sys
import tokenize
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tests.meta import source

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_WORDS: Final = 34  # of one sentence; twenty are plenty, a list of names may need more

# Written by tools, from texts that stand elsewhere.
GENERATED: Final = ("docs/reference", "docs/_build")

# What to look for, and what to write instead. CONTRIBUTING.md, "English", has the reasons.
HABITS: Final[tuple[tuple[re.Pattern[str], str], ...]] = tuple(
    (re.compile(pattern, re.IGNORECASE), advice)
    for pattern, advice in (
        (r"\btold\b(?! apart)", "'told': printed, reported, listed, documented, given"),
        (r"\btells (?!(it|them|one|you|users?|readers?)\b)", "'tells': lists, prints, names, reports"),
        (r"\b(is|are|was|be) said\b|\bsaid (aloud|so|here|there|by)\b", "'said': stated, printed, passed"),
        (r"(?<!there )\b(is|was|be) no (?!longer\b|more\b|need\b|way\b|reason\b|use\b)", "'is no X': is not a X"),
        (r"(?<!there )\b(are|were) no (?!longer\b|more\b)", "'are no X': are not X"),
        (r", for (it|they|he|nobody|that|this|what|who|there|the(?! same)|an?|its|their)\b", "', for': because"),
        (r"(?:^|(?<=\. ))(Who|Whoever|Whatever) (?![^.]*\?)", "a clause without a head: name the subject"),
        (
            r"(?:^|(?<=\. ))(?-i:What) [^.?]{3,80}? (is|are|has|must|may|can|stands|goes|does)\b[^?]*(?:\.|$)",
            "a clause that begins with 'What': name the subject",
        ),
        (r"\bsees? to (it|that|a|the)\b", "'see to': make sure, handle"),
        (r"\bbut for\b", "'but for': except for"),
        (r"\b(is|are) to (?!blame)[a-z]+\b(?! be\b)", "'is to': must"),
        (r"\beach (is|was|has|does|gets|can|must|may|stands|with its)\b", "'each' as a noun: name the thing"),
        (r"\bhouse\b", "'house': a metaphor"),
        (r"\b(stays?|are|is|be)( not)? true\b", "'true': correct, up to date"),
        (r"\baloud\b", "'aloud': a metaphor"),
        (r"\bnothing of (the|it|that|this|a)\b", "'nothing of': none of, no part of"),
        (r"\b(does|do) as well\b", "'does as well': also works"),
    )
)  # fmt: skip

_CODE = re.compile(r"``[^`]+``|`[^`]*`|\{[^{}]*\}|https?:\S+|\]\([^)]*\)|<[^>]+>")
# A string that holds a program, a configuration or a list of words is not prose.
_PROGRAM = re.compile(r"\n.*[;={}(]|^import |^\s*(?:\w+\s+){20}", re.DOTALL)
_DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
_FENCE = re.compile(r"^(`{3,}|:::).*?^\1\s*$", re.MULTILINE | re.DOTALL)
_SENTENCE = re.compile(r"(?<=[.!?])\**\s+(?=[A-Z`*\[>])|[;:]\**\s|\n\s*\n|\n\s*[*|-] |[|│├└]")


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of text, and where it begins."""

    path: Path
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.path.relative_to(source.ROOT)}:{self.line}"


def passages(path: Path) -> Iterator[Passage]:
    """Yield what people read in a file: prose of Markdown, docstrings, comments and messages of Python."""
    content = path.read_bytes().decode("utf-8", "replace")
    if path.suffix == ".md":
        kept = _FENCE.sub(lambda found: "\n" * found[0].count("\n"), content)
        for at, block in _blocks(kept):
            yield Passage(path, at, block)
    elif path.suffix == ".py":
        yield from _of_python(path, content)


def _blocks(text: str) -> Iterator[tuple[int, str]]:
    at = 1
    for block in re.split(r"(\n\s*\n)", text):
        if block.strip():
            yield at, block
        at += block.count("\n")


def _of_python(path: Path, content: str) -> Iterator[Passage]:
    for token in tokenize.generate_tokens(io.StringIO(content).readline):
        if token.type == tokenize.COMMENT and not re.match(r"#\s*(noqa|type:|fmt:)", token.string):
            yield Passage(path, token.start[0], token.string.lstrip("# ").partition("# noqa")[0])
    tree = ast.parse(content)
    docstrings = {
        id(statement.value)
        for node in ast.walk(tree)
        if isinstance(node, _DOCUMENTED)
        for statement in node.body[:1]
        if isinstance(statement, ast.Expr)
    }
    for node in ast.walk(tree):
        text = _message(node)
        if re.search(r"[a-z]{2},? [a-z]{2}", text) and (id(node) in docstrings or not _PROGRAM.search(text)):
            yield Passage(path, getattr(node, "lineno", 0), text)


def _message(node: ast.AST) -> str:
    """Return the text of a string, with a placeholder for each value that is filled in."""
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "{x}" for part in node.values)
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def problems(passage: Passage) -> Iterator[str]:
    """Yield a line for each habit of *passage* that the project has given up."""
    plain = _CODE.sub("X", passage.text)
    for sentence in filter(None, (" ".join(part.split()) for part in _SENTENCE.split(plain))):
        for pattern, advice in HABITS:
            if found := pattern.search(sentence):
                yield f"{passage}: {advice}: {_around(sentence, found)}"
        words = len(re.findall(r"[A-Za-z'-]+", sentence))
        if words > MAX_WORDS:
            yield f"{passage}: {words} words in one sentence: {sentence[:60]}..."


def loops(path: Path) -> Iterator[str]:
    """Yield a line for each loop in a Python file whose variable does not name the thing."""
    for node in ast.walk(ast.parse(path.read_bytes())) if path.suffix == ".py" else ():
        target = getattr(node, "target", None) if isinstance(node, ast.For | ast.comprehension) else None
        if isinstance(target, ast.Name) and target.id == "each":
            yield f"{path.relative_to(source.ROOT)}:{target.lineno}: a loop variable 'each': name the thing"


def _around(sentence: str, found: re.Match[str]) -> str:
    return "..." + sentence[max(0, found.start() - 20) : found.end() + 30] + "..."


def main(names: list[str]) -> int:
    """Print every problem of the files *names*, or of all; return the exit code."""
    chosen = [Path(name).resolve() for name in names] or [
        path for path in source.tracked_files() if path.suffix in {".md", ".py"}
    ]
    found: list[str] = []
    for path in chosen:
        if not path.relative_to(source.ROOT).as_posix().startswith(GENERATED) and path != Path(__file__):
            found += [problem for passage in passages(path) for problem in problems(passage)]
            found += loops(path)
    print("\n".join([*found, f"{len(found)} problems"]), file=sys.stderr if found else sys.stdout)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
