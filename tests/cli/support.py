"""Run the command line in this process, and replay whole transcripts of it."""

from __future__ import annotations

import io
import os
import re
import shlex
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from unittest import mock

from pinsmith.cli import _clock, main

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

NOW = datetime(2026, 6, 15, 12, 0, tzinfo=UTC)
TRANSCRIPTS = Path(__file__).with_name("transcripts")
# Read at import, because the environment is cleaned before tests run.
UPDATE = bool(os.environ.get("UPDATE_TRANSCRIPTS"))


@dataclass(frozen=True)
class Result:
    """The exit code and the output of a command."""

    code: int
    stdout: str
    stderr: str


class Terminal(io.TextIOWrapper):
    """A stream that may claim to be a terminal."""

    def __init__(self, *, is_terminal: bool, encoding: str = "utf-8", content: bytes = b"") -> None:
        self.bytes = io.BytesIO(content)
        self._is_terminal = is_terminal
        super().__init__(self.bytes, encoding=encoding, newline="\n")

    def isatty(self) -> bool:
        return self._is_terminal

    @property
    def text(self) -> str:
        self.flush()
        return self.bytes.getvalue().decode(self.encoding)


def run(
    *words: str | Path,
    stdin: bytes | str = b"",
    tty: bool | Literal["stderr"] = False,
    asks: bool = False,
    encoding: str = "utf-8",
    now: datetime | None = None,
) -> Result:
    """
    Run ``pinsmith`` with *words*.

    Args:
        words: The arguments, without the program's name.

        stdin: The text of standard input.

        tty: Whether standard output and error are terminals, or standard error alone.

        asks: Whether standard input is a terminal.

        encoding: The encoding of all streams.

        now: The time on the clock; `NOW` by default.
    """
    content = stdin.encode() if isinstance(stdin, str) else stdin
    standing = Terminal(is_terminal=asks, encoding=encoding, content=content)
    out = Terminal(is_terminal=tty is True, encoding=encoding)
    err = Terminal(is_terminal=bool(tty), encoding=encoding)
    with (
        mock.patch.object(sys, "stdin", standing),
        mock.patch.object(sys, "stdout", out),
        mock.patch.object(sys, "stderr", err),
        mock.patch.object(_clock, "now", return_value=now or NOW),
    ):
        code = main([str(word) for word in words])
    return Result(int(code), out.text, err.text)


def replay(path: Path, values: Mapping[str, str]) -> tuple[str, str]:
    """
    Run the commands of a transcript.

    A transcript is text. Lines that begin with ``$`` are commands; ``<`` their standard input; ``>`` standard output,
    ``!`` standard error and ``=`` the exit code, in this order. All other lines are remarks. ``{name}`` stands
    for one of *values*, such as a pin or a port, which differ from run to run.

    ``@ NAME`` writes a file of the lines below that begin with ``|``. Besides ``pinsmith`` there is the command
    ``cat``.

    Returns:
        The transcript as it is, and as it should be after this run.
    """
    text = path.read_text("utf-8")
    written: list[str] = []
    for piece in re.split(r"(?m)^(?=[$@])", text):
        if piece.startswith("@"):
            name, *lines = piece.split("\n")
            content = [_fill(line[2:], values) + "\n" for line in lines if line.startswith("|")]
            Path(name[2:]).parent.mkdir(parents=True, exist_ok=True)
            Path(name[2:]).write_text("".join(content), "utf-8")
        if not piece.startswith("$"):
            written.append(piece)
            continue
        lines = piece.split("\n")
        given = [line for line in lines[1:] if line.startswith("<")]
        prose = [line for line in lines[1:] if not line.startswith(("<", ">", "!", "="))]
        result = _do(
            shlex.split(_fill(lines[0][1:], values)), "".join(_fill(line[2:], values) + "\n" for line in given)
        )
        written.append("\n".join([lines[0], *given, *_shown(result, values), *prose]))
    return text, "".join(written)


def _do(words: list[str], stdin: str) -> Result:
    if words[0] == "cat":
        return Result(0, Path(words[1]).read_text("utf-8"), "")
    assert words[0] == "pinsmith"
    return run(*words[1:], stdin=stdin)


def _shown(result: Result, values: Mapping[str, str]) -> Iterator[str]:
    for sign, stream in ((">", result.stdout), ("!", result.stderr)):
        for line in _blank(stream, values).splitlines():
            yield f"{sign} {line}".rstrip()
    yield f"= {result.code}"


def _fill(text: str, values: Mapping[str, str]) -> str:
    for name, value in values.items():
        text = text.replace(f"{{{name}}}", value)
    return text


def _blank(text: str, values: Mapping[str, str]) -> str:
    # Longest first, because a port may be a part of an address.
    for name, value in sorted(values.items(), key=lambda item: -len(item[1])):
        text = text.replace(value, f"{{{name}}}")
    # For keys that a command made.
    return re.sub(r"sha256/[A-Za-z0-9+/]{43}=", "{new-pin}", text)
