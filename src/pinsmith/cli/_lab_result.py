"""What ``pinsmith lab run`` prints: lines for people, JSON, JUnit and SARIF for CI."""

from __future__ import annotations

import json
import os
from collections import Counter
from typing import TYPE_CHECKING, Final

import msgspec

import pinsmith
from pinsmith._clean import clean
from pinsmith.cli import _output
from pinsmith.cli._output import Mark
from pinsmith.documents.document import Versioned
from pinsmith.exit_code import ExitCode
from pinsmith.lab.verdict import WORDS, advice, is_fine, lacks, lacks_control, tally

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pinsmith.cli._output import Line, Tone
    from pinsmith.lab.trial import Trial

_SARIF_SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"


class TrialOut(msgspec.Struct, frozen=True, kw_only=True):
    """One scenario with one kind of key; ``outcome`` is null if it was skipped."""

    id: str
    key: str
    expected: str
    outcome: str | None
    bytes_received: int
    seconds: float
    verdict: str
    reason: str


class RunDocument(Versioned, frozen=True, kw_only=True):
    """``pinsmith lab run --format json``."""

    ok: bool
    profile: str
    scenarios: list[TrialOut]


def line(trial: Trial, width: int = 0) -> Line:
    """Describe *trial* on one line; ids are padded to *width*."""
    word, tone = _mark(trial)
    said = trial.reason if is_fine(trial) else f"{WORDS[trial.verdict]}: {trial.reason}"
    return [Mark(word, tone), f"  {trial.scenario.id:{width}}  ", Mark(f"{trial.key:8}", "faint"), f"  {said}"]


def _mark(trial: Trial) -> tuple[str, Tone]:
    if trial.verdict == "skipped":
        return "skip", "faint"
    return ("pass", "good") if trial.verdict == "pass" else ("FAIL", "bad")


def summary(trials: Sequence[Trial]) -> Iterator[Line]:
    """Say what was skipped, a line for each reason, and count."""
    reasons: dict[str, dict[str, None]] = {}
    for each in trials:
        if each.verdict == "skipped":
            reasons.setdefault(each.reason, {})[each.scenario.id] = None
    for reason, ids in reasons.items():
        yield [Mark("skip", "faint"), f"  {reason}: {', '.join(ids)}"]
    counts = Counter(_mark(trial)[0] for trial in trials)
    words = {"pass": "passed", "FAIL": "failed", "skip": "skipped"}
    yield ", ".join(f"{counts[word]} {text}" for word, text in words.items() if counts[word] or word == "pass")


def document(trials: Sequence[Trial], profile: str) -> RunDocument:
    """Describe *trials* for machines."""
    return RunDocument(
        ok=all(map(is_fine, trials)),
        profile=profile,
        scenarios=[
            TrialOut(
                id=each.scenario.id,
                key=each.key,
                expected=each.expected,
                outcome=each.outcome,
                bytes_received=each.bytes_received,
                seconds=round(each.seconds, 3),
                verdict=each.verdict,
                reason=each.reason,
            )
            for each in trials
        ],
    )


def junit(trials: Sequence[Trial]) -> list[str]:
    """
    Write *trials* as JUnit XML, a test case for each.

    Source:
        The schema of the Apache Ant task, as CI systems read it.
    """
    from xml.etree import ElementTree as ET

    skipped = sum(each.verdict == "skipped" for each in trials)
    failed = sum(not is_fine(each) for each in trials)
    counts = {"tests": str(len(trials)), "failures": str(failed), "errors": "0", "skipped": str(skipped)}
    root = ET.Element("testsuites", {name: counts[name] for name in ("tests", "failures", "errors")})
    suite = ET.SubElement(root, "testsuite", {"name": "pinsmith lab run", **counts})
    for each in trials:
        name = f"{each.scenario.id} ({each.key})"
        place = {"classname": "pinsmith.lab", "name": name, "time": f"{each.seconds:.3f}"}
        case = ET.SubElement(suite, "testcase", place)
        if each.verdict == "skipped":
            ET.SubElement(case, "skipped", {"message": clean(each.reason)})
        elif not is_fine(each):
            told = ET.SubElement(case, "failure", {"message": WORDS[each.verdict], "type": each.verdict})
            told.text = "\n".join(map(clean, (each.reason, *lacks([each]))))
    ET.indent(root)
    return ET.tostring(root, encoding="unicode", xml_declaration=True).split("\n")


def sarif(trials: Sequence[Trial], client: str) -> bytes:
    """
    Write the failures of *trials* as SARIF: a rule for each scenario, a result for each failed trial.

    Source:
        SARIF 2.1.0, OASIS, 2020
    """
    scenarios = list(dict.fromkeys(each.scenario for each in trials))
    place = [{"physicalLocation": {"artifactLocation": {"uri": _uri(client)}, "region": {"startLine": 1}}}]
    rules = [
        {
            "id": each.id,
            "shortDescription": {"text": each.title},
            "fullDescription": {"text": f"A client that fails it does not {each.lacks}."},
            "help": {"text": each.description},
        }
        for each in scenarios
    ]
    results = [
        {
            "ruleId": each.scenario.id,
            "level": "error",
            "message": {"text": f"{each.key}: {WORDS[each.verdict]}: {each.reason}"},
            "locations": place,
        }
        for each in trials
        if not is_fine(each)
    ]
    driver = {"name": "pinsmith", "version": pinsmith.__version__, "rules": rules}
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    return json.dumps({"$schema": _SARIF_SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2).encode()


def _uri(client: str) -> str:
    from urllib.parse import quote

    return quote(os.fsencode(client))


def conclude(trials: Sequence[Trial], profile: str, client: str) -> int:
    """Say what is wrong with the client, or with the run, and return the exit code."""
    if all(map(is_fine, trials)):
        if lacks_control(trials):
            _output.warning(
                "nothing here had to be accepted: a client that refuses everything passes too; add --scenario leaf-pin"
            )
        return ExitCode.OK
    told = f"{client} fails {tally(trials)}"
    _output.error("client-fails", told, details=lacks(trials), hint=advice(trials, profile))
    return ExitCode.MISMATCH
