"""The web server of the service: a page, an API and metrics over what the service knows. A thin shell."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pinsmith.server.passwords import password_line
    from pinsmith.server.run import serve

__all__ = ["password_line", "serve"]

# The description of the API is read without the libraries of a web server.
_HOMES: Final = {"password_line": "passwords", "serve": "run"}


def __getattr__(name: str) -> object:
    if name in _HOMES:
        return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
