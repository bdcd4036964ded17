"""From evidence to a verdict: the table of what each observation proves."""

from __future__ import annotations

from collections import Counter

import pytest

from pinsmith.lab.proxy.judgement import CERTIFICATE_ALERTS, LEAVING, Wanted, all_pinned, judge_hosts
from pinsmith.lab.proxy.rogue_issuer import RogueIssuer
from pinsmith.lab.proxy.seen import Client, Destination, Evidence, Record

HOST, CONTROL, THIRD = (
    Destination("api.example.com", 443),
    Destination("www.example.com", 443),
    Destination("cdn.example.com", 443),
)
APP, BROWSER, OTHER_PHONE = Client("192.0.2.1", "aaaa"), Client("192.0.2.1", "bbbb"), Client("192.0.2.2", "aaaa")
TAKEN = Evidence(attempts=1, intercepted=1, bytes_received=9)


def refusing(*how: str) -> Evidence:
    """Return evidence of these refusals."""
    return Evidence(attempts=len(how), refused=Counter(how))


def verdict(record: Record, **options: tuple[Wanted, ...]) -> tuple[str, str]:
    """Return verdict and reason for `HOST`."""
    (found,) = [judged for judged in judge_hosts(record, **options) if judged.host == HOST.host]
    return found.verdict, found.reason


NAMED = (Wanted(CONTROL.host),)


@pytest.mark.parametrize(
    ("how", "automatic", "named"),
    [
        ("closed", "pinned", "pinned"),
        ("reset", "pinned", "pinned"),
        ("bad_certificate", "pinned", "pinned"),
        ("certificate_unknown", "pinned", "pinned"),
        ("access_denied", "pinned", "pinned"),
        ("unknown_ca", "inconclusive", "pinned"),
        ("certificate_expired", "inconclusive", "inconclusive"),
        ("unsupported_certificate", "inconclusive", "inconclusive"),
        ("certificate_revoked", "inconclusive", "inconclusive"),
        ("bad_certificate_status_response", "inconclusive", "inconclusive"),
    ],
)
def test_the_effect_of_a_refusal_beside_a_control(how: str, automatic: str, named: str) -> None:
    """A control that was found proves less than one that the user has named."""
    record = {HOST: {APP: refusing(how)}, CONTROL: {APP: TAKEN}}
    assert verdict(record)[0] == automatic
    assert verdict(record, controls=NAMED)[0] == named
    assert verdict({HOST: {APP: refusing(how)}})[0] == "inconclusive"


def test_the_table_covers_every_kind_of_refusal() -> None:
    """A new kind of refusal must be added to the table above."""
    assert len(CERTIFICATE_ALERTS | LEAVING) == 10


@pytest.mark.parametrize(
    ("controller", "automatic", "named"),
    [(APP, "pinned", "pinned"), (BROWSER, "inconclusive", "pinned"), (OTHER_PHONE, "inconclusive", "inconclusive")],
    ids=["the same stack", "another stack", "another address"],
)
def test_which_client_can_be_a_control(controller: Client, automatic: str, named: str) -> None:
    """A control has the same address and TLS stack; for a control that was named, the same address is enough."""
    record = {HOST: {APP: refusing("closed")}, CONTROL: {controller: TAKEN}}
    assert (verdict(record)[0], verdict(record, controls=NAMED)[0]) == (automatic, named)


def test_every_client_that_refuses_needs_a_control() -> None:
    """A client that may just not trust the authority leaves the host unproven."""
    record = {HOST: {APP: refusing("closed"), OTHER_PHONE: refusing("closed")}, CONTROL: {APP: TAKEN}}
    assert verdict(record) == ("inconclusive", "no-control")


def test_failures_and_silence_do_not_spoil_a_refusal() -> None:
    """Connections that end early or are opened in advance are common."""
    evidence = refusing("closed")
    evidence.failed["left"] = 3
    evidence.refused["bad_certificate"] = 1
    evidence.silent = 2
    assert verdict({HOST: {APP: evidence}, CONTROL: {APP: TAKEN}})[0] == "pinned"


