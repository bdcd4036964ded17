"""The hosts of ``pinsmith check``: live ones, with progress and Ctrl-C, or those that a certificate is meant for."""

from __future__ import annotations

import functools
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypedDict

from pinsmith.checks.via import via_of
from pinsmith.cli import _clock, _options, _output
from pinsmith.cli._editing import editing
from pinsmith.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import timedelta
    from pathlib import Path

    from pinsmith.certificate import Chain
    from pinsmith.checks.host_check import HostCheck
    from pinsmith.paths import Store
    from pinsmith.pinfile import PinFile
    from pinsmith.policy import Policy
    from pinsmith.probe import FetchOutcome, Target
    from pinsmith.release import Release
    from pinsmith.rotation.journal import Journal


class Soon(TypedDict):
    """How long before an end a warning is given, and the releases to ask, as `pinsmith.checks.check_host` takes it."""

    warn_within: timedelta | None
    lead_time: timedelta
    releases: list[Release]


def require_live(certificate: Path | None, *, fix_roles: bool, public: bool, is_directed: bool) -> None:
    """
    Raise if options exclude each other; *is_directed* if --connect or --cafile is given.

    Raises:
        UsageError: If they do.
    """
    if certificate is not None and fix_roles:
        raise UsageError("--fix-roles needs live hosts, but --certificate contacts none", hint="leave out one of them")
    if public and (certificate or is_directed):
        raise UsageError(
            "--public asks DNS and trusts the authorities of the system",
            hint="leave out --certificate, --connect and --cafile, or leave out --public",
        )


def check_certificate(
    policy: Policy,
    path: Path,
    names: Sequence[str],
    cafile: Path | None,
    soon: Soon,
    *,
    folder: Path,
    stores: Sequence[Store],
) -> list[HostCheck]:
    """
    Check the certificate at *path* for the hosts *names*, or for every pinned host that it names.

    Without *cafile*, a host is trusted as its entry says; *folder* is that of the pin file. *stores* are asked too.
    """
    from pinsmith.certificate import Chain
    from pinsmith.checks.certificate import certificates_in
    from pinsmith.cli._files import read_bytes
    from pinsmith.errors import MaterialError
    from pinsmith.errors.base import about
    from pinsmith.material import MAX_BYTES

    content = read_bytes(path, most=MAX_BYTES)
    with about(path, MaterialError):
        checks = check_content(policy, content, names, cafile, soon, folder=folder)
        sent = Chain(tuple(certificates_in(content)))
    return [_with_stores(check, sent, policy, soon, stores) for check in checks]


def check_content(
    policy: Policy, content: bytes, names: Sequence[str], cafile: Path | None, soon: Soon, *, folder: Path
) -> list[HostCheck]:
    """Check the certificate in *content*; the rest as for `check_certificate`."""
    from pinsmith.checks.certificate import check_certificate_file

    anchors = _options.trust_of(cafile).anchors()

    def read_cafile(name: str) -> list[bytes]:
        return _options.trust_of(folder / name).anchors()

    own = None if cafile else functools.cache(read_cafile)
    return check_certificate_file(policy, content, names, anchors, now=_clock.now(), read_cafile=own, **soon)


def targets_of(
    policy: Policy,
    hosts: Sequence[str],
    releases: Sequence[Release],
    *,
    connect: str | None,
    starttls: str | None,
    proxy: str | None,
    folder: Path | None,
) -> list[Target]:
    """List *hosts*, or else all hosts of *policy* and those that only *releases* pin; the rest is as users write it."""
    from pinsmith.checks.cohort import hosts_of_releases
    from pinsmith.probe import Target
    from pinsmith.probe.proxy import through
    from pinsmith.probe.target import policy_targets

    address, port = _options.parse_connect(connect)
    given = functools.partial(
        policy_targets, policy, address=address, connect_port=port, starttls=starttls, folder=folder
    )
    released = {} if hosts else hosts_of_releases(releases, policy)
    names = [str(Target(host, port)) for host, port in released.items()]
    return [through(target, proxy) for target in [*given(hosts), *(given(names) if names else [])]]


@dataclass(frozen=True, slots=True)
class Asked:
    """
    The live hosts to check, and how.

    If the user has not *named* the hosts, those that only releases pin need no entry. With *fix_roles*, the roles of
    the keys are written into the pin file as the hosts show them.
    """

    targets: list[Target]
    cafile: Path | None
    timeout: float
    named: bool = field(kw_only=True)
    fix_roles: bool = field(kw_only=True)


