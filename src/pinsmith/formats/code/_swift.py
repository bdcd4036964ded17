"""Shared by the targets for Apple's platforms."""

from __future__ import annotations

from typing import Final

from pinsmith.formats._format import OutputOption

VISIBILITY: Final = OutputOption(
    "visibility", "the visibility of the class", default="internal", choices=("internal", "public")
)
RESUMED: Final = (
    "Not pinned: a connection that resumes a TLS session. The system asks about a server only when a session begins,"
    " in whichever part of the app."
)
SHARED: Final = (
    "Not pinned: a request that shares the HTTP/2 connection of another host with the same certificate. Use another"
    " session for hosts without pins."
)
LIMITS: Final = (
    "Not pinned: WKWebView, SFSafariViewController and AVPlayer, which make their own connections.",
    RESUMED,
    SHARED,
)
