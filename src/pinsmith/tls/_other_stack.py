"""
The TLS library that urllib3.future, on which niquests stands, has chosen.

Where rtls or utls is installed, it makes its connections with that library, which knows no pins. Nobody has to ask for
it: another package may have brought it. A variable of the environment decides, when urllib3.future is imported.

Source: urllib3.future ``contrib/anytls`` and ``util/ssl_.py``; the variable exists since 2.22.900
"""

from __future__ import annotations

import os
import sys
from typing import Final

from pinsmith.errors import InjectionError

_VARIABLE: Final = "URLLIB3_FUTURE_SSL_BACKEND"
_SSL: Final = ("ssl", "stdlib", "stdlib_ssl")  # the names that it takes for Python's
_MODULES: Final = ("urllib3_future.util.ssl_", "urllib3.util.ssl_")
CHOOSE_SSL: Final = f"set {_VARIABLE}=ssl in the environment before Python starts, or uninstall rtls and utls"
_is_ours = False


def other_stack() -> str | None:
    """Return the library that urllib3.future has chosen; None if it is `ssl`, or urllib3.future is not imported."""
    for name in _MODULES:
        module = sys.modules.get(name)
        if module is not None and hasattr(module, "convert_ssl_ctx_rtls"):  # otherwise it is urllib3
            chosen = getattr(getattr(module, "ssl", None), "__name__", None)
            if chosen in {"rtls", "utls"}:
                return str(chosen)
    return None


def choose_ssl() -> None:
    """
    Make urllib3.future choose `ssl` when it is imported, also in processes that are started from now on.

    Raises:
        InjectionError: If it has chosen another library, or the environment asks for one.
    """
    global _is_ours  # noqa: PLW0603 - the process has one environment
    asked = os.environ.get(_VARIABLE, "").strip().lower()
    chosen = other_stack() or (asked if asked not in _SSL else None)
    if chosen:
        raise InjectionError(
            f"niquests and urllib3.future make their connections with {chosen}, which checks no pins",
            hint=f"{CHOOSE_SSL}; or call pinsmith.inject before anything imports them",
        )
    if not asked:
        os.environ[_VARIABLE] = "ssl"
        _is_ours = True


def restore_choice() -> None:
    """Undo `choose_ssl`."""
    global _is_ours  # noqa: PLW0603
    if _is_ours:
        os.environ.pop(_VARIABLE, None)
        _is_ours = False
