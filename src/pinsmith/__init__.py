"""TLS pinning done right, from one file."""

from __future__ import annotations

TYPE_CHECKING = False  # type checkers know the name; typing itself would cost more than the rest of this file
if TYPE_CHECKING:
    from pinsmith.certificate import Certificate, Chain
    from pinsmith.lab.selftest import selftest
    from pinsmith.pin import Pin
    from pinsmith.pinfile import load
    from pinsmith.policy import HostPins, Key, Policy
    from pinsmith.tls.context import PinnedSSLContext
    from pinsmith.tls.inject import extract, inject
    from pinsmith.verdict import decide

__all__ = [
    "Certificate",
    "Chain",
    "HostPins",
    "Key",
    "Pin",
    "PinnedSSLContext",
    "Policy",
    "decide",
    "extract",
    "inject",
    "load",
    "selftest",
]

# Loaded on first use, so that `import pinsmith` costs nothing and enforcement pulls in no command line.
_HOMES = {
    "Certificate": "pinsmith.certificate",
    "Chain": "pinsmith.certificate",
    "HostPins": "pinsmith.policy",
    "Key": "pinsmith.policy",
    "Pin": "pinsmith.pin",
    "PinnedSSLContext": "pinsmith.tls.context",
    "Policy": "pinsmith.policy",
    "decide": "pinsmith.verdict",
    "extract": "pinsmith.tls.inject",
    "inject": "pinsmith.tls.inject",
    "load": "pinsmith.pinfile",
    "selftest": "pinsmith.lab.selftest",
}
_SUBMODULES = ("clients", "errors", "probe")


def __getattr__(name: str) -> object:
    from importlib import import_module

    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    if name in _SUBMODULES:
        return import_module(f"pinsmith.{name}")
    if name == "__version__":
        from importlib.metadata import version

        return version("pinsmith")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*__all__, *_SUBMODULES, "__version__"])
