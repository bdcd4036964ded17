"""Python without pinsmith: one file that needs only the standard library."""

from __future__ import annotations

from typing import Final

from pinsmith.formats._format import Can
from pinsmith.formats.code._language import PYTHON
from pinsmith.formats.code._target import code_format

REQUESTS_ADAPTER: Final = """\
# requests does not take a context, but an adapter can set it
class PinnedAdapter(requests.adapters.HTTPAdapter):
    def cert_verify(self, conn, url, verify, cert):
        if conn.scheme == "https":
            conn.cert_reqs, conn.ca_certs, conn.ca_cert_dir = "CERT_REQUIRED", None, None
            conn.conn_kw["ssl_context"] = CONTEXT
"""
"""For users of requests; tests/prove runs it as it is."""

FORMAT: Final = code_format(
    id="python-standalone",
    title="Python, one file that needs only ssl",
    spec="https://docs.python.org/3/library/ssl.html#ssl.SSLContext.sslsocket_class",
    language=PYTHON,
    suffix=".py",
    compromised="accepted",
    can=Can(addresses=True, subdomains="any-depth", exempts=True, expiry=True, report_only=True, require_pins=True),
    platforms=("python",),
    place="src/pins.py",
    usage=f"""
import urllib.request

from pins import create_context

CONTEXT = create_context()  # or create_context(cafile="ca.pem"); make one and keep it
urllib.request.urlopen("https://api.example.com/", context=CONTEXT)

{REQUESTS_ADAPTER}
session = requests.Session()
session.mount("https://", PinnedAdapter())
""",
    limits=(
        "Not pinned: connections that do not use this context.",
        "Not pinned: TLS libraries other than ssl, such as gRPC, pycurl, pyOpenSSL and QUIC.",
        "Resumed TLS sessions of pinned hosts are refused, because they have no chain to compare.",
        "A rogue server may see a client certificate before it is refused.",
        "With gevent, eventlet and truststore.inject_into_ssl no context can be made.",
    ),
    remarks=(
        "It needs Python 3.11 to 3.14.",
        (
            "The context goes to `verify=` of httpx, `context=` of urllib.request and http.client, `ssl=` of asyncio,"
            " aiohttp and websockets, and `ssl_context=` of urllib3."
        ),
        (
            "requests needs the adapter above. It sets the context for each request, because requests 2.32.0 to 2.32.2"
            " replace the one of `init_poolmanager`. The arguments `verify` and `cert` have no effect with it."
        ),
        "`create_context` takes `cafile`, `capath` and `cadata` like `ssl.create_default_context`.",
        "Python 3.13 and later have a public function for the verified chain. Before, the code uses a private object.",
        (
            "If you can install the package, use the target python. It also resumes sessions, and supports servers"
            " without an authority and clients that do not take a context."
        ),
    ),
)
