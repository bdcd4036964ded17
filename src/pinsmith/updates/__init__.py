"""Pins that change without a release: reviewed policies, signed and distributed by The Update Framework (TUF)."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pinsmith.updates.status import Status
    from pinsmith.updates.updater import Updater

__all__ = ["Status", "Updater"]

_HOMES = {"Status": "status", "Updater": "updater"}


def __getattr__(name: str) -> object:
    if name in _HOMES:
        from importlib import import_module

        return getattr(import_module(f"pinsmith.updates.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
