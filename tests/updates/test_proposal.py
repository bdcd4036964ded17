"""A proposal that somebody has changed by hand does nothing that the words about it do not show."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest
from securesystemslib.signer import SSlibKey
from tuf.api.metadata import Delegations, Metadata, Root, TargetFile, Targets

from pinsmith.errors.updates import BundleError
from pinsmith.updates.directory import Directory
from pinsmith.updates.proposal import progress, require_plain
from pinsmith.updates.root import KeyChange, propose_first_root, propose_keys
from pinsmith.updates.signing import named
from tests.updates.bundles import HOST, NOW, OTHER, Team, entry, make, policy

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

NEXT = policy(entry(HOST, "live", "standby", "next"), entry(OTHER, "cdn", "cdn-standby"))


@pytest.fixture
def team() -> Team:
    """Make keys."""
    return Team()


@pytest.fixture
def directory(team: Team, tmp_path: Path) -> Directory:
    """Publish the first policy."""
    return team.published(tmp_path / "bundle")


def changed(directory: Directory, change: Callable[[Targets], None]) -> None:
    """Change the proposed targets, as anybody who can write into the folder."""
    metadata = directory.proposed_targets()
    assert metadata is not None
    change(metadata.signed)
    directory.propose(Metadata(metadata.signed))


def far(targets: Targets) -> None:
    """Let clients use it for very long."""
    targets.expires = NOW + dt.timedelta(days=3660)


def further(targets: Targets) -> None:
    """Name a file that would be written outside of the bundle."""
    targets.targets["/../../../stolen"] = TargetFile.from_data("/../../../stolen", b"x", ["sha256"])


def delegating(targets: Targets) -> None:
    """Let another role sign."""
    targets.delegations = Delegations({}, {})


def jumping(targets: Targets) -> None:
    """Use up all versions."""
    targets.version = 9_999_999_999


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (far, "would be valid until .*, but at most 366 days are possible"),
        (further, "names '/../../../stolen', 'policy.json', 'suspensions.json'"),
        (delegating, "or delegates, which no command proposes"),
        (jumping, "is version 9999999999, but the next one is 2"),
    ],
)
def test_what_no_command_proposes_is_not_published(
    change: Callable[[Targets], None], problem: str, team: Team, directory: Directory
) -> None:
    """Although enough people have signed it: nothing is written, and `bundle sign` stops before a signature."""
    team.propose(directory, NEXT)
    changed(directory, change)
    with pytest.raises(BundleError, match=problem):
        require_plain(directory, NOW)
    team.sign(directory)
    before = sorted(directory.path.parent.rglob("*"))
    with pytest.raises(BundleError, match=problem):
        team.publish(directory)
    assert sorted(directory.path.parent.rglob("*")) == before


def test_a_version_is_published_once(team: Team, directory: Directory) -> None:
    """Of two proposals of the same version, both signed, the second cannot take the place of the first."""
    team.propose(directory, NEXT)
    team.sign(directory)
    aside = {path.name: path.read_bytes() for path in directory.proposed.iterdir()}
    team.propose(directory, policy())
    team.sign(directory)
    team.publish(directory)
    published = (directory.metadata / "2.targets.json").read_bytes()
    for name, content in aside.items():
        (directory.proposed / name).write_bytes(content)
    with pytest.raises(BundleError, match="is version 2, but the next one is 3") as caught:
        team.publish(directory)
    assert "--renew" in (caught.value.hint or "")
    assert (directory.metadata / "2.targets.json").read_bytes() == published


def spelled(root: Root) -> None:
    """List a key again, in capital letters."""
    key = root.keys[root.roles["root"].keyids[0]]
    again = key.from_dict("1" * 64, {**key.to_dict(), "keyval": {"public": key.keyval["public"].upper()}})
    again.unrecognized_fields["x-pinsmith-name"] = "dee"
    for role in ("root", "targets"):
        root.add_key(again, role)


def apart(root: Root) -> None:
    """Let fewer people sign a policy than a root."""
    root.roles["targets"].threshold = 1


def unreachable(root: Root) -> None:
    """Ask for more signatures of the online key than it has."""
    for role in ("snapshot", "timestamp"):
        root.roles[role].threshold = 2


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (spelled, "is listed twice"),
        (apart, "the roles root and targets do not have the same keys"),
        (unreachable, "nobody could publish with this root"),
    ],
)
def test_a_root_that_no_command_proposes_is_not_signed(
    change: Callable[[Root], None], problem: str, directory: Directory
) -> None:
    """No signature is added to it, and it is not published."""
    propose_keys(directory, KeyChange(), now=NOW)
    metadata = directory.proposed_root()
    assert metadata is not None
    change(metadata.signed)
    directory.propose(Metadata(metadata.signed))
    with pytest.raises(BundleError, match=problem):
        progress(directory)


def test_a_root_is_not_valid_for_ever(directory: Directory) -> None:
    """Two years are enough."""
    propose_keys(directory, KeyChange(), now=NOW + dt.timedelta(days=3660))
    with pytest.raises(BundleError, match="the proposed root would be valid until"):
        require_plain(directory, NOW)


def test_a_second_change_of_keys_does_not_drop_the_first(team: Team, directory: Directory) -> None:
    """A stolen online key that is replaced together with a lost one would otherwise stay, without a word."""
    propose_keys(directory, KeyChange(online=make("new-online").public_key), now=NOW)
    with pytest.raises(BundleError, match="another change of keys is proposed already") as caught:
        propose_keys(directory, KeyChange(removed=["bo"], added=[make("dee").public_key]), now=NOW)
    assert str(directory.proposed / "root.json") in (caught.value.hint or "")
    team.sign(directory)
    (directory.proposed / "root.json").unlink()
    propose_keys(directory, KeyChange(), now=NOW)
    propose_keys(directory, KeyChange(), now=NOW)  # a renewal has nothing to lose


def test_one_key_is_not_two_people(team: Team, directory: Directory, tmp_path: Path) -> None:
    """A key that has an owner already would only get another name."""
    again = named(SSlibKey.from_crypto(team.offline["ada"]._private_key.public_key()), "dee")
    with pytest.raises(BundleError, match="the key of dee is that of ada, so nobody would be added"):
        propose_keys(directory, KeyChange(added=[again]), now=NOW)
    keys = [*(signer.public_key for signer in team.offline.values()), again]
    with pytest.raises(BundleError, match="the key of dee is that of ada"):
        propose_first_root(Directory(tmp_path / "new"), keys, team.online.public_key, threshold=2, now=NOW)
