"""The steps that ``init`` and ``add`` share: look at hosts, choose keys, require a backup, and report what was done."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.cli import _clock, _output
from pinsmith.cli._options import parse_connect, trust_of
from pinsmith.errors import UsageError
from pinsmith.exit_code import ExitCode

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from pinsmith.certificate import Certificate
    from pinsmith.cli._enrol_options import Options
    from pinsmith.errors import PinsmithError
    from pinsmith.policy import HostPins, Policy
    from pinsmith.probe import Target
    from pinsmith.rotation.backup import Backup
    from pinsmith.rotation.draft import Draft
    from pinsmith.rotation.sighting import Candidate

_KEEP_KEY: Final = (
    "move the key off this machine, keep a second copy elsewhere, and put it on no server before you need it"
)
_KEEP_KEYS: Final = (
    "move these keys off this machine, keep second copies elsewhere, and put no key on a server before you need it"
)


class Skips:
    """
    The hosts of ``--from`` that could not be pinned. They are reported at once.

    Attributes:
        exit_code: 0 if there are none; 3 if one of them presents no pinned key; otherwise 1.
    """

    def __init__(self) -> None:
        """Begin without any."""
        self.exit_code = ExitCode.OK
        self.count = 0

    def add(self, error: PinsmithError) -> None:
        """Report *error*, which names its host."""
        _output.error(error.code, str(error), details=error.details, hint=error.hint)
        is_mismatch = ExitCode.MISMATCH in {self.exit_code, error.exit_code}
        self.exit_code = ExitCode.MISMATCH if is_mismatch else ExitCode.BROKE
        self.count += 1

    def summarize(self, pinned: int) -> None:
        """Count the hosts of the list, if some were skipped, because their errors stand above many lines."""
        if self.count:
            _output.warning(
                f"{self.count} of {self.count + pinned} hosts could not be pinned; their errors stand above. When "
                "these are corrected, run `pinsmith add` for the hosts"
            )


def find_targets(
    texts: Sequence[str], options: Options, policy: Policy, skips: Skips, folder: Path | None = None
) -> list[Target]:
    """
    List the hosts to pin, without duplicates. Hosts without a port get that of *policy*.

    With the *folder* of the pin file, and without ``--cafile``, they are trusted as their entries say.

    Raises:
        FileError: If the list of ``--from`` cannot be read.
        HostError: If one of *texts* is not a host; a name of the list is reported as one of *skips* instead.
        UsageError: If there is no host.
    """
    from pinsmith.errors import HostError
    from pinsmith.probe.proxy import through
    from pinsmith.probe.target import parse_target, policy_targets

    listed = []
    for name in _listed(options.from_file):
        try:
            parse_target(name, starttls=options.starttls)
        except HostError as error:
            skips.add(error)
        else:
            listed.append(name)
    if not texts and not listed and not skips.count:
        found = f"{options.from_file} lists no host" if options.from_file else "no host is given"
        raise UsageError(found, hint="name hosts, or pass a list of them with --from")
    if not texts and not listed:
        return []
    address, port = parse_connect(options.connect)
    targets = policy_targets(
        policy,
        [*texts, *listed],
        address=address,
        connect_port=port,
        starttls=options.starttls,
        folder=folder if options.cafile is None else None,
    )
    return targets if options.certificate else [through(target, options.proxy) for target in targets]


def _listed(path: Path | None) -> list[str]:
    import sys

    from pinsmith.probe.name_list import open_names, parse_names

    if path is None:
        return []
    return list(parse_names(sys.stdin.buffer) if str(path) == "-" else open_names(path)[0])


def look(targets: Sequence[Target], options: Options) -> list[Candidate]:
    """Fetch everything that the hosts present, or read the certificate that they will present."""
    from pinsmith.rotation.sighting import CertificateHost, LiveHost

    if options.certificate is not None:
        certificates = _read_certificates(options.certificate)
        anchors = trust_of(options.cafile).anchors() if options.cafile else None
        now = _clock.now()
        return [CertificateHost(target, certificates, anchors, now, options.pins_only) for target in targets]
    from pinsmith.probe.survey import survey

    with _output.progress(len(targets), "looking") as tick:
        found = survey(targets, trust=trust_of(options.cafile), timeout_seconds=options.timeout, tick=tick)
    accepts_inspected = "inspected" in options.accepted
    return [LiveHost(outcomes, options.pins_only, accepts_inspected) for outcomes in found]


def _read_certificates(path: Path) -> list[Certificate]:
    from pinsmith.checks.certificate import certificates_in
    from pinsmith.cli._files import read_bytes
    from pinsmith.errors import MaterialError
    from pinsmith.errors.base import about
    from pinsmith.material import MAX_BYTES

    with about(path, MaterialError):
        return certificates_in(read_bytes(path, most=MAX_BYTES))


def make_draft(
    candidates: Sequence[Candidate],
    options: Options,
    policy: Policy,
    pin_file: Path,
    skips: Skips,
    *,
    force: bool = False,
) -> Draft:
    """
    Choose keys and backups. A generated standby key is written to a file before it is pinned.

    Args:
        candidates: The hosts.

        options: How to pin.

        policy: The pins before.

        pin_file: The pin file; keys are not written beside it.

        skips: Gets the hosts that cannot be pinned, if they come from a list.

        force: Whether a host is pinned even if it presents none of its pinned keys.

    Raises:
        PolicyError: If a host cannot be pinned.
        PinMismatchError: If a pinned host presents no pinned key.
        FileError: If a standby key cannot be written, or may not be written there.
    """
    from pinsmith.rotation import key_directory
    from pinsmith.rotation.draft import draft

    made = draft(
        policy,
        candidates,
        options.strategy,
        [backup for text in options.backups for backup in _read_backups(text, options)],
        include_subdomains=options.include_subdomains,
        force=force,
        accepted=options.accepted,
        skip=skips.add if options.from_file else None,
    )

    def directory() -> Path:
        chosen = key_directory.choose(options.backup_dir, pin_file)
        if not made.stored:
            for danger in key_directory.dangers(chosen, pin_file):
                _output.warning(danger)
        return chosen

    if options.generate_backup:
        made.make_standby_keys(options.key_type, directory, _clock.now())
    made.keep_certificates(pin_file)
    return made


def _read_backups(text: str, options: Options) -> list[Backup]:
    from pinsmith.errors import PinFormatError
    from pinsmith.rotation.backup import read_backups

    try:
        backups, remarks = read_backups(text, is_bundle=options.strategy != "own-key")
    except PinFormatError as error:
        if error.code == PinFormatError.code:
            error.args = (f"--backup: {error}",)
        raise
    if remarks:
        unusual = f"the spelling of the pin is unusual ({', '.join(remarks)})"
        _output.warning(f"--backup {text}: {unusual}; pinned as {backups[0].pin}")
    return backups


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
            f"the private key of {name} is in {stored.key}, not encrypted; the request for it is in {stored.request}"
        )
    if made.stored:
        _output.note(_KEEP_KEY if len(made.stored) == 1 else _KEEP_KEYS)
    for text in dict.fromkeys(text for enrolment in made.enrolments for text in enrolment.warnings):
        _output.warning(text)
    if options.no_backup:
        _output.warning("there is no backup: if the pinned key is lost, clients are locked out until they are updated")
    if looked:
        _note_what_was_not_checked(options)


def _note_what_was_not_checked(options: Options) -> None:
    later = "run `pinsmith check` when the host presents this certificate"
    if options.certificate is None:
        _output.note(
            "these pins come from this network, which may be intercepted: "
            "run `pinsmith check` from another network before you ship"
        )
    elif options.cafile is None and not options.pins_only:
        _output.warning(f"no host was contacted, and the trust of the chain was not checked: pass --cafile, or {later}")
    else:
        _output.note(f"no host was contacted: {later}")


def note_kept(made: Draft) -> None:
    """Report every host for which no standby key was made, because it has one."""
    for host, key in made.kept.items():
        _output.note(f"{host} already has the standby key {key.name}, which no server presents: no other was made")


def warn_if_strange(made: Draft, options: Options) -> None:
    """Warn of every pinned host that presents none of its pinned keys: an attacker may have answered."""
    if options.certificate is not None:
        return
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
