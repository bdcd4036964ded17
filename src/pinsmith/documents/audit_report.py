"""The report of ``pinsmith audit`` for people."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final, NamedTuple

from pinsmith.answers import Answer
from pinsmith.documents import catalogue
from pinsmith.documents.audit import owners_of
from pinsmith.documents.lab_report import DANGER, counted
from pinsmith.documents.lint import rules_of
from pinsmith.documents.report import Cell, Fault, Headings, Reference, Report, Skipped, Table
from pinsmith.finding import FilePlace, Severity

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from pinsmith.answers import HostAnswer
    from pinsmith.documents.audit import Audit
    from pinsmith.documents.lab_report import Circumstances
    from pinsmith.documents.report import Tone
    from pinsmith.documents.sarif import Rule
    from pinsmith.finding import Finding

MEANINGS: Final = {
    Answer.YES: "The operating system refuses every other key, because the app declares its pins. This holds for "
    "connections that use the system's own TLS.",
    Answer.UNPROVEN: "There is code that seems to pin the host. It is not proven that this code runs, or that it "
    "refuses attackers. A test in pinsmith's lab, or of the running app behind its proxy, proves that.",
    Answer.UNKNOWN: "A part of the app could not be read, so nothing is known about the host.",
    Answer.NO: f"Nothing that was read protects the host with pins. {DANGER}",
}
_TONES: Final[dict[Answer, Tone]] = {
    Answer.YES: "good",
    Answer.UNPROVEN: "warn",
    Answer.UNKNOWN: "warn",
    Answer.NO: "bad",
}
_GRAVE: Final[dict[Severity, Tone]] = {Severity.HIGH: "bad", Severity.MEDIUM: "warn"}
_COLUMNS: Final = ("Host", "Pinned", "By what", "Until", "Keys", "Why")
_LIMITS: Final = (
    "The report is about files. Nothing was run, so it does not show which code the app executes.",
    "Hosts that code puts together when it runs, or that a server sends, are not found.",
    "Folders of dependencies and of build results were not searched.",
    "A host in a domain where nothing is pinned counts as a host of others, unless the command names its domain.",
    "Rules find mistakes that they know. A project without findings may have others.",
    "A person who controls the device can remove the pins from an app.",
)
_ALWAYS: Final = ("MASVS-NETWORK-2", "MASWE-0028", "MASTG-TEST-0242", "MASTG-TEST-0243")
_RELATIONS: Final = {
    "MASVS-NETWORK-2": "The answers show for which hosts pins were found. Only a test of the running app shows that "
    "they are enforced.",
    "MASTG-TEST-0242": "The answers list what a network security configuration pins.",
}


class _Conclusion(NamedTuple):
    word: str
    tone: Tone
    sentence: str


def audit_report(audit: Audit, circumstances: Circumstances, rules: str) -> Report:
    """
    Describe an audit for people.

    Args:
        audit: What it found out.

        circumstances: When and how it was run.

        rules: Which findings are reported, a phrase.
    """
    own = [answer for answer in audit.answers if answer.is_own]
    others = [answer for answer in audit.answers if not answer.is_own]
    described = rules_of(audit.findings)
    relevant = len({file.partition("!/")[0] for file in audit.files})
    return Report(
        "pinsmith audit",
        f"Are the hosts of {circumstances.subject or 'this project'} pinned?",
        *_conclude(own, audit.findings),
        explanation=tuple(_explanation(audit, own)),
        facts=circumstances.facts(
            *((f"SHA-256 of {name}", Cell(digest, is_code=True)) for name, digest in audit.digests.items()),
            ("Files", Cell(f"{audit.searched} read, {relevant} with pins or mistakes")),
            ("Findings", Cell(rules)),
        ),
        faults=tuple(_faults(audit.findings, described)),
        tables=(Table("Hosts of others", _COLUMNS, _rows(others), "The project mentions them; they need no pins."),),
        skipped=tuple(_skipped(audit)),
        limits=_LIMITS,
        references=tuple(_references(described)),
        first=(
            Table("Answers", _COLUMNS, _rows(own), "If several mechanisms pin a host, the first row is the answer."),
        ),
        headings=Headings("What was read", "Findings", "What was not read"),
    )


def _conclude(own: Sequence[HostAnswer], findings: Iterable[Finding]) -> _Conclusion:
    number = {answer: sum(one.answer is answer for one in own) for answer in Answer}
    worst = max((finding.severity for finding in findings), default=Severity.INFO)
    hosts = "The only host is" if len(own) == 1 else f"All {len(own)} hosts are"
    if not own:
        return _Conclusion("No answer", "faint", "No host of the owner was found, so there is nothing to answer.")
    if number[Answer.YES] == len(own):
        sentence = f"{hosts} pinned by a declaration that the operating system enforces."
        return _Conclusion("Yes", _GRAVE.get(worst, "good"), sentence)
    if number[Answer.NO] == len(own):
        none = "The only host is not" if len(own) == 1 else f"None of the {len(own)} hosts is"
        return _Conclusion("No", "bad", f"{none} pinned by anything that was read.")
    words = (
        counted(number[Answer.YES], "is pinned by declaration", "are pinned by declaration"),
        counted(number[Answer.UNPROVEN], "has code that may pin it", "have code that may pin them"),
        counted(number[Answer.UNKNOWN], "is unknown", "are unknown"),
        counted(number[Answer.NO], "is not pinned", "are not pinned"),
    )
    tone: Tone = "bad" if worst is Severity.HIGH else "warn"
    if len(own) == 1:
        is_code = own[0].answer is Answer.UNPROVEN
        known = (
            "There is code that may pin the only host." if is_code else "It is not known whether the host is pinned."
        )
        return _Conclusion("Not proven", tone, known)
    *most, last = [share for share in words if not share.startswith("0 ")]
    shares = f"{', '.join(most)} and {last}" if most else last
    sentence = f"Of {counted(len(own), 'host', 'hosts')}, {shares}."
    return _Conclusion("In part" if number[Answer.NO] else "Not proven", tone, sentence)


def _explanation(audit: Audit, own: Iterable[HostAnswer]) -> Iterator[str]:
    given = {answer.answer for answer in own}
    for answer in Answer:
        if answer in given:
            yield f"{str(answer)[:1].upper()}{str(answer)[1:]}: {MEANINGS[answer]}"
    if audit.findings:
        counts = [(severity, sum(one.severity is severity for one in audit.findings)) for severity in Severity]
        listed = ", ".join(f"{count} {severity}" for severity, count in reversed(counts) if count)
        yield f"The audit has {counted(len(audit.findings), 'finding', 'findings')}: {listed}."
    if missing := len(audit.unread) + len(audit.unreadable):
        yield f"The answers may be incomplete, because {counted(missing, 'file was', 'files were')} not read."


def _rows(answers: Iterable[HostAnswer]) -> list[tuple[Cell, ...]]:
    return [row for answer in answers for row in _rows_of(answer)]


def _rows_of(answer: HostAnswer) -> Iterator[tuple[Cell, ...]]:
    host = Cell(answer.host, is_code=True)
    for mechanism in answer.mechanisms:
        yield (
            host,
            Cell(str(mechanism.answer), _TONES[mechanism.answer]),
            Cell(mechanism.title, id=mechanism.place),
            Cell(mechanism.expires.isoformat(), is_code=True) if mechanism.expires else Cell("no end"),
            Cell(owners_of(mechanism) or "not known"),
            Cell(mechanism.reason or "the operating system enforces it"),
        )
    if not answer.mechanisms:
        found = Cell("only mentioned", id=answer.mentioned) if answer.mentioned else Cell("nothing")
        word = Cell(str(answer.answer), _TONES[answer.answer])
        yield host, word, found, Cell(""), Cell(""), Cell("nothing that was read pins it")


def _faults(findings: Sequence[Finding], described: Iterable[Rule]) -> Iterator[Fault]:
    """Describe each rule that found something once, the worst first."""
    rules = {rule.id: rule for rule in described}
    found: dict[tuple[Severity, str], list[Finding]] = {}
    for finding in findings:
        found.setdefault((finding.severity, finding.rule), []).append(finding)
    for severity, name in sorted(found, key=lambda key: (-key[0], key[1])):
        rule, same = rules[name], found[severity, name]
        meaning = [rule.effect]
        fixes = dict.fromkeys(finding.fix for finding in same if finding.fix)
        is_one = len(fixes) == 1 and all(finding.fix for finding in same)
        if is_one:
            meaning.append(f"To fix it, {next(iter(fixes))}.")
        if entries := [entry for entry in rule.references if catalogue.title_of(entry)]:
            meaning.append(f"Catalogues: {', '.join(entries)}.")
        evidence = [replace(finding, fix=None).summary if is_one else finding.summary for finding in same]
        yield Fault(name, f"{severity}: {rule.title}", _GRAVE.get(severity, "faint"), meaning, evidence)


def _skipped(audit: Audit) -> Iterator[Skipped]:
    if audit.unread:
        yield Skipped("code, because the extra pinsmith[audit] is not installed", audit.unread)
    for finding in audit.unreadable:
        place = finding.place.file if isinstance(finding.place, FilePlace) else str(finding.place)
        yield Skipped(finding.message, (place,))


def _references(described: Iterable[Rule]) -> Iterator[Reference]:
    named: dict[str, list[str]] = {entry: [] for entry in _ALWAYS}
    for rule in described:
        for entry in rule.references:
            named.setdefault(entry, []).append(rule.id)
    for entry, rules in named.items():
        if title := catalogue.title_of(entry):
            found = f"Findings: {', '.join(rules)}." if rules else "No finding of this audit names it."
            relation = found
            if entry in _RELATIONS:
                relation = f"{_RELATIONS[entry]} {found}" if rules else _RELATIONS[entry]
            yield Reference(entry, title, catalogue.url_of(entry), relation)
