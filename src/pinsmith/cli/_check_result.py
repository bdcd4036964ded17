"""The output of ``pinsmith check``."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final, Literal

from pinsmith.checks.host_check import LOCKED_OUT, refusal_lines, text_of, warns
from pinsmith.cli import _clock, _output
from pinsmith.cli._output import Mark
from pinsmith.exit_code import ExitCode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinsmith.checks.host_check import HostCheck
    from pinsmith.cli._output import Line, Tone

_WORDS: Final[dict[str, tuple[str, Tone]]] = {
    "matched": ("ok", "good"),
    "mismatched": ("MISMATCH", "bad"),
    "not-verified": ("NOT VERIFIED", "bad"),
    "not-pinned": ("not pinned", "warn"),
    "unreachable": ("unreachable", "bad"),
    "locked-out": ("LOCKED OUT", "bad"),
}

# The worst first, with its exit code. Without a code of its own, the error gets that of the result.
_WORST: Final = (
    ("mismatched", "pin-mismatch", ExitCode.MISMATCH),
    ("not-verified", None, ExitCode.MISMATCH),
    ("locked-out", LOCKED_OUT, ExitCode.MISMATCH),
    ("not-pinned", "host-not-pinned", ExitCode.NOT_PINNED),
    ("unreachable", None, ExitCode.BROKE),
)


def lines(checks: list[HostCheck]) -> Iterator[Line]:
    """Describe *checks* for people: a line for each check, with details, hint and warnings below it."""
    for check in checks:
        word, tone = _WORDS[check.fault or check.verdict]
        yield [Mark(word, tone), f"  {check.place} {text_of(check)}"]
        if check.fails:
            yield from (f"  {line}" for line in refusal_lines(check))
        for finding in check.findings:
            yield ["  ", Mark("warning: ", "warn"), finding.text]


def tally(checks: list[HostCheck]) -> str:
    """Count the failures of *checks*: ``2 of 5 checks failed: 1 mismatched, 1 unreachable``."""
    counts: Counter[str] = Counter(check.fault for check in checks if check.fault)
    kinds = [f"{counts[verdict]} {verdict.replace('-', ' ')}" for verdict in _WORDS if counts[verdict]]
    return f"{counts.total()} of {len(checks)} checks failed: {', '.join(kinds)}"


Output = Literal["text", "json", "junit", "github", "prometheus"]


def show(checks: list[HostCheck], output: Output, void: str | None, *, strict: bool, quiet: bool) -> None:
    """Print *checks* in the format *output*; *void* and *strict* as for `check_document`; *quiet* is for text alone."""
    if output == "json":
        from pinsmith.documents.check import check_document
        from pinsmith.documents.document import encode

        _output.document(encode(check_document(checks, void, now=_clock.now(), strict=strict)))
    elif output == "junit":
        from pinsmith.documents.check import check_junit

        _output.result(*check_junit(checks, void, strict=strict).split("\n"))
    elif output == "github":
        from pinsmith.documents.check import check_github

        _output.result(*check_github(checks, void))
    elif output == "prometheus":
        from pinsmith.documents.check_metrics import check_metrics

        _output.result(*check_metrics(checks, void, now=_clock.now()).split("\n"))
    else:
        _output.result(*lines([check for check in checks if not (quiet and _is_quiet(check))]))


def _is_quiet(check: HostCheck) -> bool:
    """Whether nothing about *check* needs attention; a way to the host that the pin file changes does."""
    is_usual = not (check.via and check.entry and (check.entry.connect or check.entry.cafile))
    return is_usual and not check.fails and not check.findings


def conclude(checks: list[HostCheck], void: str | None, *, strict: bool) -> int:
    """Sum up what failed, on standard error, and return the exit code; *void* and *strict* as for `check_document`."""
    if void:
        hint = "compare the file with its last version, because it may be truncated; `pinsmith add HOST` pins a host"
        _output.error("host-not-pinned", void, hint=hint)
        return ExitCode.NOT_PINNED
    if not checks:
        _output.warning('no host was checked, because every entry has mode = "off"')
    _output.flush()  # in a log of both streams the sum stands below the results
    for verdict, code, exit_code in _WORST:
        worst = [check for check in checks if check.fault == verdict]
        if worst:
            # The result already shows the failures themselves.
            is_compromised = any(check.reason == "compromised-authority" for check in worst)
            named = "compromised-chain" if is_compromised else code or worst[0].reason or verdict
            _output.error(named, tally(checks))
            return exit_code
    if strict and (count := sum(warns(check) for check in checks)):
        _output.error("warnings", f"{count} of {len(checks)} checks have warnings, which fail with --strict")
        return ExitCode.WARNED
    return ExitCode.OK
