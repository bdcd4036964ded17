"""
The published files of a bundle, at ``/bundle/``: open to everybody, as programs verify signatures and cannot log in.

Only names that a bundle has are answered, so that no path leads out of it, and no proposal is shown.
"""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING, Final

from starlette.responses import PlainTextResponse, Response

from pinsmith import files
from pinsmith.errors import FileError
from pinsmith.limit import MAX_BYTES

if TYPE_CHECKING:
    from pathlib import Path

    from starlette.types import Receive, Scope, Send

PATH: Final = re.compile(
    r"/bundle/(metadata/(?:timestamp|[1-9][0-9]{0,9}\.(?:root|targets|snapshot))\.json"
    r"|targets/[0-9a-f]{64}\.(?:policy|suspensions)\.json)\Z"
)
_HEADERS: Final = {"X-Content-Type-Options": "nosniff"}
_IMMUTABLE: Final = {**_HEADERS, "Cache-Control": "public, max-age=604800, immutable"}
_CHANGES: Final = {**_HEADERS, "Cache-Control": "no-cache"}


class BundleFiles:
    """The application at ``/bundle/``."""

    def __init__(self, folder: Path) -> None:
        """Publish *folder*, a bundle."""
        self._folder = folder

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one GET or HEAD of a path that `PATH` matches."""
        found = PATH.match(scope["path"])
        response: Response = PlainTextResponse("not found\n", status_code=404, headers=_CHANGES)
        if found is not None:
            try:
                content = await asyncio.to_thread(files.read, self._folder / found[1], most_bytes=MAX_BYTES)
                headers = _CHANGES if found[1].endswith("timestamp.json") else _IMMUTABLE
                response = Response(content, media_type="application/json", headers=headers)
            except FileError:
                pass
        await response(scope, receive, send)
