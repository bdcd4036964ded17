"""The form to log in, and the button to log out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import RedirectResponse
from starlette.routing import Route

from pinsmith.server import csrf
from pinsmith.server.login import COOKIE, LASTS
from pinsmith.server.pages.page import page

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from pinsmith.server.login import Sessions

_MAX_FIELDS = 10


def routes(sessions: Sessions) -> list[Route]:
    """Return the pages about who is logged in."""

    async def form(request: Request) -> Response:
        return page(request, "login", problem=None)

    async def log_in(request: Request) -> Response:
        async with request.form(max_files=0, max_fields=_MAX_FIELDS) as fields:
            given = {name: value for name, value in fields.items() if isinstance(value, str)}
        try:
            csrf.require(given.get(csrf.FIELD), request.cookies.get(COOKIE, ""))
        except PermissionError as error:
            return page(request, "login", status=403, problem=str(error))
        address = request.client.host if request.client else ""
        cookie = await sessions.log_in(given.get("name", ""), given.get("password", ""), address)
        if cookie is None:
            problem = "name and password do not belong together, or there were too many attempts: wait a minute"
            return page(request, "login", status=403, problem=problem)
        answer = RedirectResponse("/", status_code=303)
        answer.set_cookie(
            COOKIE, cookie, max_age=int(LASTS.total_seconds()), path="/", secure=True, httponly=True, samesite="lax"
        )
        return answer

    async def log_out(request: Request) -> Response:
        cookie = request.cookies.get(COOKIE, "")
        async with request.form(max_files=0, max_fields=_MAX_FIELDS) as fields:
            token = fields.get(csrf.FIELD)
        try:
            csrf.require(token, cookie)
        except PermissionError as error:
            return page(request, "message", status=403, title="Not logged out", text=str(error))
        sessions.log_out(cookie)
        answer = RedirectResponse("/login", status_code=303)
        answer.delete_cookie(COOKIE, path="/", secure=True, httponly=True, samesite="lax")
        return answer

    return [
        Route("/login", form),
        Route("/login", log_in, methods=["POST"]),
        Route("/logout", log_out, methods=["POST"]),
    ]
