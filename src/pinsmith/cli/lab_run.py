"""
Run a client against every scenario, and judge it.

The client is started once for each scenario and kind of key, with the placeholders in its arguments filled in. Its
environment holds the same values, as PINSMITH_LAB_URL and so on. {{url}} stands for the text {url} itself. The client
must fetch the URL, and exit with 0 only if it got the answer.

    {url} {host} {port}   what to fetch
    {address}             the address to connect to
    {cafile}              the authorities to trust, PEM
    {pin} {backup-pin}    pins, as sha256/...
    {pins} {pins-curl}    all pins: with commas, and in the syntax of curl
    {policy}              a pins.toml with these pins, and more
    {proxy}               an HTTP proxy; only some scenarios have one
    {state}               an empty folder, to keep files between two starts

A scenario is skipped if it needs a placeholder that the command line lacks. The profile leaf is for clients that
compare the leaf's key alone. The exit code is 0 if the client passes every scenario, otherwise 3. A client that never
connects is not judged: the exit code is 1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, get_args

import click

from pinsmith.cli import _output
from pinsmith.cli._command import Command, argument, choice_option, number
from pinsmith.cli._options import format_option, scenario_option, skip_option, timeout_option
from pinsmith.cli._report_file import report_option
from pinsmith.errors import UsageError

if TYPE_CHECKING:
    from pinsmith.cli._report_file import ReportFile

Profile = Literal["chain", "leaf"]
Protocol = Literal["https", "smtp"]
Output = Literal["text", "json", "junit", "sarif"]
EXAMPLES: Final = (
    (
        "Judge curl's pinning:",
        "pinsmith lab run --profile leaf -- curl -sS -m 5 --pinnedpubkey {pins-curl} --cacert {cafile} {url}",
    ),
    (
        "Judge a program of yours that reads the environment, and write a report for CI:",
        "pinsmith lab run --format junit -- ./fetch-once > lab.xml",
    ),
    ("Try one scenario again:", "pinsmith lab run --scenario wrong-key -- ./fetch-once"),
)


@click.command("run", Command, help=__doc__, examples=EXAMPLES)
@argument(
    "client", nargs=-1, required=True, metavar="CLIENT", help="The program to judge, after --, with its arguments."
)
@scenario_option
@skip_option
@choice_option(
    "--profile",
    choices=get_args(Profile),
    default="chain",
    help="What the client compares: the verified chain, or the leaf alone.",
)
@choice_option("--protocol", choices=get_args(Protocol), default="https", help="The protocol that the client speaks.")
@click.option(
    "--key",
    "keys",
    multiple=True,
    metavar="KIND",
    help="Use only this kind of key, such as ec-p256 or rsa-2048; may be repeated.",
)
@click.option(
    "--expect-output", metavar="TEXT", help="The text that the client prints if all is well, besides exiting with 0."
)
@timeout_option(least=0.1, most=3600, help="How long each run of the client may take.")
@click.option(
    "--jobs", type=number(int, 1, 64), metavar="N", help="How many clients run at once. Default: twice the processors."
)
@click.option(
    "--show-output",
    is_flag=True,
    help="Show the last line that a failing client printed, without anything that looks like a secret.",
)
@report_option
@format_option(*get_args(Output))
def lab_run(
    *,
    client: tuple[str, ...],
    scenarios: tuple[str, ...],
    unwanted: tuple[str, ...],
    profile: Profile,
    protocol: Protocol,
    keys: tuple[str, ...],
    expect_output: str | None,
    timeout: float,
    jobs: int | None,
    show_output: bool,
    report: ReportFile | None,
    output: Output,
) -> int:
    """Run the client, print the results, and return the exit code."""
    from pinsmith.cli import _lab_result
    from pinsmith.cli._lab_scenario import chosen, key_kinds, require_named
    from pinsmith.lab.client import CommandClient
    from pinsmith.lab.contact import absence, is_absent, left_out, meet
    from pinsmith.lab.pki.lab_pki import PKICache
    from pinsmith.lab.process.stop import Stop
    from pinsmith.lab.run import plan, run

    judged = CommandClient(client, expect_output, timeout, Stop(), show_output)
    planned = plan(
        profile=profile,
        protocol=protocol,
        used=judged.used,
        chosen=chosen(scenarios),
        left_out=chosen(unwanted),
        keys=key_kinds(keys),
    )
    require_named(scenarios, planned)
    if not planned.trials:
        raise UsageError(
            "no scenario is left for this client",
            hint="`pinsmith lab list --format json` lists the needs of every scenario",
        )
    pkis = PKICache()
    first = meet(judged, planned, pkis=pkis, at_once=jobs)
    if is_absent(first):
        absent = [*first, *left_out(planned, first), *planned.skipped]
        if output != "text":
            _lab_result.show(absent, profile, output, client[0])
        _lab_result.hand_over(absent, profile, client, report)
        raise absence(judged, first)
    trials = []
    width = max(len(scenario.id) for scenario, _ in planned.trials)
    with _output.progress(len(planned.trials), "trying") as tick:
        for trial in run(judged, planned, pkis=pkis, at_once=jobs, stop=judged.stop, done=first):
            tick()
            trials.append(trial)
            if output == "text":
                _output.result(_lab_result.line(trial, width))
    trials += planned.skipped
    _lab_result.show(trials, profile, output, client[0])
    _lab_result.hand_over(trials, profile, client, report)
    return _lab_result.conclude(trials, profile, client[0])
