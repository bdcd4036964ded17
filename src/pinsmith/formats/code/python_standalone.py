"""Python without pinsmith: one file that needs nothing but the standard library."""

from __future__ import annotations

from typing import Final

from pinsmith.formats._format import Can
from pinsmith.formats.code._language import PYTHON
from pinsmith.formats.code._target import code_format

FORMAT: Final = code_format(
    id="python-standalone",
    title="Python, ssl alone in one file",
    spec="https://docs.python.org/3/library/ssl.html#ssl.SSLContext.sslsocket_class",
    language=PYTHON,
    suffix=".py",
    compromised="accepted",
    can=Can(addresses=True, subdomains="any-depth", exempts=True, expiry=True, report_only=True, require_pins=True),
    limits=(
        "Connections that do not use this context, and TLS stacks other than ssl (gRPC, pycurl, pyOpenSSL, QUIC).",
        "Resumed TLS sessions: they have no chain to compare, so those of pinned hosts are refused.",
        "Client certificates: a rogue server may see one before it is refused.",
        "gevent, eventlet and truststore.inject_into_ssl: with them no context is made.",
    ),
    remarks=(
        (
            "For Python 3.11 to 3.14. `create_context()` goes to `verify=` of httpx, `context=` of urllib.request and "
            "http.client, `ssl=` of asyncio, aiohttp and websockets, `ssl_context=` of urllib3."
        ),
        "`create_context(cafile=...)` takes other trust anchors, as `ssl.create_default_context` does.",
        "The verified chain is public from Python 3.13 on; 3.11 and 3.12 have it on a private object.",
        (
            "The package does more: sessions that can be resumed, servers without an authority, clients that take no "
            "context. Choose `python` where you can."
        ),
    ),
)
