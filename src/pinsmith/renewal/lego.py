"""
lego: its command lines in shell scripts and units of systemd.

``lego renew`` makes a new key, unless it has ``--reuse-key`` (since 0.2.0). ``lego run`` orders a first certificate up
to version 4, and also renews since version 5, with the same option; so a ``run`` without it may or may not be a
renewal. With ``--csr``, the key is that of the request.

Source:
    ``CreateRenewFlags`` in cmd/internal/flags/flags.go and ``renewForDomains`` in process_renew.go
    of https://github.com/go-acme/lego, and the notes of its release 0.2.0
"""

from __future__ import annotations

import re
import shlex
from pathlib import PurePath
from typing import TYPE_CHECKING, Final

from pinsmith.finding import FilePlace
from pinsmith.renewal._tool import Renewal, Tool, hosts_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_WORD: Final = re.compile(r"\blego\b")
_SUFFIXES: Final = {".sh", ".service", ".bash", ""}
_ENDS: Final = {";", "&&", "||", "|", "&"}
_MAX_LINE: Final = 10_000  # characters of a command
_KEEPS: Final = {"--reuse-key", "-reuse-key", "--csr", "-csr", "-c"}


def _read(text: str, file: str) -> Iterator[Renewal]:
    for line, words in _commands(text):
        options = {word.partition("=")[0] for word in words if not word.lower().endswith("=false")}
        keeps = True if options & _KEEPS else False if "renew" in options else None
        yield Renewal(
            hosts=hosts_of(_domains(words)),
            keeps_key=keeps,
            place=FilePlace(file, line),
            why="lego has no --reuse-key" if not keeps else "lego keeps the key",
            fix="add `--reuse-key` to the command",
        )


def _domains(words: Sequence[str]) -> Iterator[str]:
    for word, following in zip(words, [*words[1:], ""], strict=True):
        option, is_joined, value = word.partition("=")
        if option in {"-d", "--domains", "-domains"}:
            yield from (value if is_joined else following).split(",")


def _commands(text: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the line and the words of each command of lego that orders or renews, without the name of the program."""
    for number, line in _joined(text):
        if len(line) > _MAX_LINE or not _WORD.search(line):
            continue
        words = _split(line)
        starts = [index for index, word in enumerate(words) if _is_lego(word)]
        for start in starts[:1]:
            rest = words[start + 1 :]
            end = next((index for index, word in enumerate(rest) if word in _ENDS), len(rest))
            if {"renew", "run"} & set(rest[:end]):
                yield number, rest[:end]


def _joined(text: str) -> Iterator[tuple[int, str]]:
    """Yield the lines with their continuations, each with the number of its first line."""
    parts: list[str] = []
    first = 1
    for number, line in enumerate(text.split("\n"), 1):
        if not parts:
            first = number
        stripped = line.rstrip()
        parts.append(stripped.removesuffix("\\"))
        if not stripped.endswith("\\"):
            yield first, " ".join(parts)
            parts = []
    if parts:
        yield first, " ".join(parts)


def _split(line: str) -> list[str]:
    lexer = shlex.shlex(line, posix=True, punctuation_chars=";&|")
    lexer.whitespace_split = True
    try:
        return list(lexer)
    except ValueError:  # a quotation that goes on in the next line
        return line.split()


def _is_lego(word: str) -> bool:
    """Say whether *word* starts lego, as in ``ExecStart=/usr/bin/lego`` or ``goacme/lego:v4.20``."""
    return word.rpartition("=")[2].rpartition("/")[2].partition(":")[0] == "lego"


def _recognises(text: str, file: str) -> bool:
    is_script = PurePath(file).suffix in _SUFFIXES or text.startswith("#!")
    return is_script and any(True for _ in _commands(text))


TOOL: Final = Tool(
    id="lego",
    title="lego",
    spec="https://go-acme.github.io/lego/references/ref-flags/",
    files="command lines in `.sh` and `.service`",
    key="new, unless `--reuse-key` or `--csr`",
    recognises=_recognises,
    read=_read,
)
