"""A policy with report-uris in Python: nothing is sent there, and that is not silent."""

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
    """Make a policy that nobody was warned about."""
    return pki.policy(report_uris=REPORTS)


@pytest.fixture
def injected(pki: PKI) -> Iterator[Policy]:
    """Enforce a policy without report-uris for the whole process."""
    policy = pki.policy()
    inject(policy)
    yield policy
    extract()


def _warned(found: list[warnings.WarningMessage]) -> list[str]:
    return [str(each.message) for each in found if issubclass(each.category, ReportsNotSentWarning)]


def test_a_context_warns_once_per_policy(policy: Policy, pki: PKI) -> None:
    """The warning names the host and the way out, and points at the line that made the context."""
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
    """It is not only asked for at construction."""
    context = PinnedSSLContext(pki.policy())
    with pytest.warns(ReportsNotSentWarning):
        context.policy = policy


def test_enforcement_for_the_process_warns(policy: Policy) -> None:
    """`inject` says it like a context does."""
    try:
        with pytest.warns(ReportsNotSentWarning):
            inject(policy)
    finally:
        extract()


def test_a_policy_that_is_injected_later_warns(policy: Policy, injected: Policy) -> None:
    """The policy of the process may be replaced, too."""
    with pytest.warns(ReportsNotSentWarning):
        replace_injected_policy(injected, policy)


def test_who_has_a_callback_is_not_warned(policy: Policy) -> None:
    """The program may send the reports itself. Warnings are errors in these tests."""
    PinnedSSLContext(policy, on_mismatch=lambda _: None)
