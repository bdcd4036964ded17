"""
Compare what live hosts present with pins.toml.

`check` connects to every address of each host, and asks for both kinds of key, RSA and ECDSA, where a server has both.
Without HOST, it checks every host of the file. A warning names something that will go wrong if nobody acts; it does not
change the exit code, unless you pass --strict.

An entry may say where to connect to and which authorities to trust (`connect` and `cafile`); every result then says so.
With --public, `check` ignores both, so that a change of the file cannot hide a change of the public server.

With --certificate, `check` connects to nothing. It reports whether clients would be locked out if the hosts presented
that certificate. Without HOST, it judges every pinned host that the certificate names. Use it in a deploy hook.

`check` also covers the releases in pins.releases.toml that have not ended, even at hosts that the pin file no longer
contains.

With --stores, --store or --since, `check` also warns of clients whose trust store leads them to no pinned key, or to no
root at all. `pinsmith explain HOST --stores` shows the paths.

The exit code is 3 if clients would refuse a host, because it presents no pinned key or a chain that does not verify;
otherwise 4 if a host is not pinned or the file pins none; otherwise 1 if a host could not be read; otherwise, with
--strict, 5 if there is a warning. Ctrl-C prints the hosts that were checked so far.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final, Literal, get_args

import click

from pinsmith.cli import _clock, _complete_pin_file, _options, _output
from pinsmith.cli._command import PATH, Command, argument, number
from pinsmith.cli._starttls import starttls_option
from pinsmith.cli._store_options import store_options, stores_of

if TYPE_CHECKING:
    from pathlib import Path

Output = Literal["text", "json", "junit", "github", "prometheus"]
EXAMPLES: Final = (
    ("Check every host of the nearest pins.toml:", "pinsmith check"),
    ("Check one host, at an address it will move to:", "pinsmith check api.example.com --connect 192.0.2.7"),
    ("Ask whether a new certificate would lock anyone out:", "pinsmith check --certificate fullchain.pem"),
    ("Ask whether clients with another trust store would lose a host:", "pinsmith check --since android-9"),
    ("Record which keys belong to servers and which to authorities:", "pinsmith check --fix-roles"),
    ("Fail in CI on warnings too, and write a report:", "pinsmith check --strict --format junit > pins.xml"),
)


@click.command("check", Command, help=__doc__, examples=EXAMPLES)
@argument(
    "hosts",
    nargs=-1,
    metavar="HOST[:PORT]",
    shell_complete=_complete_pin_file.hosts,
    help="A host to check; by default every host of the file.",
)
@_options.file_option
@click.option(
    "--certificate",
    type=PATH,
    metavar="FILE",
    help='Judge this certificate, leaf first, instead of live hosts; "-" is standard input.',
)
@_options.connect_option
@starttls_option
@_options.proxy_option
@_options.cafile_option
@_options.timeout_option()
@click.option(
    "--public",
    is_flag=True,
    help="Ignore connect and cafile of the file: ask DNS, and trust the authorities of the system.",
)
@store_options()
@click.option("--fix-roles", is_flag=True, help="Write the roles of the keys into the file, as live hosts show them.")
@click.option(
    "--warn-days",
    type=number(int, 0, 36_500),
    metavar="N",
    help=(
        "Warn if a certificate or pins end within N days. Default: a quarter of the lifetime, at least 30 days for "
        "pins, and at least the lead-time of the file; of certificates of up to 100 days, at most a third of them."
    ),
)
@click.option(
    "-q",
    "--quiet",
    is_flag=True,
    help="As text, print only the hosts that fail, have warnings, or are reached by connect or cafile of the file.",
)
@click.option("--strict", is_flag=True, help="Fail with exit code 5 if there are warnings.")
@_options.format_option(*get_args(Output))
def check(
    *,
    hosts: tuple[str, ...],
    file: Path | None,
    certificate: Path | None,
    connect: str | None,
    starttls: str | None,
    proxy: str | None,
    cafile: Path | None,
    timeout: float,
    public: bool,
    usual: bool,
    stores: tuple[str, ...],
    since: str | None,
    fix_roles: bool,
    warn_days: int | None,
    quiet: bool,
    strict: bool,
    output: Output,
) -> int:
    """Check, print the results, and return the exit code."""
    from pinsmith import pinfile
    from pinsmith.cli import _check_hosts as asking
    from pinsmith.cli._check_result import conclude, show
    from pinsmith.pinfile.releases import Releases
    from pinsmith.probe.target import without_connect

    path = _options.find_pin_file(file)
    policy = (pin_file := pinfile.load_file(path)).policy
    asking.require_live(certificate, fix_roles=fix_roles, public=public, is_directed=bool(connect or cafile))
    within = None if warn_days is None else timedelta(days=warn_days)
    releases = Releases.beside(path).alive(_clock.now())
    soon: asking.Soon = {"warn_within": within, "lead_time": timedelta(days=pin_file.lead_time), "releases": releases}
    journal = asking.journal_beside(path)
    among, interrupt = stores_of(stores, since, usual=usual), None
    if certificate is not None:
        checks = asking.check_certificate(policy, certificate, hosts, cafile, soon, folder=path.parent, stores=among)
    else:
        folder = path.parent if cafile is None and not public else None
        dialled = without_connect(policy) if public else policy
        targets = asking.targets_of(
            dialled, hosts, releases, connect=connect, starttls=starttls, proxy=proxy, folder=folder
        )
        asked = asking.Asked(targets, cafile, timeout, named=bool(hosts), fix_roles=fix_roles)
        checks, interrupt = asking.check_live(pin_file, path, asked, journal, soon=soon, stores=among)
    void = str(interrupt) if interrupt else None
    # A file that was truncated after its keys looks like this. A file whose hosts are all off is intended.
    if not (void or hosts or any(policy)):
        void = f"{path} pins no host, so {'only releases were' if checks else 'nothing was'} checked"
    checks = asking.with_warnings_of_files(checks, pin_file, path, journal)
    show(checks, output, void, strict=strict, quiet=quiet)
    if interrupt:
        _output.flush()
        raise interrupt
    return conclude(checks, void, strict=strict)
