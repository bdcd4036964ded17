"""A reader can follow the tutorial step by step."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.meta import source
from tests.pages.page import steps

if TYPE_CHECKING:
    from tests.pages.reader import Reader

TUTORIAL = source.ROOT / "docs" / "tutorial.md"
HOST = "example.com"


@pytest.fixture(autouse=True)
def _certificate_to_deploy(reader: Reader) -> None:
    """Provide the certificate that the page checks before it is deployed; it has the pinned key."""
    (reader.folder / "new.pem").write_text(reader.network.identity(HOST).presented_pem())


@pytest.mark.thorough
def test_the_tutorial_works_from_the_empty_folder_to_the_end(reader: Reader) -> None:
    """Every command and program of the page succeeds, in its order, and the request arrives."""
    assert reader.follow(TUTORIAL, "Install", "Look", "Write the pin file", "Check", "Enforce", "Prove it") >= 8
    pin_file = (reader.folder / "pins.toml").read_text("utf-8")
    assert "standby = true" in pin_file
    modes = [key.stat().st_mode & 0o777 for key in reader.home.rglob("*.key")]
    assert modes == [0o600]
    assert b"GET / HTTP/1.1" in reader.network.server(HOST).received


def test_the_program_of_the_page_refuses_other_pins(reader: Reader, capsys: pytest.CaptureFixture[str]) -> None:
    """With a letter of both pins exchanged, as the page suggests, the program fails and the server receives no byte."""
    reader.follow(TUTORIAL, "Write the pin file")
    path = reader.folder / "pins.toml"
    text = path.read_text("utf-8")
    path.write_text(re.sub(r'"sha256/(.)', lambda found: f'"sha256/{"B" if found[1] != "B" else "C"}', text))
    server = reader.network.server(HOST)
    server.settled()
    before = server.received
    working, catching = [step.text for step in steps(TUTORIAL, "Enforce") if step.kind == "run"]
    with pytest.raises(Exception, match=r"example\.com presented no pinned key"):
        reader.run(working)
    reader.run(catching)
    assert "presented no pinned key" in capsys.readouterr().out
    assert server.received == before
