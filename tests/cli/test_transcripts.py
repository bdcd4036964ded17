"""Every transcript matches the command line. UPDATE_TRANSCRIPTS=1 rewrites them; then read the diff."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.cli.support import TRANSCRIPTS, UPDATE, replay

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import World

ALL = sorted(TRANSCRIPTS.glob("*.txt"))


@pytest.mark.parametrize("path", ALL, ids=lambda path: path.stem)
def test_the_command_line_behaves_as_its_transcript_says(path: Path, world: World, here: Path) -> None:
    """Streams and exit codes are the same, except for values that differ from run to run."""
    values = {**world.values, "here": str(here), "home": str(here.parent / "home")}
    expected, actual = replay(path, values)
    if UPDATE:
        path.write_text(actual, "utf-8")
    else:
        assert actual == expected


def test_there_are_transcripts() -> None:
    """An empty folder would pass the test above."""
    assert ALL
