"""One authority for all tests of this folder."""

from __future__ import annotations

import pytest

from pinsmith.lab.pki.authority import Authority


@pytest.fixture(scope="session")
def root() -> Authority:
    """Make a root."""
    return Authority.root()


@pytest.fixture(scope="session")
def intermediate(root: Authority) -> Authority:
    """Make an authority below the root."""
    return root.intermediate()
