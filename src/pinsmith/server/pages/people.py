"""The form to log in, and the button to log out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import RedirectResponse
from starlette.routing import Route

from pinsmith.errors.reach import FormError
from pinsmith.server.form import read_form, require_own, text_of
from pinsmith.server.login import COOKIE, LASTS
from pinsmith.server.pages.page import page

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from pinsmith.server.login import Sessions


def routes(sessions: Sessions) -> list[Route]:
    """Return the pages about who is logged in."""

    async def form(request: Request) -> Response:
        return page(request, "login", problem=None)

    async def log_in(request: Request) -> Response:
        try:
            fields = await read_form(request)
            require_own(request, fields)
        except FormError as error:
            return page(request, "login", status=error.status, problem=str(error))
        address = request.client.host if request.client else ""
        password = fields.get("password", "")
        secret = password if isinstance(password, str) else ""
        cookie = await sessions.log_in(text_of(fields, "name"), secret, address)
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
        try:
            require_own(request, await read_form(request))
        except FormError as error:
            return page(request, "message", status=error.status, title="Not logged out", text=str(error))
        sessions.log_out(cookie)
        answer = RedirectResponse("/login", status_code=303)
        answer.delete_cookie(COOKIE, path="/", secure=True, httponly=True, samesite="lax")
        return answer

    return [
        Route("/login", form),
        Route("/login", log_in, methods=["POST"]),
        Route("/logout", log_out, methods=["POST"]),
    ]
