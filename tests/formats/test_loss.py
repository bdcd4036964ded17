"""Losses of hosts below other hosts, which depend on how the platform treats a host that is left out."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from pinsmith.errors import ExportRefusedError, LossError
from pinsmith.finding import Severity
from pinsmith.formats import LOSSES, Format, needs_consent
from pinsmith.formats._format import Can
from pinsmith.formats._loss import Selection, select
from pinsmith.policy import HostPins, Policy
from tests.formats.policy import BACKUP, INTERMEDIATE, LEAF, ROOT, key

PARENT = HostPins("example.com", (LEAF, BACKUP), include_subdomains=True)
OFF = HostPins("api.example.com", (), mode="off", include_subdomains=True)
TRIAL = HostPins("api.example.com", (LEAF, BACKUP), mode="report-only")


def _select(*hosts: HostPins, **can: Any) -> Selection:  # noqa: ANN401 - the flags of a format
    of = Format(id="made-up", title="", spec="", suffixes=(), platforms=("other",), can=Can(**can))
    return select(Policy(hosts), of, accept=tuple(LOSSES))


def _losses(selection: Selection) -> list[tuple[str, str]]:
    return [(loss.rule, str(loss.place)) for loss in selection.losses]


@pytest.mark.parametrize("child", [OFF, TRIAL], ids=["off", "report-only"])
def test_a_host_that_is_left_out_below_a_pinned_one_is_exempted(child: HostPins) -> None:
    """Nothing is enforced for a report-only host that is left out, so its parent must not reach it."""
    made = _select(PARENT, child, subdomains="any-depth", exempts=True)
    assert [(entry.host, entry.exempt) for entry in made.entries] == [("example.com", False), ("api.example.com", True)]


@pytest.mark.parametrize("child", [OFF, TRIAL], ids=["off", "report-only"])
def test_a_host_that_cannot_be_exempted_is_a_loss(child: HostPins) -> None:
    """The platform would enforce the parent's pins there, so this needs consent."""
    made = _select(PARENT, child, subdomains="any-depth")
    assert ("exemptions-dropped", "api.example.com") in _losses(made)
    assert [entry.host for entry in made.entries] == ["example.com"]


def test_a_host_that_the_parent_does_not_reach_needs_no_exemption() -> None:
    """Some platforms match only one label below, so an exemption further down is unnecessary."""
    deep = HostPins("v1.api.example.com", (), mode="off")
    assert _losses(_select(PARENT, deep, subdomains="one-label")) == [("subdomains-narrowed", "example.com")]
    trial = HostPins("example.com", (LEAF, BACKUP), mode="report-only", include_subdomains=True)
    other = HostPins("example.org", (LEAF, BACKUP))
    made = _select(other, trial, OFF, subdomains="any-depth", exempts=True, exempts_below=False)
    assert [entry.host for entry in made.entries] == ["example.org"]


def test_an_exemption_that_does_not_reach_below_is_a_loss() -> None:
    """The subdomains of the exempted host keep the parent's pins, and hosts below need their own exemptions."""
    deep = HostPins("v1.api.example.com", (), mode="off")
    made = _select(PARENT, OFF, deep, subdomains="any-depth", exempts=True, exempts_below=False)
    assert _losses(made) == [("exemptions-narrowed", "api.example.com")]
    assert [(entry.host, entry.include_subdomains) for entry in made.entries if entry.exempt] == [
        ("api.example.com", False),
        ("v1.api.example.com", False),
    ]


def test_pins_of_a_parent_that_are_joined_are_a_loss() -> None:
    """Only the nearest entry of a policy applies; a platform that joins entries accepts more keys."""
    child = HostPins("api.example.com", (LEAF, key("other")))
    can = {"subdomains": "one-label", "joins_parent": True}
    assert ("parent-pins-joined", "api.example.com") in _losses(_select(PARENT, child, **can))
    same = HostPins("api.example.com", (LEAF, BACKUP, key("other")))
    assert "parent-pins-joined" not in dict(_losses(_select(PARENT, same, **can)))
    assert "parent-pins-joined" not in dict(_losses(_select(PARENT, child, subdomains="any-depth")))


def test_pins_of_every_parent_that_reaches_a_host_are_joined() -> None:
    """With subdomains of one label only the nearest parent counts, and at any depth all do."""
    child = HostPins("v1.api.example.com", (key("other"),))
    assert "parent-pins-joined" in dict(_losses(_select(PARENT, child, subdomains="any-depth", joins_parent=True)))
    assert "parent-pins-joined" not in dict(_losses(_select(PARENT, child, subdomains="one-label", joins_parent=True)))
    authorities = HostPins("api.example.com", (INTERMEDIATE, ROOT))
    made = _select(PARENT, authorities, subdomains="any-depth", joins_parent=True)
    assert ("parent-pins-joined", "api.example.com") in _losses(made)


def test_subdomains_that_are_pinned_unasked_are_a_loss() -> None:
    """An address has no subdomains, and a host that includes them already asked for it."""
    alone = HostPins("api.example.com", (LEAF, BACKUP))
    address = HostPins("192.0.2.1", (LEAF, BACKUP))
    made = _select(PARENT, alone, address, addresses=True, subdomains="any-depth", widens=True)
    assert _losses(made) == [("subdomains-widened", "api.example.com")]


def test_pins_of_a_parent_that_would_be_demanded_too_are_refused() -> None:
    """If leaf pins and authority pins must both match, a parent of the other kind would lock users out."""
    child = HostPins("api.example.com", (INTERMEDIATE, ROOT))
    with pytest.raises(ExportRefusedError, match=r"cannot express") as caught:
        _select(PARENT, child, subdomains="one-label", joins_parent=True, matches="leaf-or-ca")
    assert (
        "api.example.com: the platform would refuse chains without a pin of example.com"
        in caught.value.reasons[0].summary
    )


def test_a_dropped_address_for_reports_is_printed_and_needs_no_consent() -> None:
    """It does not change enforcement; every other loss does, and needs consent."""
    entry = HostPins("api.example.com", (LEAF, BACKUP), report_uris=("https://reports.example.net/",))
    target = Format(id="made-up", title="", spec="", suffixes=(), platforms=("other",), can=Can())
    (loss,) = select(Policy((entry,)), target).losses
    assert (loss.rule, loss.severity, needs_consent(loss)) == ("report-uris-dropped", Severity.INFO, False)
    with pytest.raises(LossError) as caught:
        select(Policy((replace(entry, expires=date(2031, 5, 1)),)), target)
    (loss,) = caught.value.losses
    assert (loss.rule, needs_consent(loss)) == ("expiry-dropped", True)


def test_a_file_without_a_host_names_those_that_are_report_only() -> None:
    """A person who begins with reports learns why this platform gets no file, and what to use until then."""
    with pytest.raises(ExportRefusedError) as caught:
        _select(TRIAL)
    assert [reason.summary for reason in caught.value.reasons] == [
        "api.example.com: it is report-only, which made-up cannot express, so it is left out",
        "no host is left to pin",
    ]
    assert "a format with the ability report-only" in str(caught.value.hint)
