"""
Warn of standby keys that nobody has proven lately: a backup whose private key is lost does not help.

No socket, no file, no clock.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from pinsmith.finding import Finding, HostPlace, Severity
from pinsmith.rotation.journal import moment

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from pinsmith.checks.host_check import HostCheck
    from pinsmith.pinfile import PinFile
    from pinsmith.policy import Key
    from pinsmith.rotation.journal import Journal


def with_drills(checks: list[HostCheck], pin_file: PinFile, journal: Journal, now: datetime) -> list[HostCheck]:
    """
    Warn of each standby key of the checked hosts whose last proof is too old; once for each host.

    Args:
        checks: The results.

        pin_file: Says how old a proof may be.

        journal: That of the pin file.

        now: Aware.
    """
    if not pin_file.drill_days:
        return checks
    limit = timedelta(days=pin_file.drill_days)
    seen, found = set[str](), []
    for check in checks:
        is_first = check.host not in seen
        seen.add(check.host)
        warnings = tuple(_overdue(check, journal, limit, now)) if is_first else ()
        found.append(replace(check, findings=(*check.findings, *warnings)))
    return found


def _overdue(check: HostCheck, journal: Journal, limit: timedelta, now: datetime) -> Iterator[Finding]:
    for key in check.entry.keys if check.entry and check.entry.mode != "off" else ():
        if key.standby and (reason := _reason(key, journal, limit, now)):
            message = f"nobody knows whether the private key of {key.name} still exists: {reason}"
            fix = f"sign with it: `pinsmith key prove {key.name} FILE`"
            yield Finding("drill-overdue", Severity.MEDIUM, HostPlace(check.host), message, fix)


def _reason(key: Key, journal: Journal, limit: timedelta, now: datetime) -> str | None:
    last = journal.last_proof(str(key.pin), now)
    if last is None:
        return "it was never proven"
    age = now - moment(last.time)
    return f"it was last proven on {last.time[:10]}, {age.days} days ago" if age > limit else None
