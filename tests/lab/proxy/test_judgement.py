"""From evidence to a verdict: the table of what proves what."""

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
    """Make evidence of refusals."""
    return Evidence(attempts=len(how), refused=Counter(how))


def verdict(record: Record, **options: tuple[Wanted, ...]) -> tuple[str, str]:
    """Judge `HOST`."""
    (found,) = [each for each in judge_hosts(record, **options) if each.host == HOST.host]
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
def test_what_a_refusal_proves_beside_a_control(how: str, automatic: str, named: str) -> None:
    """A control that was found weighs less than one that somebody vouches for."""
    record = {HOST: {APP: refusing(how)}, CONTROL: {APP: TAKEN}}
    assert verdict(record)[0] == automatic
    assert verdict(record, controls=NAMED)[0] == named
    assert verdict({HOST: {APP: refusing(how)}})[0] == "inconclusive"


def test_the_table_knows_every_kind_of_refusal() -> None:
    """A kind that is added must be given its place above."""
    assert len(CERTIFICATE_ALERTS | LEAVING) == 10


@pytest.mark.parametrize(
    ("controller", "automatic", "named"),
    [(APP, "pinned", "pinned"), (BROWSER, "inconclusive", "pinned"), (OTHER_PHONE, "inconclusive", "inconclusive")],
    ids=["the same stack", "another stack", "another address"],
)
def test_whose_acceptance_counts(controller: Client, automatic: str, named: str) -> None:
    """The same address and stack; for a control that was named, the address."""
    record = {HOST: {APP: refusing("closed")}, CONTROL: {controller: TAKEN}}
    assert (verdict(record)[0], verdict(record, controls=NAMED)[0]) == (automatic, named)


def test_every_client_that_refuses_needs_a_control() -> None:
    """One that may just not trust the authority leaves the host in doubt."""
    record = {HOST: {APP: refusing("closed"), OTHER_PHONE: refusing("closed")}, CONTROL: {APP: TAKEN}}
    assert verdict(record) == ("inconclusive", "no-control")


def test_failures_and_silence_do_not_spoil_a_refusal() -> None:
    """Connections that were broken off early, or made ahead of need, are everyday."""
    evidence = refusing("closed")
    evidence.failed["left"] = 3
    evidence.refused["bad_certificate"] = 1
    evidence.silent = 2
    assert verdict({HOST: {APP: evidence}, CONTROL: {APP: TAKEN}})[0] == "pinned"


def test_one_request_outweighs_all() -> None:
    """Inside TLS or in the clear."""
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
def test_the_rest_is_inconclusive(evidence: Evidence, reason: str) -> None:
    """Connections still open, too."""
    assert verdict({HOST: {APP: evidence}, CONTROL: {APP: TAKEN}}) == ("inconclusive", reason)


def test_every_port_of_a_host_must_pin() -> None:
    """Unless one is named; then the others are nobody's business."""
    other = Destination(HOST.host, 8443)
    record: Record = {HOST: {APP: refusing("closed")}, other: {APP: TAKEN}, CONTROL: {APP: TAKEN}}
    assert all_pinned(judge_hosts(record, must_pin=(Wanted(HOST.host),))) is False
    assert all_pinned(judge_hosts(record, must_pin=(Wanted(HOST.host, 443),))) is True
    assert all_pinned(judge_hosts(record, must_pin=(Wanted(HOST.host, 443), Wanted(HOST.host, 9443)))) is False
    assert all_pinned(judge_hosts(record)) is None


def test_hosts_below_must_pin_where_the_policy_says_so() -> None:
    """But for those that it exempts; and one below does not stand in for the host itself."""
    below, exempt = Destination("a.api.example.com", 443), Destination("b.off.api.example.com", 443)
    record: Record = {below: {APP: TAKEN}, exempt: {APP: TAKEN}, Destination("notapi.example.com", 443): {APP: TAKEN}}
    wanted = Wanted(HOST.host, subdomains=True, but=frozenset({"off.api.example.com"}))
    found = judge_hosts(record, must_pin=(wanted,))
    assert [(each.host, each.must_pin) for each in found] == [
        (HOST.host, True),
        (below.host, True),
        (exempt.host, False),
        ("notapi.example.com", False),
    ]
    assert found[0].verdict == "not-seen"
    assert not any(each.must_pin for each in judge_hosts(record, must_pin=(Wanted(HOST.host),))[1:])


