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
    """Provide a reader in an empty folder. In tests of code, `pinsmith lab run` is complete with --thorough."""
    is_complete = request.config.getoption("--thorough") and request.node.get_closest_marker("prove")
    with reading(tmp_path, monkeypatch, is_quick=not is_complete) as made:
        yield made
