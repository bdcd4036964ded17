"""The files that pages load: the style, the icon, and the scripts that refresh a page. Nothing needs the scripts."""

from __future__ import annotations

import hashlib
import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from starlette.responses import Response
from starlette.routing import Route

from pinsmith.documents import report

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request

_HERE: Final = Path(__file__).with_name("static")
_TYPES: Final = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
# The version stands in the path, so browsers may keep the files.
_KEEP: Final = {"Cache-Control": "public, max-age=31536000, immutable"}
# Without its own style, without the evaluation of texts, and without changes of what a person has opened.
HTMX_CONFIG: Final = json.dumps(
    {
        "includeIndicatorCSS": False,
        "history": False,
        "noSwap": [204, 304, "4xx", "5xx"],
        "morphIgnore": ["data-htmx-powered", "open"],
    }
)


def version() -> str:
    """Name the version of all files."""
    return hashlib.sha256(b"".join(_assets().values())).hexdigest()[:12]


def routes() -> list[Route]:
    """Return the paths of the files."""

    async def asset(request: Request) -> Response:
        name = request.path_params["name"]
        content = _assets().get(name)
        if content is None:
            return Response(status_code=404)
        return Response(content, media_type=_TYPES[Path(name).suffix], headers=_KEEP)

    return [Route("/static/{version}/{name}", asset)]


@cache
def _assets() -> Mapping[str, bytes]:
    """Return the files by name; the style is that of the reports, and what pages have besides."""
    style = Path(report.__file__).parent / "templates" / "report.css"
    return {
        "pinsmith.css": style.read_bytes() + (_HERE / "page.css").read_bytes(),
        **{name: (_HERE / name).read_bytes() for name in ("icon.svg", "htmx.min.js", "pinsmith.js")},
    }
