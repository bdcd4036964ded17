"""A policy with report-uris in Python: no reports are sent there, and a warning says so."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import pytest

from pinsmith import PinnedSSLContext
from pinsmith.errors import ReportsNotSentWarning
from pinsmith.tls.inject import extract, inject, replace_injected_policy
from tests.tls.pki import HOST

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinsmith.policy import Policy
    from tests.tls.pki import PKI

REPORTS = ("https://reports.example.net/pins",)


@pytest.fixture
def policy(pki: PKI) -> Policy:
    """Make a policy for which no warning was given yet."""
    return pki.policy(report_uris=REPORTS)


@pytest.fixture
def injected(pki: PKI) -> Iterator[Policy]:
    """Enforce a policy without report-uris for the whole process."""
    policy = pki.policy()
    inject(policy)
    yield policy
    extract()


def _warned(found: list[warnings.WarningMessage]) -> list[str]:
    return [str(warning.message) for warning in found if issubclass(warning.category, ReportsNotSentWarning)]


def test_a_context_warns_once_per_policy(policy: Policy, pki: PKI) -> None:
    """The warning names the host and a remedy, and points at the line that made the context."""
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        PinnedSSLContext(policy)
        PinnedSSLContext(policy).policy = policy
        assert len(_warned(found)) == 1
        PinnedSSLContext(pki.policy(report_uris=REPORTS))
    first, _ = _warned(found)
    assert HOST in first
    assert "on_mismatch" in first
    assert found[0].filename == __file__


def test_a_policy_that_replaces_another_warns(policy: Policy, pki: PKI) -> None:
    """Setting a policy on a context warns too."""
    context = PinnedSSLContext(pki.policy())
    with pytest.warns(ReportsNotSentWarning):
        context.policy = policy


def test_enforcement_for_the_process_warns(policy: Policy) -> None:
    """`inject` warns in the same way as a context."""
    try:
        with pytest.warns(ReportsNotSentWarning):
            inject(policy)
    finally:
        extract()


def test_a_policy_that_is_injected_later_warns(policy: Policy, injected: Policy) -> None:
    """Replacing the policy of the process warns too."""
    with pytest.warns(ReportsNotSentWarning):
        replace_injected_policy(injected, policy)


def test_a_program_with_a_callback_gets_no_warning(policy: Policy) -> None:
    """The program may send the reports itself. Warnings are errors in these tests."""
    PinnedSSLContext(policy, on_mismatch=lambda _: None)
