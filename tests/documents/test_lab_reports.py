"""The reports of the lab never claim more than the run has shown, and never less."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import msgspec
import pytest

from pinsmith.documents.lab_proxy import ClientOut, MastgOut, ProxyDocument, ProxyHostOut
from pinsmith.documents.lab_proxy_report import proxy_report
from pinsmith.documents.lab_report import Circumstances
from pinsmith.documents.lab_run import RunDocument, TrialOut
from pinsmith.documents.lab_run_report import run_report
from pinsmith.documents.lab_serve import EventOut, LeftOutOut, OpenDocument, RootsOut, SeenOut, ServedOut, SummaryLine
from pinsmith.documents.lab_serve_report import MAX_VISITS, Visits, serve_report
from pinsmith.documents.report import report_html
from pinsmith.lab.run import LEFT_OUT
from pinsmith.lab.verdict import WORDS

if TYPE_CHECKING:
    from pinsmith.documents.report import Report

AT: Final = datetime(2026, 6, 15, 12, 0, tzinfo=UTC)
CIRCUMSTANCES: Final = Circumstances("pinsmith lab", AT, AT, {"System": "a test"})
DOUBT: Final = "It is not proven that"
TOKEN: Final = "4f9a1c7be2d84f9a1c7be2d8"


def trial(scenario: str, expected: str, verdict: str, key: str = "ec-p256") -> TrialOut:
    """Make the result of one trial."""
    return TrialOut(
        id=scenario,
        key=key,
        expected=expected,
        outcome=None if verdict == "skipped" else "accepted",
        bytes_received=7,
        seconds=0.5,
        verdict=verdict,
        reason=f"the reason of {verdict}",
    )


def run_of(*trials: TrialOut) -> Report:
    """Report a run."""
    document = RunDocument(ok=True, profile="chain", scenarios=list(trials))
    return run_report(document, "./curl", "digest", CIRCUMSTANCES)


GOOD: Final = trial("leaf-pin", "accept", "pass")
ROGUE: Final = trial("wrong-key", "refuse", "pass")


@pytest.mark.parametrize(
    ("trials", "word", "sentence"),
    [
        ((GOOD, ROGUE), "Pass", "curl pins: it passed all 2 trials of this run."),
        ((GOOD,), "Not proven", "It is not proven that curl pins: no trial with a rogue server was part of this run."),
        (
            (ROGUE,),
            "Not proven",
            f"{DOUBT} curl pins: it refused every rogue server, but no trial shows that it accepts a genuine one.",
        ),
        (
            (GOOD, ROGUE, trial("garbage", "refuse", "unproven")),
            "Not proven",
            "It is not proven that curl pins: 1 of 3 trials had no result.",
        ),
        (
            (GOOD, ROGUE, trial("leaf-appended", "refuse", "accepts-a-rogue")),
            "Fail",
            "curl does not pin reliably: in 1 of 3 trials it trusted a rogue server, or sent data to one.",
        ),
        (
            (GOOD, trial("wrong-key", "refuse", "leaks-before-refusing"), trial("silent", "refuse", "hangs")),
            "Fail",
            "curl does not pin reliably: in 1 of 3 trials it trusted a rogue server, or sent data to one.",
        ),
        (
            (trial("leaf-pin", "accept", "refuses-a-good-server"), ROGUE),
            "Fail",
            "curl would lock users out: in 1 of 2 trials it refused a server that it must accept.",
        ),
        (
            (GOOD, ROGUE, trial("silent", "refuse", "hangs")),
            "Fail",
            "curl hung in 1 of 3 trials, and had to be stopped.",
        ),
        ((trial("leaf-pin", "accept", "skipped"),), "Not proven", None),
    ],
    ids=lambda value: "+".join(f"{one.id}:{one.verdict}" for one in value) if isinstance(value, tuple) else "",
)
def test_a_run_passes_only_with_both_kinds_of_proof(
    trials: tuple[TrialOut, ...], word: str, sentence: str | None
) -> None:
    """The verdict names the worst result, and a pass needs an accepted good server and a refused rogue."""
    report = run_of(*trials)
    assert report.word == word
    assert sentence is None or report.sentence == sentence


def test_a_run_without_an_attack_that_somebody_left_out_does_not_pass() -> None:
    """Scenarios that `--skip` left out are named in the verdict, and no such run is called a pass."""
    left_out = msgspec.structs.replace(trial("wrong-name", "refuse", "skipped"), reason=LEFT_OUT)
    report = run_of(GOOD, ROGUE, left_out)
    assert report.word == "Not proven"
    assert report.sentence == f"{DOUBT} curl pins: wrong-name was left out on purpose."


def test_every_verdict_of_a_run_is_explained() -> None:
    """Each verdict that is not a pass stands among the faults with its meaning, and a skipped trial with its reason."""
    others = [verdict for verdict in WORDS if verdict not in {"pass", "skipped"}]
    report = run_of(
        *(trial("wrong-key", "refuse", verdict) for verdict in others), trial("silent", "refuse", "skipped")
    )
    assert [fault.verdict for fault in report.faults] == [WORDS[verdict] for verdict in others]
    assert all(
        fault.evidence == [f"ec-p256: the reason of {verdict}"]
        for fault, verdict in zip(report.faults, others, strict=True)
    )
    assert report.faults[0].meaning[0] == "Situation: wrong key under a trusted CA."
    assert "does not compare the server's key with its pins before it sends" in report.faults[0].meaning[2]
    assert [(skipped.reason, skipped.names) for skipped in report.skipped] == [("the reason of skipped", ("silent",))]
    assert "1 scenario was not tried" in report.explanation[-1]


def test_trials_that_differ_in_the_key_alone_share_a_row() -> None:
    """A table lists the keys of equal trials together, the failures first."""
    failed = trial("wrong-key", "refuse", "accepts-a-rogue", "rsa-2048")
    (table,) = run_of(GOOD, trial("leaf-pin", "accept", "pass", "rsa-2048"), ROGUE, failed).tables
    assert [(row[0].id, row[1].text, row[-1].text) for row in table.rows] == [
        ("wrong-key", "rsa-2048", "accepts a rogue"),
        ("leaf-pin", "ec-p256, rsa-2048", "pass"),
        ("wrong-key", "ec-p256", "pass"),
    ]


def served(scenario: str, expected: str) -> ServedOut:
    """Make a scenario that is served."""
    url = f"https://localhost/{scenario}"
    return ServedOut(
        id=scenario, title=scenario, key="ec-p256", expected=expected, url=url, pins=[], pin_file=url, certificate=url,
        note="",
    )  # fmt: skip


def visit(scenario: str, result: str, request: str | None = None) -> EventOut:
    """Make a visit."""
    return EventOut(
        at="2026-06-15T12:00:00.123456Z", scenario=scenario, peer="127.0.0.1:1", result=result, what="sent 7 bytes",
        bytes_received=7, request=request,
    )  # fmt: skip


def service_of(*visits: EventOut, problems: tuple[str, ...] = ()) -> Report:
    """Report a service of leaf-pin, wrong-key and silent, with *visits*."""
    kept = Visits()
    results: dict[str, dict[str, int]] = {"leaf-pin": {}, "wrong-key": {}, "silent": {}}
    for event in visits:
        kept.add(event)
        results[event.scenario][event.result] = results[event.scenario].get(event.result, 0) + 1
    opened = OpenDocument(
        address="127.0.0.1", host="localhost", proxy=None, roots_end="", pin_file=None, pages=[], updates=None,
        files=RootsOut(roots="", lab_root="", rogue_root=""),
        scenarios=[served("leaf-pin", "accept"), served("wrong-key", "refuse"), served("silent", "refuse")],
        left_out=[LeftOutOut(id="ipv6-rogue", reason="it needs ::1")],
    )  # fmt: skip
    summary = SummaryLine(seen=[SeenOut(id=name, results=counts) for name, counts in results.items()])
    return serve_report(opened, summary, kept, problems, CIRCUMSTANCES)


ACCEPTED: Final = visit("leaf-pin", "pass")
REFUSED: Final = visit("wrong-key", "pass")


@pytest.mark.parametrize(
    ("visits", "sentence"),
    [
        ((), "It is not proven that the app pins: no client visited the lab."),
        ((ACCEPTED,), "It is not proven that the app pins: no client refused a rogue server in this run."),
        (
            (REFUSED,),
            f"{DOUBT} the app pins: no client accepted a genuine server in this run, so refusals prove nothing.",
        ),
        (
            (ACCEPTED, REFUSED, visit("silent", "unproven")),
            "It is not proven that the app pins: 1 scenario had no result.",
        ),
        ((ACCEPTED, REFUSED), "The app pins: every visit to 2 scenarios of the lab was correct."),
        (
            (ACCEPTED, REFUSED, visit("wrong-key", "accepts-a-rogue")),
            "The app does not pin reliably: in 1 of 2 scenarios, a client sent data to a rogue server.",
        ),
        (
            (ACCEPTED, REFUSED, visit("leaf-pin", "refuses-a-good-server")),
            "The app would lock users out: in 1 of 2 scenarios, a client refused a server that it must accept.",
        ),
    ],
    ids=lambda value: "" if isinstance(value, str) else "+".join(f"{event.scenario}:{event.result}" for event in value),
)
def test_a_service_passes_only_with_both_kinds_of_proof(visits: tuple[EventOut, ...], sentence: str) -> None:
    """The verdict names the worst result, and a pass needs an accepted good server and a refused rogue."""
    assert service_of(*visits).sentence == sentence


def test_a_service_that_missed_something_does_not_pass() -> None:
    """A problem of the lab stands among the faults, and the run proves nothing."""
    report = service_of(ACCEPTED, REFUSED, problems=("a server failed",))
    assert report.sentence == "It is not proven that the app pins: the record of this run is incomplete."
    assert report.faults[0].evidence == ("a server failed",)


def test_a_service_keeps_some_visits_as_evidence() -> None:
    """The first visits of each kind are listed without secrets in the path, and the rest is counted."""
    report = service_of(*[visit("wrong-key", "accepts-a-rogue", f"GET /reset/{TOKEN}/now")] * (MAX_VISITS + 3))
    (fault,) = report.faults
    assert fault.evidence[0] == "2026-06-15 12:00:00 UTC: 127.0.0.1:1 sent 7 bytes (GET /reset/[removed]/now)"
    assert (len(fault.evidence), fault.evidence[-1]) == (MAX_VISITS + 1, "3 further visits")
    assert [len(table.rows) for table in report.tables] == [1, MAX_VISITS]
    assert [(skipped.reason, list(skipped.names)) for skipped in report.skipped] == [
        ("no client visited", ["leaf-pin", "silent"]),
        ("it needs ::1", ["ipv6-rogue"]),
    ]
    assert TOKEN not in report_html(report)


def host(name: str, verdict: str, *, must_pin: bool = True) -> ProxyHostOut:
    """Make the verdict on a host, with one client whose path contains a token."""
    client = ClientOut(
        address="192.0.2.7", fingerprint="f", tls_version="TLSv1.3", attempts=3, intercepted=1,
        refused={"closed": 1}, failed={}, silent=1, clear=0, passed_through=0, bytes_received=7,
        request=f"GET /reset/{TOKEN} HTTP/1.1", upstream_problem=None,
    )  # fmt: skip
    return ProxyHostOut(
        host=name, port=443, verdict=verdict, reason="reason", message=f"sent 7 bytes: GET /reset/{TOKEN} HTTP/1.1",
        must_pin=must_pin, attempts=3, bytes_received=7, alerts=[], clients=[client],
    )  # fmt: skip


def proxy_of(*hosts: ProxyHostOut, ok: bool | None, problems: tuple[str, ...] = ()) -> Report:
    """Report an interception."""
    document = ProxyDocument(
        ok=ok, started="", ended="", authority_pin="sha256/AA=", problems=list(problems),
        mastg=MastgOut(test="MASTG-TEST-0244", outcome={True: "pass", False: "fail", None: None}[ok], intercepted=[]),
        hosts=list(hosts),
    )  # fmt: skip
    return proxy_report(document, CIRCUMSTANCES)


PINNED: Final = host("a.example.com", "pinned")
OTHER: Final = host("z.example.com", "not-pinned", must_pin=False)


@pytest.mark.parametrize(
    ("report", "word", "sentence"),
    [
        (proxy_of(PINNED, OTHER, ok=True), "Pass", "The app pins the host that it must pin."),
        (proxy_of(PINNED, host("b.test", "pinned"), ok=True), "Pass", "The app pins all 2 hosts that it must pin."),
        (
            proxy_of(PINNED, host("b.test", "not-pinned"), host("c.test", "clear"), ok=False, problems=("full",)),
            "Fail",
            "The app does not pin 2 of 3 hosts that it must pin.",
        ),
        (
            proxy_of(PINNED, host("b.test", "not-seen"), ok=False),
            "Not proven",
            "It is not proven that the app pins: 1 of 2 hosts that it must pin had no verdict.",
        ),
        (
            proxy_of(PINNED, ok=False, problems=("full",)),
            "Not proven",
            "It is not proven that the app pins: the record of this run is incomplete.",
        ),
        (proxy_of(OTHER, ok=None), "Not judged", "Nothing is judged, because no host was named that must be pinned."),
    ],
    ids=["one", "two", "fails", "not seen", "incomplete", "nothing asked"],
)
def test_the_proxy_passes_only_what_it_has_seen(report: Report, word: str, sentence: str) -> None:
    """The verdict counts the hosts that must pin, and a problem never passes."""
    assert (report.word, report.sentence) == (word, sentence)


def test_the_report_of_the_proxy_has_evidence_without_secrets() -> None:
    """Hosts that must pin come first, each client has its counts, and a token in a path is removed."""
    report = proxy_of(OTHER, PINNED, host("b.test", "not-pinned"), ok=False)
    results, evidence = report.tables
    assert [row[0].text for row in results.rows] == ["b.test:443", "a.example.com:443", "z.example.com:443"]
    assert evidence.rows[0][-1].text == (
        "3 in all; 1 sent data under the rogue certificate (GET /reset/[removed] HTTP/1.1); 1 refused (closed); "
        "1 stayed silent"
    )
    assert [fault.name for fault in report.faults] == ["b.test:443"]
    assert TOKEN not in report_html(report)
    assert [reference.id for reference in report.references] == [
        "MASVS-NETWORK-2",
        "MASTG-TEST-0244",
        "MASWE-0028",
        "CWE-295",
    ]