def test_a_named_control_leaves_no_other_host_a_control() -> None:
    """Whoever names a control vouches for that host alone."""
    record: Record = {HOST: {APP: refusing("closed")}, THIRD: {APP: TAKEN}}
    assert verdict(record) == ("pinned", "refused")
    assert verdict(record, controls=NAMED) == ("inconclusive", "no-control")


@pytest.mark.parametrize("order", [(CONTROL, THIRD), (THIRD, CONTROL)], ids=["by name", "otherwise"])
def test_the_message_names_the_first_control(order: tuple[Destination, ...]) -> None:
    """Of several controls it is the first by name, whichever was seen first."""
    record: Record = {HOST: {APP: refusing("closed")}} | {each: {APP: TAKEN} for each in order}
    (found,) = [each for each in judge_hosts(record) if each.host == HOST.host]
    assert found.message.endswith(f"but not that of {THIRD}")


def test_one_port_that_must_pin_stands_before_the_others() -> None:
    """A host that is named with a port has the rank of that name at this port only."""
    other = Destination(HOST.host, 8443)
    record: Record = {each: {APP: TAKEN} for each in (HOST, other, CONTROL)}
    found = judge_hosts(record, must_pin=(Wanted(HOST.host, 8443), Wanted(CONTROL.host)))
    assert [(each.host, each.port) for each in found] == [(HOST.host, 8443), (CONTROL.host, 443), (HOST.host, 443)]


def test_hosts_that_must_pin_stand_first() -> None:
    """In the order in which they were named, then the others by name."""
    record: Record = {each: {APP: TAKEN} for each in (HOST, CONTROL, THIRD)}
    found = judge_hosts(record, must_pin=(Wanted("missing.example.com"), Wanted(CONTROL.host)))
    assert [each.host.partition(".")[0] for each in found] == ["missing", "www", "api", "cdn"]


@pytest.mark.parametrize(
    ("wanted", "text"),
    [
        (Wanted("a.test"), "a.test"),
        (Wanted("a.test", 1), "a.test:1"),
        (Wanted("2001:db8::7", 1), "[2001:db8::7]:1"),
    ],
)
def test_hosts_are_spelled_as_they_are_typed(wanted: Wanted, text: str) -> None:
    """With the port if there is one."""
    assert str(wanted) == text


def test_a_mint_makes_one_certificate_for_a_host() -> None:
    """With one key for all hosts, and another root on every run."""
    issuer = RogueIssuer()
    one = issuer.identity_for("a.test", "ec-p256")
    assert issuer.identity_for("a.test", "ec-p256") is one
    assert issuer.identity_for("b.test", "ec-p256").pin == one.pin
    assert issuer.identity_for("a.test", "rsa-2048").pin != one.pin
    assert RogueIssuer().authority.certificate.subject != issuer.authority.certificate.subject


def test_a_mint_does_not_grow_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was not asked for of late is made again."""
    monkeypatch.setattr("pinsmith.lab.proxy.rogue_issuer._MAX_KEPT", 2)
    issuer = RogueIssuer()
    first, second = (issuer.identity_for(host, "ec-p256") for host in ("a.test", "b.test"))
    issuer.identity_for("a.test", "ec-p256")
    issuer.identity_for("c.test", "ec-p256")
    assert issuer.identity_for("a.test", "ec-p256") is first
    assert issuer.identity_for("b.test", "ec-p256") is not second


def test_leaving_without_a_word_is_no_refusal_beside_silence() -> None:
    """A client that once accepted the handshake and waited did not leave because of the pins; an alert says more."""
    wordless, outspoken = refusing("closed", "reset"), refusing("closed", "bad_certificate")
    wordless.silent = outspoken.silent = 1
    assert verdict({HOST: {APP: wordless}, CONTROL: {APP: TAKEN}}) == ("inconclusive", "silent")
    assert verdict({HOST: {APP: outspoken}, CONTROL: {APP: TAKEN}}) == ("pinned", "refused")