def test_one_request_outweighs_all_refusals() -> None:
    """One request inside TLS or in the clear is enough."""
    evidence = refusing("closed", "closed")
    evidence.intercepted = 1
    assert verdict({HOST: {APP: evidence}, CONTROL: {APP: TAKEN}}) == ("not-pinned", "intercepted")
    clear = Evidence(attempts=1, clear=1)
    assert verdict({HOST: {APP: refusing("closed"), Client("192.0.2.1"): clear}, CONTROL: {APP: TAKEN}})[0] == "clear"


@pytest.mark.parametrize(
    ("evidence", "reason"),
    [
        (Evidence(attempts=1), "silent"),
        (Evidence(attempts=1, silent=1), "silent"),
        (Evidence(attempts=1, failed=Counter({"no ClientHello came": 1})), "handshake-failed"),
    ],
)
def test_other_evidence_is_inconclusive(evidence: Evidence, reason: str) -> None:
    """A connection that is still open is inconclusive too."""
    assert verdict({HOST: {APP: evidence}, CONTROL: {APP: TAKEN}}) == ("inconclusive", reason)


def test_every_port_of_a_host_must_pin() -> None:
    """If a port is named, only that port must pin."""
    other = Destination(HOST.host, 8443)
    record: Record = {HOST: {APP: refusing("closed")}, other: {APP: TAKEN}, CONTROL: {APP: TAKEN}}
    assert all_pinned(judge_hosts(record, must_pin=(Wanted(HOST.host),))) is False
    assert all_pinned(judge_hosts(record, must_pin=(Wanted(HOST.host, 443),))) is True
    assert all_pinned(judge_hosts(record, must_pin=(Wanted(HOST.host, 443), Wanted(HOST.host, 9443)))) is False
    assert all_pinned(judge_hosts(record)) is None


def test_subdomains_must_pin_if_the_policy_includes_them() -> None:
    """Exempted subdomains need not pin, and a subdomain does not replace the host itself."""
    below, exempt = Destination("a.api.example.com", 443), Destination("b.off.api.example.com", 443)
    record: Record = {below: {APP: TAKEN}, exempt: {APP: TAKEN}, Destination("notapi.example.com", 443): {APP: TAKEN}}
    wanted = Wanted(HOST.host, subdomains=True, but=frozenset({"off.api.example.com"}))
    found = judge_hosts(record, must_pin=(wanted,))
    assert [(judged.host, judged.must_pin) for judged in found] == [
        (HOST.host, True),
        (below.host, True),
        (exempt.host, False),
        ("notapi.example.com", False),
    ]
    assert found[0].verdict == "not-seen"
    assert not any(judged.must_pin for judged in judge_hosts(record, must_pin=(Wanted(HOST.host),))[1:])


@pytest.mark.parametrize(
    ("record", "controls", "reason"),
    [
        ({}, (), "nothing-seen"),
        ({}, NAMED, "nothing-seen"),
        ({THIRD: {APP: TAKEN}}, (), "not-seen"),
        ({THIRD: {APP: TAKEN}}, NAMED, "not-seen"),
        ({CONTROL: {APP: TAKEN}}, NAMED, "only-control-seen"),
        ({CONTROL: {APP: refusing("unknown_ca")}}, NAMED, "only-control-seen"),
    ],
    ids=[
        "no traffic",
        "no traffic, with a control",
        "traffic of unknown apps",
        "no traffic at the control",
        "the control alone",
        "a refusal at the control",
    ],
)
def test_a_missing_host_is_explained_by_what_else_came(
    record: Record, controls: tuple[Wanted, ...], reason: str
) -> None:
    """Only a named control shows that the app uses the proxy. The verdict is the same, and never a pass."""
    assert verdict(record, must_pin=(Wanted(HOST.host),), controls=controls) == ("not-seen", reason)


