"""A published bundle can be read by a client of TUF, and is signed by enough people."""

from __future__ import annotations

import datetime as dt
from contextlib import suppress
from pathlib import Path

import pytest
from securesystemslib.signer import CryptoSigner, SSlibKey
from tuf.api.exceptions import RepositoryError

from pinsmith import files
from pinsmith.errors.updates import BundleError, SigningError
from pinsmith.updates.directory import SERIALIZER
from pinsmith.updates.proposal import progress, sign
from pinsmith.updates.publication import publish, sign_as_fresh
from pinsmith.updates.root import KeyChange, propose_keys
from pinsmith.updates.suspension import POLICY, SUSPENSIONS, Suspension, parse_suspensions
from tests.updates.bundles import HOST, NOW, OTHER, Team, client_of, entry, make, policy, policy_json


def again(signer: CryptoSigner) -> CryptoSigner:
    """Give a key another id, under which it would count as another signature."""
    key = signer.public_key
    public = SSlibKey("0" * 64, key.keytype, key.scheme, key.keyval, dict(key.unrecognized_fields))
    return CryptoSigner(signer._private_key, public)


@pytest.fixture
def team() -> Team:
    """Make keys."""
    return Team()


def test_a_client_reads_what_was_published(team: Team, tmp_path: Path) -> None:
    """A client of another project, which has only the first root, gets the policy and the suspensions."""
    suspension = Suspension(HOST, NOW, NOW + dt.timedelta(days=3), "the standby key is stolen")
    directory = team.published(tmp_path / "bundle", None, suspension)
    client = client_of(directory, tmp_path / "cache")
    found = {}
    for path in (POLICY, SUSPENSIONS):
        info = client.get_targetinfo(path)
        assert info is not None
        found[path] = Path(client.download_target(info)).read_bytes()
    assert found[POLICY] == policy_json(policy())
    assert parse_suspensions(found[SUSPENSIONS]) == (suspension,)


def test_nothing_is_published_before_enough_people_have_signed(team: Team, tmp_path: Path) -> None:
    """One signature of two is too few, and the same person twice is one signature."""
    directory = team.begin(tmp_path)
    team.propose(directory, policy())
    for _ in range(2):
        team.sign(directory, "ada")
        assert [(one.role, one.signed_by, one.missing) for one in progress(directory)] == [
            ("root", ("ada",), 1),
            ("targets", ("ada",), 1),
        ]
        with pytest.raises(BundleError, match="the root needs 1 more person"):
            team.publish(directory)
    assert not directory.metadata.exists()
    team.sign(directory, "cy")
    team.publish(directory)


def test_a_new_policy_replaces_the_old_one(team: Team, tmp_path: Path) -> None:
    """A client with the old policy gets the new one; old files stay for those in the middle of a download."""
    directory = team.published(tmp_path / "bundle")
    client_of(directory, tmp_path / "cache").refresh()
    team.propose(directory, policy(entry(HOST, "standby", "next"), entry(OTHER, "cdn", "cdn-standby")))
    team.sign(directory)
    team.publish(directory)
    client = client_of(directory, tmp_path / "cache")
    info = client.get_targetinfo(POLICY)
    assert info is not None
    assert b'"next"' in (tmp_path / client.download_target(info)).read_bytes()
    assert len(list(directory.targets.glob("*.policy.json"))) == 2
    assert not (directory.proposed / "targets.json").exists()


def test_a_change_after_a_signature_needs_new_signatures(team: Team, tmp_path: Path) -> None:
    """Another proposal loses the signatures of the first, and a file that was changed by hand is not published."""
    directory = team.begin(tmp_path)
    team.propose(directory, policy())
    team.sign(directory)
    team.propose(directory, policy(entry(HOST, "live", "standby")))
    assert [one.missing for one in progress(directory)] == [0, 2]
    team.sign(directory)
    (directory.proposed / POLICY).write_bytes(policy_json(policy(entry(HOST, "thief"))))
    with pytest.raises(BundleError, match="is not the file that the metadata beside it names"):
        team.publish(directory)


def test_freshness_is_renewed_without_the_offline_keys(team: Team, tmp_path: Path) -> None:
    """The online key signs the same policy again, and can do nothing else."""
    directory = team.published(tmp_path / "bundle")
    before = directory.targets_metadata()
    team.publish(directory, days=14)
    after, timestamp = directory.targets_metadata(), directory.timestamp()
    assert before is not None
    assert after is not None
    assert timestamp is not None
    assert (after.to_bytes(), timestamp.signed.version) == (before.to_bytes(), 2)
    assert timestamp.signed.expires == NOW + dt.timedelta(days=14)
    team.propose(directory, policy())
    with pytest.raises(SigningError, match="the key is not one of those that may sign") as caught:
        sign(directory, team.online)
    assert caught.value.hint == "use the key of ada or bo or cy"


