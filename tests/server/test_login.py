"""The people and programs that may see the pages."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse

from pinsmith.errors.service import SettingsError
from pinsmith.server import csrf
from pinsmith.server.form import MAX_BYTES
from pinsmith.server.login import COOKIE, LASTS, Access, Login, Sessions
from pinsmith.server.pages import people
from pinsmith.server.passwords import Passwords, hash_password
from tests.server.asking import ask

if TYPE_CHECKING:
    from pathlib import Path

NOON = datetime(2026, 6, 15, 12, tzinfo=UTC)
PASSWORD = "correct horse battery"
PASSWORDS = Passwords({"anna": hash_password(PASSWORD)})


class Clock:
    """A clock that stands still until it is moved."""

    now = NOON

    def __call__(self) -> datetime:
        """Return the time."""
        return self.now


def test_a_session_lasts_until_it_ends() -> None:
    """The cookie opens the pages for twelve hours, or until the person logs out."""
    clock = Clock()
    sessions = Sessions(Access(PASSWORDS), clock)
    app = Login(PlainTextResponse("well"), sessions=sessions)
    first, second = (asyncio.run(sessions.log_in("anna", PASSWORD, "192.0.2.1")) for _ in range(2))
    assert first is not None
    assert second is not None
    assert ask(app, "/", headers={"cookie": f"{COOKIE}={first}"}).status == 200
    sessions.log_out(first)
    assert ask(app, "/", headers={"cookie": f"{COOKIE}={first}"}).status == 401
    assert ask(app, "/", headers={"cookie": f"{COOKIE}={second}"}).status == 200
    clock.now += LASTS
    assert ask(app, "/", headers={"cookie": f"{COOKIE}={second}"}).status == 401


@pytest.mark.parametrize(("name", "password"), [("anna", "wrong"), ("bert", PASSWORD), ("", ""), ("anna", "x" * 5000)])
def test_wrong_names_and_passwords_begin_no_session(name: str, password: str) -> None:
    """Both get the same answer."""
    assert asyncio.run(Sessions(Access(PASSWORDS), Clock()).log_in(name, password, "192.0.2.1")) is None


def test_guessing_is_slowed_down() -> None:
    """After ten failures of one address within a minute, even the right password waits; other addresses do not."""
    clock = Clock()
    sessions = Sessions(Access(PASSWORDS), clock)

    async def guess() -> tuple[str | None, ...]:
        for _ in range(10):
            await sessions.log_in("anna", "wrong", "192.0.2.1")
        tired = await sessions.log_in("anna", PASSWORD, "192.0.2.1")
        other = await sessions.log_in("anna", PASSWORD, "192.0.2.2")
        clock.now += timedelta(minutes=1)
        return tired, other, await sessions.log_in("anna", PASSWORD, "192.0.2.1")

    tired, other, later = asyncio.run(guess())
    assert tired is None
    assert other is not None
    assert later is not None


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"x-user": "anna", "x-pinsmith-proxy-secret": "shared"}, 200),
        ({"x-user": "anna"}, 401),
        ({"x-user": "anna", "x-pinsmith-proxy-secret": "guessed"}, 401),
        ({"x-user": "", "x-pinsmith-proxy-secret": "shared"}, 401),
        ({"authorization": "Bearer machine"}, 200),
        ({"authorization": "bearer machine"}, 200),
        ({"authorization": "Bearer machines"}, 401),
        ({"authorization": "Basic machine"}, 401),
        ({}, 401),
    ],
)
def test_a_proxy_and_a_program_prove_themselves(headers: dict[str, str], status: int) -> None:
    """The header of a proxy counts only together with the secret, and a token only as a bearer token."""
    access = Access(token="machine", proxy_header="x-user", proxy_secret="shared")
    app = Login(PlainTextResponse("well"), sessions=Sessions(access, Clock()))
    assert ask(app, "/metrics", headers=headers).status == status


def test_without_a_token_no_token_is_right() -> None:
    """An empty bearer token is not the absent one."""
    app = Login(PlainTextResponse("well"), sessions=Sessions(Access(PASSWORDS), Clock()))
    assert ask(app, "/", headers={"authorization": "Bearer "}).status == 401


def test_a_browser_is_sent_to_the_form() -> None:
    """People see the form, and programs a status."""
    app = Login(PlainTextResponse("well"), sessions=Sessions(Access(PASSWORDS), Clock()))
    page = ask(app, "/", headers={"accept": "text/html"})
    assert (page.status, page.headers["location"]) == (303, "/login")
    assert ask(app, "/reports", method="POST").status == 401
    refresh = ask(app, "/", headers={"accept": "text/html", "hx-request": "true"})
    assert (refresh.status, refresh.headers["hx-redirect"]) == (401, "/login")


def test_secrets_are_not_shown() -> None:
    """A value that is printed by accident has no secret of the proxy."""
    assert "shared" not in repr(Access(proxy_header="x-user", proxy_secret="shared"))


@pytest.mark.parametrize(
    ("text", "problem"),
    [("", "contains no password"), ("anna\n", "line 1"), ("anna:secret\n", "line 1"), ("\n:$argon2id$x\n", "line 2")],
)
def test_a_file_of_passwords_has_hashes_only(text: str, problem: str, tmp_path: Path) -> None:
    """A password in clear is refused, and so is a file that would let nobody in."""
    path = tmp_path / "passwords"
    path.write_text(text)
    with pytest.raises(SettingsError, match=problem):
        Passwords.load(path)
    path.write_text(f"anna:{hash_password(PASSWORD)}\n")
    assert Passwords.load(path).check("anna", PASSWORD) == "anna"


def test_short_passwords_are_refused() -> None:
    """Twelve characters are the least."""
    with pytest.raises(ValueError, match="at least 12"):
        hash_password("short")


def test_a_form_of_another_session_is_refused() -> None:
    """The token belongs to the cookie."""
    csrf.require(csrf.token_for("one"), "one")
    for token in (csrf.token_for("two"), "", None, "é"):
        with pytest.raises(PermissionError):
            csrf.require(token, "one")


def test_a_form_without_an_end_is_refused() -> None:
    """Everybody reaches the form to log in, so it may not fill the memory; a password is taken as it was typed."""
    passwords = Passwords({"anna": hash_password(f" {PASSWORD} ")})
    app = Starlette(routes=people.routes(Sessions(Access(passwords), Clock())))
    app.state.now, app.state.links = Clock(), ()
    fields = {csrf.FIELD: csrf.token_for(""), "name": "anna", "password": f" {PASSWORD} "}
    kind = {"content-type": "application/x-www-form-urlencoded"}
    assert ask(app, "/login", method="POST", headers=kind, body=urlencode(fields).encode()).status == 303
    large = urlencode(fields | {"password": "x" * (MAX_BYTES + 1)}).encode()
    assert [ask(app, path, method="POST", headers=kind, body=large).status for path in ("/login", "/logout")] == [
        413,
        413,
    ]


@pytest.mark.parametrize("charset", ["punycode", "UTF-7", "utf-8"])
def test_nobody_chooses_how_a_form_is_decoded(charset: str) -> None:
    """A codec of Python could keep the service busy for seconds, or make texts that cannot be written."""
    app = Starlette(routes=people.routes(Sessions(Access(PASSWORDS), Clock())))
    app.state.now, app.state.links = Clock(), ()
    part = b'--x\r\nContent-Disposition: form-data; name="token"\r\n\r\n+2AA-\r\n--x--\r\n'
    kind = {"content-type": f"Multipart/Form-Data; boundary=x; Charset={charset}"}
    answer = ask(app, "/login", method="POST", headers=kind, body=part)
    assert answer.status == 400
    assert b"names a charset" in answer.body
