"""Write the published proof, docs/proof.md, and its summary in the README."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pinsmith.formats import find
from pinsmith.lab.scenarios import SCENARIOS
from tests.judged.markdown import table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import date

    from pinsmith.lab.scenario import Scenario
    from tests.prove.proving import Proof

README: Final = Path(__file__).parents[2] / "README.md"
PAGE: Final = Path(__file__).parents[2] / "docs" / "proof.md"
_BEGIN: Final = "<!-- Versions: not compared. -->"
_END: Final = "<!-- End of the versions. -->"
_README_BEGIN: Final = "<!-- The proof, written by `python -m tests.prove`. -->"
_README_END: Final = "<!-- End of the proof. -->"
_INTRODUCTION: Final = """\
<!-- Written by `python -m tests.prove` from a run; edit tests/prove instead. -->

# Proof of the generated code

Every target that can be compiled here is compiled with each pin file of the
[scenarios](reference/lab-scenarios.md) of the lab, and attacked. The client must accept the good servers, and send
nothing to the others. The same runs are tests of this project (`nox -s prove`): code that no longer compiles, accepts a
rogue, or refuses a good server fails the build. Further tests show that a client whose comparison was removed fails.
They also cover addresses, exempt hosts, subdomains with pins of their own, `require-pins`, and names in other
spellings.
"""
OTHERS: Final = (
    (
        "urlsession-swift",
        "compiled by Swift 6 against stand-ins for Apple's frameworks; judges the chains of the lab correctly",
    ),
    ("alamofire-swift", "the same, with a stand-in for Alamofire"),
    ("trustkit-swift", "the same compiler; its configuration is that of trustkit-ios, whose rules are checked there"),
    ("ktor-darwin", "compiled for iOS by Kotlin/Native; its choice of pins runs on the JVM, with stand-ins"),
    (
        "http-engine-kotlin",
        (
            "compiled against Android 14, and runs on a JVM with its classes: its builder takes every pin; the engine "
            "itself is not run"
        ),
    ),
    ("http-engine-java", "the same"),
    ("cronet-kotlin", "the same, with a stand-in for Cronet's own classes, which Android has under other names"),
    ("cronet-java", "the same"),
    (
        "react-native-ssl-pinning",
        (
            "the library's own JavaScript and types pass the policy to its native part; the Java of that part runs on "
            "a JVM and refuses the lab's wrong key; its iOS part is not run"
        ),
    ),
    ("react-native-ssl-public-key-pinning", "the same"),
)
_OTHERS_ABOUT: Final = """\
## What is not proven

