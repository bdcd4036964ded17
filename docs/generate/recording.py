"""
Record ``pinsmith demo`` as an animated picture of a terminal: ``python -m docs.generate.recording``.

The picture is an SVG file without scripts, fonts or addresses outside it. It scrolls like a terminal. Readers who asked
their system for less motion see the last screen. Pins, ports and days differ each time the demo runs;
`comparable` replaces them, so that a test can compare the picture with the current output of the demo.
"""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, Final
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape

from rich.console import Console
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

FILE: Final = Path(__file__).parents[1] / "_static" / "demo.svg"

COLUMNS, ROWS = 104, 26
# The size of a cell in pixels; monospaced fonts are about 0.6 times as wide as their size.
_SIZE, _WIDTH, _HEIGHT, _MARGIN = 14, 8.43, 19, 18
_SECONDS_OF_COMMAND, _SECONDS_OF_LINE, _SECONDS_AT_END = 1.6, 0.12, 5.0

_NAMESPACE = "http://www.w3.org/2000/svg"
# Colours by their number in ECMA-48: red, green, yellow.
_COLOURS: Final = {1: "#ff7b72", 2: "#7ee787", 3: "#e3b341"}

# Texts that differ from run to run, and their replacements.
_VARYING: Final = (
    (re.compile(r"sha256/[A-Za-z0-9+/]{43}="), "sha256/PIN"),
    (re.compile(r"\d{4}-\d\d-\d\d"), "DATE"),
    (re.compile(r"\b\d+ days?\b"), "DAYS"),
    (re.compile(r"(127\.0\.0\.1:|client\.py )\d+"), r"\1PORT"),
    (re.compile(r"api-\d{4}"), "api-YEAR"),
    (re.compile(r" +"), " "),
)


def comparable(text: str) -> list[str]:
    """Return the lines of *text* with a fixed word for every part that differs from run to run."""
    for pattern, word in _VARYING:
        text = pattern.sub(word, text)
    return [line.rstrip() for line in text.split("\n") if line.strip()]


def recorded() -> str:
    """Return what the demo printed when the picture was made."""
    rows = ET.parse(FILE).getroot().iter(f"{{{_NAMESPACE}}}text")  # noqa: S314 - our own file
    return "".join(("" if row.get("class") == "more" else "\n") + "".join(row.itertext()) for row in rows)


def picture(lines: Sequence[str]) -> str:
    """
    Draw what a terminal shows while it prints *lines*.

    Args:
        lines: Lines with escape sequences for colours, as the demo prints them.
    """
    rows = [row for line in lines for row in _fold(Text.from_ansi(line))]
    # The lines before a command stay long enough to be read.
    pauses = [_SECONDS_OF_COMMAND if row.plain.startswith("$") else _SECONDS_OF_LINE for row, _ in rows]
    starts = list(accumulate(pauses))
    total = starts[-1] + _SECONDS_AT_END
    width, height = round(COLUMNS * _WIDTH + 2 * _MARGIN), ROWS * _HEIGHT + 2 * _MARGIN
    frames = [
        f"{100 * start / total:.2f}%{{transform:translateY({_HEIGHT * (ROWS - 1 - at)}px)}}"
        for at, start in enumerate(starts)
    ]
    style = (
        f"text{{font:{_SIZE}px ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;fill:#e6edf3;white-space:pre}}"
        ".b{font-weight:bold}.f{opacity:.6}"
        f"#screen{{transform:translateY({_HEIGHT * (ROWS - len(rows))}px)}}"
        "@media (prefers-reduced-motion:no-preference){"
        f"#screen{{animation:scroll {total:.2f}s step-end infinite}}"
        f"@keyframes scroll{{0%{{transform:translateY({ROWS * _HEIGHT}px)}}{''.join(frames)}}}"
        "}"
    )
    return (
        f'<svg xmlns="{_NAMESPACE}" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" '
        'aria-label="A terminal in which pinsmith demo runs">'
        "\n<title>pinsmith demo: an interceptor reads nothing once the key is pinned</title>"
        f"\n<style>{style}</style>"
        f'\n<rect width="100%" height="100%" rx="8" fill="#0d1117"/>'
        f'\n<svg x="{_MARGIN}" y="{_MARGIN}" width="{width - 2 * _MARGIN}" height="{ROWS * _HEIGHT}"><g id="screen">\n'
        + "\n".join(_row(at, row, more=more) for at, (row, more) in enumerate(rows))
        + "\n</g></svg>\n</svg>\n"
    )


def _fold(line: Text) -> Iterator[tuple[Text, bool]]:
    """Break a line at its last column, as a terminal does; the second value marks rows that continue another."""
    for at in range(0, max(1, len(line)), COLUMNS):
        yield line[at : at + COLUMNS], at > 0


def _row(at: int, row: Text, *, more: bool) -> str:
    spans = "".join(_span(segment) for segment in row.divide(sorted({*_edges(row)})) if segment.plain)
    kind = ' class="more"' if more else ""
    return f'<text y="{_HEIGHT * (at + 1) - 5}"{kind} xml:space="preserve">{spans}</text>'


def _edges(row: Text) -> Iterator[int]:
    for span in row.spans:
        yield from (span.start, span.end)


def _span(segment: Text) -> str:
    style = segment.get_style_at_offset(Console(), 0)
    kinds = " ".join(name for name, holds in (("b", style.bold), ("f", style.dim)) if holds)
    colour = _COLOURS.get(style.color.number or 0) if style.color else None
    marks = (f' class="{kinds}"' if kinds else "") + (f' fill="{colour}"' if colour else "")
    text = escape(segment.plain)
    return f"<tspan{marks}>{text}</tspan>" if marks else text


def run() -> list[str]:
    """Run the demo in a terminal, and return the lines that it prints, with their colours."""
    ours, theirs = pty.openpty()
    environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": str(COLUMNS)}
    environment.pop("NO_COLOR", None)
    with subprocess.Popen(
        [sys.executable, "-m", "pinsmith", "demo"],
        stdin=subprocess.DEVNULL,
        stdout=theirs,
        stderr=theirs,
        env=environment,
    ) as demo:
        os.close(theirs)
        printed = b"".join(iter(lambda: _read(ours), b""))
    os.close(ours)
    if demo.returncode:
        sys.exit(f"pinsmith demo ended with {demo.returncode}; the picture stays as it is")
    return printed.decode().replace("\r\n", "\n").strip("\n").split("\n")


def _read(terminal: int) -> bytes:
    """Return the text that was printed since the last call, and nothing at the end, where Linux raises an error."""
    try:
        return os.read(terminal, 65536)
    except OSError:
        return b""


def main() -> None:
    """Write the picture."""
    FILE.write_text(picture(run()), "utf-8", newline="\n")
    print(f"wrote {FILE.relative_to(Path.cwd())}")


if __name__ == "__main__":
    main()
