"""The first hour of a newcomer, who has only the README."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

import pytest

from tests.meta import source

if TYPE_CHECKING:
    from tests.walkthroughs.desk import Desk

README = source.ROOT / "README.md"


def test_the_quick_start_ends_with_a_pinned_request(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    """Three commands and one program lead to a request to a pinned host, and the program prints its status."""
    assert desk.reader.follow(README, "Quick start") == 4
    assert capsys.readouterr().out == "200\n"
    assert b"GET / HTTP/1.1" in desk.network.server("example.com").received


@pytest.mark.extended
def test_curl_passes_the_lab_as_the_readme_says(desk: Desk) -> None:
    """The command of the README passes every scenario that applies to curl."""
    (command,) = re.findall(r"^ +\$ (pinsmith lab run .*)$", README.read_text("utf-8"), re.MULTILINE)
    assert " passed, " in desk.start(*shlex.split(command)).out.splitlines()[-1]
