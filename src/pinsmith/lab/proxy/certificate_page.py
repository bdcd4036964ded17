"""The page from which devices get the certificate of the rogue authority, at a host that does not exist."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pinsmith.lab.pki.authority import Authority

MAGIC_HOST: Final = "pinsmith.lab"
_PAGE: Final = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>pinsmith lab</title></head>
<body>
<h1>pinsmith lab</h1>
<p>This is the certificate of a rogue authority. The proxy that serves this page can intercept every device that trusts
it. Install it only on test devices, and remove it afterwards. It is made for one run of the proxy, unless the proxy
keeps it.</p>
<ul>
<li><a href="/ca.pem">ca.pem</a>, for most systems</li>
<li><a href="/ca.crt">ca.crt</a>, DER, for Android, iOS and Windows</li>
</ul>
<p>The pin of its key: <code>{pin}</code></p>
</body>
</html>
"""


def answer(authority: Authority, path: str, *, with_body: bool = True) -> bytes:
    """
    Return the HTTP/1.1 response to a request for the page or for the certificate. The private key is not available.

    Args:
        authority: The authority.

        path: The path of the request, with or without a query.

        with_body: False for HEAD.
    """
    path = path.partition("?")[0]
    found = {
        "/": ("text/html; charset=utf-8", _PAGE.format(pin=authority.pin).encode()),
        "/ca.pem": ("application/x-pem-file", authority.pem.encode("ascii")),
        "/ca.crt": ("application/x-x509-ca-cert", authority.der),
        "/ca.der": ("application/x-x509-ca-cert", authority.der),
    }.get(path)
    if found is None:
        return response("404 Not Found", "this host serves only /, /ca.pem and /ca.crt")
    return _encoded("200 OK", found[0], found[1], with_body=with_body)


def response(status: str, text: str) -> bytes:
    """Return an HTTP/1.1 response of the proxy itself, after which the connection ends."""
    return _encoded(status, "text/plain; charset=utf-8", f"pinsmith lab proxy: {text}\n".encode())


def _encoded(status: str, kind: str, body: bytes, *, with_body: bool = True) -> bytes:
    head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    return head.encode("ascii") + (body if with_body else b"")
