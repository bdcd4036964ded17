"""Certificates, and a bundle that is published."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.tls.pki import PKI
from tests.updates.world import World

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="session")
def pki() -> PKI:
    """Make the certificates."""
    return PKI.generate()


@pytest.fixture
def world(pki: PKI, tmp_path: Path) -> Iterator[World]:
    """Publish a bundle behind TLS."""
    made = World(tmp_path, pki)
    with made.stack:
        yield made
