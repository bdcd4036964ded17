"""
Answer for each host of a project or app whether it is pinned, and find what makes pins void.

"yes" is only the answer for what an operating system enforces because it was declared. Code that pins is "unproven"
until `pinsmith lab run` or `pinsmith lab proxy` shows that it refuses attackers. Hosts of others, such as those of
libraries, are counted, and never a finding. --domains lists all hosts.

A package of an app, .apk, .aab, .xapk or .ipa, is read without running or extracting it. Where a part of it is packed
or encrypted, the answer is "cannot tell".

The findings are those of `pinsmith lint`, with the same comments, [[lint.allow]] and baselines.

The exit code is 0 if nothing is found. Otherwise it names the worst finding: 11 for info, 12 for low, 13 for medium,
14 for high. A host that is not pinned is an answer, and not a finding.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final, Literal, get_args

import click

from pinsmith.cli import _clock
from pinsmith.cli._command import PATH, Command, argument, choice_option
from pinsmith.cli._options import cafile_option, format_option, proxy_option, timeout_option
from pinsmith.errors import UsageError
from pinsmith.finding import Severity

Output = Literal["text", "json", "sarif", "github", "junit", "markdown"]
EXAMPLES: Final = (
    ("Say which hosts the project in this folder pins:", "pinsmith audit"),
    ("Say which hosts an app pins:", "pinsmith audit app-release.apk"),
    ("List all hosts that it talks to, to decide what to pin:", "pinsmith audit --domains"),
    ("Compare with the live hosts, and with a pin file:", "pinsmith audit . --online --against pins.toml"),
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
@choice_option(
    "--min-severity",
    choices=[str(severity) for severity in Severity],
    default="low",
    show_default=True,
    help="Leave out findings below this severity.",
)
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
@format_option(*get_args(Output))
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
    output: Output,
) -> int:
    """Read, answer, apply the rules, print, and return the exit code of the worst finding."""
    from pinsmith import rules
    from pinsmith.answers import Mentions, answers_of_source
    from pinsmith.cli import _audit_result, _lint_result
    from pinsmith.cli._audit_packages import read_packages
    from pinsmith.cli._lint_files import compare_live, read_files, settled
    from pinsmith.host import canonical_host

    if not online and (proxy or cafile):
        raise UsageError("--proxy and --cafile need --online", hint="add --online, or leave them out")
    today, own = _clock.now().date(), [canonical_host(domain) for domain in domains]
    packages = read_packages(paths, today=today, domains=own)
    mentions = Mentions()
    sources = packages.others or (() if paths else (Path(),))
    read, unreadable = read_files(sources, today=today, baseline=baseline, visit=mentions.read)
    files, allowed = settled([*packages.files, *read])
    answers = [*packages.answers, *answers_of_source(read, mentions, own)]
    beside = read_files([against], today=today)[0] if against is not None else []
    live = compare_live(files, proxy, cafile, timeout) if online else []
    found = rules.lint(
        [*beside, *files],
        rules.RULES,
        persona=rules.Persona[persona.upper()],
        allowed=allowed,
        more=live,
    )
    least = Severity[min_severity.upper()]
    findings = [finding for finding in (*unreadable, *found) if finding.severity >= least]
    if baseline is not None:
        findings = _lint_result.leave_out_known(findings, baseline)
    shown = answers if lists else [answer for answer in answers if answer.is_own]
    _audit_result.show([file.file for file in files], shown, findings, output, hidden=len(answers) - len(shown))
    return _lint_result.exit_code(findings)
