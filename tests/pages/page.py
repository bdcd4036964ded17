"""
The steps of a page that a reader can follow: its commands, its programs and the files to write, in their order.

CONTRIBUTING.md, "Pages that are executed", describes how such a page is written.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from tests.meta import source

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

GUIDES: Final = source.ROOT / "docs" / "guides"

_FENCE: Final = re.compile(r"^( *)(`{3,})(\w*)\n(.*?)^\1\2$", re.MULTILINE | re.DOTALL)
# The sentence before the block: "Write `main.py`:" or "Add to `pins.toml`, and commit it:".
_FILE: Final = re.compile(r"(?:\A|[\n.] *)(Write|Add to)\s+`([^`\n]+)`[^:.]*:\n\n\Z")
_EXIT_CODE: Final = re.compile(r"# exit code (\d+)$")


@dataclass(frozen=True, slots=True)
class Step:
    """
    Something that the reader of a page does.

    Attributes:
        kind: Type a command, run a program of Python, write a file, or append to one.
        line: The line of the page.
        text: The command, the program or the lines of the file.
        path: The file, as the page names it.
        exit_code: How the command ends.
    """

    kind: Literal["type", "run", "write", "append"]
    line: int
    text: str
    path: str = ""
    exit_code: int = 0


@dataclass(frozen=True, slots=True)
class Block:
    """
    A fenced block of a page.

    Attributes:
        line: The line on which it begins.
        language: The word after the fence.
        text: Its lines, without the indentation of the fence.
        before: The page up to the block.
    """

    line: int
    language: str
    text: str
    before: str

    @property
    def file(self) -> re.Match[str] | None:
        """What to do with which file, if the sentence before the block names one."""
        return _FILE.search(self.before)


def blocks(text: str) -> list[Block]:
    """List the fenced blocks of a page."""
    found = []
    for match in _FENCE.finditer(text):
        body = re.sub(rf"^{match[1]}", "", match[4], flags=re.MULTILINE)
        before = text[: match.start()]
        found.append(Block(before.count("\n") + 1, match[3], body, before))
    return found


def steps(page: Path, *titles: str) -> list[Step]:
    """
    List what somebody who follows a page does.

    Args:
        page: The file.

        titles: Headings of the second level, without their number, to do only what stands below them; the whole page
            without any.
    """
    text = page.read_text("utf-8")
    wanted = [_section(text, title) for title in titles] or [range(text.count("\n") + 1)]
    found = [(block.line, step) for block in blocks(text) for step in _steps(block, page)]
    return [step for lines in wanted for line, step in found if line in lines]


def _section(text: str, title: str) -> range:
    """Return the lines below a heading."""
    heading = re.search(rf"^## (?:\d+\. )?{re.escape(title)}$", text, re.MULTILINE)
    assert heading, f"the page has no heading {title!r}"
    end = text.find("\n## ", heading.end())
    return range(text.count("\n", 0, heading.end()) + 1, text.count("\n", 0, end if end != -1 else None) + 2)


def _steps(block: Block, page: Path) -> Iterator[Step]:
    if block.file:
        yield Step("write" if block.file[1] == "Write" else "append", block.line, block.text, block.file[2])
    elif block.language == "python":
        yield Step("run", block.line, block.text)
    elif block.language == "console":
        for command in block.text.replace("\\\n", " ").splitlines():
            assert command.startswith("$ "), f"{page.name}:{block.line}: show output in a block of `text`, not here"
            code = _EXIT_CODE.search(command)
            yield Step("type", block.line, command.removeprefix("$ "), exit_code=int(code[1]) if code else 0)
