"""What ``pinsmith check`` prints: lines for people, JSON, and JUnit for CI."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final, Literal

import msgspec

from pinsmith._clean import clean
from pinsmith.cli import _output
from pinsmith.cli._output import Mark
from pinsmith.documents.document import Versioned, encode
from pinsmith.exit_code import ExitCode

if TYPE_CHECKING:
    from collections.abc import Iterator
    from xml.etree.ElementTree import Element

    from pinsmith.checks.host_check import HostCheck
    from pinsmith.cli._output import Line, Tone

_WORDS: Final[dict[str, tuple[str, Tone]]] = {
    "matched": ("ok", "good"),
    "mismatched": ("MISMATCH", "bad"),
    "not-verified": ("NOT VERIFIED", "bad"),
    "not-pinned": ("not pinned", "warn"),
    "unreachable": ("unreachable", "bad"),
}

# The worst first, with its exit code. The code of the error is that of the result where none stands here.
_WORST: Final = (
    ("mismatched", "pin-mismatch", ExitCode.MISMATCH),
    ("not-verified", None, ExitCode.MISMATCH),
    ("not-pinned", "host-not-pinned", ExitCode.NOT_PINNED),
    ("unreachable", None, ExitCode.BROKE),
)


class WarningOut(msgspec.Struct, frozen=True, kw_only=True):
    """Something that is about to go wrong."""

    code: str
    message: str


class CheckOut(msgspec.Struct, frozen=True, kw_only=True):
    """The result for one address; ``port`` and ``address`` are null for ``--certificate``."""

    host: str
    port: int | None
    address: str | None
    verdict: str
    matched_key: str | None
    reason: str | None
    message: str
    warnings: list[WarningOut]
    details: list[str]
    hint: str | None


class CheckDocument(Versioned, frozen=True, kw_only=True):
    """``pinsmith check --format json``."""

    ok: bool
    hosts: list[CheckOut]


def fails(check: HostCheck) -> bool:
    """Whether *check* makes the command fail: everything but a match, and but a host that is switched off."""
    return check.verdict != "matched" and check.reason != "off"


def place(check: HostCheck) -> str:
    """Name the host, and where it was met."""
    name = f"[{check.host}]" if ":" in check.host else check.host
    where = name if check.port is None else f"{name}:{check.port}"
    return where if check.address in {None, check.host} else f"{where} ({check.address})"


def document(checks: list[HostCheck], void: str | None = None) -> CheckDocument:
    """Describe *checks* for machines; *void* says why there are none, if there should be."""
    return CheckDocument(
        ok=void is None and not any(map(fails, checks)),
        hosts=[
            CheckOut(
                host=each.host,
                port=each.port,
                address=each.address,
                verdict=each.verdict,
                matched_key=each.matched_key,
                reason=each.reason,
                message=each.message,
                warnings=[WarningOut(code=warning.code, message=warning.text) for warning in each.warnings],
                details=list(each.details),
                hint=each.hint,
            )
            for each in checks
        ],
    )


def lines(checks: list[HostCheck]) -> Iterator[Line]:
    """Describe *checks* for people: a line for each; below it the details and the hint of a failure, and warnings."""
    for each in checks:
        word, tone = _WORDS[each.verdict]
        yield [Mark(word, tone), f"  {place(each)} {each.message}"]
        if fails(each):
            yield from (f"  {line}" for line in each.details)
            yield from [f"  hint: {each.hint}"] if each.hint else []
        for warning in each.warnings:
            yield ["  ", Mark("warning: ", "warn"), warning.text]


def tally(checks: list[HostCheck]) -> str:
    """Count the failures of *checks*: ``2 of 5 checks failed: 1 mismatched, 1 unreachable``."""
    counts: Counter[str] = Counter(each.verdict for each in checks if fails(each))
    kinds = [f"{counts[verdict]} {verdict.replace('-', ' ')}" for verdict in _WORDS if counts[verdict]]
    return f"{counts.total()} of {len(checks)} checks failed: {', '.join(kinds)}"


def junit(checks: list[HostCheck], void: str | None = None) -> list[str]:
    """
    Write *checks* as JUnit XML: a test case for each, failed for a mismatch, in error for what could not be read.

    Where *void* says that there was nothing to check, it is a failed case, for CI takes an empty report for a good one.

    Source:
        The schema of the Apache Ant task, as CI systems read it.
    """
    from xml.etree import ElementTree as ET

    failures = sum(fails(each) and each.verdict != "unreachable" for each in checks) + (void is not None)
    errors = sum(each.verdict == "unreachable" for each in checks)
    counts = {"tests": str(len(checks) + (void is not None)), "failures": str(failures), "errors": str(errors)}
    suite = ET.Element("testsuite", {"name": "pinsmith check", **counts})
    if void:
        case = ET.SubElement(suite, "testcase", {"classname": "pinsmith.check", "name": "hosts"})
        ET.SubElement(case, "failure", {"message": clean(void), "type": "no-hosts"})
    for each in checks:
        case = ET.SubElement(suite, "testcase", {"classname": "pinsmith.check", "name": clean(place(each))})
        if fails(each):
            _problem(ET.SubElement(case, "error" if each.verdict == "unreachable" else "failure"), each)
        if each.warnings:
            told = "\n".join(f"warning: {clean(warning.text)}" for warning in each.warnings)
            ET.SubElement(case, "system-out").text = told
    root = ET.Element("testsuites", counts)
    root.append(suite)
    ET.indent(root)
    text = ET.tostring(root, encoding="unicode", xml_declaration=False)
    return ['<?xml version="1.0" encoding="UTF-8"?>', *text.split("\n")]


def _problem(element: Element, check: HostCheck) -> None:
    # Control characters are no XML, not even escaped.
    element.set("message", clean(f"{check.host} {check.message}"))
    element.set("type", check.reason or check.verdict)
    hint = [f"hint: {check.hint}"] if check.hint else []
    element.text = "\n".join(map(clean, (*check.details, *hint))) or None


def show(checks: list[HostCheck], output: Literal["text", "json", "junit"], void: str | None) -> None:
    """Print *checks*, as `document`, `lines` or `junit` have them."""
    if output == "json":
        _output.document(encode(document(checks, void)))
    elif output == "junit":
        _output.result(*junit(checks, void))
    else:
        _output.result(*lines(checks))


def conclude(checks: list[HostCheck], void: str | None) -> int:
    """Sum up what failed, on standard error, and return the exit code; *void* as for `document`."""
    if void:
        hint = "compare the file with its last version, for it may have been cut off; `pinsmith add HOST` pins a host"
        _output.error("host-not-pinned", void, hint=hint)
        return ExitCode.NOT_PINNED
    if not checks:
        _output.warning("there is no host to check")
    _output.flush()  # in a log of both streams the sum stands below the results
    for verdict, code, exit_code in _WORST:
        worst = [each for each in checks if fails(each) and each.verdict == verdict]
        if worst:
            # The failures themselves stand in the result.
            is_compromised = any(each.reason == "compromised-authority" for each in worst)
            named = "compromised-chain" if is_compromised else code or worst[0].reason or verdict
            _output.error(named, tally(checks))
            return exit_code
    return ExitCode.OK
