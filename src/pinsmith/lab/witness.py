"""Part of what a server of the lab has seen, as a witness of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pinsmith.lab.scenario import Witness


@dataclass(frozen=True, eq=False, slots=True)
class Part:
    """
    A server of which only some bytes count.

    Attributes:
        server: Its connections are those of this witness.
        of: Picks the bytes that count, when asked.
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
        """How many bytes that is."""
        return len(self.of())

    @property
    def received_size(self) -> int:
        """The same."""
        return len(self.of())

    def wait_closed(self, timeout_seconds: float = 10.0) -> None:
        """Return once every connection of the server has ended."""
        self.server.wait_closed(timeout_seconds)


def bystander(server: Witness) -> Part:
    """See that *server* was connected to, whatever was sent: proof that something happened, and no more."""
    return Part(server, bytes)
