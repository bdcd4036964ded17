"""
Apache HttpClient 5: a TLS strategy whose context pins, for classic and asynchronous clients.

Its own ``SpkiPinningClientTlsStrategy`` compares what the server presented, to which anybody can append the genuine
certificates; so it is not used.
"""

from __future__ import annotations

from typing import Final

from pinsmith.formats.code import jsse_java
from pinsmith.formats.code._language import JAVA
from pinsmith.formats.code._target import code_format

FORMAT: Final = code_format(
    id="apache-httpclient",
    title="Java, Apache HttpClient 5",
    spec="https://hc.apache.org/httpcomponents-client-5.6.x/current/httpclient5/apidocs/",
    language=JAVA,
    suffix=".java",
    compromised="accepted",
    can=jsse_java.CAN,
    options=jsse_java.OPTIONS,
    limits=(
        "Clients whose connection manager does not have this strategy, or a context of this class.",
        "Callers that dial an address and set the name for TLS: JSSE resumes by address, so make one context per name.",
        "Redirects to hosts without pins, and to plain http.",
    ),
    remarks=(
        "Classic: `PoolingHttpClientConnectionManagerBuilder.create().setTlsSocketStrategy(Pins.tlsStrategy(null))`.",
        "Asynchronous: `PoolingAsyncClientConnectionManagerBuilder.create().setTlsStrategy(Pins.tlsStrategy(null))`.",
        "Give the connection manager to `HttpClients.custom()` or `HttpAsyncClients.custom()`.",
        "HttpClient 5.4 or newer; for older ones give `Pins.sslContext(null)` to what they take. Java 8 or newer.",
        "`SpkiPinningClientTlsStrategy` of HttpClient 5.6 takes the genuine certificates appended to a rogue chain.",
    ),
)
