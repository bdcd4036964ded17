"""
Run a client against every scenario, and judge it.

The client is started once for each scenario and kind of key, with the placeholders in its arguments filled in; the same
values stand in its environment, as PINSMITH_LAB_URL and so on. {{url}} is the text {url} itself. What it must do is to
fetch the URL and to exit with 0 only if it got the answer.

    {url} {host} {port}   what to fetch
    {address}             what to dial for the host
    {cafile}              the authorities to trust, PEM
    {pin} {backup-pin}    pins, as sha256/...
    {pins} {pins-curl}    all pins: with commas, and as curl wants them
    {policy}              a pins.toml that says the same, and more
    {proxy}               an HTTP proxy, where the scenario has one
    {state}               an empty folder, to keep things in between two starts

A scenario that needs more than the client is told is skipped. The profile leaf is for clients that compare the leaf's
key alone. The exit code is 0 if the client passes every scenario, else 3.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final, Literal

import typer

from pinsmith.cli import _output
from pinsmith.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from pinsmith.lab.client import CommandClient
    from pinsmith.lab.run import Plan
    from pinsmith.lab.trial import Trial

Output = Literal["text", "json", "junit", "sarif"]
EXAMPLES: Final = (
    (
        "Judge curl's pinning:",
        "pinsmith lab run -- curl -sS --pinnedpubkey {pins-curl} --cacert {cafile} {url}",
    ),
    (
        "Judge a program of yours that reads the environment, and write a report for CI:",
        "pinsmith lab run --format junit -- ./fetch-once > lab.xml",
    ),
    ("Try one scenario again:", "pinsmith lab run --scenario wrong-key -- ./fetch-once"),
)


def lab_run(
    client: Annotated[
        list[str], typer.Argument(metavar="CLIENT", help="The program to judge, after --, with its arguments.")
    ],
    *,
    scenario: Annotated[
        list[str] | None, typer.Option(metavar="ID", help="Nothing but this scenario; may be repeated.")
    ] = None,
    profile: Annotated[
        Literal["chain", "leaf"], typer.Option(help="What the client compares: the verified chain, or the leaf alone.")
    ] = "chain",
    protocol: Annotated[Literal["https", "smtp"], typer.Option(help="What the client speaks.")] = "https",
    key: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KIND", help="Nothing but this kind of key, such as ec-p256 or rsa-2048; may be repeated."
        ),
    ] = None,
    expect_output: Annotated[
        str | None, typer.Option(metavar="TEXT", help="What the client prints, besides exiting with 0, if all is well.")
    ] = None,
    timeout: Annotated[
        float, typer.Option(metavar="SECONDS", min=0.1, max=3600, help="How long the client may take each time.")
    ] = 10.0,
    jobs: Annotated[
        int | None,
        typer.Option(metavar="N", min=1, max=64, help="How many clients run at a time; twice the processors."),
    ] = None,
    show_output: Annotated[
        bool,
        typer.Option(
            "--show-output", help="Show the last line that a failing client printed, without what looks like a secret."
        ),
    ] = False,
    output: Annotated[Output, typer.Option("--format", help="How to print the result.")] = "text",
) -> int:
    """Run, print, and say by the exit code what was found."""
    from pinsmith.cli import _lab_result
    from pinsmith.cli._lab_scenario import chosen, key_kinds, require_named
    from pinsmith.lab.client import CommandClient
    from pinsmith.lab.command import Stop
    from pinsmith.lab.run import plan

    judged = CommandClient(client, expect_output, timeout, Stop(), show_output)
    planned = plan(
        profile=profile,
        protocol=protocol,
        used=judged.used,
        chosen=chosen(scenario or []),
        keys=key_kinds(key or []),
    )
    require_named(scenario or [], planned)
    if not planned.trials:
        raise UsageError(
            "no scenario is left for this client", hint="`pinsmith lab list --format json` shows what each needs"
        )
    trials = []
    width = max(len(each.id) for each, _ in planned.trials)
    with _output.progress(len(planned.trials), "trying", streaming=output == "text") as tick:
        for trial in _tried(judged, planned, jobs, tick):
            trials.append(trial)
            if output == "text":
                _output.result(_lab_result.line(trial, width))
    trials += planned.skipped
    _print(trials, profile, output, client[0])
    return _lab_result.conclude(trials, profile, client[0])


def _tried(client: CommandClient, planned: Plan, jobs: int | None, tick: Callable[[], None]) -> Iterator[Trial]:
    from pinsmith.lab.run import run

    for trial in run(client, planned, at_once=jobs, stop=client.stop):
        tick()
        yield trial


def _print(trials: Sequence[Trial], profile: str, output: Output, client: str) -> None:
    from pinsmith.cli import _lab_result

    if output == "json":
        from pinsmith.cli._documents import encode

        _output.document(encode(_lab_result.document(trials, profile)))
    elif output == "junit":
        _output.result(*_lab_result.junit(trials))
    elif output == "sarif":
        _output.document(_lab_result.sarif(trials, client))
    else:
        _output.result(*_lab_result.summary(trials))
