"""Somebody can follow every guide literally, from nothing to a client that is pinned, proven and maintained."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import pytest

from pinsmith.formats import FORMATS, guide_of
from pinsmith.lab.pki.authority import Authority
from tests.meta import source
from tests.pages.page import GUIDES, blocks, steps
from tests.thinned import thinned

if TYPE_CHECKING:
    from pathlib import Path

    from tests.pages.reader import Reader

PAGES: Final = sorted(GUIDES.glob("*.md"))
# One of each kind: an app, a program whose client is Python, one whose client is not, and DNS.
FOLLOWED: Final = {GUIDES / f"{name}.md" for name in ("android", "python", "go", "dane")}
LAB: Final = "pinsmith lab run"
RUN: Final = {"console", "python", "sh", "text"}
"""The languages of blocks that are run, or that only show something."""

each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)


@pytest.mark.parametrize("page", thinned(PAGES, FOLLOWED), ids=lambda page: page.stem)
def test_a_guide_can_be_followed(page: Path, reader: Reader) -> None:
    """Every step of the page works, in its order. `tests/prove/test_pages.py` runs the clients that are not Python."""
    if page.stem == "nginx-envoy":
        _give_roots(reader)
    assert reader.follow(page, leave_out=None if page.stem == "python" else LAB) >= 5
    assert list(reader.home.rglob("*.key"))


def test_a_guide_whose_client_does_not_pin_is_noticed(reader: Reader, tmp_path: Path) -> None:
    """The control: the same page with a client that only verifies the chain fails in the lab."""
    text = (GUIDES / "python.md").read_text("utf-8")
    assert "verify=pins.context(), " in text
    (tmp_path / "page.md").write_text(text.replace("verify=pins.context(), ", ""))
    with pytest.raises(AssertionError, match="FAIL  wrong-key"):
        reader.follow(tmp_path / "page.md")


def _give_roots(reader: Reader) -> None:
    """Provide the authority of the reader, and the one that will replace it."""
    (reader.folder / "our-root.pem").write_text(reader.network.root.pem)
    (reader.folder / "next-root.pem").write_text(Authority.root("Next Root").pem)


@each_page
def test_a_guide_goes_all_the_way(page: Path) -> None:
    """A page makes pins with a backup, writes outputs, proves them, keeps them, and names what it does not cover."""
    typed = [step.text for step in steps(page) if step.kind == "type"]
    text = page.read_text("utf-8")
    for beginning in (
        "pinsmith init .*(--backup|--generate-backup)",
        "pinsmith sync$",
        "pinsmith sync --check",
        "pinsmith check",
    ):
        assert any(re.match(beginning, command) for command in typed), f"no command {beginning!r}"
    for heading in ("Release and debug builds", "What is not covered", "Change the key"):
        assert f"\n## {heading}\n" in text, heading
    assert re.search(r"pinsmith lab (run|serve|proxy)", text)
    assert "threat-model.md" in text


@each_page
def test_snippets_are_those_of_the_targets(page: Path) -> None:
    """Code that a page shows but does not write into a file stands on the page of a format to which it links."""
    text = page.read_text("utf-8")
    linked = [entry for entry in FORMATS if f"code/{entry.id}.md" in text or f"format-{entry.id}" in text]
    shown = [_lines(part) for entry in linked for part in (entry.usage, *(more.text for more in entry.additions))]
    for block in blocks(text):
        if block.file or block.language in RUN:
            continue
        for paragraph in block.text.split("\n\n"):
            assert any(_contains(part, _lines(paragraph)) for part in shown), f"{page.name}:{block.line}: {paragraph}"


@each_page
def test_a_format_leads_to_its_guide(page: Path) -> None:
    """`pinsmith formats ID` names a guide that links to the format."""
    text = page.read_text("utf-8")
    led = [entry for entry in FORMATS if guide_of(entry.id, entry.platforms[0]) == page.stem]
    assert led
    assert [entry.id for entry in led if f"code/{entry.id}.md" not in text and f"#format-{entry.id}" not in text] == []


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _contains(whole: list[str], part: list[str]) -> bool:
    return any(whole[at : at + len(part)] == part for at in range(len(whole)))


@each_page
def test_the_first_page_leads_to_every_guide(page: Path) -> None:
    """The first page of the documentation links to the guide."""
    assert f"](guides/{page.name})" in (source.ROOT / "docs" / "index.md").read_text("utf-8")
