"""URLSession of Apple's platforms: a delegate that pins."""

from __future__ import annotations

from typing import Final

from pinsmith.formats._format import Can, OutputOption
from pinsmith.formats.code._language import SWIFT
from pinsmith.formats.code._swift import LIMITS, VISIBILITY
from pinsmith.formats.code._target import code_format

FORMAT: Final = code_format(
    id="urlsession-swift",
    title="Swift, URLSession",
    spec="https://developer.apple.com/documentation/foundation/urlsessiondelegate",
    language=SWIFT,
    suffix=".swift",
    compromised="accepted",
    can=Can(subdomains="any-depth", exempts=True, expiry=True, report_only=True, require_pins=True),
    options=(
        OutputOption("class", "the name of the class", default="PinningDelegate", pattern=SWIFT.name),
        VISIBILITY,
    ),
    limits=(
        "Sessions made without this delegate: URLSession.shared cannot be pinned.",
        "Tasks with a delegate of their own that answers challenges: it may be asked first.",
        "Plain HTTP, where App Transport Security allows it.",
        "Hosts that are IP addresses.",
        *LIMITS,
    ),
    remarks=(
        "`PinningDelegate.session()` is a ready session; keep it. iOS 15, macOS 12, tvOS 15, watchOS 8 or newer.",
        "If an app has a session delegate of its own, let that one call this one for the challenges of servers.",
    ),
)
