"""
Compare what live hosts present with pins.toml.

`check` connects to every address of each host, and asks for both kinds of key, RSA and ECDSA, where a server has both.
Without HOST, it checks every host of the file. A warning names something that will go wrong if nobody acts; it does not
change the exit code, unless you pass --strict.

With --certificate, `check` connects to nothing. It reports whether clients would be locked out if the hosts presented
that certificate. Without HOST, it judges every pinned host that the certificate names. Use it in a deploy hook.

The exit code is 3 if clients would refuse a host, because it presents no pinned key or a chain that does not verify;
otherwise 4 if a host is not pinned or the file pins none; otherwise 1 if a host could not be read; otherwise, with
--strict, 5 if there is a warning. Ctrl-C prints the hosts that were checked so far.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, get_args

import click

from pinsmith.cli import _clock, _options, _output
from pinsmith.cli._command import PATH, Command, argument
from pinsmith.cli._editing import editing
from pinsmith.cli._starttls import starttls_option
from pinsmith.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from pinsmith.checks.host_check import HostCheck
    from pinsmith.policy import Policy
    from pinsmith.probe import FetchOutcome, Target

Output = Literal["text", "json", "junit", "prometheus"]
EXAMPLES: Final = (
    ("Check every host of the nearest pins.toml:", "pinsmith check"),
    ("Check one host, at an address it will move to:", "pinsmith check api.example.com --connect 192.0.2.7"),
    ("Ask whether a new certificate would lock anyone out:", "pinsmith check --certificate fullchain.pem"),
    ("Record which keys belong to servers and which to authorities:", "pinsmith check --fix-roles"),
    ("Fail in CI on warnings too, and write a report:", "pinsmith check --strict --format junit > pins.xml"),
)


@click.command("check", Command, help=__doc__, examples=EXAMPLES)
@argument("hosts", nargs=-1, metavar="HOST[:PORT]", help="A host to check; by default every host of the file.")
@_options.file_option
@click.option(
    "--certificate",
    type=PATH,
    metavar="FILE",
    help='Judge this certificate, leaf first, instead of live hosts; "-" is standard input.',
)
@_options.connect_option
@starttls_option
@_options.cafile_option
@_options.timeout_option()
@click.option("--fix-roles", is_flag=True, help="Write the roles of the keys into the file, as live hosts show them.")
@click.option("--strict", is_flag=True, help="Fail with exit code 5 if there are warnings.")
@_options.format_option(*get_args(Output))
def check(
    *,
    hosts: tuple[str, ...],
    file: Path | None,
    certificate: Path | None,
    connect: str | None,
    starttls: str | None,
    cafile: Path | None,
    timeout: float,
    fix_roles: bool,
    strict: bool,
    output: Output,
) -> int:
    """Check, print the results, and return the exit code."""
    from pinsmith import pinfile
    from pinsmith.cli._check_result import conclude, show
    from pinsmith.probe.target import policy_targets

    path = _options.find_pin_file(file)
    policy = pinfile.load(path)
    if any(entry.report_uris for entry in policy):
        _output.warning(f"Python programs send no reports to the report-uris of {path}; some platforms do")
    if certificate is not None and fix_roles:
        raise UsageError("--fix-roles needs live hosts, but --certificate contacts none", hint="leave out one of them")
    if certificate is not None:
        checks, interrupt = _check_certificate(policy, certificate, hosts, cafile), None
    else:
        address, port = _options.parse_connect(connect)
        targets = policy_targets(policy, hosts, address=address, connect_port=port, starttls=starttls)
        checks, interrupt = _check_live(policy, targets, cafile, timeout, path if fix_roles else None)
    void = str(interrupt) if interrupt else None
    # A file that was truncated after its keys looks like this. A file whose hosts are all off is intended.
    if not (void or checks or any(policy)):
        void = f"{path} pins no host, so nothing was checked"
    show(checks, output, void, strict=strict)
    if interrupt:
        _output.flush()
        raise interrupt
    return conclude(checks, void, strict=strict)


def _check_certificate(policy: Policy, path: Path, names: Sequence[str], cafile: Path | None) -> list[HostCheck]:
    from pinsmith.checks.certificate import check_certificate_file
    from pinsmith.cli._files import read_bytes
    from pinsmith.errors import MaterialError
    from pinsmith.material import MAX_BYTES

    content = read_bytes(path, most=MAX_BYTES)
    anchors = _options.trust_of(cafile).anchors()
    try:
        return check_certificate_file(policy, content, names, anchors, now=_clock.now())
    except MaterialError as error:
        error.args = (f"{path}: {error}",)
        raise


def _check_live(
    policy: Policy, targets: list[Target], cafile: Path | None, timeout: float, corrected: Path | None
) -> tuple[list[HostCheck], KeyboardInterrupt | None]:
    """Check *targets*. After Ctrl-C, return the results so far in their order, and the interrupt with a message."""
    from pinsmith.checks.live import check_host
    from pinsmith.probe.survey import survey_each

    found: dict[int, list[FetchOutcome]] = {}
    interrupt = None
    try:
        with _output.progress(len(targets), "checking", streaming=False) as tick:
            for number, outcomes in survey_each(targets, trust=_options.trust_of(cafile), timeout_seconds=timeout):
                found[number] = outcomes
                tick()
    except KeyboardInterrupt:
        interrupt = KeyboardInterrupt(f"interrupted after {len(found)} of {len(targets)} hosts")
    if corrected is not None and interrupt is None:
        _correct(corrected, [outcome for outcomes in found.values() for outcome in outcomes])
    now = _clock.now()
    return [check for number in sorted(found) for check in check_host(policy, found[number], now=now)], interrupt


def _correct(path: Path, outcomes: list[FetchOutcome]) -> None:
    from pinsmith.checks.correction import correct
    from pinsmith.pinfile import Edit

    with editing(path):
        edit = Edit.load(path)
        if made := correct(edit, outcomes):
            edit.save()
    _output.note(
        f"wrote {path}: {'; '.join(map(str, made))}" if made else f"{path} already has the right role for every key"
    )
