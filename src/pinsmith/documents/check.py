"""The documents of ``pinsmith check``: JSON, and JUnit for CI."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from pinsmith._clean import clean
from pinsmith.documents.document import Versioned

if TYPE_CHECKING:
    from collections.abc import Sequence
    from xml.etree.ElementTree import Element

    from pinsmith.checks.host_check import HostCheck


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


def check_document(checks: Sequence[HostCheck], void: str | None = None) -> CheckDocument:
    """Describe *checks*; *void* says why there are none, if there should be some."""
    return CheckDocument(
        ok=void is None and not any(check.fails for check in checks),
        hosts=[
            CheckOut(
                host=check.host,
                port=check.port,
                address=check.address,
                verdict=check.verdict,
                matched_key=check.matched_key,
                reason=check.reason,
                message=check.message,
                warnings=[WarningOut(code=warning.code, message=warning.text) for warning in check.warnings],
                details=list(check.details),
                hint=check.hint,
            )
            for check in checks
        ],
    )


def check_junit(checks: Sequence[HostCheck], void: str | None = None) -> list[str]:
    """
    Write *checks* as JUnit XML: a test case for each, failed for a mismatch, in error for what could not be read.

    If *void* says that there was nothing to check, it becomes a failed case, because CI takes an empty report for a
    good one.

    Source:
        The schema of the Apache Ant task, as CI systems read it.
    """
    from xml.etree import ElementTree as ET

    failures = sum(check.fails and check.verdict != "unreachable" for check in checks) + (void is not None)
    errors = sum(check.verdict == "unreachable" for check in checks)
    counts = {"tests": str(len(checks) + (void is not None)), "failures": str(failures), "errors": str(errors)}
    suite = ET.Element("testsuite", {"name": "pinsmith check", **counts})
    if void:
        case = ET.SubElement(suite, "testcase", {"classname": "pinsmith.check", "name": "hosts"})
        ET.SubElement(case, "failure", {"message": clean(void), "type": "no-hosts"})
    for check in checks:
        case = ET.SubElement(suite, "testcase", {"classname": "pinsmith.check", "name": clean(check.place)})
        if check.fails:
            _problem(ET.SubElement(case, "error" if check.verdict == "unreachable" else "failure"), check)
        if check.warnings:
            warnings = "\n".join(f"warning: {clean(warning.text)}" for warning in check.warnings)
            ET.SubElement(case, "system-out").text = warnings
    root = ET.Element("testsuites", counts)
    root.append(suite)
    ET.indent(root)
    text = ET.tostring(root, encoding="unicode", xml_declaration=False)
    return ['<?xml version="1.0" encoding="UTF-8"?>', *text.split("\n")]


def _problem(element: Element, check: HostCheck) -> None:
    # XML has no control characters, not even escaped ones.
    element.set("message", clean(f"{check.host} {check.message}"))
    element.set("type", check.reason or check.verdict)
    hint = [f"hint: {check.hint}"] if check.hint else []
    element.text = "\n".join(map(clean, (*check.details, *hint))) or None
