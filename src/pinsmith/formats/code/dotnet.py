""".NET: what makes a `SocketsHttpHandler` pin."""

from __future__ import annotations

from typing import Final

from pinsmith.formats._format import Can, OutputOption
from pinsmith.formats.code._language import CSHARP
from pinsmith.formats.code._target import code_format

# What the class itself names: C# has no member called as its class, and no other class may hide these.
_OWN: Final = (
    "ArgumentNullException AsnEncodingRules AsnReader Convert DateTime DateTimeKind Dictionary Entry EventHandler "
    "Find HashSet Hosts InForce IReadOnlyList List Mismatch Mismatched Pin PinOf "
    "RemoteCertificateValidationCallback SHA256 SocketsHttpHandler SslPolicyErrors SslStream TagClass Verify "
    "X509Certificate2 X509Chain"
)

FORMAT: Final = code_format(
    id="dotnet",
    title=".NET, SocketsHttpHandler",
    spec="https://learn.microsoft.com/dotnet/api/system.net.security.remotecertificatevalidationcallback",
    language=CSHARP,
    suffix=".cs",
    compromised="accepted",
    can=Can(subdomains="any-depth", exempts=True, expiry=True, report_only=True, require_pins=True),
    options=(
        OutputOption("namespace", "the namespace", default="Pins", pattern=CSHARP.path),
        OutputOption(
            "class",
            "the name of the class",
            default="PinnedHttp",
            pattern=rf"(?!(?:{'|'.join(_OWN.split())})(?![A-Za-z0-9_])){CSHARP.name}",
        ),
        OutputOption("visibility", "who sees the class", default="public", choices=("public", "internal")),
    ),
    limits=(
        "Hosts that are IP addresses.",
        "HTTP/3: an app that asks for it is refused by every host.",
        (
            "The URL's host where a request has a header `Host`: TLS checks the name in that header, and the pins are"
            " those of that name. Let no stranger choose it."
        ),
        "A `ConnectCallback` that returns an `SslStream`: its handshake is its own.",
        "Handlers that are not handed to it, such as that of new HttpClient().",
        "Platforms whose HttpClient is not .NET's own: AndroidMessageHandler, NSUrlSessionHandler, browsers.",
    ),
    remarks=(
        "`new HttpClient(PinnedHttp.Pin(new SocketsHttpHandler()))`; gRPC and ClientWebSocket take such a handler too.",
        "`Mismatched` tells of each mismatch, also where it is only reported, and of hosts refused for want of pins.",
        "All that was set before stays: a proxy, client certificates, a callback of the app.",
        "Authorities of the app's own go into `handler.SslOptions.CertificateChainPolicy`.",
        "Only a chain without any error is compared with the pins, whatever a callback of the app says to it.",
        "With `require-pins`, a proxy that is reached by TLS needs an entry of its own.",
        "It needs .NET 6, and .NET 7 for that policy; no package.",
    ),
)
