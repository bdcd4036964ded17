"""Alamofire: a server trust manager that pins keys by their hash, which Alamofire does not do."""

from __future__ import annotations

from typing import Final

from pinsmith.formats._format import Can, OutputOption
from pinsmith.formats._guide import Addition
from pinsmith.formats.code._debug import switch
from pinsmith.formats.code._language import SWIFT
from pinsmith.formats.code._limit import ADDRESSES
from pinsmith.formats.code._swift import LIMITS, VISIBILITY
from pinsmith.formats.code._target import code_format

FORMAT: Final = code_format(
    id="alamofire-swift",
    title="Swift, Alamofire 5",
    spec="https://github.com/Alamofire/Alamofire/blob/master/Source/Features/ServerTrustEvaluation.swift",
    language=SWIFT,
    suffix=".swift",
    compromised="accepted",
    can=Can(subdomains="any-depth", exempts=True, expiry=True, report_only=True, require_pins=True),
    platforms=("ios",),
    place="ios/App/Pins.swift",
    additions=(
        Addition(
            "Package.swift",
            """
.package(url: "https://github.com/Alamofire/Alamofire", from: "5.10.0")
""",
        ),
        Addition("Podfile", 'pod "Alamofire", "~> 5.10"'),
    ),
    usage="""
let session = Session(serverTrustManager: PinningTrustManager())  // keep it
let answer = try await session.request("https://api.example.com/").serializingString().value
""",
    options=(
        OutputOption("class", "the name of the class", default="PinningTrustManager", pattern=SWIFT.name),
        VISIBILITY,
        switch("#if DEBUG"),
    ),
    limits=(
        "Not pinned: sessions without this manager, such as AF, the default session of Alamofire.",
        "Not pinned: plain HTTP, where App Transport Security allows it.",
        *ADDRESSES,
        *LIMITS,
    ),
    remarks=(
        "It needs Alamofire 5.10, and iOS 13, macOS 10.15, tvOS 13 or watchOS 6, or newer.",
        (
            "`PinningTrustManager(onMismatch:)` takes a closure that is called for every mismatch."
            " Its argument has the event for `pinsmith serve`."
        ),
        "The evaluators of Alamofire compare keys and certificates, but not hashes. This manager adds one that does.",
    ),
)
