"""A proxy that dials several addresses of one name, one after the other."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from pinsmith.lab.proxy.connect import ConnectProxy

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pinsmith.lab.proxy.connect import Endpoint


class AlternatingProxy(ConnectProxy):
    """Dial the addresses of the one name that it knows in turn, as a balancer with several addresses does."""

    def __init__(self, host: str, endpoints: Sequence[Endpoint]) -> None:
        """
        Listen; ``with`` begins to serve.

        Args:
            host: Other hosts get 502.

            endpoints: Where to go, one after the other, then from the beginning.
        """
        self._host = host
        self._turns = itertools.cycle(endpoints)
        super().__init__()

    def _endpoint_of(self, target: str) -> Endpoint | None:
        if target.rpartition(":")[0] != self._host:
            return None
        with self._changed:
            return next(self._turns)
