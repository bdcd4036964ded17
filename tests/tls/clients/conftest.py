"""Fixtures that all tests of clients share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.tls.pki import PKI


@pytest.fixture(scope="session")
def cafile(pki: PKI, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Write the trust anchors of every client here to a file."""
    path: Path = tmp_path_factory.mktemp("trust") / "roots.pem"
    path.write_text(pki.trust, "ascii")
    return str(path)


@pytest.fixture
def stranger_file(pki: PKI, tmp_path: Path) -> str:
    """Write a trust anchor that no context here has."""
    path = tmp_path / "stranger.pem"
    path.write_text(pki.stranger.pem, "ascii")
    return str(path)
