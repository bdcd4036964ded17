"""The steps that ``init`` and ``add`` share: look at hosts, choose keys, require a backup, and report what was done."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import wraps
from typing import TYPE_CHECKING, Any, Final, get_args

import click

from pinsmith.cli import _clock, _output
from pinsmith.cli._command import PATH, argument, choice_option
from pinsmith.cli._options import cafile_option, connect_option, parse_connect, timeout_option, trust_of
from pinsmith.cli._starttls import starttls_option
from pinsmith.errors import UsageError
from pinsmith.rotation.standby_key import KEY_KINDS, KeyKind
from pinsmith.rotation.strategy import Strategy

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from pinsmith.policy import HostPins, Policy
    from pinsmith.probe import FetchOutcome
    from pinsmith.rotation.backup import Backup
    from pinsmith.rotation.draft import Draft

hosts_argument = argument("hosts", nargs=-1, required=True, metavar="HOST[:PORT]", help="A host to pin, or its URL.")
_OPTIONS: Final = (
    choice_option(
        "--strategy",
        choices=get_args(Strategy),
        default="own-key",
        help="own-key: the server's key. ca-set: roots of public authorities. private-ca: the root of your own.",
    ),
    click.option(
        "--generate-backup", is_flag=True, help="Make a standby key and a request for it, and pin the key as backup."
    ),
    click.option(
        "--backup",
        "backups",
        multiple=True,
        metavar="PIN|FILE",
        help="Pin this key as backup: a pin in any spelling, or a certificate, request or key.",
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
    cafile_option,
    timeout_option(),
)
_CHOICES: Final = (
    "pass --generate-backup to make a standby key, --backup to pin an existing one, or --no-backup to go without"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The options that `pinning_options` declares: how hosts are contacted and pinned."""

    strategy: Strategy
    generate_backup: bool
    backups: tuple[str, ...]
    no_backup: bool
    backup_dir: Path | None
    key_type: KeyKind
    include_subdomains: bool
    pins_only: bool
    connect: str | None
    starttls: str | None
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

    def require_fit(self, policy: Policy, texts: Sequence[str]) -> None:
        """
        Raise if the hosts *texts* cannot be added to *policy* with these options.

        Raises:
            UsageError: If a host is new and no backup is chosen, or if an existing entry would have to change.
        """
        from pinsmith.probe import parse_target

        entries = [policy.entry_of(parse_target(text).host) for text in texts]
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


def look(texts: Sequence[str], options: Options, policy: Policy) -> list[list[FetchOutcome]]:
    """Fetch everything that the hosts present. Hosts without a port get that of *policy*."""
    from pinsmith.probe.survey import survey
    from pinsmith.probe.target import policy_targets

    address, port = parse_connect(options.connect)
    targets = policy_targets(policy, texts, address=address, connect_port=port, starttls=options.starttls)
    with _output.progress(len(targets), "looking", streaming=False) as tick:
        return survey(targets, trust=trust_of(options.cafile), timeout_seconds=options.timeout, tick=tick)


def make_draft(
    found: list[list[FetchOutcome]], options: Options, policy: Policy, pin_file: Path, *, force: bool = False
) -> Draft:
    """
    Choose keys and backups. A generated standby key is written to a file before it is pinned.

    Args:
        found: Everything that the hosts present.

        options: How to pin.

        policy: The pins before.

        pin_file: The pin file; keys are not written beside it.

        force: Whether a host is pinned even if it presents none of its pinned keys.

    Raises:
        PolicyError: If a host cannot be pinned.
        PinMismatchError: If a pinned host presents no pinned key.
        FileError: If a standby key cannot be written, or may not be written there.
        UsageError: If a host for which a standby key is wanted already has one.
    """
    from pinsmith.rotation import key_directory
    from pinsmith.rotation.draft import draft

    made = draft(
        policy,
        found,
        options.strategy,
        [_read_backup(text) for text in options.backups],
        pins_only=options.pins_only,
        include_subdomains=options.include_subdomains,
        force=force,
        needs_standby_key=options.generate_backup,
    )
    if options.generate_backup:
        directory = key_directory.choose(options.backup_dir, pin_file)
        for danger in key_directory.dangers(directory, pin_file):
            _output.warning(danger)
        made.make_standby_keys(options.key_type, directory, _clock.now().date())
    return made


def _read_backup(text: str) -> Backup:
    from pinsmith.errors import PinFormatError
    from pinsmith.rotation.backup import read_backup

    try:
        backup, remarks = read_backup(text)
    except PinFormatError as error:
        if error.code == PinFormatError.code:
            error.args = (f"--backup: {error}",)
        raise
    if remarks:
        unusual = f"the spelling of the pin is unusual ({', '.join(remarks)})"
        _output.warning(f"--backup {text}: {unusual}; pinned as {backup.pin}")
    return backup


def report(made: Draft, after: Policy, pin_file: Path, options: Options) -> None:
    """Report what was pinned and why, where the standby keys are, and what may go wrong."""
    looked = [
        enrolment
        for enrolment in made.enrolments
        if enrolment.adds_served_key(made.before.entry_of(enrolment.entry.host))
    ]
    for enrolment in made.enrolments:
        show_entry(after.entry_of(enrolment.entry.host) or enrolment.entry)
    _output.note(f"wrote {pin_file}")
    for why in dict.fromkeys(enrolment.why for enrolment in looked):
        _output.note(why)
    names = {key.pin: key.name for key in made.all_keys()}
    for pin, stored in made.stored.items():
        name = names[pin]
        _output.note(
            f"the private key of {name} is in {stored.key}, not encrypted; the request for it is in {stored.request}",
            "move the key off this machine, keep a second copy elsewhere, and put it on no server before you need it",
        )
    for text in dict.fromkeys(text for enrolment in made.enrolments for text in enrolment.warnings):
        _output.warning(text)
    if options.no_backup:
        _output.warning("there is no backup: if the pinned key is lost, clients are locked out until they are updated")
    if looked:
        _output.note("these pins are what this network showed: run `pinsmith check` from another one before you ship")


def warn_if_strange(made: Draft) -> None:
    """Warn of every pinned host that presents none of its pinned keys: an attacker may have answered."""
    for enrolment in made.enrolments:
        existing = made.before.entry_of(enrolment.entry.host)
        if existing is not None and not enrolment.presents_key_of(existing):
            _output.warning(
                f"{existing.host} presented none of the keys that were pinned before: make sure that your server "
                "answered and not an attacker, or remove the new keys"
            )


def show_entry(entry: HostPins) -> None:
    """Print a host with its keys."""
    covers = " and all subdomains" if entry.include_subdomains else ""
    _output.result([_output.Mark(entry.host, "strong"), covers])
    width = max((len(key.name) for key in entry.keys), default=0)
    for key in entry.keys:
        what = ", ".join(filter(None, (key.what, key.algorithm, key.subject)))
        _output.result(f"  {key.pin}  {key.name:<{width}}  {what}")
