"""The report of ``pinsmith lab serve`` for people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from pinsmith.documents.lab_report import (
    ABOUT_CODE,
    DANGER,
    EXPECTED,
    LIMITS,
    OWN_SERVERS,
    counted,
    references,
    without_secrets,
)
from pinsmith.documents.report import Cell, Fault, Report, Skipped, Table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from pinsmith.documents.lab_report import Circumstances
    from pinsmith.documents.lab_serve import EventOut, OpenDocument, ServedOut, SummaryLine
    from pinsmith.documents.report import Tone

MAX_VISITS: Final = 5  # of one scenario with one result
# The results, the worst first.
_RESULTS: Final[dict[str, tuple[str, Tone]]] = {
    "accepts-a-rogue": ("accepts a rogue", "bad"),
    "refuses-a-good-server": ("refuses a good server", "bad"),
    "unproven": ("proves nothing", "warn"),
    "pass": ("correct", "good"),
}
MEANINGS: Final = {
    "accepts-a-rogue": f"A client sent data to a server that it must refuse. {DANGER}",
    "refuses-a-good-server": "A client refused a server that it must accept. Users could not connect.",
}
_LIMITS: Final = (
    OWN_SERVERS,
    "The lab cannot distinguish clients. The visits of a browser count like those of the app.",
    "A refusal proves pinning only if the app trusts both roots of the lab.",
)


class Visits:
    """Keeps the first visits of each scenario with each result, because a service may run for days."""

    def __init__(self) -> None:
        """Begin without visits."""
        self._kept: dict[tuple[str, str], list[EventOut]] = {}

    def add(self, event: EventOut) -> None:
        """Keep *event* if it is one of the first of its kind."""
        kept = self._kept.setdefault((event.scenario, event.result), [])
        if len(kept) < MAX_VISITS:
            kept.append(event)

    def of(self, scenario: str, result: str | None = None) -> list[EventOut]:
        """List the visits of *scenario* with *result*, or with any result, the worst first."""
        return [event for name in _RESULTS if result in {None, name} for event in self._kept.get((scenario, name), ())]


class _Seen(NamedTuple):
    served: ServedOut
    results: dict[str, int]


class _Conclusion(NamedTuple):
    word: str
    tone: Tone
    sentence: str


def serve_report(
    opened: OpenDocument, summary: SummaryLine, visits: Visits, problems: Sequence[str], circumstances: Circumstances
) -> Report:
    """
    Describe a service for people, after its end.

    Args:
        opened: What was served.

        summary: How often each scenario saw each result.

        visits: Visits as evidence.

        problems: Why the record is incomplete.

        circumstances: When and how it ran.
    """
    results = {seen.id: {name: count for name, count in seen.results.items() if count} for seen in summary.seen}
    seen = [_Seen(served, results.get(served.id, {})) for served in opened.scenarios]
    seen.sort(key=lambda one: min(map(list(_RESULTS).index, one.results), default=len(_RESULTS)))
    visited = [one for one in seen if one.results]
    tested = circumstances.subject or "the app"
    conclusion = _conclude(visited, tested, is_complete=not problems)
    return Report(
        "pinsmith lab serve",
        f"Does {tested} pin?",
        *conclusion,
        explanation=_explanation(len(visited), len(seen)),
        facts=circumstances.facts(
            ("Host that the app connects to", Cell(opened.host, is_code=True)), ("Address", Cell(opened.address))
        ),
        faults=(*_faults(visited, visits), *_of_problems(problems)),
        tables=(_results(visited), _evidence(visited, visits)),
        skipped=tuple(_skipped(opened, seen)),
        limits=(*_LIMITS, *LIMITS),
        references=references(ABOUT_CODE),
    )


def _conclude(visited: Sequence[_Seen], tested: str, *, is_complete: bool) -> _Conclusion:
    def share(result: str) -> str:
        number = sum(result in one.results for one in visited)
        return f"{number} of {counted(len(visited), 'scenario', 'scenarios')}" if number else ""

    subject = f"{tested[0].upper()}{tested[1:]}" if tested == "the app" else tested
    if rogue := share("accepts-a-rogue"):
        sentence = f"{subject} does not pin reliably: in {rogue}, a client sent data to a rogue server."
        return _Conclusion("Fail", "bad", sentence)
    if refused := share("refuses-a-good-server"):
        sentence = f"{subject} would lock users out: in {refused}, a client refused a server that it must accept."
        return _Conclusion("Fail", "bad", sentence)
    passed = {one.served.expected for one in visited if "pass" in one.results}
    if not visited:
        reason = "no client visited the lab."
    elif not is_complete:
        reason = "the record of this run is incomplete."
    elif not passed - {"accept"}:
        reason = "no client refused a rogue server in this run."
    elif "accept" not in passed:
        reason = "no client accepted a genuine server in this run, so refusals prove nothing."
    elif unknown := sum("pass" not in one.results for one in visited):
        reason = f"{counted(unknown, 'scenario', 'scenarios')} had no result."
    else:
        scenarios = counted(len(visited), "scenario", "scenarios")
        return _Conclusion("Pass", "good", f"{subject} pins: every visit to {scenarios} of the lab was correct.")
    return _Conclusion("Not proven", "warn", f"It is not proven that {tested} pins: {reason}")


def _explanation(visited: int, served: int) -> tuple[str, ...]:
    offered = (
        "The lab offered servers that behave like the genuine host or like an attacker. A person used the app. The lab "
        "judged every connection by what the server received."
    )
    return (
        offered,
        f"Clients visited {visited} of {counted(served, 'scenario', 'scenarios')}. "
        "Nothing is known about the others, which are listed below."
        if visited < served
        else "Clients visited every scenario.",
    )


def _faults(visited: Iterable[_Seen], visits: Visits) -> Iterator[Fault]:
    for served, results in visited:
        for result, meaning in MEANINGS.items():
            if result in results:
                events = visits.of(served.id, result)
                evidence = [f"{_time(event)} UTC: {event.peer} {_seen(event)}" for event in events]
                if (more := results[result] - len(events)) > 0:
                    evidence.append(counted(more, "further visit", "further visits"))
                sentences = (f"Situation: {served.title}.", meaning)
                yield Fault(served.id, _RESULTS[result][0], "bad", sentences, evidence)


def _of_problems(problems: Sequence[str]) -> Iterator[Fault]:
    if problems:
        meaning = ("The lab did not record everything. Serve these scenarios again.",)
        yield Fault("lab", "the record is incomplete", "warn", meaning, problems)


def _results(visited: Iterable[_Seen]) -> Table:
    rows = []
    for served, results in visited:
        worst = next(name for name in _RESULTS if name in results)
        words = ", ".join(f"{words}: {results[name]}" for name, (words, _) in _RESULTS.items() if name in results)
        rows.append(
            (
                Cell(served.title, id=served.id),
                Cell(EXPECTED.get(served.expected, served.expected)),
                Cell(served.note or "none"),
                Cell(words, _RESULTS[worst][1]),
            )
        )
    columns = ("Situation", "A correct client must", "Conditions", "Visits")
    return Table("Results", columns, rows)


def _evidence(visited: Iterable[_Seen], visits: Visits) -> Table:
    rows = [
        (
            Cell(served.id, is_code=True),
            Cell(_time(event), is_code=True),
            Cell(event.peer, is_code=True),
            Cell(_seen(event)),
            Cell(*_RESULTS[event.result]),
        )
        for served, _ in visited
        for event in visits.of(served.id)
    ]
    columns = ("Scenario", "Time, UTC", "Client", "What was seen", "Result")
    note = f"At most {MAX_VISITS} visits of a scenario with the same result are listed."
    return Table("Evidence", columns, rows, note)


def _time(event: EventOut) -> str:
    """Return the time of *event*, to the second."""
    return event.at[:19].replace("T", " ")


def _seen(event: EventOut) -> str:
    return f"{event.what} ({without_secrets(event.request)})" if event.request else event.what


def _skipped(opened: OpenDocument, seen: Iterable[_Seen]) -> Iterator[Skipped]:
    if unseen := [one.served.id for one in seen if not one.results]:
        yield Skipped("no client visited", unseen)
    reasons: dict[str, list[str]] = {}
    for left_out in opened.left_out:
        reasons.setdefault(left_out.reason.replace("`", ""), []).append(left_out.id)
    yield from (Skipped(reason, names) for reason, names in reasons.items())
