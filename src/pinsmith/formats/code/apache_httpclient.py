"""
Apache HttpClient 5: a TLS strategy whose context pins, for classic and asynchronous clients.

It does not use Apache's own ``SpkiPinningClientTlsStrategy``, which accepts a rogue chain with the genuine certificates
appended.
"""

from __future__ import annotations

from typing import Final

from pinsmith.formats._guide import Addition
from pinsmith.formats.code import jsse_java
from pinsmith.formats.code._language import JAVA
from pinsmith.formats.code._limit import REDIRECTS
from pinsmith.formats.code._target import code_format

FORMAT: Final = code_format(
    id="apache-httpclient",
    title="Java, Apache HttpClient 5",
    spec="https://hc.apache.org/httpcomponents-client-5.6.x/current/httpclient5/apidocs/",
    language=JAVA,
    suffix=".java",
    compromised="accepted",
    can=jsse_java.CAN,
    platforms=("languages",),
    place="src/main/java/pins/Pins.java",
    additions=(Addition("build.gradle.kts", 'implementation("org.apache.httpcomponents.client5:httpclient5:5.6.4")'),),
    usage="""
HttpClientConnectionManager connections =
    PoolingHttpClientConnectionManagerBuilder.create()
        .setTlsSocketStrategy(Pins.tlsStrategy(null)) // or a KeyStore of trust anchors
        .build();
CloseableHttpClient client = HttpClients.custom().setConnectionManager(connections).build();

AsyncClientConnectionManager asyncConnections =
    PoolingAsyncClientConnectionManagerBuilder.create()
        .setTlsStrategy(Pins.tlsStrategy(null))
        .build();
CloseableHttpAsyncClient asyncClient =
    HttpAsyncClients.custom().setConnectionManager(asyncConnections).build();
""",
    options=jsse_java.OPTIONS,
    limits=(
        "Not pinned: clients whose connection manager does not use this strategy or a context of this class.",
        *REDIRECTS,
        jsse_java.BY_ADDRESS,
    ),
    remarks=(
        "It needs HttpClient 5.4 or newer. For older versions, use `Pins.sslContext(null)`.",
        (
            "Do not use `SpkiPinningClientTlsStrategy` of HttpClient 5.6. It accepts a rogue chain with the genuine"
            " certificates appended."
        ),
        *jsse_java.REMARKS,
    ),
)
