"""Write docs/lab-results.md from a run."""

from __future__ import annotations

import shlex
from collections import Counter
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pinsmith.lab.scenarios import SCENARIOS
from pinsmith.lab.verdict import WORDS
from tests.judged.markdown import table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date

    from pinsmith.lab.trial import Trial
    from tests.judged.outcome import Failure, Outcome

PAGE: Final = Path(__file__).parents[2] / "docs" / "lab-results.md"
_BEGIN: Final = "<!-- Versions: not compared. -->"
_END: Final = "<!-- End of the versions. -->"
_INTRODUCTION: Final = """\
<!-- Written by `python -m tests.judged` from a run; edit tests/judged instead. -->

# What real clients do in the lab

This page shows how clients that people pin with behave in the [scenarios](reference/lab-scenarios.md) of the lab, with
EC P-256 and RSA-2048 keys. All results were measured: how the client ended, and the bytes that the servers read. The
same runs are tests of this project (`nox -s clients`), so that a change in a client is noticed.

`python -m tests.judged` writes this page again, and `pinsmith lab run -- COMMAND` puts any command through the lab. The
programs in other languages and the snippets are in `tests/judged/programs`. They are small and in our own words, even
if they have the property of the snippet of a guide. Placeholders in braces are filled in for every trial.
"""
_CONSEQUENCES: Final = {"refuses-a-good-server", "unproven"}
_RULES: Final = """\
How to read it:

* A trial is one scenario with one type of key. Trials that do not apply count as skipped. A client without `{policy}`
  is not tried with expiry dates. A client without `{proxy}` is not tried with proxies. A client that compares only the
  key of the leaf (profile `leaf`) is not tried with pins above it.
* Clients that compare whole certificates get the fingerprint of the certificate of the host. All clients are tried
  with one scenario that the lab does not have, `renewed-certificate`: the host has a new certificate for the same key.
* "Accepts a rogue" means that a rogue server got the request.
* "Proves nothing" means that the client did not reach the point of the scenario, for example because it refused the
  good server that redirects.
* The number in brackets is the number of scenarios.
* A pass proves nothing about other versions of a client, other TLS libraries, or other options.
"""


def page(outcomes: Sequence[Outcome], versions: Mapping[str, str], day: date) -> str:
    """Return the text of the page."""
    parts = [_INTRODUCTION, _BEGIN, "", *_versions(versions, day), "", _END, "", _RULES, *_summary(outcomes), ""]
    for group, members in groupby(outcomes, lambda outcome: outcome.subject.group):
        parts += [f"## {group[0].upper()}{group[1:]}", ""]
        for outcome in members:
            parts += [*_section(outcome), ""]
    return "\n".join(parts).rstrip() + "\n"


def comparable(text: str) -> str:
    """Return *text* without versions and date."""
    before, _, rest = text.partition(_BEGIN)
    return before + rest.partition(_END)[2]


def _versions(versions: Mapping[str, str], day: date) -> Iterator[str]:
    yield f"Run on {day.isoformat()} with:"
    yield ""
    yield from table(["", "version"], [[name, version] for name, version in versions.items()])


def _summary(outcomes: Sequence[Outcome]) -> Iterator[str]:
    rows = []
    for outcome in outcomes:
        subject = outcome.subject
        passed = len(outcome.tried) - len(outcome.failed)
        counts = [passed, len(outcome.failed), sum(outcome.skipped.values())]
        rows.append([f"[{subject.title}](#client-{subject.id})", subject.profile, *map(str, counts), _worst(outcome)])
    yield from table(["client", "profile", "passed", "failed", "skipped", "what it does wrong"], rows)


def _worst(outcome: Outcome) -> str:
    found = Counter({trial.scenario.id: trial.verdict for trial in outcome.failed}.values())
    return ", ".join(f"{words} ({found[verdict]})" for verdict, words in WORDS.items() if found[verdict]) or "nothing"


def _section(outcome: Outcome) -> Iterator[str]:
    subject = outcome.subject
    yield f"(client-{subject.id})="
    yield f"### {subject.title}"
    yield ""
    yield subject.about
    yield ""
    yield f"    {shlex.join(subject.command)}".replace("'", "")
    yield ""
    yield _right(outcome)
    yield ""
    failures = outcome.failures()
    if failures:
        yield from table(["it", "in the scenario", "it does not"], list(_rows(failures)))
        yield ""
    yield f"Advice: {subject.advice}"


def _right(outcome: Outcome) -> str:
    good, bad = ([trial for trial in outcome.tried if (trial.expected == "accept") is good] for good in (True, False))
    return (
        f"Of {len(good)} trials with a server that must be accepted it passes {_passes(good)}; "
        f"of {len(bad)} in which something must not be sent, {_passes(bad)}."
    )


def _passes(trials: Sequence[Trial]) -> str:
    passed = sum(trial.verdict == "pass" for trial in trials)
    return "all" if passed == len(trials) else str(passed)


def _rows(failures: Sequence[Failure]) -> Iterator[list[str]]:
    """
    Yield a row for each failure.

    A client that refuses the simplest good server fails further scenarios for the same reason, so they share its row.
    """
    plain = next((failure for failure in failures if failure.scenario.id == "leaf-pin"), None)
    same = [
        failure
        for failure in failures
        if plain is not None
        and failure.verdict in _CONSEQUENCES
        and plain.key in {failure.key, None}
        and failure is not plain
    ]
    for failure in failures:
        if failure not in same:
            therefore = f", and therefore {', '.join(map(_name, same))}" if failure is plain and same else ""
            yield [WORDS[failure.verdict], f"{_name(failure)}{_keys(failure)}{therefore}", failure.scenario.lacks]


def _name(failure: Failure) -> str:
    name = failure.scenario.id
    return f"[{name}](#{name})" if failure.scenario in SCENARIOS else f"`{name}`"


def _keys(failure: Failure) -> str:
    return f" ({failure.key})" if failure.key is not None else ""
