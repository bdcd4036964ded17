"""What the documentation tells people to type is accepted by the program of today."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING, NamedTuple

import click
import pytest

from pinsmith import pinfile
from pinsmith.cli import _app
from pinsmith.cli._command import load
from tests.meta import source

if TYPE_CHECKING:
    from pathlib import Path

PAGES = [source.ROOT / "README.md", source.ROOT / "CONTRIBUTING.md", *sorted((source.ROOT / "docs").rglob("*.md"))]


class Block(NamedTuple):
    """A fenced block of a page."""

    page: Path
    line: int
    language: str
    text: str

    @property
    def place(self) -> str:
        """Where it stands, as editors open it."""
        return f"{self.page.relative_to(source.ROOT)}:{self.line}"


def _blocks(*languages: str) -> list[Block]:
    found = []
    for page in PAGES:
        text = page.read_text("utf-8")
        for match in re.finditer(r"^( *)```(\w+)\n(.*?)^\1```", text, re.MULTILINE | re.DOTALL):
            body = re.sub(rf"^{match[1]}", "", match[3], flags=re.MULTILINE)
            found.append(Block(page, text.count("\n", 0, match.start()) + 1, match[2], body))
    return [block for block in found if block.language in languages]


def _commands() -> list[tuple[str, list[str]]]:
    """List the calls of pinsmith: after a prompt in blocks, and in code within sentences."""
    lines = [
        (block.place, line.removeprefix("$ "))
        for block in _blocks("console", "sh", "bash")
        for line in block.text.splitlines()
    ]
    for page in PAGES:
        text = re.sub(r"^ *```.*?^ *```", "", page.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
        lines += [(page.relative_to(source.ROOT).as_posix(), call) for call in re.findall(r"`(pinsmith [^`]+)`", text)]
    # What a shell does with the output is not the command's.
    calls = [(place, shlex.split(re.split(r" [|>] ", line)[0], comments=True)) for place, line in lines]
    return [(place, words[1:]) for place, words in calls if words[:1] == ["pinsmith"]]


@pytest.mark.parametrize(
    ("place", "words"), _commands(), ids=lambda value: value if isinstance(value, str) else " ".join(value)
)
def test_documented_commands_are_understood(place: str, words: list[str]) -> None:
    """Every command and option on a page exists, and takes what the page gives it."""
    if words == ["--version"]:
        return
    name, *arguments = words
    if " ".join(words[:2]) in _app.names():
        name, *arguments = [" ".join(words[:2]), *words[2:]]
    assert name in _app.names(), f"{place}: there is no `pinsmith {name}`"
    command = load(name)
    if arguments:  # a sentence may speak of `pinsmith init` as such
        command.make_context(name, arguments)


def test_an_unknown_option_is_noticed() -> None:
    """The check can fail."""
    with pytest.raises(click.NoSuchOption):
        load("fetch").make_context("fetch", ["example.com", "--no-such-option"])


@pytest.mark.parametrize("block", _blocks("python"), ids=lambda block: block.place)
def test_documented_python_compiles(block: Block) -> None:
    """Snippets can be pasted; the reference shows declarations, which are not code."""
    if "reference" not in block.page.parts:
        compile(block.text, block.place, "exec")


@pytest.mark.parametrize(
    "block", [block for block in _blocks("toml") if "version = 1" in block.text], ids=lambda block: block.place
)
def test_documented_pin_files_are_valid(block: Block) -> None:
    """Whoever copies a pin file from a page gets one that loads."""
    assert pinfile.parse(block.text, file=block.place).hosts
