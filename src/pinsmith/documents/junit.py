"""
JUnit XML, for CI.

Source:
    The schema of the Apache Ant task, as CI systems read it. Properties of a test case: the collection of common
    formats at https://github.com/testmoapp/junitxml
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from pinsmith._clean import clean

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from xml.etree.ElementTree import Element

    from pinsmith.finding import Affected

Result = Literal["passed", "failure", "error", "skipped"]


@dataclass(frozen=True, slots=True)
class Case:
    """
    One test case.

    Attributes:
        name: Unique in the report.
        result: ``failure`` if something is wrong, ``error`` if it could not be found out.
        message: One line; shown only for a case that did not pass.
        kind: Why it did not pass, kebab-case.
        details: More lines.
        output: Lines about a case of any result, such as warnings.
        seconds: The duration, if it is known.
        properties: Names and values for programs.
    """

    name: str
    result: Result = "passed"
    message: str = ""
    kind: str | None = None
    details: tuple[str, ...] = ()
    output: tuple[str, ...] = ()
    seconds: float | None = None
    properties: tuple[tuple[str, str], ...] = ()


def properties_of(cohorts: Iterable[Affected]) -> tuple[tuple[str, str], ...]:
    """Return the values of numbered releases as the properties of a case; a share that is not known has none."""
    return tuple(
        (f"cohort.{number}.{name}", text)
        for number, one in enumerate(cohorts, 1)
        for name, text in (
            ("app", one.app),
            ("version", one.version),
            ("share", "" if one.share is None else f"{one.share:g}"),
            ("why", one.why),
        )
        if text
    )


def junit(command: str, cases: Sequence[Case]) -> str:
    """Write *cases* as a report of a *command*, such as ``check``. It has no control characters except line feeds."""
    from xml.etree import ElementTree as ET

    counts = {"tests": str(len(cases))}
    for name, result in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        counts[name] = str(sum(case.result == result for case in cases))
    root = ET.Element("testsuites", counts)
    suite = ET.SubElement(root, "testsuite", {"name": f"pinsmith {command}", **counts})
    for case in cases:
        attributes = {"classname": f"pinsmith.{command.replace(' ', '.')}", "name": clean(case.name)}
        if case.seconds is not None:
            attributes["time"] = f"{case.seconds:.3f}"
        _fill(ET.SubElement(suite, "testcase", attributes), case)
    ET.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(root, encoding="unicode")}'


def _fill(element: Element, case: Case) -> None:
    from xml.etree import ElementTree as ET

    if case.properties:
        properties = ET.SubElement(element, "properties")
        for name, value in case.properties:
            ET.SubElement(properties, "property", {"name": clean(name), "value": clean(value)})
    # XML has no control characters, not even escaped ones.
    if case.result != "passed":
        problem = ET.SubElement(element, case.result, {"message": clean(case.message)})
        if case.kind is not None:
            problem.set("type", clean(case.kind))
        problem.text = "\n".join(map(clean, case.details)) or None
    if case.output:
        ET.SubElement(element, "system-out").text = "\n".join(map(clean, case.output))
