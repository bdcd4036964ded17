"""The search for the original error behind the exceptions of a client."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Final

from pinsmith.errors.base import PinsmithError

if TYPE_CHECKING:
    from collections.abc import Iterator

# Where clients keep the original: urllib3 and urllib `reason`, aiohttp the next four, stamina and kin `original_error`,
# Twisted `reasons`, exception groups `exceptions`.
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
_MAX_VISITED: Final = 10_000  # arguments may hold long lists of anything


def find(error: BaseException | None) -> PinsmithError | None:
    """
    Dig the pinsmith error out of whatever a client raised.

    Looks through causes, contexts, exception groups, arguments and the attributes clients keep the original in.

    Returns:
        The first one found, nearest first; None if there is none.
    """
    return next((cause for cause in causes(error) if isinstance(cause, PinsmithError)), None)


def causes(error: BaseException | None) -> Iterator[BaseException]:
    """
    Yield *error* and every exception that can be reached from it, nearest first, each once.

    Follows causes, contexts, arguments, exception groups, lists, Twisted failures and the attributes that clients keep
    the original in. Never raises, whatever those are.
    """
    queue: deque[object] = deque([error])
    visited: dict[int, object] = {}  # holds what it has seen, so that no identity is used twice
    while queue and len(visited) < _MAX_VISITED:
        current = queue.popleft()
        if current is None or id(current) in visited:
            continue
        visited[id(current)] = current
        value = _attribute(current, "value")  # of twisted.python.failure.Failure, an exception or not
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
    except Exception:  # noqa: BLE001 - a property of a stranger may raise anything
        return None
