"""
Answer for each host of a project or app whether it is pinned, and find what makes pins void.

"yes" is only the answer for what an operating system enforces because it was declared. Code that pins is "unproven"
until `pinsmith lab run` or `pinsmith lab proxy` shows that it refuses attackers. Hosts of others, such as those of
libraries, are counted, and never a finding. --domains lists all hosts.

A package of an app, .apk, .aab, .xapk or .ipa, is read without running or extracting it. Where a part of it is packed
or encrypted, the answer is "cannot tell".

The findings are those of `pinsmith lint`, with the same comments, [[lint.allow]] and baselines.

--report html FILE writes a report to hand over. --format pins-toml prints the pins as a pin file, as `pinsmith import`
does for the same paths, and with its exit codes.

The exit code is 0 if nothing is found. Otherwise it names the worst finding: 11 for info, 12 for low, 13 for medium,
14 for high. A host that is not pinned is an answer, and not a finding.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Final, Literal, get_args

import click

from pinsmith.cli import _clock
from pinsmith.cli._command import PATH, Command, argument, choice_option
from pinsmith.cli._options import cafile_option, format_option, min_severity_option, proxy_option, timeout_option
from pinsmith.cli._report_file import ReportFile
from pinsmith.exit_code import ExitCode
from pinsmith.finding import Severity

Output = Literal["text", "json", "sarif", "github", "junit", "markdown", "pins-toml"]
Report = Literal["html", "json", "sarif", "github", "junit", "markdown"]
EXAMPLES: Final = (
    ("Say which hosts the project in this folder pins:", "pinsmith audit"),
    ("Say which hosts an app pins:", "pinsmith audit app-release.apk"),
    ("List all hosts that it talks to, to decide what to pin:", "pinsmith audit --domains"),
    ("Compare with the live hosts, and with a pin file:", "pinsmith audit . --online --against pins.toml"),
    ("Write a report to hand over:", 'pinsmith audit ../app --report html audit.html --subject "Example app 4.2"'),
)


@click.command("audit", Command, help=__doc__, examples=EXAMPLES)
@argument("paths", nargs=-1, metavar="PATH", type=PATH, help="A file, or a folder to search; by default this folder.")
@click.option(
    "--domain",
    "domains",
    multiple=True,
    metavar="NAME",
    help="Hosts in this domain are your own; may be repeated. Domains of pinned hosts are known.",
)
@click.option("--domains", "lists", is_flag=True, help="List every host that is mentioned, also those of others.")
@click.option("--against", type=PATH, metavar="FILE", help="Also compare the pins with those of this pin file.")
@min_severity_option
@choice_option(
    "--persona",
    choices=["regular", "pedantic", "auditor"],
    default="auditor",
    show_default=True,
    help="Apply fewer rules: regular leaves out those that raise a question, pedantic those of an auditor.",
)
@click.option("--online", is_flag=True, help="Also compare the pins with what the hosts present now.")
@proxy_option
@cafile_option
@timeout_option()
@click.option("--baseline", type=PATH, metavar="FILE", help="Leave out the findings that this file lists.")
@click.option("--write-baseline", is_flag=True, help="Write all findings into the file of --baseline, and accept them.")
@format_option(*get_args(Output))
@click.option(
    "--report",
    "reports",
    multiple=True,
    type=(click.Choice(get_args(Report)), PATH),
    metavar="FORMAT FILE",
    help="Also write the answers and findings into this file; may be repeated. html is for people.",
)
@click.option("--subject", metavar="TEXT", help="The app and its version, to state in the report for people.")
def audit(
    *,
    paths: tuple[Path, ...],
    domains: tuple[str, ...],
    lists: bool,
    against: Path | None,
    min_severity: str,
    persona: str,
    online: bool,
    proxy: str | None,
    cafile: Path | None,
    timeout: float,
    baseline: Path | None,
    write_baseline: bool,
    output: Output,
    reports: tuple[tuple[Report, Path], ...],
    subject: str | None,
) -> int:
    """Read, answer, apply the rules, print, and return the exit code of the worst finding."""
    from pinsmith import rules
    from pinsmith.answers import Mentions, answers_of_source, together
    from pinsmith.cli import _audit_result, _lint_result
    from pinsmith.cli._audit_packages import read_packages
    from pinsmith.cli._audit_pins import print_pins
    from pinsmith.cli._lint_files import compare_live, read_files, settled
    from pinsmith.documents.audit import Audit
    from pinsmith.host import canonical_host

    _lint_result.require(
        (online or not (proxy or cafile), "--proxy and --cafile need --online", "add --online, or leave them out"),
        (baseline or not write_baseline, "--write-baseline needs the name of the file", "add --baseline FILE"),
        (not (reports and write_baseline), "--report and --write-baseline exclude each other", "run audit twice"),
        ("html" in dict(reports) or not subject, "--subject needs --report html", "add --report html FILE"),
    )
    if output == "pins-toml":
        return print_pins(paths or (Path(),), online=online, proxy=proxy, cafile=cafile, timeout=timeout)
    started, own = _clock.now(), [canonical_host(domain) for domain in domains]
    packages = read_packages(paths, today=started.date(), domains=own)
    mentions = Mentions()
    sources = packages.others or (() if paths else (Path(),))
    read = read_files(sources, today=started.date(), baseline=baseline, mentions=mentions)
    files, allowed = settled([*packages.files, *read.files])
    beside = read_files([against], today=started.date()).files if against is not None else []
    live = compare_live(files, proxy, cafile, timeout) if online else []
    who = rules.Persona[persona.upper()]
    found = rules.lint([*beside, *files], rules.RULES, persona=who, allowed=allowed, more=live)
    findings = _lint_result.shown([*read.unreadable, *found], least=Severity[min_severity.upper()])
    if baseline is not None and write_baseline:
        _lint_result.write_baseline(baseline, findings)
        return ExitCode.OK
    rule_set = f"from {min_severity} on, by the rules of the persona {persona}"
    findings, scope = _audit_result.leave_out_known(findings, baseline, rule_set)
    result = Audit(
        files=[file.file for file in files],
        answers=together(packages.answers, answers_of_source(read.files, mentions, own, not_read=read.unread)),
        findings=findings,
        unread=read.unread,
        unreadable=read.unreadable,
        searched=len(packages.digests) + read.searched,
        digests=packages.digests,
        lists_others=lists,
    )
    made = partial(ReportFile.of_command, subject=subject or "", started=started)
    _audit_result.write_reports(result, reports, made, scope)
    _audit_result.show(result, output)
    return _lint_result.exit_code(findings)
