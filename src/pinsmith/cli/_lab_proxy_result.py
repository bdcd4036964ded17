"""What ``pinsmith lab proxy`` tells: lines as hosts are seen, the verdicts at the end, and JSON as evidence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from pinsmith.cli import _output
from pinsmith.cli._output import Mark
from pinsmith.documents.document import Versioned, encode
from pinsmith.exit_code import ExitCode

if TYPE_CHECKING:
    from pathlib import Path

    from pinsmith.cli._lab_proxy_session import Session
    from pinsmith.cli._output import Line, Tone
    from pinsmith.lab.proxy.judgement import HostVerdict
    from pinsmith.lab.proxy.seen import Client, Evidence

_WORDS: Final[dict[str, tuple[str, Tone]]] = {
    "pinned": ("pinned", "good"),
    "not-pinned": ("NOT PINNED", "bad"),
    "clear": ("CLEAR", "bad"),
    "inconclusive": ("inconclusive", "warn"),
    "not-seen": ("not seen", "warn"),
}
_WIDTH: Final = max(len(word) for word, _ in _WORDS.values())
_UNPROTECTED: Final = frozenset({"not-pinned", "clear"})
_HINTS: Final = {
    "not-seen": "use the part of the app that asks for it, and look whether the app uses the proxy at all",
    "no-control": "let the app ask for a host that it does not pin as well, and name that with --control",
    "ca-not-trusted": "install the certificate of http://pinsmith.lab/ where the app trusts it, and try again",
    "silent": "use the part of the app that sends something there",
    "other-fault": "look at the clock of the device, and at what the app demands of certificates",
}


class ClientOut(msgspec.Struct, frozen=True, kw_only=True):
    """What one client did at one host. ``refused`` and ``failed`` count by how and by why."""

    address: str
    fingerprint: str | None
    tls_version: str | None
    attempts: int
    intercepted: int
    refused: dict[str, int]
    failed: dict[str, int]
    silent: int
    clear: int
    passed_through: int
    bytes_received: int
    request: str | None
    upstream_problem: str | None


class ProxyHostOut(msgspec.Struct, frozen=True, kw_only=True):
    """The verdict on one host at one port; ``port`` is null for a host that was named without and not seen."""

    host: str
    port: int | None
    verdict: str
    reason: str
    message: str
    must_pin: bool
    attempts: int
    bytes_received: int
    alerts: list[str]
    clients: list[ClientOut]


class MastgOut(msgspec.Struct, frozen=True, kw_only=True):
    """
    The observation and the evaluation of a test of the OWASP MASTG.

    ``outcome`` is ``pass``, ``fail``, ``inconclusive``, or null if no host had to pin.

    Source:
        OWASP MASTG, MASTG-TEST-0244 "Missing Certificate Pinning in Network Traffic": the observation is the domains
        whose HTTPS traffic was intercepted; the test fails if a relevant first-party domain is among them.
    """

    test: str
    outcome: str | None
    intercepted: list[str]


class ProxyDocument(Versioned, frozen=True, kw_only=True):
    """``pinsmith lab proxy --format json``. ``ok`` is null if no host had to pin."""

    ok: bool | None
    started: str
    ended: str
    authority_pin: str
    problems: list[str]
    mastg: MastgOut
    hosts: list[ProxyHostOut]


def tell(verdict: HostVerdict) -> None:
    """Say on standard error what is new about a host."""
    _output.note(f"{_place(verdict)}: {_WORDS[verdict.verdict][0]}: {verdict.message}")


def line(verdict: HostVerdict) -> Line:
    """Describe the verdict on a host on one line."""
    word, tone = _WORDS[verdict.verdict]
    must = "  (must pin)" if verdict.must_pin else ""
    return [Mark(f"{word:{_WIDTH}}", tone), f"  {_place(verdict)}{must}  {verdict.message}"]


def conclude(session: Session, *, verdict_file: Path | None, output: str) -> int:
    """Print the verdicts, write them, and choose the exit code."""
    from pinsmith import files
    from pinsmith.lab.proxy.judgement import all_pinned

    verdicts = session.proxy.verdicts()
    problems = _problems(session)
    ok = all_pinned(verdicts) if not problems else False
    encoded = encode(_document(session, verdicts, problems, ok=ok))
    if output == "json":
        _output.document(encoded)
    else:
        _output.result(*map(line, verdicts))
    if verdict_file is not None:
        files.write_atomically(verdict_file, encoded + b"\n")
    return _code(verdicts, problems, ok=ok)


def _code(verdicts: tuple[HostVerdict, ...], problems: list[str], *, ok: bool | None) -> int:
    failing = [each for each in verdicts if each.must_pin and each.verdict != "pinned"]
    for each in failing:
        code = "host-not-pinned" if each.verdict in _UNPROTECTED else "nothing-proven"
        _output.error(code, f"{_place(each)} must pin: {each.message}", hint=_HINTS.get(each.reason))
    for problem in problems:
        _output.error("proxy", problem)
    if ok is None:
        _output.warning("no host had to pin, so nothing is judged; name hosts with --must-pin")
    if any(each.verdict in _UNPROTECTED for each in failing):
        return ExitCode.NOT_PINNED
    return ExitCode.OK if ok is not False else ExitCode.BROKE


def _problems(session: Session) -> list[str]:
    """List what makes the record incomplete, so that nothing may pass."""
    proxy = session.proxy
    found = [f"the proxy itself broke: {type(error).__name__}: {error}" for error in proxy.errors]
    if proxy.destinations_dropped:
        found.append(f"{proxy.destinations_dropped} connections to more hosts than are recorded")
    if proxy.turned_away:
        found.append(f"{proxy.turned_away} connections were turned away: too many at once")
    return found


def _document(
    session: Session, verdicts: tuple[HostVerdict, ...], problems: list[str], *, ok: bool | None
) -> ProxyDocument:
    failed = any(each.must_pin and each.verdict in _UNPROTECTED for each in verdicts)
    outcome = "fail" if failed else {True: "pass", False: "inconclusive", None: None}[ok]
    intercepted = [_place(each) for each in verdicts if each.verdict == "not-pinned"]
    return ProxyDocument(
        ok=ok,
        started=f"{session.started:%Y-%m-%dT%H:%M:%SZ}",
        ended=f"{session.ended:%Y-%m-%dT%H:%M:%SZ}",
        authority_pin=session.proxy.authority.pin,
        problems=problems,
        mastg=MastgOut(test="MASTG-TEST-0244", outcome=outcome, intercepted=intercepted),
        hosts=[_host_out(each) for each in verdicts],
    )


def _host_out(verdict: HostVerdict) -> ProxyHostOut:
    evidences = list(verdict.clients.values())
    return ProxyHostOut(
        host=verdict.host,
        port=verdict.port,
        verdict=verdict.verdict,
        reason=verdict.reason,
        message=verdict.message,
        must_pin=verdict.must_pin,
        attempts=sum(each.attempts for each in evidences),
        bytes_received=sum(each.bytes_received for each in evidences),
        alerts=sorted({how for each in evidences for how in each.refused}),
        clients=[_client_out(client, evidence) for client, evidence in verdict.clients.items()],
    )


def _client_out(client: Client, evidence: Evidence) -> ClientOut:
    return ClientOut(
        address=client.address,
        fingerprint=client.fingerprint,
        tls_version=evidence.tls_version,
        attempts=evidence.attempts,
        intercepted=evidence.intercepted,
        refused=dict(evidence.refused),
        failed=dict(evidence.failed),
        silent=evidence.silent,
        clear=evidence.clear,
        passed_through=evidence.passed_through,
        bytes_received=evidence.bytes_received,
        request=evidence.request,
        upstream_problem=evidence.upstream_problem,
    )


def _place(verdict: HostVerdict) -> str:
    from pinsmith.lab.proxy.judgement import Wanted

    return str(Wanted(verdict.host, verdict.port))
