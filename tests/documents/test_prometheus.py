"""Prometheus can read the metrics of `pinsmith check` for any name of a host."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from pinsmith.certificate import Certificate, Chain
from pinsmith.checks.host_check import HostCheck
from pinsmith.documents.check_metrics import check_metrics
from pinsmith.documents.prometheus import Metric, exposition
from pinsmith.finding import Finding, Severity
from pinsmith.lab.pki.authority import Authority
from pinsmith.pin import Pin
from pinsmith.policy import HostPins, Key

NOW = datetime(2031, 5, 1, tzinfo=UTC)
GOOD = HostCheck("a.test", 443, "192.0.2.1", "matched", None, "presents api")
BAD = HostCheck("a.test", 443, "192.0.2.1", "mismatched", "no-pinned-key", "presents no pinned key")
SAMPLE = re.compile(r'[a-z_]+(\{([a-z]+="([^"\\\n]|\\["\\n])*",?)+\})? -?[0-9.e+]+')


def _samples(text: str, name: str) -> list[str]:
    return [line for line in text.split("\n") if re.match(rf"{name}[ {{]", line)]


def test_every_address_and_certificate_is_a_sample() -> None:
    """Samples show whether clients accept the host, and when certificates and pins end, in Unix time."""
    root = Authority.root()
    end = datetime(2031, 5, 11, tzinfo=UTC)
    leaf = Certificate(root.issue("a.test", not_before=datetime(2031, 4, 1, tzinfo=UTC), not_after=end).der)
    entry = HostPins("a.test", (Key("api", leaf.pin), Key("spare", Pin.of_spki(b"x"))), expires=date(2031, 6, 1))
    found = (Finding("no-backup", Severity.HIGH, None, "there is none"),)
    text = check_metrics([replace(GOOD, entry=entry, chain=Chain((leaf,)), findings=found)], now=NOW)
    assert _samples(text, "pinsmith_checks") == ["pinsmith_checks 1"]
    assert _samples(text, "pinsmith_check_time_seconds") == [f"pinsmith_check_time_seconds {NOW.timestamp()!r}"]
    where = 'host="a.test",port="443",address="192.0.2.1"'
    assert _samples(text, "pinsmith_check_ok") == [f"pinsmith_check_ok{{{where}}} 1"]
    assert _samples(text, "pinsmith_certificate_not_after_seconds") == [
        f'pinsmith_certificate_not_after_seconds{{{where},position="0"}} {end.timestamp()!r}'
    ]
    ended = datetime(2031, 6, 1, tzinfo=UTC).timestamp()
    assert _samples(text, "pinsmith_pins_expire_seconds") == [
        f'pinsmith_pins_expire_seconds{{host="a.test"}} {ended!r}'
    ]
    assert _samples(text, "pinsmith_findings") == [
        'pinsmith_findings{host="a.test",rule="no-backup",severity="high"} 1'
    ]


def test_of_two_chains_of_an_address_the_worse_counts() -> None:
    """The worse chain counts, because Prometheus refuses a whole file in which a sample is listed twice."""
    for checks in ([GOOD, BAD], [BAD, GOOD]):
        (sample,) = _samples(check_metrics(checks, now=NOW), "pinsmith_check_ok")
        assert sample.endswith(" 0")


@pytest.mark.parametrize("checks", [[], [GOOD]])
def test_unchecked_hosts_are_not_called_fine(checks: list[HostCheck]) -> None:
    """After Ctrl-C the metrics are incomplete, and the number of checks shows a truncated pin file."""
    assert _samples(check_metrics(checks, now=NOW), "pinsmith_check_complete") == ["pinsmith_check_complete 1"]
    void = check_metrics(checks, "interrupted after 1 of 2 hosts", now=NOW)
    assert _samples(void, "pinsmith_check_complete") == ["pinsmith_check_complete 0"]
    assert _samples(void, "pinsmith_checks") == [f"pinsmith_checks {len(checks)}"]


def test_a_host_that_is_off_is_neither_accepted_nor_refused() -> None:
    """A host that is off would otherwise be called fine, although it is not pinned."""
    off = HostCheck("a.test", 443, "192.0.2.1", "not-pinned", "off", "is not pinned")
    assert _samples(check_metrics([off], now=NOW), "pinsmith_check_ok") == []


@pytest.mark.parametrize("text", ['"} 1\nevil 2', "a\\", '\\"', "\x1b[2J", "\N{LINE SEPARATOR}", "ü"])
def test_no_text_breaks_out_of_its_label(text: str) -> None:
    """Quotes, backslashes and line ends are escaped."""
    *head, sample = exposition([Metric("x", "A number.", {(("host", text),): 1})]).split("\n")
    assert head == ["# HELP x A number.", "# TYPE x gauge"]
    assert SAMPLE.fullmatch(sample)
