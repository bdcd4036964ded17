"""Secrets in a client's output are removed before it is shown."""

from __future__ import annotations

import pytest

from pinsmith.lab.process.redact import redact

PIN = "PnXe2UyQyPGndZ66CgZBH8Xhtjd8KCbtvMDvCci3xME="


@pytest.mark.parametrize(
    "words",
    [
        "> Authorization: Basic hush",
        "Proxy-Authorization: hush",
        "Cookie: a=1; b=hush",
        "set-cookie: sid=hush; Path=/",
        "sent Bearer hush",
        '{"access_token": "hush", "more": "hush"}',
        "AWS_SECRET_ACCESS_KEY=hush",
        "X-Api-Key: hush",
        "password = hush",
        "GET https://user:hush@localhost:40123/ failed",
        "GET https://localhost:40123/a?key=hush failed",
        "hush0123456789abcdef0123456789",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.hush",
        f"{'x' * 1000} hush",
    ],
)
def test_text_like_a_secret_is_removed(words: str) -> None:
    """Headers, assignments, credentials in URLs, queries and long opaque words are removed."""
    assert "hush" not in redact(words)


@pytest.mark.parametrize(
    "words",
    [
        "curl: (90) SSL: public key does not match pinned public key",
        f"pinned is sha256/{PIN}, not sha256//{PIN}",
        "at TLSSocket.onConnectSecure (node:_tls_wrap:1674:34)",
        "SSLError(1, '[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed (_ssl.c:1000)')",
        'File "/usr/lib/python3.11/site-packages/urllib3/connection.py", line 3',
    ],
)
def test_helpful_text_is_kept(words: str) -> None:
    """Errors, public pins and places in a program are kept."""
    assert redact(words) == words
