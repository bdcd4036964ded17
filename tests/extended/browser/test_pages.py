"""Every page in a browser: for everybody, in light and dark, on a phone, and on paper."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.extended.browser.pages import PAGES, paths
from tests.extended.browser.visit import Visitor, overflow, violations

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.service.process import ServiceProcess

pytestmark = pytest.mark.extended

every_page = pytest.mark.parametrize("name", PAGES)
A4 = 794  # CSS pixels


def look(page: Page, name: str) -> None:
    """Keep a picture if a person wants to look at the pages: the folder is in PICTURES."""
    if folder := os.environ.get("PICTURES"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


def file_name(path: str) -> str:
    """Name the picture of a page."""
    return re.sub("[^a-z0-9.]+", "-", path).strip("-") or "hosts"


@every_page
@pytest.mark.parametrize("looks", ["1280 light", "1280 dark", "390 light", "390 dark"])
def test_everybody_can_read_it(name: str, looks: str, visitor: Visitor, service: ServiceProcess, axe: str) -> None:
    """A page has no barrier that axe-core knows, fits into the window, and gives the browser no cause to complain."""
    width, scheme = looks.split()
    for path in paths(name, service):
        page = visitor.open(path, width=int(width), color_scheme=scheme)
        look(page, f"{file_name(path)}-{width}-{scheme}")
        assert (violations(page, axe), overflow(page), visitor.problems) == ([], 0, [])


@every_page
def test_it_can_be_printed(name: str, visitor: Visitor, service: ServiceProcess) -> None:
    """On paper there is no navigation, nothing is cut off, and the colours are those of paper."""
    for path in paths(name, service):
        page = visitor.open(path, width=A4, color_scheme="dark")
        page.emulate_media(media="print", color_scheme="dark")
        look(page, f"{file_name(path)}-print")
        assert page.locator("h1").is_visible()
        assert not page.locator("header").is_visible()
        assert overflow(page) == 0
        assert page.evaluate("getComputedStyle(document.body).color") == "rgb(27, 31, 36)"


def test_barriers_are_noticed(visitor: Visitor, axe: str) -> None:
    """The control: a picture without words, a wide box, and an inline script that the policy refuses."""
    page = visitor.open("/alerts", width=390)
    page.evaluate(
        """() => {
            document.querySelector("main").innerHTML = "<img src='x.png'><hr width=900>";
            const script = document.createElement("script");
            script.textContent = "1";
            document.body.append(script);
        }"""
    )
    found = " ".join(violations(page, axe))
    assert "image-alt" in found
    assert "refused by the policy" in found
    assert overflow(page) > 0
    assert visitor.problems
