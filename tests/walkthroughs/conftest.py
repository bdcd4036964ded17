"""A desk for each walkthrough."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.pages.reader import reading
from tests.walkthroughs.desk import Desk

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """Provide a person in an empty folder, whose machine trusts one public authority."""
    with reading(tmp_path, monkeypatch) as reader:
        yield Desk(reader)