def test_only_the_online_key_publishes(team: Team, tmp_path: Path) -> None:
    """An offline key cannot take its place."""
    directory = team.published(tmp_path)
    for signer in (team.offline["ada"], make("online")):
        with pytest.raises(SigningError, match="is not the online key"):
            publish(directory, signer, now=NOW)


@pytest.mark.parametrize("at", range(6))
def test_a_publication_that_was_killed_is_repeated(
    at: int, team: Team, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Clients see the old policy or the new one after each write, and the next call completes it."""
    directory = team.published(tmp_path / "bundle")
    team.propose(directory, policy(entry(HOST, "standby", "next"), entry(OTHER, "cdn", "cdn-standby")))
    team.sign(directory)
    written: list[object] = []
    write = files.write_atomically

    def dies(path: object, content: bytes) -> None:
        if len(written) == at:
            raise KeyboardInterrupt
        written.append(path)
        write(path, content)  # type: ignore[arg-type]

    with monkeypatch.context() as patch, suppress(KeyboardInterrupt):
        patch.setattr(files, "write_atomically", dies)
        team.publish(directory)
    client_of(directory, tmp_path / "cache").refresh()
    team.publish(directory)
    client = client_of(directory, tmp_path / "cache")
    info = client.get_targetinfo(POLICY)
    assert info is not None
    assert b'"next"' in (tmp_path / client.download_target(info)).read_bytes()


def test_an_expired_policy_is_not_kept_fresh(team: Team, tmp_path: Path) -> None:
    """Clients would refuse it, so the person hears of it."""
    directory = team.begin(tmp_path)
    team.propose(directory, policy(), days=1)
    team.sign(directory)
    team.publish(directory)
    with pytest.raises(BundleError, match="the policy has expired"):
        publish(directory, team.online, now=NOW + dt.timedelta(days=1))


def test_an_expired_root_is_not_kept_fresh(team: Team, tmp_path: Path) -> None:
    """Clients would accept no update, so the person hears of it, until a new root is signed."""
    directory = team.begin(tmp_path, days=1)
    team.propose(directory, policy())
    team.sign(directory)
    team.publish(directory)
    later = NOW + dt.timedelta(days=1)
    with pytest.raises(BundleError, match=r"the root has expired on .* so clients accept no update") as caught:
        publish(directory, team.online, now=later)
    assert "pinsmith bundle key" in (caught.value.hint or "")
    propose_keys(directory, KeyChange(), now=later)
    team.sign(directory)
    publish(directory, team.online, now=later)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda team: setattr(team, "threshold", 4), "needs 4 signatures, but has 3 keys"),
        (lambda team: team.offline.update(dee=again(team.offline["ada"])), "the key of ada is listed twice"),
        (lambda team: setattr(team, "online", team.offline["ada"]), "is online, and signs root or targets too"),
        (lambda team: team.offline.update(bo=make("ada")), "two keys have the name ada"),
    ],
    ids=["a threshold that nobody reaches", "a key twice", "an offline key online", "two keys of one name"],
)
def test_keys_that_protect_nothing_are_refused(change: object, problem: str, team: Team, tmp_path: Path) -> None:
    """A bundle cannot begin with them."""
    change(team)  # type: ignore[operator]
    with pytest.raises(BundleError, match=problem):
        team.begin(tmp_path)
    assert not (tmp_path / "proposed").exists()


def test_a_client_refuses_what_one_thief_of_an_offline_key_signs(team: Team, tmp_path: Path) -> None:
    """Somebody with one of two keys, the online key and the web host changes nothing."""
    directory = team.published(tmp_path / "bundle")
    client_of(directory, tmp_path / "cache").refresh()
    team.propose(directory, policy(entry(HOST, "thief", "thief-standby")))
    team.sign(directory, "ada")
    proposed = directory.proposed_targets()
    assert proposed is not None
    (directory.metadata / "2.targets.json").write_bytes(proposed.to_bytes(SERIALIZER))
    (directory.proposed / "targets.json").unlink()
    with pytest.raises(BundleError, match="the published policy has too few signatures"):
        team.publish(directory)
    sign_as_fresh(directory, team.online, proposed, NOW + dt.timedelta(days=7))
    with pytest.raises(RepositoryError, match="targets was signed by 1/2 keys"):
        client_of(directory, tmp_path / "cache").refresh()
