"""
Python's TLS clients: how each takes the pinned context, and help for those that cannot take it as it is.

`CLIENTS` says for every client what works. Most need nothing from here: they take a
`pinsmith.PinnedSSLContext`. A module of this folder exists where a client has no parameter for a context, or needs it
in two places; it imports its library only when it is imported itself.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from pinsmith.clients._table import CLIENTS, Client, find, require_supported

if TYPE_CHECKING:
    from types import ModuleType

__all__ = ["CLIENTS", "Client", "find", "require_supported"]

_HELPERS = frozenset(client.helper for client in CLIENTS if client.helper)


def __getattr__(name: str) -> ModuleType:
    if name in _HELPERS:
        return import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*__all__, *_HELPERS])
