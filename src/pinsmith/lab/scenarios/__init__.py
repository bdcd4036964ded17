"""
Every scenario of the lab, in the order in which they are run and listed.

A new one is one file, one line here, and its right and its wrong client in ``tests/lab/scenarios``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.lab.scenarios import (
    backup_pin,
    chain_appended,
    client_certificate_request,
    cross_signed_other_root,
    cross_signed_trusted_root,
    dual_key,
    dual_key_other,
    expired_certificate,
    expired_pins,
    forged_issuer,
    intermediate_appended,
    intermediate_not_sent,
    intermediate_pin,
    leaf_appended,
    leaf_pin,
    long_chain,
    not_yet_valid,
    redirect_to_rogue,
    report_only,
    root_not_sent,
    root_pin,
    self_signed_same_subject,
    subdomain_covered_good,
    subdomain_covered_rogue,
    subdomain_not_covered,
    tls12_good,
    tls12_rogue,
    tls13_good,
    tls13_rogue,
    two_pins,
    unpinned_host,
    wrong_key,
    wrong_name,
)

if TYPE_CHECKING:
    from pinsmith.lab.scenario import Scenario

SCENARIOS: Final[tuple[Scenario, ...]] = (
    leaf_pin.SCENARIO,
    wrong_key.SCENARIO,
    backup_pin.SCENARIO,
    two_pins.SCENARIO,
    intermediate_pin.SCENARIO,
    root_pin.SCENARIO,
    root_not_sent.SCENARIO,
    long_chain.SCENARIO,
    cross_signed_trusted_root.SCENARIO,
    dual_key.SCENARIO,
    tls12_good.SCENARIO,
    tls13_good.SCENARIO,
    client_certificate_request.SCENARIO,
    subdomain_covered_good.SCENARIO,
    subdomain_not_covered.SCENARIO,
    expired_pins.SCENARIO,
    report_only.SCENARIO,
    unpinned_host.SCENARIO,
    tls12_rogue.SCENARIO,
    tls13_rogue.SCENARIO,
    subdomain_covered_rogue.SCENARIO,
    dual_key_other.SCENARIO,
    intermediate_not_sent.SCENARIO,
    cross_signed_other_root.SCENARIO,
    self_signed_same_subject.SCENARIO,
    leaf_appended.SCENARIO,
    intermediate_appended.SCENARIO,
    chain_appended.SCENARIO,
    forged_issuer.SCENARIO,
    wrong_name.SCENARIO,
    expired_certificate.SCENARIO,
    not_yet_valid.SCENARIO,
    redirect_to_rogue.SCENARIO,
)