These cannot be run where pinsmith is tested. Try them against `pinsmith lab serve` before you rely on them.
"""
_SNIPPETS: Final = """\
One snippet of a proven target is only compiled, against the published signatures, because its library cannot be
installed here: that of [dotnet](reference/code/dotnet.md) for `IHttpClientFactory`. The handler that it passes on is
proven above.
"""
_LEGEND: Final = """\
How to read it: a trial is one scenario with one kind of key, and *passed* counts trials. *Not asked* counts the trials
that do not apply. The client may compare only the leaf, or not use a proxy, or the target cannot express the pin file
of the scenario, which `pinsmith export` reports as a loss. In the table of each language, ✓ is a pass with every kind
of key, · was not asked, and ! is a known failure, whose reason is below the table.
"""
_GROUPS: Final = {".kt": "Kotlin", ".java": "Java", ".go": "Go", ".rs": "Rust", ".php": "PHP", ".rb": "Ruby"} | {
    ".py": "Python", ".sh": "Shell", ".cpp": "C++", ".h": "C++", ".cs": "C#", ".swift": "Swift", ".dart": "Dart",
    ".ts": "Node", ".mjs": "Node", ".js": "Node",
}  # fmt: skip


def page(proofs: Sequence[Proof], day: date) -> str:
    """Return the text of the page."""
    parts = [_INTRODUCTION, *_summary(proofs), "", _BEGIN, "", *_versions(proofs, day), "", _END, "", _LEGEND]
    for group, members in groupby(sorted(proofs, key=_group), _group):
        parts += [f"## {group}", "", *_matrix(list(members)), ""]
    parts += [
        _OTHERS_ABOUT,
        *table(["target", "how it is checked"], [[_link(name), how] for name, how in OTHERS]),
        "",
        _SNIPPETS,
    ]
    return "\n".join(parts).rstrip() + "\n"


def readme(text: str, proofs: Sequence[Proof]) -> str:
    """Return the text of the README with the summary of *proofs*."""
    before, _, rest = text.partition(_README_BEGIN)
    after = rest.partition(_README_END)[2]
    assert after, f"the README has no {_README_BEGIN}"
    rows = []
    for group, found in groupby(sorted(proofs, key=_group), _group):
        members = list(found)
        targets = dict.fromkeys(f"`{proof.subject.target}`" for proof in members)
        passed = sum(trial.verdict == "pass" for proof in members for trial in proof.tried)
        excused = sum(len(proof.excused) for proof in members)
        rows.append([group, ", ".join(targets), str(len(members)), str(passed), str(excused)])
    lines = "\n".join(table(["", "targets", "clients", "trials passed", "known to fail"], rows))
    return f"{before}{_README_BEGIN}\n\n{lines}\n\n{_README_END}{after}"


def comparable(text: str) -> str:
    """Return *text* without versions and date."""
    before, _, rest = text.partition(_BEGIN)
    return before + rest.partition(_END)[2]


def _group(proof: Proof) -> str:
    return _GROUPS[find(proof.subject.target).suffixes[0]]


def _summary(proofs: Iterable[Proof]) -> Iterator[str]:
    rows = []
    for proof in proofs:
        subject = proof.subject
        passed = sum(trial.verdict == "pass" for trial in proof.tried)
        counts = (str(passed), str(len(proof.excused)), str(sum(proof.skipped.values())))
        rows.append([_link(subject.target), subject.title, subject.profile, *counts])
    yield from table(["target", "client", "compares", "passed", "known to fail", "not asked"], rows)


def _link(target: str) -> str:
    return f"[{target}](reference/code/{target}.md)"


def _versions(proofs: Iterable[Proof], day: date) -> Iterator[str]:
    versions: dict[str, list[str]] = {}
    for proof in proofs:
        for name, version in proof.built.versions.items():
            if version not in versions.setdefault(name, []):
                versions[name].append(version)
    yield f"Run on {day.isoformat()} with:"
    yield ""
    yield from table(["", "version"], [[name, ", ".join(found)] for name, found in sorted(versions.items())])


def _matrix(proofs: Sequence[Proof]) -> Iterator[str]:
    asked = [
        scenario
        for scenario in SCENARIOS
        if any(trial.scenario is scenario for proof in proofs for trial in proof.tried)
    ]
    rows = [
        [f"[{scenario.id}](reference/lab-scenarios.md#{scenario.id})", *(_mark(proof, scenario) for proof in proofs)]
        for scenario in asked
    ]
    yield from table(["", *(proof.subject.id for proof in proofs)], rows)
    for proof in proofs:
        failed = {trial.scenario.id for trial in proof.excused}
        for scenario, reason in proof.subject.excused.items():
            if scenario in failed:
                yield ""
                yield f"{proof.subject.id}, `{scenario}`: {reason}"
    yield ""
    yield "Not asked:"
    yield ""
    for proof in proofs:
        reasons = "; ".join(f"{', '.join(ids)}: {reason}" for reason, ids in _reasons(proof).items())
        yield f"* {proof.subject.id}: {reasons or 'nothing'}"


def _reasons(proof: Proof) -> Mapping[str, list[str]]:
    found: dict[str, list[str]] = {}
    for trial in proof.trials:
        if trial.verdict == "skipped" and trial.scenario.id not in found.setdefault(trial.reason, []):
            found[trial.reason].append(trial.scenario.id)
    return found


def _mark(proof: Proof, scenario: Scenario) -> str:
    trials = [trial for trial in proof.tried if trial.scenario is scenario]
    if not trials:
        return "·"
    return "✓" if all(trial.verdict == "pass" for trial in trials) else "!"
