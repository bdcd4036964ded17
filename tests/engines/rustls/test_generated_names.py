"""
Generated names and leaves have the same results with both engines.

PINSMITH_NAMES is the number of names; 50000 take about a quarter of an hour.
"""

from __future__ import annotations

import os
import random
from typing import TYPE_CHECKING, get_args

import pytest

from pinsmith.lab.pki.forge import forged_leaf
from pinsmith.lab.pki.key import KeyKind, generate
from pinsmith.lab.servers.server import RecordingServer
from tests.engines.rustls.both import agreed
from tests.engines.rustls.conftest import at

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pinsmith.lab.pki.authority import Authority
    from pinsmith.lab.pki.identity import Identity
    from pinsmith.lab.pki.key import PrivateKey
    from pinsmith.probe import Trust

pytestmark = pytest.mark.engines
# Read at import, because the environment is cleaned before tests run.
NAMES = int(os.environ.get("PINSMITH_NAMES", "300"))
AT_ONCE = 500
KEYS_OF_A_KIND = 4
LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"
SEED = 17


def test_generated_names(root: Authority, trust: Trust) -> None:
    """
    Only the engine differs between the results, with all keys, issuers and names, trusted or not.

    ::

        Good Root ── an intermediate with each type of key ── leaves with every type of key

    A part of the leaves has another name, and a part is forged.
    """
    seeded = random.Random(SEED)  # noqa: S311 - no secret
    keys = [generate(kind) for kind in get_args(KeyKind) for _ in range(KEYS_OF_A_KIND)]
    authorities = [root.intermediate(f"Intermediate {kind}", key=kind) for kind in get_args(KeyKind)]
    good = {f"good{number}.test": one.issue(f"good{number}.test") for number, one in enumerate(authorities)}
    engines: list[str | None] = []
    while len(engines) < NAMES:
        leaves = dict(_leaf(seeded, authorities, keys) for _ in range(min(AT_ONCE, NAMES - len(engines))))
        with RecordingServer(good["good0.test"], sni={**leaves, **good}) as server:
            engines += agreed(
                [at(server, name) for name in leaves], trust, teachers=[at(server, name) for name in good]
            )
    assert engines.count("rustls") > NAMES / 4
    assert engines.count("openssl") > NAMES / 4


def _leaf(seeded: random.Random, authorities: Sequence[Authority], keys: Sequence[PrivateKey]) -> tuple[str, Identity]:
    """Return a new name, and the leaf that is presented for it."""
    label = "".join(seeded.choices(LETTERS, k=seeded.randint(1, 20)))
    parent = ".".join("x" + "".join(seeded.choices(LETTERS, k=5)) for _ in range(seeded.randint(1, 3)))
    name = f"{label}.{parent}"
    authority, key = seeded.choice(authorities), seeded.choice(keys)
    if seeded.random() < 0.02:
        return name, forged_leaf(authority, name)
    shown = seeded.choice([(name,), (name,), (f"*.{parent}",), (parent, name), ("other.test",), (name.upper(),)])
    return name, authority.issue(*shown, key=key)
