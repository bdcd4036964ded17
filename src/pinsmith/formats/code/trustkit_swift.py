"""TrustKit for Apple's platforms, started from code."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.formats import _trustkit_ios as tsk
from pinsmith.formats._format import Can, OutputOption
from pinsmith.formats._guide import Addition
from pinsmith.formats.code._language import SWIFT
from pinsmith.formats.code._limit import Limit, reports
from pinsmith.formats.code._swift import LIMITS, VISIBILITY
from pinsmith.formats.code._target import code_format

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pinsmith.formats._format import Export

_ID: Final = "trustkit-swift"


def _more(export: Export) -> Mapping[str, object]:
    """Refuse what would crash TrustKit. Return the exempt hosts that it must know, and if authorities are pinned."""
    return {"excluded": set(tsk.domains(export, _ID)), "anchors": tsk.anchors(export.entries)}


def _swizzles(export: Export) -> bool:
    return export.options["swizzle"] == "yes"


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
    platforms=("ios",),
    place="ios/App/Pins.swift",
    additions=(
        Addition(
            "Package.swift",
            """
.package(url: "https://github.com/datatheorem/TrustKit", from: "3.0.0")
""",
        ),
        Addition("Podfile", 'pod "TrustKit", "~> 3.0"'),
    ),
    usage="""
PinnedTrustKit.start()  // in application(_:didFinishLaunchingWithOptions:)

let session = PinnedTrustKit.session()
let (data, _) = try await session.data(from: URL(string: "https://api.example.com/")!)
""",
    options=(
        OutputOption("class", "the name of the class", default="PinnedTrustKit", pattern=SWIFT.name),
        VISIBILITY,
        OutputOption(
            "swizzle", "whether TrustKit hooks the network delegates of the app", default="no", choices=("yes", "no")
        ),
    ),
    limits=(
        Limit(
            "Not pinned: sessions whose delegate does not ask TrustKit.",
            lambda export: not _swizzles(export),
            page="Not pinned: sessions whose delegate does not ask TrustKit, unless the option swizzle is on.",
        ),
        Limit(
            "Not pinned: hosts that are spelled with capitals or a final dot.",
            _swizzles,
            page="Not pinned with the option swizzle: hosts that are spelled with capitals or a final dot.",
        ),
        Limit(
            "On macOS, authorities that the user added are refused for report-only hosts, if other hosts are enforced.",
            reports,
        ),
        "Not pinned: tasks with a delegate of their own that answers challenges. It may be asked first.",
        *LIMITS,
    ),
    remarks=(
        "Do not set `TSKConfiguration` in Info.plist as well. TrustKit accepts one configuration.",
        "Keep the session. Each new one makes its own connections.",
        "`TrustKit.sharedInstance().pinningValidatorCallback` is called for every evaluation.",
    ),
    more=_more,
)
