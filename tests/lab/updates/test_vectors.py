"""Each test vector is what it says, for python-tuf's client and for pinsmith's own."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, get_args

import pytest
from tuf.api.metadata import Metadata, Snapshot, Timestamp

from pinsmith.errors import PinsmithError
from pinsmith.errors.updates import RefusedUpdateError
from pinsmith.lab.updates.policies import API, FLOOR, policy_of
from pinsmith.lab.updates.story import Keys, Story
from pinsmith.lab.updates.vector import Outcome
from pinsmith.lab.updates.writing import FLOOR_FILE, ROOT_FILE, floor_text
from pinsmith.lab.vectors import VECTORS
from pinsmith.updates import Updater
from pinsmith.updates.refusal import RefusalCode
from tests.lab.updates.client import FromMemory, TUFClient

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pinsmith.lab.updates.vector import Vector
    from pinsmith.policy import Policy
    from pinsmith.updates.status import Status

NOW = dt.datetime.now(dt.UTC).replace(microsecond=0)
UNTIL = NOW + dt.timedelta(days=30)
HOST = "updates.example.com"
ADDRESS = f"https://{HOST}/"
BY_ID = {vector.id: vector for vector in VECTORS}
REFUSED = {name: vector for name, vector in BY_ID.items() if not vector.is_accepted}


def played(vector: Vector, *, is_harmless: bool = False) -> Story:
    """Play a vector in memory."""
    story = Story(Keys(), now=NOW, until=UNTIL, update_host=HOST, is_harmless=is_harmless)
    vector.play(story)
    return story


class Client:
    """pinsmith's own client. It starts anew for each state, with the cache of the one before."""

    def __init__(self, path: Path, root: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
        self._path, self._patch = path, monkeypatch
        (path / ROOT_FILE).write_bytes(root)
        (path / FLOOR_FILE).write_text(floor_text(ADDRESS))

    def refresh(self, state: Mapping[str, bytes]) -> tuple[Updater, PinsmithError | None]:
        """Show a state, and return the updater with its error."""
        self._patch.setattr("pinsmith.updates.fetcher.Fetcher", lambda *_, **__: FromMemory(state))
        updater = Updater(floor=self._path / FLOOR_FILE, cache=self._path / "cache", clock=lambda: NOW)
        try:
            updater.refresh()
        except PinsmithError as error:
            return updater, error
        return updater, None


def as_outcome(status: Status, error: PinsmithError | None) -> Outcome:
    """Return the outcome of a refresh."""
    reasons = tuple(one.code for one in error.refusals) if isinstance(error, RefusedUpdateError) else ()
    return Outcome(status.version, None if error is None else error.code, reasons)  # type: ignore[arg-type]


def keys_of(policy: Policy) -> set[str]:
    """Return the names of the keys of `API`, by which the version of a policy is recognised."""
    entry = policy.find(API)
    assert entry is not None
    return {key.name for key in entry.keys}


def named_version(state: Mapping[str, bytes]) -> int:
    """Return the version of the policy that the newest snapshot of a state names."""
    timestamp = Metadata[Timestamp].from_bytes(state["metadata/timestamp.json"]).signed
    content = state[f"metadata/{timestamp.snapshot_meta.version}.snapshot.json"]
    return Metadata[Snapshot].from_bytes(content).signed.meta["targets.json"].version


@pytest.mark.parametrize("vector", VECTORS, ids=BY_ID)
def test_our_client_does_what_the_vector_says(vector: Vector, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error has the code that the vector says, and the policy is that of its version. No refusal changes it."""
    story = played(vector)
    client, policy = Client(tmp_path, story.first_root, monkeypatch), FLOOR
    for state, outcome in zip(story.states, vector.outcomes, strict=True):
        updater, error = client.refresh(state)
        assert as_outcome(updater.status, error) == outcome
        expected = FLOOR if outcome.version is None else policy_of(outcome.version)
        assert keys_of(updater.policy) == keys_of(expected)
        if error is not None:
            assert updater.policy == policy
        policy = updater.policy


@pytest.mark.parametrize("vector", VECTORS, ids=BY_ID)
def test_the_reference_client_refuses_what_tuf_refuses(vector: Vector, tmp_path: Path) -> None:
    """python-tuf refuses the states of the layer tuf, and accepts those that only pinsmith's rules refuse."""
    story = played(vector)
    client = TUFClient(tmp_path / "cache", story.first_root)
    for state, outcome in zip(story.states, vector.outcomes, strict=True):
        version = client.refresh(state)
        if outcome.code is not None and vector.layer == "tuf":
            assert version is None
        elif outcome.code is not None:
            assert version == named_version(state)
        else:
            assert version == outcome.version


@pytest.mark.parametrize("vector", REFUSED.values(), ids=REFUSED)
def test_nothing_but_the_attack_is_refused(vector: Vector, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the one step of the attack undone, both clients accept every state."""
    story = played(vector, is_harmless=True)
    assert len(story.states) == len(vector.outcomes)
    client, reference = Client(tmp_path, story.first_root, monkeypatch), TUFClient(tmp_path / "tuf", story.first_root)
    for state in story.states:
        updater, error = client.refresh(state)
        assert error is None
        assert updater.status.version == reference.refresh(state) == named_version(state)


@pytest.mark.parametrize("vector", VECTORS, ids=BY_ID)
def test_a_vector_has_one_attack_at_its_end(vector: Vector) -> None:
    """A refused vector has a refusal in its last state only, and none of the accepted ones has an attack."""
    assert all(outcome.code is None for outcome in vector.outcomes[:-1])
    story = played(vector)
    if vector.is_accepted:
        assert story.attacks == 0
    else:
        assert story.attacks > 0


def test_each_reason_of_a_refusal_has_a_vector() -> None:
    """Every reason for which a client of pinsmith refuses a policy is shown by a vector."""
    publishers_only = {"foreign-key", "not-asked", "not-served"}
    by_the_clock = {"far-expiry", "long-suspension"}  # a file does not know when it is read
    shown = {reason for vector in VECTORS for outcome in vector.outcomes for reason in outcome.reasons}
    assert shown == set(get_args(RefusalCode)) - publishers_only - by_the_clock


def test_a_suspension_is_in_force(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The vector of a suspension suspends the pins of its host, and no other."""
    story = played(BY_ID["suspension"])
    client = Client(tmp_path, story.first_root, monkeypatch)
    updater, _ = [client.refresh(state) for state in story.states][-1]
    assert {entry.host for entry in updater.policy if entry.mode == "report-only"} == {API}
