"""What the targets in Swift share."""

from __future__ import annotations

from typing import Final

from pinsmith.formats._format import OutputOption

VISIBILITY: Final = OutputOption(
    "visibility", "who may use the class", default="internal", choices=("internal", "public")
)
LIMITS: Final = (
    "WKWebView, SFSafariViewController and AVPlayer, which load by themselves.",
    "Connections that are resumed or reused: they were checked when they were made.",
)
