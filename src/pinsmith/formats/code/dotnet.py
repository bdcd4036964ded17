""".NET: a function that makes a `SocketsHttpHandler` pin."""

from __future__ import annotations

from typing import Final

from pinsmith.formats._format import Can, OutputOption
from pinsmith.formats.code._language import CSHARP
from pinsmith.formats.code._limit import ADDRESSES, PROXY, REDIRECTS
from pinsmith.formats.code._target import code_format

# Names that the class uses. In C# a member cannot have the name of its class, and the class must not hide another.
_OWN: Final = (
    "ArgumentNullException AsnEncodingRules AsnReader Convert DateTime DateTimeKind Dictionary Entry EventHandler "
    "Find HashSet Hosts InForce IReadOnlyList List Mismatch Mismatched Pin PinOf "
    "RemoteCertificateValidationCallback SHA256 SocketsHttpHandler SslPolicyErrors SslStream TagClass Verify "
    "X509Certificate2 X509Chain"
)

FACTORY: Final = """\
// With IHttpClientFactory
services.AddHttpClient("api")
    .ConfigurePrimaryHttpMessageHandler(() => PinnedHttp.Pin(new SocketsHttpHandler()));
"""
"""For users of Microsoft.Extensions.Http; tests/prove compiles it as it is."""

FORMAT: Final = code_format(
    id="dotnet",
    title=".NET, SocketsHttpHandler",
    spec="https://learn.microsoft.com/dotnet/api/system.net.security.remotecertificatevalidationcallback",
    language=CSHARP,
    suffix=".cs",
    compromised="accepted",
    can=Can(subdomains="any-depth", exempts=True, expiry=True, report_only=True, require_pins=True),
    platforms=("languages",),
    place="src/PinnedHttp.cs",
    usage=f"""
HttpClient client = new(PinnedHttp.Pin(new SocketsHttpHandler()));
string answer = await client.GetStringAsync("https://api.example.com/");

{FACTORY}
PinnedHttp.Mismatched += (sender, mismatch) =>
    logger.LogError("{{Host}} presented {{Pins}}", mismatch.Host, string.Join(' ', mismatch.Presented));
""",
    options=(
        OutputOption("namespace", "the namespace", default="Pins", pattern=CSHARP.path),
        OutputOption(
            "class",
            "the name of the class",
            default="PinnedHttp",
            pattern=rf"(?!(?:{'|'.join(_OWN.split())})(?![A-Za-z0-9_])){CSHARP.name}",
        ),
        OutputOption("visibility", "the visibility of the class", default="public", choices=("public", "internal")),
    ),
    limits=(
        "Not pinned: handlers that were not passed to `Pin`, such as that of `new HttpClient()`.",
        (
            "Not pinned: clients that are not based on SocketsHttpHandler, such as AndroidMessageHandler,"
            " NSUrlSessionHandler and browsers."
        ),
        *REDIRECTS,
        *ADDRESSES,
        (
            "With a `Host` header, TLS checks the certificate for the name in that header, and the pins of that name"
            " apply instead of those of the host in the URL."
        ),
        "Not pinned: a `ConnectCallback` that returns an `SslStream`, which makes its own handshake.",
        "Requests for HTTP/3 fail, whichever host they are for.",
        PROXY,
    ),
    remarks=(
        "It needs .NET 6 or newer, and no package.",
        "gRPC and ClientWebSocket take such a handler too.",
        "`PinnedHttp.Mismatched` is raised for every mismatch, also of report-only hosts.",
        "The handler keeps its settings, such as a proxy, client certificates, and a callback of yours.",
        "To trust other authorities, set `handler.SslOptions.CertificateChainPolicy` (.NET 7 or newer).",
        "A chain with any other error is refused, even if a callback of yours accepts it.",
    ),
)
