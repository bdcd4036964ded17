"""Ask hosts because a person or a program says so: within an allowance, and only few at once."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from pinsmith.errors import FetchError
from pinsmith.errors.reach import FormError, OutOfReachError, TooOftenError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.requests import Request

    from pinsmith.errors import PinsmithError
    from pinsmith.service.allowance import Allowance
    from pinsmith.service.inspection import Inspected, Inspector, Refused

MAX_HOSTS: Final = 100
"""Hosts of one request."""
RETRY_SECONDS: Final = "60"
_AT_ONCE: Final = 3  # threads; the rounds and the logins need some, too


class Asking:
    """Asks hosts for people and programs."""

    def __init__(self, inspector: Inspector | None, allowance: Allowance) -> None:
        """
        Begin with nobody waiting.

        Args:
            inspector: Asks; None if the operator has switched that off.

            allowance: How many hosts each person may ask for.
        """
        self._inspector = inspector
        self._allowance = allowance
        self._turns = asyncio.Semaphore(_AT_ONCE)

    @property
    def is_on(self) -> bool:
        """Whether hosts are asked at all."""
        return self._inspector is not None

    async def ask(
        self, request: Request, texts: Sequence[str], starttls: str | None = None
    ) -> list[Inspected | Refused]:
        """
        Ask hosts for the sender of *request*.

        Raises:
            OutOfReachError: If no host is asked at all, or there are too many.
            TooOftenError: If the sender has asked too often.
        """
        if self._inspector is None:
            raise OutOfReachError(
                "no host was contacted, because the operator has switched that off",
                hint="run `pinsmith fetch HOST`, or set `enabled` in [inspect] of the settings",
            )
        if len(texts) > MAX_HOSTS:
            raise OutOfReachError(
                f"{len(texts)} hosts were given, and at most {MAX_HOSTS} are contacted at once, so none was contacted",
                hint="send them in parts, or use `pinsmith fetch --from FILE`",
            )
        person = request.scope.get("person") or (request.client.host if request.client else "")
        if not self._allowance.take(str(person), len(texts)):
            raise TooOftenError(
                "no host was contacted, because you have inspected too many within a minute",
                hint="wait a minute; the operator can raise `per-minute` in [inspect] of the settings",
            )
        async with self._turns:
            return await asyncio.to_thread(self._inspector.inspect_each, texts, starttls)


def status_of(error: PinsmithError) -> int:
    """Return the status of an answer that says *error*."""
    if isinstance(error, FormError):
        return error.status
    if isinstance(error, TooOftenError):
        return HTTPStatus.TOO_MANY_REQUESTS
    if isinstance(error, OutOfReachError):
        return HTTPStatus.FORBIDDEN
    return HTTPStatus.BAD_GATEWAY if isinstance(error, FetchError) else HTTPStatus.BAD_REQUEST
