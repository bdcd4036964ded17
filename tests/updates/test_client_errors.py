"""An error about updates says what stays in force, why, and what to do."""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING

import pytest

from pinsmith.errors import PinsmithError
from tests.updates.world import CDN, DAY, HOST, World, entry

if TYPE_CHECKING:
    from collections.abc import Callable

FAULTS: dict[str, tuple[Callable[[World], object], str, str, str]] = {
    "no network": (
        lambda world: world.write_floor("https://localhost:1/"),
        "update-unreachable",
        "https://localhost:1/ did not answer, so the policy in force stays: https://localhost:1/metadata/2.root.json",
        "check the network, and the pins of the program for this host",
    ),
    "a damaged timestamp": (
        lambda world: world.mirror.gives("metadata/timestamp.json", b"{}"),
        "invalid-update",
        "URL has an update that is not valid, so the policy in force stays: Failed to deserialize JSON",
        "the operator finds the reason with `pinsmith bundle verify`",
    ),
    "an expired timestamp": (
        lambda world: world.time.elapse(8 * DAY),
        "stale-update",
        "URL shows an old state, so the policy in force stays: timestamp.json is expired",
        "check the clock of this machine; the operator renews the bundle with `pinsmith bundle publish`",
    ),
    "a host that loses all pins": (
        lambda world: world.update(entry(HOST, "a", "b"), CDN),
        "update-refused",
        f"the policy was refused: {HOST} would keep none of the pins in force, so clients lose it",
        "add the new pins first, and remove the old ones in a later update",
    ),
}


@pytest.mark.parametrize(("fault", "code", "text", "hint"), FAULTS.values(), ids=FAULTS)
def test_the_error_says_what_stays(
    fault: Callable[[World], object], code: str, text: str, hint: str, world: World
) -> None:
    """Its text, its hint and its exit code are fixed, and it can be sent to another process."""
    fault(world)
    updater = world.updater()
    with pytest.raises(PinsmithError) as caught:
        updater.refresh()
    error = caught.value
    assert (error.code, error.exit_code) == (code, 3 if code == "update-refused" else 1)
    assert str(error).startswith(text.replace("URL", world.mirror.url))
    assert error.hint == hint
    again = pickle.loads(pickle.dumps(error))  # noqa: S301 - made here
    assert (str(again), again.hint, again.__dict__) == (str(error), hint, error.__dict__)
