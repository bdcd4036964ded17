"""TrustKit for Apple's platforms, started from code."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.formats import _trustkit_ios as tsk
from pinsmith.formats._format import Can, OutputOption
from pinsmith.formats.code._language import SWIFT
from pinsmith.formats.code._swift import LIMITS, VISIBILITY
from pinsmith.formats.code._target import code_format

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pinsmith.formats._format import Export

_ID: Final = "trustkit-swift"


def _more(export: Export) -> Mapping[str, object]:
    """Let TrustKit's rules refuse what would crash; say which exempt hosts it must be told, and of authorities."""
    return {"excluded": set(tsk.domains(export, _ID)), "anchors": tsk.anchors(export.entries)}


FORMAT: Final = code_format(
    id=_ID,
    title="Swift, TrustKit 3",
    spec="https://github.com/datatheorem/TrustKit/blob/master/TrustKit/public/TrustKit.h",
    language=SWIFT,
    suffix=".swift",
    compromised="accepted",
    can=Can(
        subdomains="any-depth",
        exempts=True,
        exempts_below=False,
        expiry=True,
        report_only=True,
        report_uris=True,
        least_pins=2,
        algorithms=tsk.ALGORITHMS,
    ),
    options=(
        OutputOption("class", "the name of the class", default="PinnedTrustKit", pattern=SWIFT.name),
        VISIBILITY,
        OutputOption(
            "swizzle", "whether TrustKit hooks the app's network delegates", default="no", choices=("yes", "no")
        ),
    ),
    limits=(
        "Sessions whose delegate does not ask TrustKit, unless it hooks them (the option swizzle).",
        "Hosts spelt with capitals or a final dot, if TrustKit hooks the sessions: it does not know them.",
        "Hosts that only report, on macOS: if others are enforced, authorities that the user added are refused.",
        "Tasks with a delegate of their own that answers challenges: it may be asked first.",
        *LIMITS,
    ),
    remarks=(
        "`PinnedTrustKit.start()` once at the start of the app, then `PinnedTrustKit.session()`; keep that.",
        "Instead of `TSKConfiguration` in Info.plist, not besides it: TrustKit takes one configuration.",
        "`TrustKit.sharedInstance().pinningValidatorCallback` is told of every evaluation.",
    ),
    more=_more,
)
