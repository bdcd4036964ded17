"""Write the published comparison, docs/guides-compared.md."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pinsmith.formats import SYNTAXES
from pinsmith.lab.scenarios import SCENARIOS
from pinsmith.lab.verdict import WORDS
from tests.judged.markdown import table
from tests.judged.renewed import RENEWED

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tests.prove.guides.guide import Guide

_WORDS: Final[dict[str, str]] = {str(verdict): words for verdict, words in WORDS.items()}
PAGE: Final = Path(__file__).parents[3] / "docs" / "guides-compared.md"
_INTRODUCTION: Final = """\
<!-- Written by `python -m tests.prove guides` from a run; edit tests/prove/guides instead. -->

# Guides, and what their snippets do

Most code that pins was copied from a guide. This page tests the snippets of five published guides, and the most common
answers to questions. We rewrote them with the properties of the originals, and ran them in the
[scenarios](reference/lab-scenarios.md) of the lab. Snippets that cannot be run here are marked, and their faults are
shown in another way. The runs are tests of this project (`nox -s prove`). The code of pinsmith is [proven](proof.md) in
the same way. [](guide-steps.md) lists the steps of the five guides, and the commands that do them.
"""


def page(found: Sequence[tuple[Guide, Mapping[str, str]]]) -> str:
    """Return the page for the failures of every snippet: scenarios, as in `tests.judged.outcome`, and verdicts."""
    rows = [
        [f"[{guide.source}](#guide-{guide.id})", _worst(failed), _instead(guide.instead)] for guide, failed in found
    ]
    parts = [_INTRODUCTION, *table(["snippet", "what it does", "instead"], rows), ""]
    for guide, failed in found:
        parts += [*_section(guide, failed), ""]
    return "\n".join(parts).rstrip() + "\n"


def _worst(failed: Mapping[str, str]) -> str:
    counts = Counter(verdict for _, verdict in {(name.partition("/")[0], verdict) for name, verdict in failed.items()})
    return (
        ", ".join(f"{words} ({counts[verdict]})" for verdict, words in _WORDS.items() if counts[verdict]) or "not run"
    )


def _instead(name: str) -> str:
    if name == "fetch":
        return "`pinsmith fetch`"
    if name in {syntax.id for syntax in SYNTAXES}:
        return f"[{name}](reference/formats.md#format-{name})"
    return f"[{name}](reference/code/{name}.md)"


def _section(guide: Guide, failed: Mapping[str, str]) -> Iterator[str]:
    yield f"(guide-{guide.id})="
    yield f"## {guide.source}"
    yield ""
    yield f"It {guide.snippet}."
    yield ""
    if failed:
        yield from table(["it", "in the scenario", "it does not"], _rows(failed))
        yield ""
    if guide.judged:
        yield f"[More of this client](lab-results.md#client-{guide.judged})."
        yield ""
    if guide.shown is not None:
        yield guide.shown()
        yield ""
    yield f"Instead: {_instead(guide.instead)}."


def _rows(failed: Mapping[str, str]) -> Iterator[list[str]]:
    lacks = {scenario.id: scenario.lacks for scenario in (*SCENARIOS, RENEWED)}
    for name, verdict in failed.items():
        scenario, _, key = name.partition("/")
        link = f"`{scenario}`" if scenario == RENEWED.id else f"[{scenario}](reference/lab-scenarios.md#{scenario})"
        yield [_WORDS[verdict], f"{link}{f' ({key})' if key else ''}", lacks[scenario]]
