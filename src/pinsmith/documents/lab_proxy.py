"""The document of ``pinsmith lab proxy``, evidence to keep."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from pinsmith.documents.document import Versioned
from pinsmith.lab.proxy.judgement import all_pinned

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from pinsmith.lab.proxy.judgement import HostVerdict
    from pinsmith.lab.proxy.seen import Client, Evidence


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


def proxy_document(
    verdicts: Sequence[HostVerdict], problems: Sequence[str], *, authority_pin: str, duration: tuple[datetime, datetime]
) -> ProxyDocument:
    """
    Describe the verdicts of one run.

    Args:
        verdicts: The verdicts on all hosts.

        problems: The reasons why the record is incomplete. With a problem, no run is ``ok``.

        authority_pin: The pin of the rogue authority.

        duration: The beginning and the end of the run, UTC.
    """
    started, ended = duration
    ok = False if problems else all_pinned(verdicts)
    failed = any(verdict.must_pin and verdict.is_unprotected for verdict in verdicts)
    outcome = "fail" if failed else {True: "pass", False: "inconclusive", None: None}[ok]
    intercepted = [verdict.place for verdict in verdicts if verdict.verdict == "not-pinned"]
    return ProxyDocument(
        ok=ok,
        started=f"{started:%Y-%m-%dT%H:%M:%SZ}",
        ended=f"{ended:%Y-%m-%dT%H:%M:%SZ}",
        authority_pin=authority_pin,
        problems=list(problems),
        mastg=MastgOut(test="MASTG-TEST-0244", outcome=outcome, intercepted=intercepted),
        hosts=[_host_out(verdict) for verdict in verdicts],
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
        attempts=sum(evidence.attempts for evidence in evidences),
        bytes_received=sum(evidence.bytes_received for evidence in evidences),
        alerts=sorted({how for evidence in evidences for how in evidence.refused}),
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
