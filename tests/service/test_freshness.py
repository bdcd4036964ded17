"""The service says that a policy is fresh, in time and with the online key, and publishes nothing else."""

from __future__ import annotations

import asyncio
import datetime as dt
from typing import TYPE_CHECKING

import pytest

from pinsmith.errors.updates import BundleError, SigningError
from pinsmith.service.freshness import Freshness
from tests.updates.bundles import HOST, NOW, Team, entry, policy

if TYPE_CHECKING:
    from pathlib import Path

    from pinsmith.updates.directory import Directory

DAY = dt.timedelta(days=1)


@pytest.fixture
def team() -> Team:
    """Make the keys."""
    return Team()


@pytest.fixture
def bundle(team: Team, tmp_path: Path) -> Directory:
    """Publish a policy, fresh for a week from `NOW` on."""
    return team.published(tmp_path)


def fresh_until(bundle: Directory) -> dt.datetime:
    """Return when programs begin to warn."""
    stamp = bundle.timestamp()
    assert stamp is not None
    return stamp.signed.expires


def test_it_is_signed_again_at_half_of_its_time(team: Team, bundle: Directory) -> None:
    """Not before, so that a service that ticks every few minutes writes no file each time."""
    freshness = Freshness(bundle, team.online, 7)
    assert freshness.renew(NOW + 3 * DAY) is None
    assert fresh_until(bundle) == NOW + 7 * DAY
    assert freshness.renew(NOW + 4 * DAY) is None
    assert fresh_until(bundle) == NOW + 11 * DAY
    freshness.renew(NOW + 30 * DAY)  # also after a long pause
    assert fresh_until(bundle) == NOW + 37 * DAY


def test_a_proposal_is_not_published(team: Team, bundle: Directory) -> None:
    """Even one that enough people have signed waits for somebody who publishes it."""
    team.propose(bundle, policy(entry(HOST, "live", "standby", "next")))
    team.sign(bundle)
    Freshness(bundle, team.online, 7).renew(NOW + 4 * DAY)
    published = bundle.targets_metadata()
    assert published is not None
    assert published.signed.version == 1
    assert bundle.proposed_targets() is not None


def test_a_policy_that_ends_soon_is_a_warning(team: Team, bundle: Directory) -> None:
    """Only people with offline keys can renew it, so they need some days."""
    freshness = Freshness(bundle, team.online, 7)
    assert freshness.renew(NOW + 75 * DAY) is None
    warning = freshness.renew(NOW + 77 * DAY)
    assert warning is not None
    assert "let enough people sign it again with `pinsmith bundle sign`" in warning


def test_an_expired_policy_is_not_called_fresh(team: Team, bundle: Directory) -> None:
    """Programs would not use it anyway, and somebody has to know."""
    with pytest.raises(BundleError, match="the policy has expired"):
        Freshness(bundle, team.online, 7).renew(NOW + 91 * DAY)


def test_another_key_is_refused(team: Team, bundle: Directory) -> None:
    """An offline key does not belong into a service."""
    with pytest.raises(SigningError, match="is not the online key"):
        Freshness(bundle, team.offline["ada"], 7).renew(NOW + 4 * DAY)


def test_a_problem_is_told_once_and_ends_nothing(team: Team, bundle: Directory) -> None:
    """The service goes on, and signs again when the problem is over."""
    told: list[str] = []
    stop = asyncio.Event()
    moments = iter([NOW + 91 * DAY, NOW + 92 * DAY, NOW + 4 * DAY])

    def now() -> dt.datetime:
        moment = next(moments)
        if moment == NOW + 4 * DAY:
            stop.set()
        return moment

    asyncio.run(Freshness(bundle, team.online, 7).run(stop, now, told.append, tick_seconds=0))
    assert len(told) == 1
    assert "the policy has expired" in told[0]
    assert fresh_until(bundle) == NOW + 11 * DAY
