"""Files of lines, with settings and ``#`` remarks: one is replaced, the others stay as they are."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from pinsmith.formats._format import MARK, mark

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from pinsmith.policy import Key

_OWN: Final = re.compile(
    rf"\s*[#;] (?:The pins here are {re.escape(MARK)} |For \S+ only\.\s*$|For nobody: |Keys, in this order: )"
)


def one_line(text: str) -> str:
    """Make *text* fit for a remark that ends with its line: what is not printable cannot end it, nor turn it round."""
    return "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in text)


def remark(source: str, sign: str = "#") -> str:
    """Return the remark that says what made the file."""
    return f"{sign} {one_line(mark(source))}"


def remark_of_keys(keys: Iterable[Key]) -> str:
    """Return the remark that names the keys of a list of pins on one line."""
    return f"# Keys, in this order: {', '.join(one_line(key.name) for key in keys)}."


def is_own_remark(line: str) -> bool:
    """Say whether a line is a remark that such a file was given by us."""
    return _OWN.match(line) is not None


def replace_lines(existing: str | None, own: Sequence[str], is_setting: Callable[[str], bool]) -> str:
    """
    Put lines in the place of those that said the same before, as far to the right, or at the end.

    Args:
        existing: The file as it is; None makes a new one.

        own: The new lines, remarks first, without line ends.

        is_setting: Whether a line, without its end, is to be replaced.
    """
    if existing is None:
        return "".join(f"{line}\n" for line in own)
    end = "\r\n" if "\r\n" in existing else "\n"
    kept: list[str] = []
    place, indent = None, ""
    for line in re.findall(r"[^\n]*\n|[^\n]+", existing):
        if not is_setting(line.rstrip("\r\n")):
            kept.append(line)
            continue
        while kept and is_own_remark(kept[-1]):
            kept.pop()
        if place is None:
            indent = line[: len(line) - len(line.lstrip())]
        place = len(kept) if place is None else min(place, len(kept))
    if place is None:
        if kept and not kept[-1].endswith(("\n", "\r")):
            kept[-1] += end
        place = len(kept)
    return "".join([*kept[:place], *(indent + line + end for line in own), *kept[place:]])
