"""URLSession of Apple's platforms: a delegate that pins."""

from __future__ import annotations

from typing import Final

from pinsmith.formats._format import Can, OutputOption
from pinsmith.formats.code._debug import switch
from pinsmith.formats.code._language import SWIFT
from pinsmith.formats.code._limit import ADDRESSES
from pinsmith.formats.code._swift import LIMITS, VISIBILITY
from pinsmith.formats.code._target import code_format

FORWARDING: Final = """\
// If you have a session delegate of your own, forward the challenges of servers
final class YourDelegate: NSObject, URLSessionDelegate {
  private let pins = PinningDelegate()

  func urlSession(
    _ session: URLSession,
    didReceive challenge: URLAuthenticationChallenge,
    completionHandler: @escaping (URLSession.AuthChallengeDisposition, URLCredential?) -> Void
  ) {
    if challenge.protectionSpace.authenticationMethod == NSURLAuthenticationMethodServerTrust {
      pins.urlSession(session, didReceive: challenge, completionHandler: completionHandler)
    } else {
      completionHandler(.performDefaultHandling, nil)  // or what you do with other challenges
    }
  }
}
"""
"""For users with a delegate; tests/prove compiles it as it is."""

FORMAT: Final = code_format(
    id="urlsession-swift",
    title="Swift, URLSession",
    spec="https://developer.apple.com/documentation/foundation/urlsessiondelegate",
    language=SWIFT,
    suffix=".swift",
    compromised="accepted",
    can=Can(subdomains="any-depth", exempts=True, expiry=True, report_only=True, require_pins=True),
    platforms=("ios",),
    place="ios/App/Pins.swift",
    usage=f"""
let session = PinningDelegate.session()
let (data, _) = try await session.data(from: URL(string: "https://api.example.com/")!)

{FORWARDING}""",
    options=(
        OutputOption("class", "the name of the class", default="PinningDelegate", pattern=SWIFT.name),
        VISIBILITY,
        switch("#if DEBUG"),
    ),
    limits=(
        "Not pinned: sessions without this delegate, such as URLSession.shared.",
        "Not pinned: tasks with a delegate of their own that answers challenges. It may be asked first.",
        "Not pinned: plain HTTP, where App Transport Security allows it.",
        *ADDRESSES,
        *LIMITS,
    ),
    remarks=(
        "It needs iOS 15, macOS 12, tvOS 15 or watchOS 8, or newer.",
        (
            "`PinningDelegate.session(configuration:onMismatch:)` calls `onMismatch` for every mismatch."
            " Its argument has the event for `pinsmith serve`."
        ),
        "Keep the session. Each new one makes its own connections.",
    ),
)
