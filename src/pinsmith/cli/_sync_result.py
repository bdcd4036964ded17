"""The output of ``pinsmith sync``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pinsmith.cli import _output
from pinsmith.exit_code import ExitCode

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pinsmith.finding import Finding
    from pinsmith.sync import Change, Comparison, Consent

Output = Literal["text", "json", "junit", "github", "markdown"]


def show(needed: Sequence[Change]) -> None:
    """Print the differences: readable on a terminal, byte for byte elsewhere."""
    for change in needed:
        if _output.is_terminal():
            _output.result(*change.diff())
        else:
            _output.octets(change.git_patch())


def all_is_well(compared: Comparison) -> str:
    number = len(compared.changes)
    return f"{'the file is' if number == 1 else f'all {number} files are'} up to date with {compared.path}"


def say_of_releases(found: Sequence[Finding]) -> None:
    """Print what the outputs mean for releases: a warning, or a note if nobody is hurt."""
    from pinsmith.finding import Severity

    for finding in found:
        (_output.note if finding.severity < Severity.MEDIUM else _output.warning)(finding.text)


def conclude(compared: Comparison, consent: Consent, output: Output, about_releases: Sequence[Finding]) -> int:
    """Print everything that is wrong, not only the first, in the format *output*."""
    if output == "text":
        code = _conclude_text(compared, consent)
        say_of_releases(about_releases)
        return code
    from pinsmith.finding import Severity
    from pinsmith.sync import findings

    found = [*findings(compared, consent), *about_releases]
    if output == "github":
        from pinsmith.documents.github import github

        _output.result(*github(found))
    elif output == "markdown":
        from pinsmith.documents.markdown import markdown

        _output.result(*markdown("pinsmith sync --check", found, all_is_well(compared)))
    elif output == "junit":
        from pinsmith.documents.sync import sync_junit

        _output.result(*sync_junit(compared, found).split("\n"))
    else:
        from pinsmith.documents.document import encode
        from pinsmith.documents.sync import sync_document

        _output.document(encode(sync_document(compared, found)))
    is_bad = any(finding.severity >= Severity.HIGH for finding in found)
    return ExitCode.MISMATCH if is_bad else ExitCode.OK


def _conclude_text(compared: Comparison, consent: Consent) -> int:
    from pinsmith.cli._formats import warn_of_lock
    from pinsmith.sync import refusals

    warn_of_lock(compared)
    show(compared.needed)

    found = list(refusals(compared, consent))
    for error in found:
        _output.error(error.code, str(error), details=error.details, hint=error.hint)
    number, lock = len(compared.changes), compared.lock
    if compared.needed:
        _output.error(
            "out-of-sync",
            f"{len(compared.needed)} of {number} {'file' if number == 1 else 'files'} "
            f"{'is' if len(compared.needed) == 1 else 'are'} not up to date with {compared.path}",
            details=[f"{change.name} ({change.format})" for change in compared.needed],
            hint="run `pinsmith sync`; to change pins, edit the pin file and not these files",
        )
    if found or compared.needed:
        return ExitCode.MISMATCH
    _output.success(all_is_well(compared))
    if lock.is_needed:
        _output.warning(f"{lock.name} does not record these pins: run `pinsmith sync`, and commit {lock.name}")
    return ExitCode.OK
