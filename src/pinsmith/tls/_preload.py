"""
Import the modules that handshakes, refusals and reports otherwise import only when they need them.

Enforcement imports little, so that ``import pinsmith`` stays cheap. But a process may lose its file system between the
making of a context and the first handshake: it calls ``chroot``, or drops the right to read the library. From then on
nothing can be imported, and each handshake, good or not, would fail with an ImportError.

This module is separate from `_enforcer`, because the list does not belong to one part of enforcement.
"""

from __future__ import annotations

from contextlib import suppress
from importlib import import_module

_MODULES = (
    *("ipaddress", "logging"),
    *("encodings.idna", "encodings.punycode", "idna.uts46data"),
    *("ast", "tokenize"),  # by tracebacks that are logged, from Python 3.13 on
    *("cryptography.x509", "cryptography.x509.verification"),
    "cryptography.hazmat.backends.openssl.backend",  # by the verification of a signature
    "pinsmith.tls._completion",
)


def preload() -> None:
    """
    Import all of them; from the second call on this costs nothing.

    In another interpreter of the process (PEP 734) cryptography cannot be loaded, and is left out.
    """
    for name in _MODULES:
        with suppress(ImportError):
            import_module(name)
