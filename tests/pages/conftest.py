"""A reader for the pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.pages.reader import reading

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.pages.reader import Reader


@pytest.fixture
def reader(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Reader]:
    """Provide a reader in an empty folder. With --thorough, `pinsmith lab run` goes through every scenario."""
    with reading(tmp_path, monkeypatch, is_quick=not request.config.getoption("--thorough")) as made:
        yield made
