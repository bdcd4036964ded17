"""
What is published in the bundle beside a pin file, for checks: suspensions, and the pins that programs have read.

The bundle is the operator's own, so its signatures are not verified here, and python-tuf is not needed.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Final

import msgspec

from pinsmith import files
from pinsmith.errors import PinsmithError
from pinsmith.errors.updates import BundleError
from pinsmith.finding import Finding, HostPlace, Severity
from pinsmith.limit import MAX_BYTES
from pinsmith.updates.suspension import POLICY, SUSPENSIONS, parse_suspensions
from pinsmith.verdict import Matched, decide

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from pathlib import Path

    from pinsmith.checks.host_check import HostCheck
    from pinsmith.policy import Policy
    from pinsmith.updates.suspension import Suspension

FOLDER: Final = "bundle"
_TARGETS: Final = re.compile(r"([1-9][0-9]{0,9})\.targets\.json")


class _Hashes(msgspec.Struct):
    sha256: Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}\Z")]


class _Target(msgspec.Struct):
    hashes: _Hashes


class _Signed(msgspec.Struct):
    targets: dict[str, _Target]


class _Metadata(msgspec.Struct):
    signed: _Signed


def with_bundle(checks: list[HostCheck], folder: Path, now: datetime) -> list[HostCheck]:
    """
    Add what the bundle means for checks.

    A suspended host is a warning. A release that reads updates is not locked out if the published policy has a key that
    the host presents, but a warning until it has read that policy. A bundle that cannot be read is one warning.

    Args:
        checks: The results.

        folder: The bundle; it need not exist.

        now: Aware.
    """
    if not checks or not (folder / "metadata").is_dir():
        return checks
    try:
        content = published_files(folder)
        if not content:
            return checks
        suspended = {one.host: one for one in parse_suspensions(content[SUSPENSIONS]) if one.is_in_force(now)}
        if any(_reading(check) for check in checks):
            from pinsmith.updates.content import parse_policy  # the formats take time to import

            policy = parse_policy(content[POLICY])
            checks = [_with_update(check, policy, now) for check in checks]
    except PinsmithError as error:
        message = f"nobody knows whether pins are suspended, or which pins programs have: {error}"
        first = Finding("bundle-unreadable", Severity.MEDIUM, HostPlace(checks[0].host), message, error.hint)
        return [replace(checks[0], findings=(*checks[0].findings, first)), *checks[1:]]
    return [_with_suspension(check, suspended.get(check.entry.host) if check.entry else None) for check in checks]


def published_files(folder: Path) -> Mapping[str, bytes]:
    """
    Read what the newest published targets name, without verifying a signature; empty if there are none.

    Returns:
        The content of `POLICY` and `SUSPENSIONS`, by name.

    Raises:
        BundleError: If the metadata are not what their name says.
        FileError: If a file cannot be read.
    """
    metadata = folder / "metadata"
    with files.explained(str(metadata), "cannot be read"):
        versions = [int(found[1]) for path in metadata.iterdir() if (found := _TARGETS.fullmatch(path.name))]
    if not versions:
        return {}
    path = metadata / f"{max(versions)}.targets.json"
    try:
        targets = msgspec.json.decode(files.read(path, most_bytes=MAX_BYTES), type=_Metadata).signed.targets
        digests = {name: targets[name].hashes.sha256 for name in (POLICY, SUSPENSIONS)}
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, KeyError) as error:
        raise BundleError(f"{path} is not TUF metadata", hint="restore it from version control") from error
    return {
        name: files.read(folder / "targets" / f"{digest}.{name}", most_bytes=MAX_BYTES)
        for name, digest in digests.items()
    }


def _reading(check: HostCheck) -> list[str]:
    """Name the releases that are locked out with the pins that they were built with, and that read updates."""
    return [str(one.release) for one in check.cohorts if one.outcome == "locked-out" and one.release.updates]


def _with_update(check: HostCheck, policy: Policy, now: datetime) -> HostCheck:
    names = _reading(check)
    if not names or check.verdict not in {"matched", "mismatched"}:
        return check
    verdict = decide(policy, check.host, check.chain, now=now)
    if not isinstance(verdict, Matched):
        return check
    cohorts = tuple(
        replace(one, outcome="accepts", key=verdict.key.name, why="") if str(one.release) in names else one
        for one in check.cohorts
    )
    finding = Finding(
        "release-needs-update",
        Severity.LOW,
        HostPlace(check.host),
        f"{', '.join(names)} can connect only after reading the published policy, because the host presents none of "
        "the keys that the program was built with",
        "ship a release with the pins of today, so that a new installation connects at once",
    )
    return replace(check, cohorts=cohorts, findings=(*check.findings, finding))


def _with_suspension(check: HostCheck, suspension: Suspension | None) -> HostCheck:
    if suspension is None:
        return check
    finding = Finding(
        "suspended",
        Severity.MEDIUM,
        HostPlace(check.host),
        f"its pins are suspended until {suspension.until:%Y-%m-%d %H:%M} UTC, so programs that get updates only report "
        f"a wrong key: {suspension.reason}",
        f"repair the host or its pins, then run `pinsmith bundle resume {suspension.host}`",
    )
    return replace(check, findings=(*check.findings, finding))
