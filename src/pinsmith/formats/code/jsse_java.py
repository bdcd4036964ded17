"""JSSE: a trust manager that pins, for HttpsURLConnection, java.net.http and all else that takes an SSLContext."""

from __future__ import annotations

from typing import Final

from pinsmith.formats._format import Can, OutputOption
from pinsmith.formats.code._language import JAVA
from pinsmith.formats.code._target import code_format

CAN: Final = Can(subdomains="any-depth", exempts=True, expiry=True, report_only=True, require_pins=True)
"""What the trust manager does, wherever it is used."""

OPTIONS: Final = (
    OutputOption("package", "the name of the package", default="pins", pattern=JAVA.path),
    OutputOption("class", "the name of the class", default="Pins", pattern=JAVA.name),
)

FORMAT: Final = code_format(
    id="jsse-java",
    title="Java, JSSE: HttpsURLConnection and java.net.http",
    spec="https://docs.oracle.com/en/java/javase/25/security/java-secure-socket-extension-jsse-reference-guide.html",
    language=JAVA,
    suffix=".java",
    compromised="accepted",
    can=CAN,
    options=OPTIONS,
    limits=(
        "Clients that do not use this context, such as those of libraries with one of their own.",
        "Redirects to hosts without pins, and to plain http where the client follows them.",
        "Callers that dial an address and set the name for TLS: JSSE resumes by address, so make one context per name.",
        "Clients whose TLS is not JSSE: they call the trust manager without a host, and are refused all hosts.",
        "Android: use the format android-nsc, or okhttp-kotlin.",
    ),
    remarks=(
        "`connection.setSSLSocketFactory(Pins.sslContext(null).getSocketFactory())` for an `HttpsURLConnection`.",
        "`HttpClient.newBuilder().sslContext(Pins.sslContext(null)).build()` for `java.net.http`.",
        "Java 8 or newer. Make one context and keep it: sessions are resumed within it, and it has judged each.",
        "What counts is any path from the leaf to a trust anchor that is verified, not what the server presents.",
        "The host name of a pinned host is checked, even where the caller leaves that to a verifier of its own.",
        "Where pins only report, that is left to the caller.",
    ),
)
