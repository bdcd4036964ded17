"""Certificates for tests that send reports."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.reports.receiving import receiving
from tests.tls.pki import PKI

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.reports.receiving import Receiver


@pytest.fixture(scope="session")
def pki() -> PKI:
    """Make the certificates."""
    return PKI.generate()


@pytest.fixture
def cafile(pki: PKI, tmp_path: Path) -> Path:
    """Write the trust anchors of the sender."""
    (tmp_path / "roots.pem").write_text(pki.trust)
    return tmp_path / "roots.pem"


@pytest.fixture
def receiver(pki: PKI, tmp_path: Path) -> Iterator[Receiver]:
    """Run the real intake behind TLS."""
    with receiving(tmp_path, pki.leaf) as receiver:
        yield receiver
