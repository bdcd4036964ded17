"""A proxy that connects to several addresses of one name in turn."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from pinsmith.lab.proxy.connect import ConnectProxy

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pinsmith.lab.proxy.connect import Endpoint


class AlternatingProxy(ConnectProxy):
    """Connect to the addresses of the one name that it knows in turn, like a load balancer."""

    def __init__(self, host: str, endpoints: Sequence[Endpoint]) -> None:
        """
        Listen; ``with`` begins to serve.

        Args:
            host: The only host. Others get 502.

            endpoints: The addresses and ports, used in turn.
        """
        self._host = host
        self._turns = itertools.cycle(endpoints)
        super().__init__()

    def endpoint_of(self, target: str) -> Endpoint | None:
        """Return the next address, if *target* is the one host with any port."""
        if target.rpartition(":")[0] != self._host:
            return None
        with self._changed:
            return next(self._turns)
