"""
Hostile and honest TLS servers on the loopback, with certificates made at run time.

They are for tests, the self-test and the demo, and never part of enforcement.

* `pki`: keys, certificates and authorities.
* `process`: a client in a separate process.
* `servers`: servers that record what clients send.
* `proxy`: proxies, and the one that intercepts and judges hosts.
* `scenarios`: the situations that a client can meet.
* `live`: scenarios that are served for phones, emulators and manual tests.

The modules beside these folders start clients in scenarios and judge them.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pinsmith.lab.call import Call
    from pinsmith.lab.laboratory import Laboratory, LabServer

__all__ = ["Call", "LabServer", "Laboratory"]

# Loaded on first use, because a module of the lab needs few of the others.
_HOMES: Final = {
    "Call": "call",
    "LabServer": "laboratory",
    "Laboratory": "laboratory",
}


def __getattr__(name: str) -> object:
    if name in _HOMES:
        return getattr(import_module(f"pinsmith.lab.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
