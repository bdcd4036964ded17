"""What a scenario builds on: the world, and servers that end with it."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Self, TypeVar

from pinsmith.lab.scenario import Act, Pinning, Scene
from pinsmith.lab.server import RecordingServer

if TYPE_CHECKING:
    from types import TracebackType

    from pinsmith.lab.identity import Identity
    from pinsmith.lab.listener import Listener
    from pinsmith.lab.scenario import Witness
    from pinsmith.lab.world import World

    L = TypeVar("L", bound=Listener)


class Stage:
    """
    Servers of one scene. Leaving it ends them all.

    Attributes:
        world: The keys and authorities of this run.
    """

    def __init__(self, world: World) -> None:
        self.world = world
        self._servers = ExitStack()

    def serve(self, identity: Identity, **options: Any) -> RecordingServer:  # noqa: ANN401 - as in RecordingServer
        """Start a TLS server that answers HTTP; *options* are those of `RecordingServer`."""
        return self.start(RecordingServer(identity, **options))

    def start(self, server: L) -> L:
        """Start any other server of the lab."""
        self._servers.enter_context(server)
        return server

    def pinning(self, *pins: str, **options: Any) -> Pinning:  # noqa: ANN401 - as in Pinning
        """Pin *pins*, by default the host's key, and the backup key after them."""
        return Pinning((*(pins or (self.world.pin,)), self.world.backup_pin), **options)

    def accepted(self, server: RecordingServer, *pins: str, **options: Any) -> Scene:  # noqa: ANN401 - as in Scene
        """Make a scene of one server, which a correct pinner talks to."""
        return scene(server, Act("accept", self.pinning(*pins), wanted=(server,)), **options)

    def refused(self, server: Witness, *pins: str, **options: Any) -> Scene:  # noqa: ANN401 - as in Scene
        """Make a scene of one server, which a correct pinner sends nothing to."""
        return scene(server, Act("refuse", self.pinning(*pins), guarded=(server,)), **options)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._servers.__exit__(kind, error, trace)


def scene(server: Any, *acts: Act, **options: Any) -> Scene:  # noqa: ANN401 - a server of any class, options of Scene
    """Make a scene at the port of *server*."""
    return Scene(acts, server.port, address=server.address, **options)
