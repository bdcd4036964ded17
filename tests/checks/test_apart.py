"""Releases and the pin file, compared without a connection."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pytest

from pinsmith.checks.apart import lacks_standby_key, left_alone, newest, shares_no_chain
from pinsmith.exit_code import ExitCode
from pinsmith.pinfile.releases import NAME, Releases
from pinsmith.policy import Key, Policy
from pinsmith.release import Release, ReleasedHost
from pinsmith.rules import read, settle
from pinsmith.sync.released import release_findings
from tests.checks.sample import HOST, key, policy
from tests.cli.support import run
from tests.formats.policy import pin

if TYPE_CHECKING:
    from pathlib import Path

    from pinsmith.policy import KeyRole

ISRG_X1 = "sha256/C5+lpZ7tcVwmwQIMcRtPbsQtWLABXhQzejna0wHFr8M="
NOW = datetime(2027, 1, 1, tzinfo=UTC)


def _pinning(*words: str, host: str = HOST, version: str = "3.9", day: date | None = None) -> Release:
    return Release("android", version, (ReleasedHost(host, {word: pin(word) for word in words}),), date=day)


@pytest.mark.parametrize(
    ("role", "is_apart"),
    [("leaf", True), ("unknown", True), ("root", False), ("intermediate", False)],
)
def test_only_keys_that_no_chain_can_contain_together_are_apart(role: KeyRole, *, is_apart: bool) -> None:
    """A chain may contain the server's key of a release and an authority of the pin file, so nothing is known then."""
    (released,) = _pinning("old").hosts
    assert shares_no_chain(released, policy(Key("new", pin("new"), role))) is is_apart


def test_a_known_authority_of_a_release_is_not_taken_for_a_server() -> None:
    """A release that pins a public root may accept a chain to a pinned key, and survives a rotation."""
    released = ReleasedHost(HOST, {"isrg": pin("x").parse(ISRG_X1)})
    pinned = policy(Key("new", pin("new"), "leaf"), Key("standby", pin("standby"), "leaf", standby=True))
    assert not shares_no_chain(released, pinned)
    assert lacks_standby_key(released, pinned) == ()
    assert lacks_standby_key(_pinning("new").hosts[0], pinned) == ("standby",)


def test_removing_the_last_common_key_names_the_release() -> None:
    """Another release, which pins a key that stays, is not named."""
    old, new = _pinning("old"), _pinning("old", "new", version="4.0")
    before = policy(Key("old", pin("old")), Key("new", pin("new")))
    assert left_alone(HOST, [old, new], before, policy(Key("new", pin("new")))) == [old]
    assert left_alone(HOST, [old, new], before, Policy(())) == [old, new]


def test_the_newest_release_of_an_app_is_that_of_the_last_day() -> None:
    """A release that was recorded later may be older."""
    new, old = _pinning("a", version="2", day=date(2026, 2, 1)), _pinning("b", version="1", day=date(2026, 1, 1))
    assert newest([new, old]) == [new]


def test_sync_is_silent_about_a_release_with_the_same_pins() -> None:
    """People are reminded to record the next release only if a host of this one has other pins now."""
    releases = Releases("")
    releases.add(_pinning("a", "b"))
    same = policy(key("a", str(pin("a"))), key("b", str(pin("b"))))
    assert [*release_findings(same, releases, now=NOW)] == []
    other = policy(key("a", str(pin("a"))), key("c", str(pin("c"))))
    (finding,) = release_findings(other, releases, now=NOW)
    assert (finding.rule, finding.severity) == ("release-not-recorded", 1)


def test_lint_reads_the_releases_beside_a_named_pin_file(tmp_path: Path) -> None:
    """The releases need not be named, and a broken file of releases is a finding."""
    (tmp_path / "pins.toml").write_text("version = 1\n")
    pin_file = read(b"version = 1\n", str(tmp_path / "pins.toml"), today=NOW.date())
    assert len(settle([pin_file], None)[0]) == 1
    (tmp_path / NAME).write_text("version = 2\n")
    answer = run("lint", tmp_path / "pins.toml")
    assert answer.code == ExitCode.FOUND_HIGH
    assert f"{NAME}:1:1: high[invalid-pin-file]" in answer.stdout
