"""
Find what is wrong with the pins of pin files and of platforms' files.

lint reads pins.toml and every format that pinsmith can read, and asks no server unless --online is given. In a folder,
it reads the files that contain pins, and compares their pins with each other. It skips folders of dependencies and of
build results. It also compares the releases in pins.releases.toml with the pin file beside it.

lint also reads the files of certbot, cert-manager, Caddy, ACM in Terraform, lego and acme.sh, and finds pinned keys
that the next renewal replaces. In build files and locks it finds clients whose pinning has a known hole.

A finding is accepted by a comment in its line or above it, `pinsmith: allow[RULE] REASON`, or by [[lint.allow]] in
pins.toml. --baseline leaves out findings that were there before. --fix repairs what it can.

The exit code is 0 if nothing is found. Otherwise it names the worst finding: 11 for info, 12 for low, 13 for medium,
14 for high.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, get_args

import click

from pinsmith.cli import _clock, _output
from pinsmith.cli._ci import System, job
from pinsmith.cli._command import PATH, Command, argument, choice_option
from pinsmith.cli._complete_members import rule_ids
from pinsmith.cli._options import cafile_option, format_option, min_severity_option, proxy_option, timeout_option
from pinsmith.exit_code import ExitCode
from pinsmith.finding import Severity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pinsmith.finding import Finding
    from pinsmith.rules import PinnedFile

Output = Literal["text", "json", "sarif", "github", "junit", "markdown"]
Report = Literal["json", "sarif", "github", "junit", "markdown"]
EXAMPLES: Final = (
    ("Check every file in this folder:", "pinsmith lint"),
    ("Check one file:", "pinsmith lint app/src/main/res/xml/network_security_config.xml"),
    ("Compare the pins with the renewals of this machine:", "pinsmith lint . /etc/letsencrypt/renewal"),
    ("Explain a rule:", "pinsmith lint --explain missing-backup-pin"),
    ("Annotate a pull request with what is medium or worse:", "pinsmith lint --min-severity medium --format github"),
    ("Repair what can be repaired without risk:", "pinsmith lint --fix"),
    ("Print a CI job that lints:", "pinsmith lint --print-ci github"),
)


@click.command("lint", Command, help=__doc__, examples=EXAMPLES)
@argument("paths", nargs=-1, metavar="PATH", type=PATH, help="A file, or a folder to search; by default this folder.")
@min_severity_option
@choice_option(
    "--persona",
    choices=["regular", "pedantic", "auditor"],
    default="regular",
    show_default=True,
    help="Apply more rules: pedantic adds rules about style, auditor also adds those that only raise a question.",
)
@click.option("--online", is_flag=True, help="Also compare the pins with what the hosts present now.")
@proxy_option
@cafile_option
@timeout_option()
@click.option("--baseline", type=PATH, metavar="FILE", help="Leave out the findings that this file lists.")
@click.option("--write-baseline", is_flag=True, help="Write all findings into the file of --baseline, and accept them.")
@click.option("--fix", is_flag=True, help="Repair files where that locks nobody out and accepts no other key.")
@click.option("--unsafe-fixes", is_flag=True, help="With --fix, also make repairs that change what is accepted.")
@click.option("--explain", metavar="RULE", shell_complete=rule_ids, help="Explain a rule, and do nothing else.")
@format_option(*get_args(Output))
@click.option(
    "--report",
    "reports",
    multiple=True,
    type=(click.Choice(get_args(Report)), PATH),
    metavar="FORMAT FILE",
    help="Also write the findings into this file; may be repeated.",
)
@choice_option("--print-ci", choices=get_args(System), help="Print a job that runs lint, and do nothing else.")
def lint(
    *,
    paths: tuple[Path, ...],
    min_severity: str,
    persona: str,
    online: bool,
    proxy: str | None,
    cafile: Path | None,
    timeout: float,
    baseline: Path | None,
    write_baseline: bool,
    fix: bool,
    unsafe_fixes: bool,
    explain: str | None,
    output: Output,
    reports: tuple[tuple[Report, Path], ...],
    print_ci: System | None,
) -> int:
    """Read, apply the rules, print, and return the exit code of the worst finding."""
    from pinsmith import rules
    from pinsmith.cli import _lint_result

    if print_ci is not None:
        _output.text(job("lint", print_ci))
        return ExitCode.OK
    if explain is not None:
        _lint_result.explain(explain)
        return ExitCode.OK
    from pinsmith.cli import _lint_fix
    from pinsmith.cli._lint_files import compare_live, read_files, settled

    _lint_result.require(
        (online or not (proxy or cafile), "--proxy and --cafile need --online", "add --online, or leave them out"),
        (baseline or not write_baseline, "--write-baseline needs the name of the file", "add --baseline FILE"),
        (fix or not unsafe_fixes, "--unsafe-fixes needs --fix", "add --fix, or leave it out"),
        (not (fix and write_baseline), "--fix and --write-baseline exclude each other", "run lint twice"),
        (not (reports and write_baseline), "--report and --write-baseline exclude each other", "run lint twice"),
    )
    least = Severity[min_severity.upper()]
    read, unreadable, *_ = read_files(paths or (Path(),), today=_clock.now().date(), baseline=baseline)
    files, allowed = settled(read)

    def find(files: Sequence[PinnedFile], live: Sequence[Finding] = ()) -> list[Finding]:
        who = rules.Persona[persona.upper()]
        return [*unreadable, *rules.lint(files, rules.RULES, persona=who, allowed=allowed, more=live)]

    if fix:
        shown = partial(_lint_result.shown, least=least, baseline=baseline)
        files = _lint_fix.fix(files, lambda some: shown(find(some)), paths or (Path(),), unsafe=unsafe_fixes)
    every = find(files, compare_live(files, proxy, cafile, timeout) if online else [])
    findings = _lint_result.shown(every, least=least)
    if output == "text":
        _lint_result.note_hidden(len(every) - len(findings), least)
    if baseline is not None and write_baseline:
        _lint_result.write_baseline(baseline, findings)
        return ExitCode.OK
    if baseline is not None:
        findings = _lint_result.leave_out_known(findings, baseline)
    names, pinned = [file.file for file in files], sum(file.has_pins for file in files)
    _lint_result.write_reports(reports, names, findings, pinned=pinned)
    _lint_result.show(names, findings, output, pinned=pinned)
    if output == "text":
        _lint_result.advise(findings, fix=fix, unsafe=unsafe_fixes)
    return _lint_result.exit_code(findings)
