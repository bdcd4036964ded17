"""The stage of ``pinsmith demo --incident``: people with keys, a web host of updates, and programs that read them."""

from __future__ import annotations

import shutil
import socket
from datetime import timedelta
from typing import TYPE_CHECKING, Final, Self
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from pinsmith.cli._demo_folder import HOST
from pinsmith.cli._demo_rotation_folder import ClockedFolder
from pinsmith.errors import PinMismatchError
from pinsmith.lab.servers.server import RecordingServer
from pinsmith.lab.servers.site import Answer, Site
from pinsmith.tls.context import PinnedSSLContext
from pinsmith.updates import Updater

if TYPE_CHECKING:
    from datetime import datetime

    from pinsmith.lab.pki.identity import Identity
    from pinsmith.lab.servers.site import Request

UPDATES: Final = "localhost"
_PATIENCE_SECONDS: Final = 30.0
_DAYS: Final = timedelta(days=5)


class Program:
    """
    A program that users have: a client with an updater, as it was built at one time.

    Args:
        place: The folder. The pin file and the root in it are built into the program.

        version: Its version.
    """

    def __init__(self, place: IncidentFolder, version: str) -> None:
        self.version, self._place = version, place
        built = place.folder.parent / f"program-{version}"
        built.mkdir()
        shutil.copy2(place.folder / "pins.toml", built)
        (built / "bundle" / "metadata").mkdir(parents=True)
        shutil.copy2(place.folder / "bundle" / "metadata" / "1.root.json", built / "bundle" / "metadata")
        cafile = place.folder / "trusted.pem"
        self.updater = Updater(
            floor=built / "pins.toml",
            cache=built / "cache",
            cafile=cafile,
            clock=lambda: place.now,
            monotonic=lambda: place.seconds,
        )
        self._cafile = cafile

    def accepts(self, server: RecordingServer) -> bool:
        """Send a request to *server*, unless it has no pinned key."""
        context = PinnedSSLContext(self.updater.policy, cafile=self._cafile, clock=lambda: self._place.now)
        with socket.create_connection(server.endpoint, timeout=_PATIENCE_SECONDS) as raw:
            try:
                tls = context.wrap_socket(raw, server_hostname=HOST)
            except PinMismatchError:
                return False
            with tls:
                tls.sendall(f"GET / HTTP/1.1\r\nHost: {HOST}\r\nConnection: close\r\n\r\n".encode("ascii"))
                return tls.recv(16).startswith(b"HTTP/1.1 200")


class IncidentFolder(ClockedFolder):
    """
    A folder in which commands run at the time of the story, beside the keys of some people.

    Attributes:
        programs: Those that users have.
        server: The server in service.
        identity: What it presents.
        address: Where the bundle is published.
    """

    server: RecordingServer
    identity: Identity
    address: str

    def __init__(self, today: datetime) -> None:
        super().__init__(today - _DAYS)
        self._began = self.now
        self.programs: list[Program] = []

    def __enter__(self) -> Self:
        super().__enter__()
        for name in ("ada", "bo", "cy", "online"):
            self._make_key(name)
        site = Site(self._published, keeps_open=False)
        host = self._stack.enter_context(RecordingServer(self.issuer.issue(UPDATES), speak=site))
        self.address = f"https://{UPDATES}:{host.port}/"
        self.present(self.issuer.issue(HOST))
        return self

    @property
    def seconds(self) -> float:
        """The time since the story began."""
        return (self.now - self._began).total_seconds()

    def present(self, identity: Identity) -> None:
        """Let the server in service present another certificate."""
        self.identity, self.server = identity, self.serve(identity)

    def write_pins(self, text: str) -> None:
        """Write the pin file, with the address of the server in service."""
        updates = f'\n[updates]\naddresses = ["{self.address}"]\nremoval-delay = 1\n'
        reach = f'connect = "127.0.0.1:{self.server.port}"\ncafile = "trusted.pem"\n'
        (self.folder / "pins.toml").write_text(f"version = 1\n\n{text}{reach}{updates}", encoding="utf-8")

    def ship(self, version: str) -> None:
        """Build a program and give it to users."""
        program = Program(self, version)
        self._stack.callback(program.updater.close)
        self.programs.append(program)

    def _make_key(self, name: str) -> None:
        private = Ed25519PrivateKey.generate()
        folder = self.folder.parent / name
        folder.mkdir(mode=0o700)
        path = folder / f"{name}.key"
        path.touch(0o600)
        path.write_bytes(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        public = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        (folder / f"{name}.pub").write_bytes(public)

    def _published(self, request: Request) -> Answer:
        path = self.folder / "bundle" / urlsplit(request.path).path.lstrip("/")
        is_there = path.parent.name in {"metadata", "targets"} and path.is_file()
        return Answer(body=path.read_bytes()) if is_there else Answer(404, body=b"")
