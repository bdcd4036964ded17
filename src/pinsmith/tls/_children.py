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

    from pinsmith.policy import Policy

_KEY = "pinsmith"
_INJECT = """\
def _pinsmith():
    import sys
    path, sys.path[:] = sys.path[:], {path!r}
    import pickle
    from pinsmith.tls.inject import inject
    inject(pickle.loads({policy!r}))
    sys.path[:] = path
_pinsmith()
del _pinsmith
"""


class _Stowaway:
    """Injects *policy* in the process that unpickles it."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy

    def __reduce__(self) -> tuple[Callable[..., None], tuple[Policy]]:
        return _inject, (self.policy,)


def _inject(policy: Policy) -> None:
    from pinsmith.tls.inject import inject

    inject(policy)


def follow(injected_policy: Callable[[], Policy | None]) -> None:
    """
    Let children enforce what *injected_policy* returns when they are started, if it returns a policy.

    It is not undone: without a policy nothing is added. A second call has no effect.
    """
    _wrap("multiprocessing.spawn", "get_preparation_data", _with_stowaway, injected_policy)
    _wrap("_interpreters", "create", _with_injection, injected_policy)


def _wrap(module_name: str, name: str, wrap: Callable[..., Any], injected_policy: Callable[[], Policy | None]) -> None:
    from functools import wraps
    from importlib import import_module

    try:
        module = import_module(module_name)
    except ImportError:
        return  # this Python has no such children: there are no interpreters before 3.13, and no processes in browsers
    original = getattr(module, name)
    if not hasattr(original, "_is_pinsmith"):
        ours: Any = wraps(original)(wrap(original, injected_policy))
        ours._is_pinsmith = True
        setattr(module, name, ours)


def _with_stowaway(original: Any, injected_policy: Callable[[], Policy | None]) -> Any:
    def get_preparation_data(name: str) -> Any:
        data = original(name)
        policy = injected_policy()
        if policy is not None:
            # The first item is unpickled first.
            return {_KEY: _Stowaway(policy), **data}
        return data

    return get_preparation_data


def _with_injection(original: Any, injected_policy: Callable[[], Policy | None]) -> Any:
    def create(*args: Any, **options: Any) -> Any:
        interpreters: Any = sys.modules["_interpreters"]
        interpreter = original(*args, **options)
        policy = injected_policy()
        if policy is None:
            return interpreter
        code = _INJECT.format(path=sys.path, policy=pickle.dumps(policy))
        problem = interpreters.exec(interpreter, code)
        if problem is not None:
            interpreters.destroy(interpreter)
            raise InjectionError(
                f"pins cannot be enforced in another interpreter of this process: {problem.formatted}",
                hint="use threads or processes: they enforce the pins",
            )
        return interpreter

    return create
