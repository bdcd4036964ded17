"""Define the judged Python clients: with pinsmith, with the means of their libraries, and with snippets of guides."""

from __future__ import annotations

from tests.judged.subject import AIOHTTP, HTTPX, REQUESTS, TOOLBELT, URLLIB3, Subject

_POLICY = ("{url}", "{policy}", "{cafile}", "{proxy}")


def _run(program: str, *arguments: str) -> tuple[str, ...]:
    return "{python}", f"{{programs}}/{program}.py", *arguments


PYTHON = (
    Subject(
        "requests-pinsmith",
        "requests with pinsmith",
        "Python with pinsmith",
        (REQUESTS, URLLIB3),
        _run("requests_pinsmith", *_POLICY),
        "`pinsmith.clients.requests.Session`, with a pins.toml.",
        "Nothing to do.",
        profile="chain",
    ),
    Subject(
        "httpx-pinsmith",
        "httpx with pinsmith",
        "Python with pinsmith",
        (HTTPX,),
        _run("httpx_pinsmith", *_POLICY),
        "`httpx.Client(verify=PinnedSSLContext(policy))`, HTTP/2 allowed.",
        "Nothing to do.",
        profile="chain",
    ),
    Subject(
        "aiohttp-pinsmith",
        "aiohttp with pinsmith",
        "Python with pinsmith",
        (AIOHTTP,),
        _run("aiohttp_pinsmith", *_POLICY),
        "`aiohttp.TCPConnector(ssl=PinnedSSLContext(policy))`.",
        "Nothing to do.",
        profile="chain",
    ),
    Subject(
        "by-hand",
        "http.client, the leaf's key by hand",
        "Python without pinsmith",
        (),
        _run("by_hand", "{url}", "{host}", "{port}", "{pins}", "{cafile}"),
        "Connects, compares the SHA-256 of the leaf's SubjectPublicKeyInfo, then sends, all on one connection. It "
        "follows no redirect.",
        "Correct, as long as the program makes every request this way; other requests are not pinned.",
    ),
    Subject(
        "aiohttp-fingerprint",
        "aiohttp.Fingerprint",
        "Python without pinsmith",
        (AIOHTTP,),
        _run("aiohttp_fingerprint", "{url}", "{certificate-sha256}", "{proxy}"),
        "`session.get(url, ssl=aiohttp.Fingerprint(digest))` compares the whole leaf certificate with one value.",
        "It replaces every other check, and every renewal of the certificate locks users out. Pass a context instead, "
        "such as pinsmith's.",
    ),
    Subject(
        "urllib3-assert-fingerprint",
        "urllib3, assert_fingerprint",
        "Python without pinsmith",
        (URLLIB3,),
        _run("urllib3_fingerprint", "{url}", "{certificate-sha256}", "{cafile}", "{proxy}"),
        "`PoolManager(assert_fingerprint=...)` compares the whole leaf certificate with one value, after the chain.",
        "It switches the check of the name off, and every renewal of the certificate locks users out. Pass "
        "`ssl_context=` instead.",
    ),
    Subject(
        "toolbelt-fingerprint-adapter",
        "requests-toolbelt, FingerprintAdapter",
        "Python without pinsmith",
        (TOOLBELT, REQUESTS, URLLIB3),
        _run("toolbelt_fingerprint", "{url}", "{certificate-sha256}", "{cafile}", "{proxy}"),
        "An adapter for requests that passes an `assert_fingerprint` to urllib3.",
        "It has the faults of urllib3's option and, in addition, pins nothing through a proxy. Use a pinned session.",
    ),
    Subject(
        "guide-after-send-pins",
        "a guide's requests adapter, with pins",
        "Python without pinsmith",
        (REQUESTS, URLLIB3),
        _run("requests_after_send", "{url}", "{pins-base64}", "{cafile}"),
        "The Python snippet of the guide of SSLens, in our words and with its property, configured as the guide "
        "recommends: with hashes of public keys. But the snippet hashes the whole certificate, after the response.",
        "Do not use it. It matches no pin, and sends every request before it raises the error.",
    ),
    Subject(
        "guide-after-send-certificates",
        "a guide's requests adapter, with certificate hashes",
        "Python without pinsmith",
        (REQUESTS, URLLIB3),
        _run("requests_after_send", "{url}", "{certificate-base64}", "{cafile}"),
        "The same snippet, with the hashes that it really compares: those of certificates. It breaks at a redirect: "
        "the response has no body, so its connection has already been released.",
        "Do not use it: an attacker on the path gets the request, with its password, before the error is raised.",
    ),
    Subject(
        "guide-before-connect",
        "a look at the certificate first, then requests",
        "Python without pinsmith",
        (REQUESTS, URLLIB3),
        _run("requests_before_connect", "{url}", "{host}", "{port}", "{pin}", "{cafile}", "{proxy}"),
        "This is how guides use `ssl.get_server_certificate`: compare the key on one connection, send on another. "
        "Behind a proxy or after a redirect, the two may end at different machines.",
        "Compare on the connection that carries the request.",
    ),
    Subject(
        "guide-own-bundle",
        "requests, verify= the host's own root alone",
        "Python without pinsmith",
        (REQUESTS, URLLIB3),
        _run("requests_own_bundle", "{url}", "{own-root}"),
        "Guides call this the practical way: a bundle that contains only the authority of the host.",
        "This is not pinning, but a smaller trust store. It accepts any other key under the same authority.",
    ),
)
