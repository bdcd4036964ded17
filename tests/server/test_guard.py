"""Requests that a foreign web page could send do not pass."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from starlette.responses import PlainTextResponse

from pinsmith.server.app import Entrance
from pinsmith.server.guard import Guard, names_of
from tests.server.asking import ask

if TYPE_CHECKING:
    from starlette.types import ASGIApp

APP: ASGIApp = Guard(PlainTextResponse("well"), names=names_of("127.0.0.1", ["pins.example.com"]))
OWN = "http://127.0.0.1:8443"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"host": "localhost:8443"}, 200),
        ({"host": "[::1]:8443"}, 200),
        ({"host": "PINS.example.com"}, 200),
        ({"host": "evil.example.org"}, 403),
        ({"host": "127.0.0.1.evil.example.org"}, 403),
        ({"host": ""}, 403),
        ({"host": "[::1"}, 403),
    ],
)
def test_only_names_of_the_service_are_answered(headers: dict[str, str], status: int) -> None:
    """A name that an attacker has made to lead to the loopback is refused, whatever is asked."""
    assert ask(APP, "/", headers=headers).status == status


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"origin": OWN}, 200),
        ({"sec-fetch-site": "same-origin", "origin": OWN}, 200),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "same-site"}, 403),
        ({"origin": "https://evil.example.org"}, 403),
        ({"origin": "http://127.0.0.1:9999"}, 403),
        ({"origin": "null"}, 403),
        ({"origin": "http://["}, 403),
        ({"origin": f"{OWN}/"}, 403),
    ],
)
def test_changes_come_from_own_pages_only(headers: dict[str, str], status: int) -> None:
    """A form of another site or of another port is refused; a program that sends no such header passes."""
    assert ask(APP, "/x", method="POST", headers=headers).status == status


def test_apps_may_report_from_anywhere() -> None:
    """A report needs no name of the service and no login; everything else does, below the same path as well."""
    app = Entrance(APP, intake=PlainTextResponse("taken"))
    headers = {"host": "reports.example.org", "origin": "https://app.example.org"}
    answers = {
        path: ask(app, path, method="POST", headers=headers).status
        for path in ("/reports", "/reports/key", "/reports/../login", "/reportsx", "/login")
    }
    assert answers == {"/reports": 200, "/reports/key": 200, "/reports/../login": 403, "/reportsx": 403, "/login": 403}
    assert ask(app, "/reports", headers=headers).status == 403


def test_every_answer_forbids_foreign_content() -> None:
    """The policy allows no inline script, no frame and no other origin, also where a request is refused."""
    for answer in (ask(APP, "/"), ask(APP, "/", headers={"host": "evil.example.org"})):
        policy = answer.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; script-src 'self';")
        assert "unsafe" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert (
            answer.headers["referrer-policy"] == "same-origin"
        )  # another one takes Origin from the service's own forms


def test_forms_of_the_service_carry_their_origin() -> None:
    """Browsers send "Origin: null" with forms of a page whose policy is "no-referrer", and that is refused here."""
    assert ask(APP, "/").headers["referrer-policy"] == "same-origin"


def test_elsewhere_the_loopback_is_no_name() -> None:
    """A service that listens at another address is not reached as localhost."""
    assert names_of("192.0.2.7", ["pins.example.com"]) == {"192.0.2.7", "pins.example.com"}
    assert names_of("::1", []) >= {"[::1]", "localhost"}
