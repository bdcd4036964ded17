"""JSSE: a trust manager that pins, for HttpsURLConnection, java.net.http and whatever else takes an SSLContext."""

from __future__ import annotations

from typing import Final

from pinsmith.formats._format import Can, OutputOption
from pinsmith.formats.code._language import JAVA
from pinsmith.formats.code._limit import REDIRECTS
from pinsmith.formats.code._target import code_format

CAN: Final = Can(subdomains="any-depth", exempts=True, expiry=True, report_only=True, require_pins=True)
"""The abilities of the trust manager, in every client."""

OPTIONS: Final = (
    OutputOption("package", "the name of the package", default="pins", pattern=JAVA.path),
    OutputOption("class", "the name of the class", default="Pins", pattern=JAVA.name),
)

BY_ADDRESS: Final = (
    "JSSE resumes sessions by address. A client that dials an address and sets the TLS name itself needs one context"
    " for each name."
)
REMARKS: Final = (
    "`Pins.setListener` sets what receives every mismatch.",
    "It needs Java 8 or newer.",
    (
        "A pinned key counts if it is in a verified path from the leaf to a trust anchor. Other certificates that the"
        " server presents do not count."
    ),
    (
        "The host name of an enforced host is always checked, even if the client leaves that to a verifier of its own."
        " For a report-only host, the client decides how the host name is checked."
    ),
)

FORMAT: Final = code_format(
    id="jsse-java",
    title="Java, JSSE: HttpsURLConnection and java.net.http",
    spec="https://docs.oracle.com/en/java/javase/25/security/java-secure-socket-extension-jsse-reference-guide.html",
    language=JAVA,
    suffix=".java",
    compromised="accepted",
    can=CAN,
    platforms=("languages",),
    place="src/main/java/pins/Pins.java",
    usage="""
SSLContext context = Pins.sslContext(null); // or a KeyStore of trust anchors; make one context and keep it

HttpClient client = HttpClient.newBuilder().sslContext(context).build(); // java.net.http

URL url = URI.create("https://api.example.com/").toURL();
HttpsURLConnection connection = (HttpsURLConnection) url.openConnection();
connection.setSSLSocketFactory(context.getSocketFactory());
""",
    options=OPTIONS,
    limits=(
        "Not pinned: clients that do not use this context, such as libraries with a context of their own.",
        *REDIRECTS,
        BY_ADDRESS,
        "Clients whose TLS is not JSSE call the trust manager without a host, so it refuses all their connections.",
        "Android is not supported. Use the target okhttp-kotlin or the format android-nsc there.",
    ),
    remarks=REMARKS,
)
