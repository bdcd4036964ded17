"""The report of ``pinsmith lab run`` for people."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from pinsmith.documents.lab_report import ABOUT_CODE, DANGER, EXPECTED, LIMITS, OWN_SERVERS, counted, references
from pinsmith.documents.report import Cell, Fault, Report, Skipped, Table
from pinsmith.lab.run import LEFT_OUT
from pinsmith.lab.scenarios import SCENARIOS
from pinsmith.lab.verdict import WORDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from pinsmith.documents.lab_report import Circumstances
    from pinsmith.documents.lab_run import RunDocument, TrialOut
    from pinsmith.documents.report import Tone

_WORDS: Final[dict[str, str]] = {str(verdict): words for verdict, words in WORDS.items()}
_ORDER: Final = {scenario.id: number for number, scenario in enumerate(SCENARIOS)}
# The verdicts, the worst first, with their meaning for users.
MEANINGS: Final = {
    "accepts-a-rogue": f"The client trusted a server that it must refuse. {DANGER}",
    "leaks-before-refusing": "The client refused the server too late: the request had been sent already. An attacker "
    "on the network can read such requests, with everything that they contain.",
    "refuses-a-good-server": "The client refused a server that it must accept. Users could not connect.",
    "hangs": "The client did not end by itself, so the lab stopped it. Users would wait without an answer.",
    "unproven": "The trial does not show how the client behaves. This is not a pass.",
}
_PROFILES: Final = {
    "chain": "chain: a key of the verified chain must be pinned, at any depth",
    "leaf": "leaf: the client compares the key of the server's own certificate alone",
}
_LIMITS: Final = (
    OWN_SERVERS,
    "The lab starts the client anew for each trial. It does not show what the client does later.",
    "A client could recognise the lab, and behave better there.",
)


class _Conclusion(NamedTuple):
    word: str
    tone: Tone
    sentence: str


def run_report(document: RunDocument, client: str, digest: str, circumstances: Circumstances) -> Report:
    """
    Describe a run for people.

    Args:
        document: The results.

        client: The program, as the user named it.

        digest: The SHA-256 of its file, in hexadecimal.

        circumstances: When and how it was run.
    """
    program = PurePath(client).name
    tested = circumstances.subject or program
    trials = sorted(document.scenarios, key=_rank)
    tried = [trial for trial in trials if trial.verdict != "skipped"]
    unwanted = list(dict.fromkeys(trial.id for trial in trials if trial.reason == LEFT_OUT))
    conclusion = _conclude(tried, tested, unwanted)
    return Report(
        "pinsmith lab run",
        f"Does {tested} pin?",
        *conclusion,
        explanation=tuple(_explanation(trials)),
        facts=circumstances.facts(
            (f"SHA-256 of {program}", Cell(digest, is_code=True)),
            ("Client compares", Cell(_PROFILES.get(document.profile, document.profile))),
        ),
        faults=tuple(_faults(tried)),
        tables=(_table(tried),),
        skipped=tuple(_skipped(trials)),
        limits=(*_LIMITS, *LIMITS),
        references=references(ABOUT_CODE),
    )


def _rank(trial: TrialOut) -> tuple[int, int, str]:
    verdicts = [*MEANINGS, "pass", "skipped"]
    return verdicts.index(trial.verdict), _ORDER.get(trial.id, len(_ORDER)), trial.key


def _conclude(tried: Sequence[TrialOut], tested: str, unwanted: Sequence[str]) -> _Conclusion:
    def share(*verdicts: str) -> str:
        number = sum(trial.verdict in verdicts for trial in tried)
        return f"{number} of {counted(len(tried), 'trial', 'trials')}" if number else ""

    if rogue := share("accepts-a-rogue", "leaks-before-refusing"):
        sentence = f"{tested} does not pin reliably: in {rogue} it trusted a rogue server, or sent data to one."
        return _Conclusion("Fail", "bad", sentence)
    if refused := share("refuses-a-good-server"):
        sentence = f"{tested} would lock users out: in {refused} it refused a server that it must accept."
        return _Conclusion("Fail", "bad", sentence)
    if hung := share("hangs"):
        return _Conclusion("Fail", "bad", f"{tested} hung in {hung}, and had to be stopped.")
    passed = {trial.expected for trial in tried if trial.verdict == "pass"}
    if unknown := share("unproven"):
        reason = f"{unknown} had no result."
    elif not passed - {"accept"}:
        reason = "no trial with a rogue server was part of this run."
    elif "accept" not in passed:
        reason = "it refused every rogue server, but no trial shows that it accepts a genuine one."
    elif unwanted:
        reason = f"{', '.join(unwanted)} {'was' if len(unwanted) == 1 else 'were'} left out on purpose."
    else:
        return _Conclusion("Pass", "good", f"{tested} pins: it passed all {len(tried)} trials of this run.")
    return _Conclusion("Not proven", "warn", f"It is not proven that {tested} pins: {reason}")


def _explanation(trials: Iterable[TrialOut]) -> Iterator[str]:
    yield (
        "The lab started the client once for each trial, against servers that behave like the genuine host or like an "
        "attacker. It judged the client by how it ended, and by what the servers received."
    )
    if skipped := {trial.id for trial in trials if trial.verdict == "skipped"}:
        scenarios = counted(len(skipped), "scenario was", "scenarios were")
        yield f"{scenarios} not tried, at least in part, so nothing is known about the client there."


def _faults(tried: Iterable[TrialOut]) -> Iterator[Fault]:
    """Describe each scenario with a fault once, for all kinds of keys."""
    known = {scenario.id: scenario for scenario in SCENARIOS}
    found: dict[tuple[str, str], list[TrialOut]] = {}
    for trial in tried:
        if trial.verdict in MEANINGS:
            found.setdefault((trial.id, trial.verdict), []).append(trial)
    for (name, verdict), trials in found.items():
        meaning = [MEANINGS[verdict]]
        if (scenario := known.get(name)) is not None:
            meaning.insert(0, f"Situation: {scenario.title}.")
            if verdict != "unproven":
                meaning.append(f"A client that fails here does not {scenario.lacks}. Background: {scenario.source}.")
        evidence = [f"{trial.key}: {trial.reason}" for trial in trials]
        tone: Tone = "warn" if verdict == "unproven" else "bad"
        yield Fault(name, _WORDS[verdict], tone, meaning, evidence)


def _table(tried: Iterable[TrialOut]) -> Table:
    titles = {scenario.id: scenario.title for scenario in SCENARIOS}
    keys: dict[TrialOut, list[str]] = {}  # of trials that differ only in the key, and in the time
    for trial in tried:
        keys.setdefault(msgspec.structs.replace(trial, key="", seconds=0), []).append(trial.key)
    rows = [
        (
            Cell(titles.get(trial.id, trial.id), id=trial.id),
            Cell(", ".join(kinds), is_code=True),
            Cell(EXPECTED.get(trial.expected, trial.expected)),
            Cell(counted(trial.bytes_received, "byte", "bytes")),
            Cell(trial.reason),
            Cell("pass", "good") if trial.verdict == "pass" else _failed(trial),
        )
        for trial, kinds in keys.items()
    ]
    columns = ("Situation", "Keys", "A correct client must", "Server received", "What was seen", "Result")
    return Table("Results", columns, rows, "The lab counts bytes that it could decrypt, or that came without TLS.")


def _failed(trial: TrialOut) -> Cell:
    return Cell(_WORDS[trial.verdict], "warn" if trial.verdict == "unproven" else "bad")


def _skipped(trials: Iterable[TrialOut]) -> Iterator[Skipped]:
    reasons: dict[str, dict[str, None]] = {}
    for trial in trials:
        if trial.verdict == "skipped":
            reasons.setdefault(trial.reason, {})[trial.id] = None
    return (Skipped(reason, tuple(names)) for reason, names in reasons.items())
