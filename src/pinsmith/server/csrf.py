"""
Tokens in forms, so that only a form that this service made can be sent back to it.

The guard already refuses requests from other sites by their headers; the token is a second, independent reason.
Source: OWASP's Cross-Site Request Forgery Prevention Cheat Sheet, signed tokens bound to the session.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from typing import Final

FIELD: Final = "token"
_SECRET: Final = os.urandom(32)  # of this process


def token_for(cookie: str) -> str:
    """Return the token for forms of the session with *cookie*, which is empty text where nobody has logged in."""
    return hmac.new(_SECRET, cookie.encode(), hashlib.sha256).hexdigest()


def require(token: object, cookie: str) -> None:
    """
    Let a form pass.

    Raises:
        PermissionError: If its token is missing or of another session.
    """
    if not isinstance(token, str) or not hmac.compare_digest(token.encode(), token_for(cookie).encode()):
        raise PermissionError("the form is too old: load the page again")
