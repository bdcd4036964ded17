"""People log in and out with the keyboard alone, and without JavaScript."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.extended.browser.scene import PASSWORD, PERSON
from tests.extended.browser.visit import Visitor, violations

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

    from tests.service.process import ServiceProcess

pytestmark = pytest.mark.extended

MAX_STOPS = 60  # of the tabulator on one page


@pytest.fixture
def guest(browser: Browser, closed_service: ServiceProcess) -> Iterator[Visitor]:
    """Return somebody who visits a service where people log in."""
    guest = Visitor(browser, closed_service.url)
    yield guest
    guest.leave()


def log_in(page: Page, password: str) -> None:
    """Write a name and a password; the page puts the cursor into the first field."""
    page.locator("#name:focus").wait_for()
    page.keyboard.type(PERSON)
    page.keyboard.press("Tab")
    page.keyboard.type(password)
    page.keyboard.press("Enter")


def go_to(page: Page, selector: str) -> None:
    """Press the tabulator until the cursor is at *selector*."""
    for _ in range(MAX_STOPS):
        page.keyboard.press("Tab")
        if page.locator(f"{selector}:focus").count():
            return
    raise AssertionError(f"the keyboard does not reach {selector}")


def test_people_log_in_and_out_by_keyboard(guest: Visitor) -> None:
    """A wrong password is refused with a reason, the right one leads to the hosts, and the button leads out again."""
    page = guest.open("/", java_script_enabled=False)
    assert page.url.endswith("/login")
    log_in(page, "wrong")
    assert "do not belong together" in page.get_by_role("alert").inner_text()
    log_in(page, PASSWORD)
    page.get_by_role("heading", name="Hosts", level=1).wait_for()
    go_to(page, "header button")
    page.keyboard.press("Enter")
    page.wait_for_url("**/login")
    page.goto(f"{guest.url}/alerts")
    assert page.url.endswith("/login")


def test_the_content_is_one_key_away(guest: Visitor) -> None:
    """The first stop of the keyboard skips the navigation, and is visible."""
    page = guest.open("/login")
    log_in(page, PASSWORD)
    page.wait_for_url(f"{guest.url}/")
    page.keyboard.press("Tab")
    box = page.locator(".skip:focus").bounding_box()
    assert box is not None
    assert box["x"] >= 0
    page.keyboard.press("Enter")
    page.wait_for_url("**/#main")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("password", ["", "wrong"])
def test_everybody_can_read_the_form(scheme: str, password: str, guest: Visitor, axe: str) -> None:
    """The form has no barrier, before and after an error."""
    page = guest.open("/login", width=390, color_scheme=scheme)
    if password:
        log_in(page, password)
        page.get_by_role("alert").wait_for()
    assert violations(page, axe) == []
