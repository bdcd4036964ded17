"""`pinsmith formats` shows lists of formats, and the guide to a format, with these functions."""

from __future__ import annotations

import re
import textwrap
from typing import TYPE_CHECKING, Final

from pinsmith.cli._output import Mark

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from pinsmith.cli._output import Line
    from pinsmith.documents.formats import FormatOut
    from pinsmith.formats import Format, Platform

WIDTH: Final = 100
_LOSSES: Final = "A setting that this format cannot express is a loss. `pinsmith export` names it before it writes."


def overview(platforms: Iterable[Platform]) -> Iterator[Line]:
    """List the formats of each platform, one on a line."""
    from pinsmith.formats import FORMATS, of_platform

    width = max(len(target.id) for target in FORMATS)
    for at, platform in enumerate(platforms):
        if at:
            yield ""
        yield Mark(platform.title, "strong")
        for target in of_platform(platform):
            yield [f"  {target.id:{width}}  ", Mark(f"{_ways(target):6}", "faint"), f"  {target.title}"]


def _ways(target: Format) -> str:
    return " ".join(word for word, does in (("in", target.read), ("out", target.write)) if does)


def description(guide: FormatOut) -> Iterator[Line]:
    """Show everything that somebody must know to use a format."""
    yield Mark(f"{guide.id}: {guide.title}", "strong")
    yield ""
    yield from _table(guide)
    sections = (
        ("Where the file goes", _place(guide)),
        ("What to add elsewhere", _additions(guide)),
        ("How to use it", _indented(guide.usage or "")),
        ("Options", _options(guide)),
        ("What to know", _bullets(guide.remarks)),
        ("What is not covered", _bullets(_limits(guide))),
        ("How to verify it", _wrapped(guide.verify or "")),
    )
    for title, section in sections:
        if lines := list(section):
            yield from ("", Mark(title, "strong"), *lines)


def _table(guide: FormatOut) -> Iterator[str]:
    from pinsmith.formats import PLATFORMS

    titles = [platform.title for platform in PLATFORMS if platform.id in guide.platforms]
    ways = [word for word, does in (("import", guide.reads), ("export", guide.writes)) if does]
    rows = {
        "platforms": ", ".join(titles),
        "works with": " and ".join(f"`pinsmith {word}`" for word in ways),
        "abilities": ", ".join(guide.can),
        "reference": guide.spec,
        "docs": f"docs/{guide.page}",
    }
    if guide.guide is not None:
        rows["guide"] = f"docs/{guide.guide}"
    width = max(map(len, rows)) + 2
    for name, text in rows.items():
        yield from _filled(text, first=f"{name + ':':{width}}", others=" " * width)


def _place(guide: FormatOut) -> Iterator[str]:
    if guide.place is None:
        yield from _wrapped("pinsmith only reads this format, with `pinsmith import FILE`.")
        return
    yield from _wrapped("In pins.toml, with the path in your project:")
    yield from ("", "    [[output]]", f'    format = "{guide.id}"', f'    path = "{guide.place}"')
    if "several-hosts" not in guide.can:
        yield '    hosts = ["api.example.com"]'
    yield ""
    yield from _wrapped("Then run `pinsmith sync`.")


def _additions(guide: FormatOut) -> Iterator[str]:
    for at, entry in enumerate(guide.additions):
        if at:
            yield ""
        yield "  In a shell:" if entry.file == "shell" else f"  {entry.file}:"
        yield from _indented(entry.text, 4)


def _options(guide: FormatOut) -> Iterator[str]:
    for option in guide.option_details:
        choices = f"; one of {', '.join(option.choices)}" if option.choices else ""
        default = f"; default: {option.default}" if option.default else ""
        yield from _filled(f"{option.name}: {option.help}{choices}{default}", first="  * ", others="    ")


def _limits(guide: FormatOut) -> list[str]:
    return [*guide.limits, *([_LOSSES] if guide.writes and "whole-policy" not in guide.can else [])]


def _bullets(texts: Sequence[str]) -> Iterator[str]:
    for text in texts:
        yield from _filled(re.sub(r"\[\]\(([^)]+)\)", r"docs/reference/\1", text), first="  * ", others="    ")


def _wrapped(text: str) -> list[str]:
    return _filled(text, first="  ", others="  ")


def _filled(text: str, *, first: str, others: str) -> list[str]:
    return textwrap.wrap(
        text, WIDTH, initial_indent=first, subsequent_indent=others, break_long_words=False, break_on_hyphens=False
    )


def _indented(text: str, by: int = 2) -> Iterator[str]:
    """Indent code, which is there to be copied and is not wrapped."""
    for line in text.expandtabs(4).splitlines():
        yield f"{'':{by}}{line}".rstrip()
