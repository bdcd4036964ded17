"""
The sender of a request, where the service asks for it: by a session, a token, or a proxy that has asked already.

A session is a random cookie, of which the service keeps a hash in memory; a restart ends all sessions. Programs send a
token as ``Authorization: Bearer TOKEN``. A proxy sends a header with the person and one with a secret that only it and
the service know; without the secret, the header of the person counts for nothing.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import secrets
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from starlette.datastructures import Headers
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse, RedirectResponse

from pinsmith.server.answering import refused_at
from pinsmith.server.endpoint import RefusedError
from pinsmith.server.guard import HEALTH

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import ASGIApp, Receive, Scope, Send

    from pinsmith.server.passwords import Passwords

# The prefix makes browsers refuse the cookie unless it is Secure, of this host, and for every path.
COOKIE: Final = "__Host-pinsmith"
LASTS: Final = timedelta(hours=12)
_ATTEMPTS: Final = 10
_ATTEMPTS_TIME: Final = timedelta(minutes=1)
_MAX_SESSIONS: Final = 1000
_OPEN: Final = frozenset({"/login", HEALTH})


@dataclass(frozen=True, slots=True)
class Access:
    """
    The people and programs that may see the pages.

    Attributes:
        passwords: Of people; None if nobody logs in here.
        token: Of programs; None if there is none.
        proxy_header: The header in which a proxy names the person; None if there is no such proxy.
        proxy_secret: What the proxy sends in ``X-Pinsmith-Proxy-Secret``.
    """

    passwords: Passwords | None = None
    token: str | None = field(default=None, repr=False)
    proxy_header: str | None = None
    proxy_secret: str | None = field(default=None, repr=False)


class Sessions:
    """The people who are logged in."""

    def __init__(self, access: Access, now: Callable[[], datetime]) -> None:
        """
        Begin with nobody.

        Args:
            access: The people and programs that may.

            now: The clock; aware.
        """
        self._access = access
        self._now = now
        self._sessions: dict[bytes, tuple[str, datetime]] = {}
        self._failures: dict[str, deque[datetime]] = {}
        self._one_at_a_time = asyncio.Lock()

    async def log_in(self, name: str, password: str, address: str) -> str | None:
        """
        Begin a session.

        Args:
            name: Of the person.

            password: Of the person.

            address: From which the request came.

        Returns:
            The value of the cookie; None if name and password are not right, or if ten attempts from this address have
            failed within a minute.
        """
        passwords = self._access.passwords
        async with self._one_at_a_time:  # each attempt takes 19 MiB
            now = self._now()
            failures = self._failures.setdefault(address, deque(maxlen=_ATTEMPTS))
            is_tired = len(failures) == _ATTEMPTS and now - failures[0] < _ATTEMPTS_TIME
            person = None if passwords is None or is_tired else await asyncio.to_thread(passwords.check, name, password)
            if person is None:
                if not is_tired:
                    failures.append(now)
                while len(self._failures) > _MAX_SESSIONS:
                    del self._failures[next(iter(self._failures))]
                return None
        self._forget(now)
        cookie = secrets.token_urlsafe(32)
        self._sessions[_digest(cookie)] = (person, now + LASTS)
        return cookie

    def log_out(self, cookie: str) -> None:
        """End a session."""
        self._sessions.pop(_digest(cookie), None)

    def person_of(self, headers: Headers, cookie: str) -> str | None:
        """Return who sends a request; None if nobody knows."""
        access = self._access
        if access.proxy_header and access.proxy_secret:
            secret, people = headers.getlist("x-pinsmith-proxy-secret"), headers.getlist(access.proxy_header)
            if len(secret) == len(people) == 1 and people[0] and _equal(secret[0], access.proxy_secret):
                return people[0]
        scheme, _, token = headers.get("authorization", "").partition(" ")
        if access.token and scheme.lower() == "bearer" and _equal(token, access.token):
            return "token"
        person, ends = self._sessions.get(_digest(cookie), (None, self._now()))
        return person if self._now() < ends else None

    def _forget(self, now: datetime) -> None:
        """Drop sessions that have ended, and the oldest if there are too many."""
        for key in [key for key, (_, ends) in self._sessions.items() if ends <= now]:
            del self._sessions[key]
        while len(self._sessions) >= _MAX_SESSIONS:
            del self._sessions[next(iter(self._sessions))]


class Login:
    """Let only requests pass whose sender is known; put the person into ``scope["person"]``."""

    def __init__(self, app: ASGIApp, *, sessions: Sessions) -> None:
        """
        Wrap *app*.

        Args:
            app: What answers requests that pass.

            sessions: The people who are logged in.
        """
        self._app = app
        self._sessions = sessions

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        path = scope["path"]
        is_open = path in _OPEN or path.startswith("/static/")
        cookie = HTTPConnection(scope).cookies.get(COOKIE, "")
        person = self._sessions.person_of(Headers(scope=scope), cookie)
        if person is not None or is_open:
            await self._app({**scope, "person": person}, receive, send)
        elif Headers(scope=scope).get("hx-request") == "true":
            # A script that follows a redirection would take the form for the page that it refreshes.
            await PlainTextResponse("log in first\n", status_code=401, headers={"HX-Redirect": "/login"})(
                scope, receive, send
            )
        elif "text/html" in Headers(scope=scope).get("accept", "") and scope["method"] == "GET":
            await RedirectResponse("/login", status_code=303)(scope, receive, send)
        else:
            refusal = RefusedError(401, "not-logged-in", "log in first")
            await refused_at(path, refusal, {"WWW-Authenticate": "Bearer"})(scope, receive, send)


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()


def _equal(given: str, expected: str) -> bool:
    return hmac.compare_digest(_digest(given), _digest(expected))
