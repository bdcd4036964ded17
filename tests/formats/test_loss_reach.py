"""The entry that a platform applies to a host that is left out, found step by step up the name."""

from __future__ import annotations

from typing import Any

import pytest

from pinsmith.formats import LOSSES, Format
from pinsmith.formats._format import Can
from pinsmith.formats._loss import Selection, select
from pinsmith.policy import HostPins, Policy
from tests.formats.policy import BACKUP, LEAF

DEEP = HostPins("v1.api.example.com", (), mode="off")
TOP = HostPins("example.com", (LEAF, BACKUP), include_subdomains=True)
TOP_ALONE = HostPins("example.com", (LEAF, BACKUP))
TRIAL = HostPins("api.example.com", (LEAF, BACKUP), mode="report-only", include_subdomains=True)
TRIAL_ALONE = HostPins("api.example.com", (LEAF, BACKUP), mode="report-only")
OFF = HostPins("api.example.com", (), mode="off", include_subdomains=True)
OFF_ALONE = HostPins("api.example.com", (), mode="off")
FAR = HostPins("example.org", (LEAF, BACKUP))

# The entries above `DEEP`, the abilities of the platform, and whether DEEP needs an exempting entry.
CASES: dict[str, tuple[tuple[HostPins, ...], dict[str, Any], bool]] = {
    "a parent that reaches it": ((TOP,), {}, True),
    "a parent that covers itself alone": ((TOP_ALONE,), {}, False),
    "a platform that pins no subdomain": ((TOP,), {"subdomains": "none"}, False),
    "a parent two labels up, of a platform that looks up one": ((TOP,), {"subdomains": "one-label"}, False),
    "a parent that stops short, below one that reaches": ((TOP, OFF_ALONE), {}, True),
    "an exempted parent, where exemptions reach below": ((TOP, OFF), {}, False),
    "an exempted parent, where exemptions do not": ((TOP, OFF), {"exempts_below": False}, True),
    "a report-only parent, where the platform reports": ((FAR, TRIAL), {"report_only": True}, True),
    "a report-only parent, where it is left out": ((FAR, TRIAL), {}, False),
    "a report-only parent that covers itself alone": ((FAR, TRIAL_ALONE), {"report_only": True}, False),
}


def _select(*hosts: HostPins, **can: Any) -> Selection:  # noqa: ANN401 - the flags of a format
    flags = {"subdomains": "any-depth", "exempts": True, **can}
    of = Format(id="made-up", title="", spec="", suffixes=(), platforms=("other",), can=Can(**flags))
    return select(Policy(hosts), of, accept=tuple(LOSSES))


@pytest.mark.parametrize("case", CASES)
def test_a_host_is_exempted_exactly_where_pins_would_reach_it(case: str) -> None:
    """It would be pinned like its parent without the exemption; if no parent reaches it, it is left out."""
    above, can, exempted = CASES[case]
    made = _select(*above, DEEP, **can)
    assert (DEEP.host in {entry.host for entry in made.entries if entry.exempt}) is exempted


@pytest.mark.parametrize("case", CASES)
def test_a_missing_exemption_is_a_loss_exactly_where_pins_would_reach_it(case: str) -> None:
    """The user is asked only if the platform would pin the host."""
    above, can, exempted = CASES[case]
    made = _select(*above, DEEP, **{**can, "exempts": False})
    exempted = exempted or OFF in above  # the exemption above is lost too
    assert (("exemptions-dropped", DEEP.host) in {(loss.rule, str(loss.place)) for loss in made.losses}) is exempted


def test_the_nearest_parent_is_named() -> None:
    """The message names the parent whose pins the platform would apply, and not one further up."""
    near = HostPins("api.example.com", (LEAF, BACKUP), include_subdomains=True)
    (loss,) = [loss for loss in _select(TOP, near, DEEP, exempts=False).losses if str(loss.place) == DEEP.host]
    assert "api.example.com" in loss.message
