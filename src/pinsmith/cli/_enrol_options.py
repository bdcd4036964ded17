"""The options that ``init`` and ``add`` share: how hosts are contacted and pinned."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import wraps
from typing import TYPE_CHECKING, Any, Final, get_args

import click

from pinsmith.cli import _complete_pin_file
from pinsmith.cli._command import PATH, argument, choice_option
from pinsmith.cli._options import cafile_option, connect_option, proxy_option, timeout_option
from pinsmith.cli._starttls import starttls_option
from pinsmith.errors import UsageError
from pinsmith.rotation.standby_key import KEY_KINDS, KeyKind
from pinsmith.rotation.strategy import Consent, Strategy

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from pinsmith.policy import HostPins, Policy
    from pinsmith.probe import Target

hosts_argument = argument(
    "hosts",
    nargs=-1,
    metavar="HOST[:PORT]",
    shell_complete=_complete_pin_file.hosts,
    help="A host to pin, or its URL.",
)
_OPTIONS: Final = (
    click.option(
        "--from",
        "from_file",
        type=PATH,
        metavar="FILE",
        help=(
            'More hosts, one on each line; # begins a comment; "-" is standard input. '
            "A host that cannot be pinned is reported, and the others are pinned."
        ),
    ),
    click.option(
        "--certificate",
        type=PATH,
        metavar="FILE",
        help=(
            "Connect to nothing: pin the key of this certificate, leaf first. Its names and dates are checked, and "
            "its chain only with --cafile."
        ),
    ),
    choice_option(
        "--strategy",
        choices=get_args(Strategy),
        default="own-key",
        help=(
            "own-key: the server's key. ca-set: roots of public authorities. intermediate: the authority that issued "
            "the certificate. private-ca: the root of your own authority."
        ),
    ),
    choice_option(
        "--accept",
        "accepted",
        choices=get_args(Consent),
        multiple=True,
        help=(
            "public-intermediate: pin an intermediate of a public authority, which may replace it without notice. "
            "inspected: pin what a proxy shows, although it may have replaced the certificate."
        ),
    ),
    click.option(
        "--generate-backup", is_flag=True, help="Make a standby key and a request for it, and pin the key as backup."
    ),
    click.option(
        "--backup",
        "backups",
        multiple=True,
        metavar="PIN|FILE",
        help=(
            "Pin this key as backup: a pin in any spelling, or a certificate, request or key. "
            "With --strategy ca-set or private-ca also a file of several roots. May be repeated."
        ),
    ),
    click.option(
        "--no-backup", is_flag=True, help="Pin without a backup: if the key is lost, all clients are locked out."
    ),
    click.option(
        "--backup-dir",
        type=PATH,
        metavar="DIR",
        help="Write the standby key there. Default: a directory of yours outside any repository.",
    ),
    choice_option("--key-type", choices=KEY_KINDS, default="ec-p256", help="The kind of standby key."),
    click.option("--include-subdomains", is_flag=True, help="Pin all subdomains too, at any depth."),
    click.option("--pins-only", is_flag=True, help="Trust the key alone, if no authority vouches for the host."),
    connect_option,
    starttls_option,
    proxy_option,
    cafile_option,
    timeout_option(),
)
_CHOICES: Final = (
    "pass --generate-backup to make a standby key, --backup to pin an existing one, or --no-backup to go without"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The options that `pinning_options` declares: how hosts are contacted and pinned."""

    from_file: Path | None
    certificate: Path | None
    strategy: Strategy
    accepted: tuple[Consent, ...]
    generate_backup: bool
    backups: tuple[str, ...]
    no_backup: bool
    backup_dir: Path | None
    key_type: KeyKind
    include_subdomains: bool
    pins_only: bool
    connect: str | None
    starttls: str | None
    proxy: str | None
    cafile: Path | None
    timeout: float

    def require_backup(self) -> None:
        """
        Raise unless the options choose a backup, or --no-backup.

        Raises:
            UsageError: If they do not, or contradict each other.
        """
        if self.no_backup and (self.generate_backup or self.backups):
            raise UsageError("--no-backup contradicts --generate-backup and --backup", hint=_CHOICES)
        if not (self.no_backup or self.generate_backup or self.backups):
            raise UsageError("a backup is needed: without one, a lost key locks every client out", hint=_CHOICES)

    def require_consistent(self) -> None:
        """
        Raise if options contradict each other.

        Raises:
            UsageError: If they contradict each other.
        """
        if self.generate_backup and self.strategy == "ca-set":
            raise UsageError(
                "--generate-backup makes no backup for --strategy ca-set, which pins keys of authorities",
                hint="pass the root of a second authority: --backup root.pem",
            )
        if self.certificate is None:
            return
        live = (("--connect", self.connect), ("--starttls", self.starttls), ("--proxy", self.proxy))
        for option, value in live:
            if value is not None:
                raise UsageError(
                    f"{option} needs a live host, but --certificate contacts none", hint="leave out one of them"
                )
        if str(self.certificate) == str(self.from_file) == "-":
            raise UsageError(
                "--certificate and --from cannot both read standard input", hint="pass one of them as a file"
            )

    def needing_chains(self) -> list[str]:
        """List the options that are given and matter only if `add` takes keys from chains of the hosts."""
        values = {
            "--generate-backup": self.generate_backup,
            "--backup": self.backups,
            "--backup-dir": self.backup_dir,
            "--include-subdomains": self.include_subdomains,
            "--pins-only": self.pins_only,
            "--strategy": self.strategy != "own-key",
            "--accept": self.accepted,
            "--connect": self.connect,
            "--starttls": self.starttls,
            "--proxy": self.proxy,
            "--cafile": self.cafile,
        }
        return [option for option, value in values.items() if value]

    def require_fit(self, policy: Policy, targets: Sequence[Target]) -> None:
        """
        Raise if the hosts of *targets* cannot be added to *policy* with these options.

        Raises:
            UsageError: If a host is new and no backup is chosen, or if an existing entry would have to change.
        """
        entries = [policy.entry_of(target.host) for target in targets]
        if None in entries:
            self.require_backup()
        for entry in filter(None, entries):
            self.require_unchanged(entry)

    def require_unchanged(self, entry: HostPins) -> None:
        """
        Raise if options demand other settings than *entry* has, because only keys are added to an existing entry.

        Raises:
            UsageError: If they demand other settings.
        """
        for option, line, wanted in (
            ("--include-subdomains", "include-subdomains = true", self.include_subdomains > entry.include_subdomains),
            ("--pins-only", 'trust = "pins-only"', self.pins_only and entry.trust != "pins-only"),
        ):
            if wanted:
                problem = f"{option} works only for new hosts, but {entry.host} is already in the file"
                raise UsageError(problem, hint=f"write {line} into its entry")


def pinning_options(command: Callable[..., int]) -> Callable[..., int]:
    """Declare the options that `Options` holds; *command* gets them as one argument, ``options``."""

    @wraps(command)
    def gathered(**values: Any) -> int:  # noqa: ANN401 - as in click
        options = Options(**{field.name: values.pop(field.name) for field in fields(Options)})
        return command(options=options, **values)

    for declare in reversed(_OPTIONS):
        gathered = declare(gathered)
    return gathered
