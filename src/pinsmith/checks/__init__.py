"""Check the pins of a policy against live hosts, and against certificates that are not deployed yet."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pinsmith.checks.certificate import check_certificate_file
    from pinsmith.checks.host_check import HostCheck
    from pinsmith.checks.live import check_host

__all__ = ["HostCheck", "check_certificate_file", "check_host"]

# Loaded on first use: a module of the checks needs few of the others.
_HOMES: Final = {
    "HostCheck": "host_check",
    "check_certificate_file": "certificate",
    "check_host": "live",
}


def __getattr__(name: str) -> object:
    if name in _HOMES:
        return getattr(import_module(f"pinsmith.checks.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
