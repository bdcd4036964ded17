"""
Worker processes and interpreters that a pinned process starts: they enforce its pins as well.

A forked child has everything. A worker that `multiprocessing` starts by spawn or forkserver imports `ssl` anew; before
anything else runs there, it unpickles a dictionary ("preparation data"). An object in that dictionary injects the
policy while it is unpickled. coverage.py measures workers in the same way. Another interpreter of the same process
(PEP 734) imports `ssl` anew too, so the injection is the first thing that runs there.

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

    Arguments = Callable[[], dict[str, Any] | None]

_KEY = "pinsmith"
_INJECT = """\
def _pinsmith():
    import sys
    path, sys.path[:] = sys.path[:], {path!r}
    import pickle
    from pinsmith.tls.inject import inject
    inject(**pickle.loads({arguments!r}))
    sys.path[:] = path
_pinsmith()
del _pinsmith
"""


class _Stowaway:
    """Injects with *arguments* in the process that unpickles it."""

    def __init__(self, arguments: dict[str, Any]) -> None:
        self.arguments = arguments

    def __reduce__(self) -> tuple[Callable[..., None], tuple[dict[str, Any]]]:
        return _inject, (self.arguments,)


def _inject(arguments: dict[str, Any]) -> None:
    from pinsmith.tls.inject import inject

    inject(**arguments)


def follow(arguments_in_force: Arguments) -> None:
    """
    Let children inject with what *arguments_in_force* returns when they are started: arguments of `inject`, or None.

    It is not undone: where there is no injection, nothing is added. A second call has no effect.
    """
    _wrap("multiprocessing.spawn", "get_preparation_data", _with_stowaway, arguments_in_force)
    _wrap("_interpreters", "create", _with_injection, arguments_in_force)


def _wrap(module_name: str, name: str, wrap: Callable[..., Any], arguments_in_force: Arguments) -> None:
    from functools import wraps
    from importlib import import_module

    try:
        module = import_module(module_name)
    except ImportError:
        return  # this Python has no such children: there are no interpreters before 3.13, and no processes in browsers
    original = getattr(module, name)
    if not hasattr(original, "_is_pinsmith"):
        ours: Any = wraps(original)(wrap(original, arguments_in_force))
        ours._is_pinsmith = True
        setattr(module, name, ours)


def _with_stowaway(original: Any, arguments_in_force: Arguments) -> Any:
    def get_preparation_data(name: str) -> Any:
        data = original(name)
        arguments = arguments_in_force()
        if arguments is not None:
            # The first item is unpickled first.
            return {_KEY: _Stowaway(arguments), **data}
        return data

    return get_preparation_data


def _with_injection(original: Any, arguments_in_force: Arguments) -> Any:
    def create(*args: Any, **options: Any) -> Any:
        interpreters: Any = sys.modules["_interpreters"]
        interpreter = original(*args, **options)
        arguments = arguments_in_force()
        if arguments is None:
            return interpreter
        code = _INJECT.format(path=sys.path, arguments=pickle.dumps(arguments))
        problem = interpreters.exec(interpreter, code)
        if problem is not None:
            interpreters.destroy(interpreter)
            raise InjectionError(
                f"pins cannot be enforced in another interpreter of this process: {problem.formatted}",
                hint="use threads or processes: they enforce the pins",
            )
        return interpreter

    return create
