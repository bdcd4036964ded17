"""
The one module that prints.

* The result goes to standard output, undecorated, so that it can be piped.
* All else goes to standard error, after ``pinsmith: ``, lower-case, without a final period.
* Colour only on a terminal, never with ``NO_COLOR``.
* Text from a certificate, a server or a file is untrusted: control characters, escape sequences and characters that
  change the direction of writing never reach a terminal. They are shown as escapes.
"""

from __future__ import annotations

import contextlib
import os
import sys
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, TextIO, TypeAlias

from pinsmith._clean import clean, clean_json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

Tone = Literal["good", "bad", "warn", "faint", "strong"]

# ECMA-48 SGR parameters.
_SGR: Final[dict[Tone, str]] = {"good": "32", "bad": "1;31", "warn": "33", "faint": "2", "strong": "1"}
_HARMLESS: Final = bytes(range(0x20, 0x7F)) + b"\n"  # one pass over a document is faster than one over each line
_ASCII_LINES: Final = str.maketrans({"│": "|", "└": "`", "├": "|", "─": "-"})


class Mark(NamedTuple):
    """Words that carry a tone where there is colour, and are plain where there is none."""

    text: str
    tone: Tone


# How to write on the terminal of standard error while a bar is drawn there.
_above_bar: Final[list[Callable[[str], None]]] = []

Line: TypeAlias = "str | Mark | Sequence[str | Mark]"


def result(*lines: Line) -> None:
    """Print lines of the result. Every line is made safe, so that no text can contain a line end of its own."""
    coloured = _is_coloured(sys.stdout)
    # All at once, because a bar below them is drawn anew each time.
    if lines:
        _write(sys.stdout, "\n".join(_render(line, coloured=coloured) for line in lines))


def document(json: bytes) -> None:
    r"""
    Print a JSON document, UTF-8, followed by a line end.

    C1 and bidirectional characters, which JSON allows raw, become ``\u`` escapes: the same value, but harmless.
    """
    text = json.decode("utf-8", "surrogatepass").rstrip("\n")
    if json.translate(None, _HARMLESS):
        text = "\n".join(map(clean_json, text.split("\n")))
    _write(sys.stdout, text)
    # A reader of single lines must not wait until a buffer is full.
    sys.stdout.flush()


def text(content: str) -> None:
    """Print the *content* of a file as it stands; on a terminal, made safe."""
    if _is_terminal(sys.stdout):
        result(*content.removesuffix("\n").split("\n"))
    else:
        _write(sys.stdout, content.removesuffix("\n"))


def octets(content: bytes) -> None:
    """Write bytes to standard output as they stand, not for a terminal: a patch must come out as it is."""
    sys.stdout.flush()
    sys.stdout.buffer.write(content)
    sys.stdout.buffer.flush()


def note(*lines: str) -> None:
    """Print something that is neither a result nor a problem."""
    for text in lines:
        for line in text.rstrip("\n").split("\n"):
            _tell(line)


def success(text: str) -> None:
    """Say that all is well, where no other line of the command begins with a word that does."""
    _tell((Mark("ok: ", "good"), text))


def warning(text: str) -> None:
    """Warn of something that is wrong but did not stop the command."""
    _tell((Mark("warning: ", "warn"), text))


def error(code: str, text: str, *, details: Sequence[str] = (), hint: str | None = None) -> None:
    """Report what stopped the command: the fact, its details, and what to do."""
    _tell((Mark(f"error[{code}]: ", "bad"), text))
    with contextlib.suppress(OSError, ValueError):
        for line in details:
            _write(sys.stderr, "  " + _render(line, coloured=False))
    if hint:
        _tell(f"hint: {hint}")


def ask(question: str) -> str | None:
    """Ask at the terminal, on standard error, and return the answer without blanks around it; None at its end."""
    sys.stderr.write("pinsmith: " + clean(question))
    sys.stderr.flush()
    answer = sys.stdin.readline()
    return answer.strip() if answer else None


def ask_hidden(question: str) -> str | None:
    """Ask at the terminal for a secret, which is not shown; None at its end."""
    import getpass

    try:
        return getpass.getpass("pinsmith: " + clean(question), stream=sys.stderr)
    except EOFError:
        return None


@contextlib.contextmanager
def progress(total: int | None, what: str) -> Iterator[Callable[[], None]]:
    """
    Show a bar on standard error while the block runs; yield the function to call after each step.

    A single step gets no bar, and neither does a standard error that is not a terminal. Lines that are printed to the
    same terminal meanwhile appear above the bar.
    """
    if total == 1 or not _is_terminal(sys.stderr):
        yield lambda: None
        return
    from pinsmith.cli._progress import bar

    with bar(sys.stderr, total, what, coloured=_is_coloured(sys.stderr)) as drawn:
        _above_bar.append(drawn.say)
        try:
            yield drawn.tick
        finally:
            _above_bar.pop()


def stand_in() -> None:
    """
    Replace standard streams that were closed before the start, as by ``>&-``.

    Python has None there, and the next file that is opened would get the number of the closed one. Output to a
    closed stream is dropped, so that the command runs and ends as usual.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115, PTH123 - it stays open


def is_terminal() -> bool:
    """Say whether results go to a terminal."""
    return _is_terminal(sys.stdout)


def flush() -> None:
    """Write out the buffer, so that a full disk is an error of the command and not of the interpreter's end."""
    sys.stdout.flush()


def abandon_stdout() -> None:
    """Write nothing more to standard output, because its reader is gone or its disk is full."""
    with contextlib.suppress(OSError, ValueError):
        # The buffer still holds what could not be written; the interpreter would try again at its end and complain.
        devnull = os.open(os.devnull, os.O_WRONLY)
        os.dup2(devnull, sys.stdout.fileno())
        os.close(devnull)


def _tell(line: Line) -> None:
    # Standard error may be closed or full; that must not hide the exit code.
    with contextlib.suppress(OSError, ValueError):
        _write(sys.stderr, "pinsmith: " + _render(line, coloured=_is_coloured(sys.stderr)))


def _render(line: Line, *, coloured: bool) -> str:
    if isinstance(line, Mark):
        text = clean(line.text)
        return f"\x1b[{_SGR[line.tone]}m{text}\x1b[0m" if coloured and text else text
    if isinstance(line, str):
        return clean(line)
    return "".join(_render(part, coloured=coloured) for part in line)


def _write(stream: TextIO, text: str) -> None:
    encoding = stream.encoding or "utf-8"
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        text = text.translate(_ASCII_LINES).encode(encoding, "backslashreplace").decode(encoding)
    if _above_bar and (stream is sys.stderr or _is_where_the_bar_is(stream)):
        _above_bar[-1](text)
    else:
        stream.write(text + "\n")


def _is_terminal(stream: TextIO) -> bool:
    try:
        return stream.isatty()
    except ValueError:  # closed
        return False


def _is_where_the_bar_is(stream: TextIO) -> bool:
    """Say whether *stream* and standard error are one terminal. Then nobody can see which of them was written to."""
    try:
        return stream.isatty() and os.path.sameopenfile(stream.fileno(), sys.stderr.fileno())
    except (OSError, ValueError):
        return False


def _is_coloured(stream: TextIO) -> bool:
    # https://no-color.org: any value but the empty one.
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb" or not _is_terminal(stream):
        return False
    # Old Windows consoles print the sequences instead of obeying them.
    return os.name != "nt" or bool(os.environ.get("WT_SESSION") or os.environ.get("TERM"))
