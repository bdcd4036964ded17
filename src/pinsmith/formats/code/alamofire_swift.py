"""Alamofire: a server trust manager that pins keys by their hash, which Alamofire itself cannot."""

from __future__ import annotations

from typing import Final

from pinsmith.formats._format import Can, OutputOption
from pinsmith.formats.code._language import SWIFT
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
    options=(
        OutputOption("class", "the name of the class", default="PinningTrustManager", pattern=SWIFT.name),
        VISIBILITY,
    ),
    limits=(
        "Sessions made without this manager: AF, the default session of Alamofire, is not pinned.",
        "Plain HTTP, where App Transport Security allows it.",
        "Hosts that are IP addresses.",
        *LIMITS,
    ),
    remarks=(
        "`Session(serverTrustManager: PinningTrustManager())`; keep the session. Alamofire 5.10 or newer.",
        "iOS 13, macOS 10.15, tvOS 13, watchOS 6 or newer.",
        "Alamofire's own evaluators compare keys and certificates, not hashes, so this is one more of them.",
    ),
)
