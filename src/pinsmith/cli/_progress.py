"""The progress bar. Imported only when there is a terminal to draw it on."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, NamedTuple, TextIO

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class Bar(NamedTuple):
    """A bar that is being drawn."""

    tick: Callable[[], None]
    """Call it after each step."""

    say: Callable[[str], None]
    """Print a line above the bar; it may hold colours."""


@contextlib.contextmanager
def bar(stream: TextIO, total: int | None, what: str, *, coloured: bool) -> Iterator[Bar]:
    """Draw a bar on *stream* that vanishes at the end; without *total* it only counts."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
    from rich.text import Text

    console = Console(file=stream, no_color=not coloured, highlight=False)
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    # Not redirected, because the library would send standard output, which may be a file, through the console.
    with Progress(*columns, console=console, transient=True, redirect_stdout=False, redirect_stderr=False) as drawn:
        task = drawn.add_task(what, total=total)
        yield Bar(lambda: drawn.advance(task), lambda text: console.print(Text.from_ansi(text), soft_wrap=True))
