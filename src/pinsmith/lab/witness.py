"""A part of the record of a server, as a separate witness."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pinsmith.lab.scenario import Witness


@dataclass(frozen=True, eq=False, slots=True)
class Part:
    """
    A server of whose bytes only some count.

    Attributes:
        server: The server, whose connections are those of this witness.
        of: Returns the bytes that count.
    """

    server: Witness
    of: Callable[[], bytes]

    @property
    def connections(self) -> Sequence[object]:
        """Every connection of the server so far."""
        return self.server.connections

    @property
    def disclosed(self) -> bytes:
        """The bytes that count."""
        return self.of()

    @property
    def disclosed_size(self) -> int:
        """The number of these bytes."""
        return len(self.of())

    @property
    def received_size(self) -> int:
        """The number of these bytes."""
        return len(self.of())

    def wait_closed(self, timeout_seconds: float = 10.0) -> None:
        """Return when every connection of the server has ended."""
        self.server.wait_closed(timeout_seconds)


def bystander(server: Witness) -> Part:
    """Count only connections to *server*, not bytes: proof that something happened, and no more."""
    return Part(server, bytes)
