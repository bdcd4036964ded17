"""One authority for all tests of this folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pinsmith.lab.pki.authority import Authority
from tests.rotation.stage import Stage

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="session")
def root() -> Authority:
    """Make a root."""
    return Authority.root()


@pytest.fixture(scope="session")
def intermediate(root: Authority) -> Authority:
    """Make an authority below the root."""
    return root.intermediate()


@pytest.fixture
def stage(root: Authority, tmp_path: Path) -> Stage:
    """Set the stage."""
    return Stage(root, tmp_path)
