"""The stage of a scenario: a PKI, and servers that end with the stage."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Final, Protocol, Self, TypeVar

from pinsmith.lab.scenario import Act, Pinning, Scene
from pinsmith.lab.servers.server import RecordingServer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinsmith.lab.pki.identity import Identity
    from pinsmith.lab.pki.lab_pki import LabPKI
    from pinsmith.lab.scenario import Witness

    S = TypeVar("S", bound="Startable")

LOOPBACK: Final = "127.0.0.1"


class Startable(Protocol):
    """Any server of the lab. It holds its port from construction on, and serves inside ``with``."""

    address: str

    def move(self, address: str, port: int = 0) -> None:
        """Listen at another address, before it serves."""

    def close(self) -> None:
        """End, and release the port."""

    def __enter__(self) -> Self:
        """Begin to serve."""
        ...

    def __exit__(self, *raised: object) -> None:
        """End."""


class Stage:
    """
    The servers of one scene. Leaving it ends all of them.

    Attributes:
        pki: The keys and authorities of this run.
        address: The address for servers that would otherwise listen on `LOOPBACK`.
    """

    def __init__(self, pki: LabPKI, *, address: str = LOOPBACK, ports: Iterator[int] | None = None) -> None:
        """
        Begin without servers.

        Args:
            pki: The PKI of the host that is served.

            address: An IP address of this machine.

            ports: The ports for the servers, in order; by default the kernel chooses them.
        """
        self.pki = pki
        self.address = address
        self._ports = ports
        self._servers = ExitStack()

    def serve(self, identity: Identity, **options: Any) -> RecordingServer:  # noqa: ANN401 - as in RecordingServer
        """Start a TLS server that answers HTTP. *options* are those of `RecordingServer`."""
        return self.start(RecordingServer(identity, **options))

    def start(self, server: S) -> S:
        """Start any other server of the lab. Its port may change."""
        address = self.address if server.address == LOOPBACK else server.address
        port = next(self._ports) if self._ports is not None else 0
        if port or address != server.address:
            try:
                server.move(address, port)
            except OSError:
                server.close()
                raise
        return self.keep(server)

    def keep(self, server: S) -> S:
        """Start a server at its own address, whatever the address of the stage."""
        self._servers.enter_context(server)
        return server

    def pinning(self, *pins: str, **options: Any) -> Pinning:  # noqa: ANN401 - as in Pinning
        """Pin *pins*, by default the key of the host, and then the backup key."""
        options.setdefault("host", self.pki.host)
        return Pinning((*(pins or (self.pki.pin,)), self.pki.backup_pin), **options)

    def accepted(self, server: RecordingServer, *pins: str, **options: Any) -> Scene:  # noqa: ANN401 - as in Scene
        """Make a scene with one server, to which a correct pinner sends."""
        return self.scene(server, Act("accept", self.pinning(*pins), wanted=(server,)), **options)

    def refused(self, server: Witness, *pins: str, **options: Any) -> Scene:  # noqa: ANN401 - as in Scene
        """Make a scene with one server, to which a correct pinner does not send."""
        return self.scene(server, Act("refuse", self.pinning(*pins), guarded=(server,)), **options)

    def scene(self, server: Any, *acts: Act, **options: Any) -> Scene:  # noqa: ANN401 - see `scene` below
        """Make a scene at the port of *server*. The host is that of the PKI, unless *options* name another."""
        options.setdefault("host", self.pki.host)
        return scene(server, *acts, **options)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        self._servers.__exit__(*raised)  # type: ignore[arg-type] # the three that Python gave


def scene(server: Any, *acts: Act, **options: Any) -> Scene:  # noqa: ANN401 - a server of any class, options of Scene
    """Make a scene at the port of *server*."""
    return Scene(acts, server.port, address=server.address, **options)
