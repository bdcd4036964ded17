"""The search for the original error behind the exceptions of a client."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Final

from pinsmith.errors.base import PinsmithError

if TYPE_CHECKING:
    from collections.abc import Iterator

# The attributes in which clients keep the original exception: `reason` of urllib3 and urllib, the next four of aiohttp,
# `original_error` of stamina and others, `reasons` of Twisted, `exceptions` of exception groups.
_ATTRIBUTES: Final = (
    "reason",
    "os_error",
    "_os_error",
    "certificate_error",
    "_certificate_error",
    "original_error",
    "reasons",
    "exceptions",
)
_MAX_VISITED: Final = 10_000  # because arguments may contain long lists


def find(error: BaseException | None) -> PinsmithError | None:
    """
    Find the pinsmith error behind the exception that a client raised.

    Searches causes, contexts, exception groups, arguments, and the attributes in which clients keep the original.

    Returns:
        The pinsmith error that is nearest to *error*; None if there is none.
    """
    return next((cause for cause in causes(error) if isinstance(cause, PinsmithError)), None)


def causes(error: BaseException | None) -> Iterator[BaseException]:
    """
    Yield *error* and every exception that can be reached from it, the nearest first and none of them twice.

    Follows causes, contexts, arguments, exception groups, lists, Twisted failures, and the attributes in which clients
    keep the original exception. Never raises, whatever these contain.
    """
    queue: deque[object] = deque([error])
    visited: dict[int, object] = {}  # keeps the objects alive, so that no id is reused
    while queue and len(visited) < _MAX_VISITED:
        current = queue.popleft()
        if current is None or id(current) in visited:
            continue
        visited[id(current)] = current
        value = _attribute(current, "value")  # of twisted.python.failure.Failure: the exception; of others: anything
        if isinstance(value, BaseException):
            queue.append(value)
        if isinstance(current, BaseException):
            yield current
            queue += (current.__cause__, current.__context__)
            queue += (_attribute(current, name) for name in _ATTRIBUTES)
            queue += current.args
        elif isinstance(current, (list, tuple)):
            queue += current[:_MAX_VISITED]


def _attribute(owner: object, name: str) -> object:
    try:
        return getattr(owner, name, None)
    except Exception:  # noqa: BLE001 - a property of a foreign object may raise anything
        return None
