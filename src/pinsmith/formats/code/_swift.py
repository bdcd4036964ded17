"""What the targets in Swift share."""

from __future__ import annotations

from typing import Final

from pinsmith.formats._format import OutputOption

VISIBILITY: Final = OutputOption(
    "visibility", "who may use the class", default="internal", choices=("internal", "public")
)
LIMITS: Final = (
    "WKWebView, SFSafariViewController and AVPlayer, which load by themselves.",
    "TLS sessions that are resumed: the system asks about the first one alone, whichever part of the app made it.",
    "HTTP/2 connections shared by hosts of one certificate: ask hosts that are not pinned with another session.",
)
