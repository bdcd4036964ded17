"""The program accepts every command, snippet and pin file that the documentation shows."""

from __future__ import annotations

import re
import shlex
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import click
import pytest

from pinsmith import pinfile
from pinsmith.cli import _app, _error_code
from pinsmith.cli._command import load
from pinsmith.pinfile.releases import Releases
from pinsmith.service.settings import parse_settings
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
        """The file and line, in the form that editors open."""
        return f"{self.page.relative_to(source.ROOT)}:{self.line}"


def _blocks(*languages: str) -> list[Block]:
    found = []
    for page in PAGES:
        text = page.read_text("utf-8")
        for match in re.finditer(r"^( *)```(\w+)\n(.*?)^\1```", text, re.MULTILINE | re.DOTALL):
            body = re.sub(rf"^{match[1]}", "", match[3], flags=re.MULTILINE)
            found.append(Block(page, text.count("\n", 0, match.start()) + 1, match[2], body))
    return [block for block in found if block.language in languages]


@cache
def _commands() -> list[tuple[str, list[str]]]:
    """List the calls of pinsmith: those after a prompt in code blocks, and those in backquotes within sentences."""
    lines = [
        (block.place, line.removeprefix("$ ").removeprefix("exec "))
        for block in _blocks("console", "sh", "bash")
        for line in block.text.replace("\\\n", "").splitlines()
    ]
    for page in PAGES:
        text = re.sub(r"^ *```.*?^ *```", "", page.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
        lines += [(page.relative_to(source.ROOT).as_posix(), call) for call in re.findall(r"`(pinsmith [^`]+)`", text)]
    # A pipe or a redirection belongs to the shell and not to the command.
    calls = [(place, shlex.split(re.split(r" [|>] ", line)[0], comments=True)) for place, line in lines]
    return [(place, words[1:]) for place, words in calls if words[:1] == ["pinsmith"]]


def _page_of(place: str) -> str:
    return place.partition(":")[0]


@pytest.mark.parametrize("page", sorted({_page_of(place) for place, _ in _commands()}))
def test_documented_commands_are_understood(page: str) -> None:
    """Every command and option on a page exists, and accepts the arguments shown there."""
    for place, words in _commands():
        if _page_of(place) == page:
            _require_understood(place, words)


def _require_understood(place: str, words: list[str]) -> None:
    if words == ["--version"]:
        return
    if words[0] == "help":
        assert words[1:] == ["CODE"] or words[1] in _error_code.known(), place
        return
    name, *arguments = words
    if " ".join(words[:2]) in _app.names():
        name, *arguments = [" ".join(words[:2]), *words[2:]]
    assert name in _app.names(), f"{place}: there is no `pinsmith {name}`"
    command = load(name)
    if arguments:  # a sentence may mention the bare command, such as `pinsmith init`
        try:
            command.make_context(name, arguments)
        except click.UsageError as error:
            raise AssertionError(f"{place}: {error.message}") from error


def test_an_unknown_option_is_noticed() -> None:
    """The check reports an option that does not exist."""
    with pytest.raises(click.NoSuchOption):
        load("fetch").make_context("fetch", ["example.com", "--no-such-option"])


def test_documented_python_compiles() -> None:
    """Snippets compile as they stand; the reference shows declarations, which are not code."""
    for block in _blocks("python"):
        if "reference" not in block.page.parts:
            compile(block.text, block.place, "exec")


def test_documented_pin_files_are_valid() -> None:
    """Every pin file, and every file of settings or releases, that a page shows can be loaded."""
    for block in _blocks("toml"):
        if "[[channel]]" in block.text:
            assert parse_settings(block.text.encode(), file=block.place).channel
        elif "[[release]]" in block.text:
            assert Releases(block.text, file=block.place).releases
        elif "version = 1" in block.text:
            assert pinfile.parse(block.text, file=block.place).hosts
