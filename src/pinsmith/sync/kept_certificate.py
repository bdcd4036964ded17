"""Warn of certificates that an output contains and that the host does not present."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from typing import TYPE_CHECKING

from pinsmith import formats
from pinsmith.errors import PinsmithError
from pinsmith.finding import Finding, HostPlace, Severity
from pinsmith.sync.material import read_certificate

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from pinsmith.checks.host_check import HostCheck
    from pinsmith.pinfile import Output, PinFile
    from pinsmith.policy import Key


def with_warnings(checks: list[HostCheck], pin_file: PinFile, folder: Path) -> list[HostCheck]:
    """
    Warn of each host whose pins match, but whose certificate is not the one that an output contains.

    Args:
        checks: The results.

        pin_file: The pin file.

        folder: Its folder, to which names of certificates are relative.
    """
    comparing = [output for output in pin_file.outputs if _compares_certificates(output)]
    return [_checked(check, comparing, folder) for check in checks] if comparing else checks


def _checked(check: HostCheck, comparing: Sequence[Output], folder: Path) -> HostCheck:
    entry, leaf = check.entry, check.chain.leaf if check.chain else None
    if check.verdict != "matched" or entry is None or leaf is None:
        return check
    key = next((key for key in entry.keys if key.pin == leaf.pin), None)
    named = [output.format for output in comparing if _pins(output, entry.host)]
    if key is None or key.certificate is None or not named:
        return check
    with contextlib.suppress(PinsmithError):  # `pinsmith sync` reports it
        if read_certificate(key, folder) != leaf.der:
            return replace(check, findings=(*check.findings, _finding(check.host, key, named)))
    return check


def _finding(host: str, key: Key, named: Sequence[str]) -> Finding:
    platforms = ", ".join(dict.fromkeys(named))
    message = (
        f"the certificate has the key {key.name}, but it is not {key.certificate}: clients of {platforms} compare "
        "whole certificates, and refuse the host"
    )
    fix = f"ship it in an update before it is served: `pinsmith key certificate {key.name} FILE`, and `pinsmith sync`"
    return Finding("other-certificate", Severity.HIGH, HostPlace(host), message, fix)


def _compares_certificates(output: Output) -> bool:
    try:
        can = formats.find(output.format).can
    except PinsmithError:
        return False  # `pinsmith sync` reports it
    return can.takes != "pin" and not can.compares_keys


def _pins(output: Output, host: str) -> bool:
    hosts = output.options.get("hosts")
    return not hosts or host in (hosts if isinstance(hosts, tuple) else (hosts,))
