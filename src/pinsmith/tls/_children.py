"""
Enforce the pins of a process in the worker processes and interpreters that it starts.

A forked child inherits the injection. A worker that `multiprocessing` starts by spawn or forkserver imports `ssl` anew.
Before anything else runs there, it unpickles a dictionary ("preparation data"). An object in that dictionary injects
the policy while it is unpickled. coverage.py measures workers in the same way. Another interpreter of the same process
(PEP 734) imports `ssl` anew too, so the injection is the first thing that runs there.

This module is separate from `inject`, because nothing here knows pins or connections.

Source:
    CPython ``Lib/multiprocessing/spawn.py`` and ``Modules/_interpretersmodule.c``, 3.11 to 3.14; coverage.py's
    ``coverage/multiproc.py``
"""

from __future__ import annotations

import pickle
import sys
from typing import TYPE_CHECKING, Any

from pinsmith.errors import InjectionError

if TYPE_CHECKING:
    from collections.abc import Callable

    Injection = Callable[[], None]  # can be pickled
    InForce = Callable[[], Injection | None]

_KEY = "pinsmith"
_INJECT = """\
def _pinsmith():
    import sys
    path, sys.path[:] = sys.path[:], {path!r}
    import pickle
    pickle.loads({injection!r})()
    sys.path[:] = path
_pinsmith()
del _pinsmith
"""


class _Stowaway:
    """Runs *injection* in the process that unpickles it."""

    def __init__(self, injection: Injection) -> None:
        self.injection = injection

    def __reduce__(self) -> tuple[Injection, tuple[()]]:
        return self.injection, ()


def follow(injection_in_force: InForce) -> None:
    """
    Let children run the call that *injection_in_force* returns when they start; it can be pickled, or is None.

    This is never undone, because without an injection nothing is added to a child. A second call has no effect.
    """
    _wrap("multiprocessing.spawn", "get_preparation_data", _with_stowaway, injection_in_force)
    _wrap("_interpreters", "create", _with_injection, injection_in_force)


def _wrap(module_name: str, name: str, wrap: Callable[..., Any], injection_in_force: InForce) -> None:
    from functools import wraps
    from importlib import import_module

    try:
        module = import_module(module_name)
    except ImportError:
        return  # this Python has no such children: there are no interpreters before 3.13, and no processes in browsers
    original = getattr(module, name)
    if not hasattr(original, "_is_pinsmith"):
        ours: Any = wraps(original)(wrap(original, injection_in_force))
        ours._is_pinsmith = True
        setattr(module, name, ours)


def _with_stowaway(original: Any, injection_in_force: InForce) -> Any:
    def get_preparation_data(name: str) -> Any:
        data = original(name)
        injection = injection_in_force()
        if injection is not None:
            # The first item is unpickled first.
            return {_KEY: _Stowaway(injection), **data}
        return data

    return get_preparation_data


def _with_injection(original: Any, injection_in_force: InForce) -> Any:
    def create(*args: Any, **options: Any) -> Any:
        interpreters: Any = sys.modules["_interpreters"]
        interpreter = original(*args, **options)
        injection = injection_in_force()
        if injection is None:
            return interpreter
        code = _INJECT.format(path=sys.path, injection=pickle.dumps(injection))
        problem = interpreters.exec(interpreter, code)
        if problem is not None:
            interpreters.destroy(interpreter)
            raise InjectionError(
                f"pins cannot be enforced in another interpreter of this process: {problem.formatted}",
                hint="use threads or processes: they enforce the pins",
            )
        return interpreter

    return create
