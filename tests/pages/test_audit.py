"""The page about audits can be followed, and shows what its commands print."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from tests.meta import source
from tests.pages import page as pages

if TYPE_CHECKING:
    from tests.pages.reader import Reader

PAGE = source.ROOT / "docs" / "audit.md"


def test_the_page_about_audits_shows_what_is_printed(reader: Reader) -> None:
    """Every command works, in its order, and the first one prints the answers and findings that stand below it."""
    steps = pages.steps(PAGE)
    (shown,) = (block.text for block in pages.blocks(PAGE.read_text("utf-8")) if block.language == "text")
    commands = [number for number, step in enumerate(steps) if step.kind == "type"]
    for step in steps[: commands[0]]:
        reader.do(step)
    printed = reader.type(steps[commands[0]].text, steps[commands[0]].exit_code)
    if os.environ.get("UPDATE_TRANSCRIPTS"):
        PAGE.write_text(PAGE.read_text("utf-8").replace(f"```text\n{shown}```", f"```text\n{printed}```"), "utf-8")
    else:
        assert printed == shown
    for step in steps[commands[0] + 1 :]:
        reader.do(step)
    assert "api.example.com" in Path("audit.html").read_text("utf-8")
    assert 'name = "files.example.com"' in Path("pins.toml").read_text("utf-8")
