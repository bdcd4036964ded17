"""The report of ``pinsmith lab proxy`` for people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from pinsmith.documents.lab_report import DANGER, LIMITS, counted, references, without_secrets
from pinsmith.documents.report import Cell, Fault, Reference, Report, Table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from pinsmith.documents.lab_proxy import ClientOut, MastgOut, ProxyDocument, ProxyHostOut
    from pinsmith.documents.lab_report import Circumstances
    from pinsmith.documents.report import Tone

# The verdicts, the worst first.
_VERDICTS: Final[dict[str, tuple[str, Tone]]] = {
    "not-pinned": ("not pinned", "bad"),
    "clear": ("asked without TLS", "bad"),
    "inconclusive": ("inconclusive", "warn"),
    "not-seen": ("not seen", "warn"),
    "pinned": ("pinned", "good"),
}
MEANINGS: Final = {
    "not-pinned": f"The app sent data to a stranger with a certificate of an authority that it trusts. {DANGER}",
    "clear": "The app asked this host without TLS. Everybody between the app and the host can read and change that.",
    "inconclusive": "The run does not show whether the app pins this host. This is not a pass.",
    "not-seen": "No connection to this host came through the proxy, so nothing is known. This is not a pass.",
}
_LIMITS: Final = (
    "“Pinned” means that the app refused one key of one authority that it trusts. The pins may still be wrong.",
    "It does not show that there is a backup pin, or that the app refuses every kind of forged chain.",
    "An app may refuse for another reason than pins without naming it.",
    "Some apps ignore the proxy of the system, and no UDP comes through it. They may contact hosts unseen.",
    "Two apps with the same TLS library on one device look like one client.",
)


class _Conclusion(NamedTuple):
    word: str
    tone: Tone
    sentence: str


def proxy_report(document: ProxyDocument, circumstances: Circumstances) -> Report:
    """
    Describe an interception for people.

    Args:
        document: The verdicts.

        circumstances: When and how it ran.
    """
    tested = circumstances.subject or "the app"
    hosts = sorted(document.hosts, key=lambda host: (not host.must_pin, list(_VERDICTS).index(host.verdict)))
    conclusion = _conclude(document, tested)
    return Report(
        "pinsmith lab proxy",
        f"Does {tested} pin?",
        *conclusion,
        explanation=tuple(_explanation(document)),
        facts=circumstances.facts(("Pin of the rogue authority", Cell(document.authority_pin, is_code=True))),
        faults=tuple(_faults(hosts, document.problems)),
        tables=(_results(hosts), _evidence(hosts)),
        skipped=(),
        limits=(*_LIMITS, *LIMITS),
        references=references(
            "The hosts under “Results” that must pin are the endpoints in question.", _mastg(document.mastg)
        ),
    )


def _conclude(document: ProxyDocument, tested: str) -> _Conclusion:
    subject = "The app" if tested == "the app" else tested
    required = [host for host in document.hosts if host.must_pin]
    hosts = counted(len(required), "host that it must pin", "hosts that it must pin")
    if failing := sum(host.verdict in {"not-pinned", "clear"} for host in required):
        return _Conclusion("Fail", "bad", f"{subject} does not pin {failing} of {hosts}.")
    if document.ok is None:
        return _Conclusion("Not judged", "faint", "Nothing is judged, because no host was named that must be pinned.")
    if document.ok:
        every = f"all {hosts}" if len(required) > 1 else "the host that it must pin"
        return _Conclusion("Pass", "good", f"{subject} pins {every}.")
    unknown = sum(host.verdict != "pinned" for host in required)
    reason = f"{unknown} of {hosts} had no verdict" if unknown else "the record of this run is incomplete"
    return _Conclusion("Not proven", "warn", f"It is not proven that {tested} pins: {reason}.")


def _explanation(document: ProxyDocument) -> Iterator[str]:
    yield (
        "A proxy stood between the app and the network. For every host, it showed the app a certificate of a rogue "
        "authority, which was made for this run. An app that pins a host sends nothing under such a certificate."
    )
    others = [host for host in document.hosts if not host.must_pin]
    if readable := sum(host.verdict in {"not-pinned", "clear"} for host in others):
        yield (
            f"The proxy could also read what the app sent to {counted(readable, 'host', 'hosts')} that no rule of this "
            "run required to be pinned."
        )


def _faults(hosts: Iterable[ProxyHostOut], problems: Sequence[str]) -> Iterator[Fault]:
    for host in hosts:
        if host.must_pin and host.verdict in MEANINGS:
            evidence = [without_secrets(host.message), *map(_client, host.clients)]
            yield Fault(_place(host), *_VERDICTS[host.verdict], (MEANINGS[host.verdict],), evidence)
    if problems:
        meaning = ("The proxy did not record everything, so no host passes. Run the test again.",)
        yield Fault("proxy", "the record is incomplete", "warn", meaning, problems)


def _results(hosts: Iterable[ProxyHostOut]) -> Table:
    rows = [
        (
            Cell(_place(host), is_code=True),
            Cell("yes" if host.must_pin else "no"),
            Cell(str(host.attempts)),
            Cell(counted(host.bytes_received, "byte", "bytes")),
            Cell(without_secrets(host.message)),
            Cell(_VERDICTS[host.verdict][0], _VERDICTS[host.verdict][1] if host.must_pin else None),
        )
        for host in hosts
    ]
    columns = ("Host", "Must pin", "Connections", "Proxy received", "What was seen", "Verdict")
    return Table("Results", columns, rows)


def _evidence(hosts: Iterable[ProxyHostOut]) -> Table:
    rows = [
        (
            Cell(_place(host), is_code=True),
            Cell(client.address, is_code=True),
            Cell(client.fingerprint or "none", is_code=True),
            Cell(client.tls_version or "none", is_code=True),
            Cell(_counts(client)),
        )
        for host in hosts
        for client in host.clients
    ]
    columns = ("Host", "Client", "TLS fingerprint", "TLS", "Connections")
    return Table("Evidence", columns, rows, "A client is recognised by its address and its TLS fingerprint.")


def _client(client: ClientOut) -> str:
    return f"client {client.address}: {_counts(client)}"


def _counts(client: ClientOut) -> str:
    """Describe what became of the connections of one client at one host."""
    request = f" ({without_secrets(client.request)})" if client.request else ""
    parts = [
        f"{client.intercepted} sent data under the rogue certificate{request}" if client.intercepted else "",
        f"{client.clear} came without TLS{request}" if client.clear else "",
        *(f"{count} refused ({how})" for how, count in client.refused.items()),
        *(f"{count} failed ({why})" for why, count in client.failed.items()),
        f"{client.silent} stayed silent" if client.silent else "",
        f"{client.passed_through} passed through unread" if client.passed_through else "",
        f"the real host was not reached: {client.upstream_problem}" if client.upstream_problem else "",
    ]
    return "; ".join((f"{client.attempts} in all", *filter(None, parts)))


def _place(host: ProxyHostOut) -> str:
    name = f"[{host.host}]" if ":" in host.host else host.host
    return name if host.port is None else f"{name}:{host.port}"


def _mastg(mastg: MastgOut) -> Reference:
    outcome = mastg.outcome or "not judged, because no host was named that must be pinned"
    relation = f"Outcome: {outcome}. {counted(len(mastg.intercepted), 'domain was', 'domains were')} intercepted."
    title = "Missing Certificate Pinning in Network Traffic"
    return Reference(mastg.test, title, "https://mas.owasp.org/MASTG/", relation)