def check_live(
    pin_file: PinFile, path: Path, asked: Asked, journal: Journal, *, soon: Soon, stores: Sequence[Store]
) -> tuple[list[HostCheck], KeyboardInterrupt | None]:
    """
    Check live hosts with the pin file at *path*, its *journal* and releases. *stores* are asked too.

    After Ctrl-C, return the results so far in their order, and the interrupt with a message.
    """
    from pinsmith.checks.cohort import for_releases_alone
    from pinsmith.checks.live import check_host
    from pinsmith.probe.survey import survey_each
    from pinsmith.rotation.deadline import with_deadlines

    targets, cafile = asked.targets, asked.cafile
    found: dict[int, list[FetchOutcome]] = {}
    interrupt = None
    try:
        with _output.progress(len(targets), "checking") as tick:
            for number, outcomes in survey_each(
                targets, trust=_options.trust_of(cafile), timeout_seconds=asked.timeout
            ):
                found[number] = outcomes
                tick()
    except KeyboardInterrupt:
        interrupt = KeyboardInterrupt(f"interrupted after {len(found)} of {len(targets)} hosts")
    if asked.fix_roles and interrupt is None:
        pin_file = _correct(path, [outcome for outcomes in found.values() for outcome in outcomes])
    policy, now = pin_file.policy, _clock.now()

    def dated(outcomes: list[FetchOutcome]) -> list[HostCheck]:
        checks = check_host(policy, outcomes, now=now, **soon)
        return with_deadlines(checks, outcomes, pin_file=pin_file, journal=journal, releases=soon["releases"], now=now)

    checks = [
        replace(
            _with_stores(check if asked.named else for_releases_alone(check), sent, policy, soon, stores),
            via=via_of(policy, targets[number], cafile),
        )
        for number in sorted(found)
        for check, sent in zip(dated(found[number]), map(_sent, found[number]), strict=True)
    ]
    return checks, interrupt


def _sent(outcome: FetchOutcome) -> Chain | None:
    from pinsmith.probe import Failed

    return None if isinstance(outcome, Failed) else outcome.presented


def _with_stores(
    check: HostCheck, sent: Chain | None, policy: Policy, soon: Soon, stores: Sequence[Store]
) -> HostCheck:
    if not stores:
        return check
    from pinsmith.checks.store_warning import with_stores

    return with_stores(check, sent, policy, soon["releases"], stores, now=_clock.now())


def with_warnings_of_files(checks: list[HostCheck], pin_file: PinFile, path: Path, journal: Journal) -> list[HostCheck]:
    """Add what the *journal*, the outputs and the bundle of the pin file at *path* say."""
    from pinsmith.updates.published import FOLDER, with_bundle

    checks = with_bundle(checks, path.parent / FOLDER, _clock.now())
    if pin_file.drill_days:
        from pinsmith.rotation.drill import with_drills

        checks = with_drills(checks, pin_file, journal, _clock.now())
    if pin_file.outputs:  # the formats take time to import
        from pinsmith.sync.kept_certificate import with_warnings

        checks = with_warnings(checks, pin_file, path.parent)
    return checks


def journal_beside(path: Path) -> Journal:
    """Return the journal; a damaged one is reported and counts as empty, as clients may be locked out meanwhile."""
    from pinsmith.errors import PinsmithError
    from pinsmith.rotation.journal import Journal

    try:
        return Journal.beside(path)
    except PinsmithError as error:
        _output.warning(f"{error}; so dates of rotations and proofs of keys were not checked")
        if error.hint:
            _output.note(f"hint: {error.hint}")
        return Journal(path, None)


def _correct(path: Path, outcomes: list[FetchOutcome]) -> PinFile:
    """Correct the keys in the pin file, print what changed, and return the file as it is now."""
    from pinsmith.checks.correction import correct
    from pinsmith.pinfile import Edit

    with editing(path):
        edit = Edit.load(path)
        if made := correct(edit, outcomes):
            edit.save()
    _output.note(
        f"wrote {path}: {'; '.join(map(str, made))}" if made else f"{path} already has the right role for every key"
    )
    pin_file = edit.result()
    used = {correction.name for correction in made if correction.in_service}
    for entry in pin_file.policy.hosts:
        if used & {key.name for key in entry.keys} and not any(key.standby for key in entry.keys):
            _output.note(f"make a new standby key with `pinsmith add {entry.host} --generate-backup`")
    return pin_file
