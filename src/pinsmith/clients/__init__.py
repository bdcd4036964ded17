"""
Python's TLS clients: how they take the pinned context, and helpers for those that cannot take it directly.

`CLIENTS` lists what works for every client. Most need no helper, because they take a `pinsmith.PinnedSSLContext`. A
client has a module in this folder if it has no parameter for a context, or needs the context in two places. Such a
module imports its library only when it is imported itself.
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
