"""The targets for Cronet and HttpEngine refuse policies that Cronet would not enforce as they are written."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import pytest

from pinsmith.errors import ExportRefusedError, LossError
from pinsmith.formats import export
from pinsmith.formats.code import CODE
from pinsmith.policy import HostPins, Policy
from tests.formats.policy import BACKUP, LEAF, PLAIN

if TYPE_CHECKING:
    from pinsmith.formats import Format

PARENT = HostPins("example.com", (LEAF, BACKUP), include_subdomains=True)
CHILD = HostPins("api.example.com", (LEAF, BACKUP))
TARGETS = pytest.mark.parametrize(
    "target",
    [target for target in CODE if target.id.startswith(("cronet-", "http-engine-"))],
    ids=lambda target: target.id,
)


@TARGETS
@pytest.mark.parametrize(
    ("hosts", "why"),
    [
        ((replace(CHILD, host="a_b.example.com"),), "throws for a name with an underscore"),
        ((PARENT, CHILD), "would pin no host below it, although example.com includes them"),
        ((PARENT, replace(CHILD, include_subdomains=True, expires=date(2031, 5, 1))), "its pins expire on 2031-05-01"),
        ((replace(CHILD, host="192.0.2.1"),), "cannot pin IP addresses"),
    ],
    ids=["a name", "hosts below", "expiry", "an address"],
)
def test_what_cronet_would_not_do_is_refused(target: Format, hosts: tuple[HostPins, ...], why: str) -> None:
    """Cronet would throw, leave hosts unpinned, or enforce pins that have expired."""
    with pytest.raises(ExportRefusedError) as caught:
        export(Policy(hosts), target)
    assert [why in reason.text for reason in caught.value.reasons] == [True]


@TARGETS
def test_an_entry_with_subdomains_replaces_its_parent(target: Format) -> None:
    """Cronet uses the nearest entry, so no consent is needed."""
    assert "api.example.com" in export(Policy((PARENT, replace(CHILD, include_subdomains=True))), target).text


@TARGETS
def test_what_cronet_cannot_express_needs_consent(target: Format) -> None:
    """Exemptions, report-only hosts and require-pins are losses."""
    policy = Policy(
        (PARENT, replace(CHILD, keys=(), mode="off"), replace(CHILD, host="example.org", mode="report-only")),
        require_pins=True,
    )
    with pytest.raises(LossError) as caught:
        export(policy, target)
    rules = [found.rule for found in caught.value.losses]
    assert rules == ["exemptions-dropped", "report-only-dropped", "require-pins-dropped"]


@TARGETS
def test_installed_authorities_do_not_bypass_the_pins(target: Format) -> None:
    """Cronet's default lets them, so the code switches that off before it builds the engine."""
    text = export(PLAIN, target).text
    assert "PublicKeyPinningBypassForLocalTrustAnchors(false)" in text
    assert text.index("LocalTrustAnchors(false)") < text.index(".build()")
