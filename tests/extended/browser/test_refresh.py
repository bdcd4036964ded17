"""A page refreshes itself, and nobody who reads it is disturbed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.extended.browser.scene import PASSWORD, PERSON
from tests.extended.browser.visit import Visitor

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from tests.service.process import ServiceProcess

pytestmark = pytest.mark.extended

HOST_PAGE = "/hosts/api.example.com:443"
LATER = 61_000  # milliseconds, after which a page asks again


def open_with_clock(visitor: Visitor, path: str) -> Page:
    """Open a page whose time the test moves."""
    page = visitor.page()
    page.clock.install()
    page.goto(visitor.url + path)
    page.locator("[data-htmx-powered]").first.wait_for(state="attached")
    return page


def test_a_refresh_moves_nothing(visitor: Visitor) -> None:
    """New content arrives, while the cursor, what a person has opened and what a person has written stay."""
    page = open_with_clock(visitor, "/")
    page.locator("#wanted-name").fill("shop")
    page.evaluate("document.querySelector('main h1').textContent = 'old'")
    with page.expect_response(f"{visitor.url}/") as answer:
        page.clock.fast_forward(LATER)
    assert answer.value.ok
    page.get_by_role("heading", name="Hosts", level=1).wait_for()
    assert page.locator("#wanted-name:focus").input_value() == "shop"
    page = open_with_clock(visitor, HOST_PAGE)
    page.locator("summary").focus()
    page.keyboard.press("Enter")
    page.evaluate("document.querySelector('main h1').textContent = 'old'")
    page.clock.fast_forward(LATER)
    page.get_by_role("heading", name="api.example.com", level=1).wait_for()
    assert page.locator("details[open] summary:focus").count() == 1
    assert visitor.problems == []


def test_nothing_is_announced(visitor: Visitor) -> None:
    """A screen reader stays silent: no part of the content that is refreshed is a live region."""
    for path in ("/", HOST_PAGE, "/alerts", "/reports"):
        page = visitor.open(path)
        assert page.locator("main [aria-live], main [role=status], main [role=alert], main[aria-live]").count() == 0


def test_an_old_page_says_so(visitor: Visitor) -> None:
    """If the service does not answer, the content stays, and a line says that it is old, until it is not."""
    page = open_with_clock(visitor, "/")
    page.route("**/*", lambda route: route.abort())
    page.clock.fast_forward(LATER)
    page.get_by_role("alert").wait_for()
    assert page.get_by_role("table").is_visible()
    page.unroute("**/*")
    page.clock.fast_forward(LATER)
    page.locator("#stale").wait_for(state="hidden")


def test_who_is_logged_out_sees_the_form(browser: Browser, closed_service: ServiceProcess) -> None:
    """A page whose session has ended leads to the form, and never shows the form in its place."""
    guest = Visitor(browser, closed_service.url)
    page = guest.page()
    page.clock.install()
    page.goto(f"{guest.url}/login")
    page.locator("#name").fill(PERSON)
    page.locator("#password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.locator("[data-htmx-powered]").first.wait_for(state="attached")
    page.context.clear_cookies()
    page.clock.fast_forward(LATER)
    page.wait_for_url("**/login")
    guest.leave()


def test_every_page_works_without_script(visitor: Visitor) -> None:
    """The filter is a form, and its choice is in the address."""
    page = visitor.open("/", java_script_enabled=False)
    page.get_by_label("Name contains").fill("shop-3")
    page.keyboard.press("Enter")
    page.wait_for_url("**/?name=shop-3")
    assert page.locator("tbody tr").count() == 1
    page.get_by_role("link", name="30 ok").or_(page.get_by_role("link", name="31 ok")).click()
    page.wait_for_url("**/?name=shop-3&state=ok")
    assert page.locator("tbody tr").count() == 1