def test_with_a_named_control_no_other_host_is_a_control() -> None:
    """A user who names a control means only that host."""
    record: Record = {HOST: {APP: refusing("closed")}, THIRD: {APP: TAKEN}}
    assert verdict(record) == ("pinned", "refused")
    assert verdict(record, controls=NAMED) == ("inconclusive", "no-control")


@pytest.mark.parametrize("order", [(CONTROL, THIRD), (THIRD, CONTROL)], ids=["by name", "otherwise"])
def test_the_message_names_the_first_control(order: tuple[Destination, ...]) -> None:
    """Of several controls, the message names the first by name, not the first that was seen."""
    record: Record = {HOST: {APP: refusing("closed")}} | {destination: {APP: TAKEN} for destination in order}
    (found,) = [judged for judged in judge_hosts(record) if judged.host == HOST.host]
    assert found.message.endswith(f"but not that of {THIRD}")


def test_a_port_that_must_pin_is_listed_before_the_others() -> None:
    """A name with a port puts only this port in front."""
    other = Destination(HOST.host, 8443)
    record: Record = {destination: {APP: TAKEN} for destination in (HOST, other, CONTROL)}
    found = judge_hosts(record, must_pin=(Wanted(HOST.host, 8443), Wanted(CONTROL.host)))
    assert [(judged.host, judged.port) for judged in found] == [
        (HOST.host, 8443),
        (CONTROL.host, 443),
        (HOST.host, 443),
    ]


def test_hosts_that_must_pin_are_listed_first() -> None:
    """They are listed in the given order, and the others follow by name."""
    record: Record = {destination: {APP: TAKEN} for destination in (HOST, CONTROL, THIRD)}
    found = judge_hosts(record, must_pin=(Wanted("missing.example.com"), Wanted(CONTROL.host)))
    assert [judged.host.partition(".")[0] for judged in found] == ["missing", "www", "api", "cdn"]


@pytest.mark.parametrize(
    ("wanted", "text"),
    [
        (Wanted("a.test"), "a.test"),
        (Wanted("a.test", 1), "a.test:1"),
        (Wanted("2001:db8::7", 1), "[2001:db8::7]:1"),
    ],
)
def test_hosts_are_printed_as_they_are_typed(wanted: Wanted, text: str) -> None:
    """The port is printed if one was given."""
    assert str(wanted) == text


def test_the_issuer_makes_one_certificate_for_each_host() -> None:
    """All hosts share one key, and every run has another root."""
    issuer = RogueIssuer()
    one = issuer.identity_for("a.test", "ec-p256")
    assert issuer.identity_for("a.test", "ec-p256") is one
    assert issuer.identity_for("b.test", "ec-p256").pin == one.pin
    assert issuer.identity_for("a.test", "rsa-2048").pin != one.pin
    assert RogueIssuer().authority.certificate.subject != issuer.authority.certificate.subject


def test_the_issuer_keeps_a_bounded_number_of_certificates(monkeypatch: pytest.MonkeyPatch) -> None:
    """A certificate that was not used for some time is issued again."""
    monkeypatch.setattr("pinsmith.lab.proxy.rogue_issuer._MAX_KEPT", 2)
    issuer = RogueIssuer()
    first, second = (issuer.identity_for(host, "ec-p256") for host in ("a.test", "b.test"))
    issuer.identity_for("a.test", "ec-p256")
    issuer.identity_for("c.test", "ec-p256")
    assert issuer.identity_for("a.test", "ec-p256") is first
    assert issuer.identity_for("b.test", "ec-p256") is not second


def test_leaving_without_an_alert_is_not_a_refusal_beside_silence() -> None:
    """A client that once accepted and stayed silent did not leave because of pins; with an alert, it did."""
    wordless, outspoken = refusing("closed", "reset"), refusing("closed", "bad_certificate")
    wordless.silent = outspoken.silent = 1
    assert verdict({HOST: {APP: wordless}, CONTROL: {APP: TAKEN}}) == ("inconclusive", "silent")
    assert verdict({HOST: {APP: outspoken}, CONTROL: {APP: TAKEN}}) == ("pinned", "refused")
