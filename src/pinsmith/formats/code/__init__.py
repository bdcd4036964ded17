"""
Code that pins, for platforms whose libraries take no file: each target is a template, and is proven by attack.

A new target is one file, one line here, and its template. What it does not say is a loss as with any other format.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.formats.code import go, php_curl, ruby_net_http

if TYPE_CHECKING:
    from pinsmith.formats._format import Format

CODE: Final[tuple[Format, ...]] = (
    go.FORMAT,
    php_curl.FORMAT,
    ruby_net_http.FORMAT,
)
