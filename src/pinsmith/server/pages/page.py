"""One page: its template, what all pages show, and the person who reads it."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape
from starlette.responses import HTMLResponse, Response

from pinsmith._clean import clean
from pinsmith.documents.report import shown
from pinsmith.monitor.status import MEANINGS
from pinsmith.server import assets, csrf
from pinsmith.server.ago import ago
from pinsmith.server.login import COOKIE

if TYPE_CHECKING:
    from starlette.requests import Request

LINKS: Final = (
    ("/", "Hosts"),
    ("/alerts", "Alerts"),
    ("/reports", "Reports"),
    ("/rotations", "Rotations"),
    ("/releases", "Releases"),
    ("/formats", "Formats"),
    ("/inspect", "Inspect"),
    ("/channels", "Channels"),
)
TONES: Final = {
    "ok": "good",
    "warning": "warn",
    "unreachable": "warn",
    "lockout-imminent": "bad",
    "lockout": "bad",
    "interception": "bad",
}
_PAGE_LINK: Final = re.compile(r"\[\]\(([^)]+)\)")
_HERE: Final = Path(__file__).parent.parent


def page(request: Request, template: str, *, status: int = 200, **values: object) -> Response:
    """
    Answer with a page.

    Args:
        request: The request.

        template: The name of its template, without the ending.

        status: Of HTTP.

        values: What the template shows.
    """
    cookie = request.cookies.get(COOKIE, "")
    html = (
        _environment()
        .get_template(f"{template}.html.jinja")
        .render(
            person=request.scope.get("person"),
            token=csrf.token_for(cookie),
            here=request.url.path,
            version=assets.version(),
            htmx_config=assets.HTMX_CONFIG,
            again=_again(request),
            now=request.app.state.now(),
            links=request.app.state.links if template != "login" else (),
            tones=TONES,
            meanings=MEANINGS,
            **values,
        )
    )
    return HTMLResponse(html, status_code=status)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=shown,
    )
    environment.filters |= {"ago": ago, "lines": _lines, "prose": _prose}
    return environment


def _lines(text: str) -> Markup:
    """Make a text of several lines safe to show; the caller has bounded it."""
    return escape("\n".join("\t".join(map(clean, line.split("\t"))) for line in text.split("\n")))


def _prose(text: str) -> Markup:
    """Show what stands in backticks as code, and a page of the reference by its path."""
    parts = _PAGE_LINK.sub(r"`docs/reference/\1`", shown(text)).split("`")
    return Markup().join(Markup("<code>{}</code>").format(part) if at % 2 else part for at, part in enumerate(parts))


def _again(request: Request) -> str:
    """Return the path and the query of this page."""
    return f"{request.url.path}?{request.url.query}" if request.url.query else request.url.path
