"""The page of the JSON documents that commands print."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from docs.generate.docstring import to_markdown

if TYPE_CHECKING:
    import msgspec

INTRODUCTION = """\
# JSON for programs

With `--format json`, or `--json`, a command prints one document: an object that begins with `version`. Within a
version, fields may be added, but none is renamed or removed. Times are in UTC. A field without a value is `null`. The
tools of `pinsmith mcp` return documents too, [with their texts shortened](../agents.md).

| command | document |
| - | - |
"""
FINDINGS = """\

## Findings

A [finding](#json-finding) describes something that is wrong with pins or that will go wrong, for example a warning of
`check` or a [note of import](formats.md#notes-of-import). It has a rule, a severity, a place, a message and, if
something can be advised, a fix. The rule is an id that does not change.

`--format junit` writes the findings of a host into the output of its test case. `--format sarif` writes one result for
each finding: `high` becomes `error`, `medium` becomes `warning`, and the others become `note`. `--format github` writes
an annotation for each finding, with the same levels, and `notice` instead of `note`. `--format markdown` of `lint` and
`sync --check` writes a table for the summary of a job.
"""


def _documents() -> dict[str, tuple[type[msgspec.Struct], ...]]:
    from pinsmith.documents import (
        adopt,
        adoption,
        alert,
        audit,
        baseline,
        bundle,
        check,
        digest,
        explain,
        export,
        fetch,
        formats,
        history,
        hosts,
        inspect,
        inspection,
        keys,
        lab_list,
        lab_proxy,
        lab_run,
        lab_serve,
        lab_vectors,
        lint,
        pin,
        plan,
        reach,
        refusal,
        released,
        releases,
        report_groups,
        reports,
        rotation,
        rotations,
        setup,
        show,
        sync,
        watched,
    )

    return {
        "fetch --format json": (fetch.FetchDocument,),
        "fetch --format ndjson": (fetch.HostLine,),
        "scan": (fetch.HostLine,),
        "show FILE --format json": (show.ShowDocument,),
        "explain SUBJECT --format json": (explain.ExplainDocument,),
        "explain HOST --stores --format json": (reach.ReachDocument,),
        "check --format json": (check.CheckDocument,),
        "sync --check --format json": (sync.SyncDocument,),
        "lint --format json": (lint.LintDocument,),
        "audit --format json": (audit.AuditDocument,),
        "lint --baseline FILE --write-baseline": (baseline.BaselineDocument,),
        "import PATH... --json": (adopt.AdoptDocument,),
        "key list --format json": (keys.KeysDocument,),
        "rotate plan HOST --format json": (plan.PlanDocument,),
        "rotate next HOST --format json": (rotation.MoveDocument,),
        "rotate status --format json": (rotation.RotationsDocument,),
        "rotate abort HOST --format json": (rotation.MoveDocument,),
        "rotate log --format json": (keys.JournalDocument,),
        "bundle show --format json": (bundle.BundleDocument,),
        "release list --format json": (releases.ReleasesDocument,),
        "formats --format json": (formats.FormatsDocument,),
        "setup --format json": (setup.SetupDocument,),
        "report parse FILE --format json": (reports.ReportsDocument,),
        "serve --once --format json": (watched.WatchedDocument,),
        "serve": (
            alert.AlertOut,
            digest.DigestOut,
            alert.AlertsDocument,
            history.HistoryDocument,
            export.OutputDocument,
            report_groups.ReportGroupsDocument,
            report_groups.ReportGroupDocument,
            adoption.AdoptionDocument,
            rotations.WatchedRotationsDocument,
            rotations.HostRotationsDocument,
            released.WatchedReleasesDocument,
            inspection.InspectionDocument,
            refusal.RefusalDocument,
        ),
        "lab list --format json": (lab_list.ScenarioDocument,),
        "lab run --format json -- CLIENT": (lab_run.RunDocument,),
        "lab serve --updates FOLDER": (lab_vectors.VectorsDocument,),
        "lab serve --format json": (lab_serve.OpenDocument, lab_serve.EventLine, lab_serve.SummaryLine),
        "lab proxy --format json": (lab_proxy.ProxyDocument,),
        "mcp": (
            inspect.InspectDocument,
            pin.PinDocument,
            explain.ExplainDocument,
            check.CheckDocument,
            lint.LintDocument,
            export.ExportDocument,
            hosts.HostsDocument,
        ),
    }


def page() -> str:
    """List the documents, then describe each of them and each of their parts."""
    import msgspec

    documents = _documents()
    roots = [kind for kinds in documents.values() for kind in kinds]
    _, parts = msgspec.json.schema_components(roots, ref_template="{name}")
    rows = [
        f"| `pinsmith {command}` | {', '.join(_link(kind.__name__) for kind in kinds)} |"
        for command, kinds in documents.items()
    ]
    names = list(dict.fromkeys(kind.__name__ for kind in roots))
    others = sorted(name for name in parts if name not in names)
    sections = [_section(name, parts[name]) for name in (*names, *others)]
    return INTRODUCTION + "\n".join([*rows, FINDINGS, *sections])


def _section(name: str, part: dict[str, Any]) -> str:
    rows = [f"| `{field}` | {_kind(value)} |" for field, value in part["properties"].items()]
    about = to_markdown(part.get("description"))
    return "\n".join(
        [f"({anchor(name)})=", f"## {_words(name)}", "", about, "", "| field | value |", "| - | - |", *rows, ""]
    )


def _words(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name.removesuffix("Out")).capitalize()


def anchor(name: str) -> str:
    """Return the id of the section of a document or part, given its class."""
    return f"json-{_words(name).lower().replace(' ', '-')}"


def _link(name: str) -> str:
    return f"[{_words(name).lower()}](#{anchor(name)})"


def _kind(value: dict[str, Any]) -> str:
    """Describe the values of a field in words."""
    if "$ref" in value:
        return _link(value["$ref"])
    if "anyOf" in value:
        # Releases of msgspec differ in the place of null.
        return " or ".join(sorted((_kind(choice) for choice in value["anyOf"]), key="`null`".__eq__))
    if "enum" in value:
        return " or ".join(f"`{choice}`" for choice in value["enum"])
    kind = value.get("type")
    if kind == "array":
        return f"array: {_kind(value['items'])}"
    if kind == "object":
        return f"object: names to {_kind(value['additionalProperties'])}"
    return {"boolean": "`true` or `false`", "null": "`null`"}.get(str(kind), str(kind))
