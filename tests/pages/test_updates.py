"""The page about signed updates can be followed, and shows what its commands print."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final, get_args

import pytest

from pinsmith.updates.refusal import RefusalCode
from tests.meta import source
from tests.pages import page as pages
from tests.pages.stage import Stage, ignore_the_real_clock

if TYPE_CHECKING:
    from tests.pages.reader import Reader

PAGE: Final = source.ROOT / "docs" / "updates.md"
# Read at import, because the environment is cleaned before tests run.
UPDATE: Final = bool(os.environ.get("UPDATE_TRANSCRIPTS"))
TEXT: Final = PAGE.read_text("utf-8")
SH: Final = shutil.which("sh") or ""


class Ceremony(Stage):
    """The stage of the page: people who make keys with openssl, and a web host that is a folder."""

    def day(self, text: str) -> None:
        """Let it be noon of a day."""
        self.now = datetime.fromisoformat(f"{text}T12:00+00:00")

    def keys(self, *names: str) -> None:
        """Let these people type the commands of the page that make a key."""
        (block,) = (one.text for one in pages.blocks(TEXT) if one.text.startswith("openssl genpkey"))
        for name in names:
            subprocess.run([SH, "-ec", block.replace("ada", name)], check=True, timeout=60, capture_output=True)

    def _stable(self, text: str) -> str:
        text = re.sub(r"[0-9a-f]{64}(?=\.(policy|suspensions)\.json)", "HASH", text)
        return super()._stable(re.sub(r"(?<=ed25519, )[0-9a-f]{8}", "KEY-ID", text))


@pytest.mark.skipif(not (SH and shutil.which("openssl")), reason="keys are made with openssl")
def test_the_page_about_updates_shows_what_is_printed(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every command works on its day, from the ceremony to the recovery, and prints what stands below it."""
    ignore_the_real_clock(monkeypatch)
    played = Ceremony(reader).play(PAGE)
    if UPDATE:
        PAGE.write_text(played, "utf-8")
    assert played == PAGE.read_text("utf-8")
    assert [path.name for path in Path("bundle/proposed").glob("*targets.json")] == []


def test_the_page_lists_the_codes_of_refusals() -> None:
    """A code that is new, renamed or removed makes the page fail."""
    assert _codes("Codes of refusals") == sorted(get_args(RefusalCode))


def _codes(title: str) -> list[str]:
    section = TEXT.partition(f"\n### {title}\n")[2].partition("\n## ")[0].partition("\n### ")[0]
    return re.findall(r"^\| `([a-z-]+)` \|", section, re.MULTILINE)
