"""A published bundle counts wherever hosts are checked: suspensions, and the pins that programs have read."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest

from pinsmith.checks.host_check import HostCheck
from pinsmith.errors.updates import BundleError
from pinsmith.finding import Severity
from pinsmith.updates.published import published_files, with_bundle
from pinsmith.updates.suspension import SUSPENSIONS, Suspension, parse_suspensions
from tests.updates.bundles import HOST, NOW, OTHER, Team, policy

if TYPE_CHECKING:
    from pathlib import Path

SUSPENSION = Suspension(HOST, NOW, NOW + dt.timedelta(days=3), "a reason")


def check(host: str) -> HostCheck:
    """Return a result without a fault."""
    return HostCheck(host, 443, None, "matched", None, "matches", entry=policy().find(host))


def test_a_suspended_host_is_a_warning_until_it_ends(tmp_path: Path) -> None:
    """Other hosts have none, and neither has the host afterwards."""
    Team().published(tmp_path, policy(), SUSPENSION)
    first, other = with_bundle([check(HOST), check(OTHER)], tmp_path, NOW)
    (finding,) = first.findings
    assert (finding.rule, finding.severity, other.findings) == ("suspended", Severity.MEDIUM, ())
    assert "a reason" in finding.message
    assert finding.fix == f"repair the host or its pins, then run `pinsmith bundle resume {HOST}`"
    assert with_bundle([check(HOST)], tmp_path, SUSPENSION.until)[0].findings == ()


def test_only_the_newest_targets_count(tmp_path: Path) -> None:
    """A suspension that was resumed is not shown, although its files are still there."""
    team = Team()
    bundle = team.published(tmp_path, policy(), SUSPENSION)
    team.propose(bundle, policy())
    team.sign(bundle)
    team.publish(bundle)
    assert parse_suspensions(published_files(tmp_path)[SUSPENSIONS]) == ()


def test_without_a_bundle_nothing_is_said(tmp_path: Path) -> None:
    """Most pin files have none, or none that is published."""
    assert with_bundle([check(HOST)], tmp_path, NOW)[0].findings == ()
    (tmp_path / "metadata").mkdir()
    assert with_bundle([check(HOST)], tmp_path, NOW)[0].findings == ()


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b'{"signed":{"targets":{}}}', b"\xff" * 10, b"[" * 100_000])
def test_a_damaged_bundle_is_a_finding(content: bytes, tmp_path: Path) -> None:
    """The check goes on, and says that nobody knows."""
    Team().published(tmp_path, policy(), SUSPENSION)
    (tmp_path / "metadata" / "1.targets.json").write_bytes(content)
    first, other = with_bundle([check(HOST), check(OTHER)], tmp_path, NOW)
    assert "nobody knows whether pins are suspended" in first.findings[0].message
    assert other.findings == ()


@pytest.mark.parametrize("digest", ["../../secret", "a" * 63, "A" * 64, "a" * 64 + "\\n"])
def test_a_hash_leads_to_no_other_file(digest: str, tmp_path: Path) -> None:
    """The name of a file is 64 hexadecimal digits, and nothing else."""
    (tmp_path / "metadata").mkdir()
    metadata = f'{{"signed":{{"targets":{{"suspensions.json":{{"hashes":{{"sha256":"{digest}"}}}}}}}}}}'
    (tmp_path / "metadata" / "1.targets.json").write_text(metadata)
    with pytest.raises(BundleError, match="is not TUF metadata"):
        published_files(tmp_path)
