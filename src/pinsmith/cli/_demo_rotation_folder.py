"""The stage of ``pinsmith demo --rotation``: what an ACME client orders, what the server has, and a clock."""

from __future__ import annotations

import io
import shutil
from contextlib import chdir, redirect_stderr, redirect_stdout
from datetime import timedelta
from typing import TYPE_CHECKING, Final, Self

from pinsmith.cli import _clock
from pinsmith.cli._demo_folder import HOST, CommandResult, DemoFolder
from pinsmith.exit_code import ExitCode
from pinsmith.lab.fleet import Fleet
from pinsmith.lab.pki.identity import Identity
from pinsmith.lab.servers.server import RecordingServer
from pinsmith.rotation.standby_key import load_private_key

if TYPE_CHECKING:
    import ssl
    from collections.abc import Sequence
    from datetime import datetime

    from pinsmith.lab.pki.key import PrivateKey

# TLS uses the real clock. So the story ends today, and every certificate that is used in it is valid today.
_DAYS: Final = timedelta(days=71)
_LIFE: Final = timedelta(days=90)
_A_MOMENT: Final = timedelta(hours=1)


class ClockedFolder(DemoFolder):
    """
    A folder in which commands run at the time of the story, in this process.

    Args:
        now: The time at the start of the story, aware.

    Attributes:
        now: The time of the story.
    """

    def __init__(self, now: datetime) -> None:
        self.now = now
        super().__init__(since=now - _A_MOMENT)

    def run(self, words: Sequence[str]) -> CommandResult:
        """Run ``pinsmith`` with *words*, in the folder, at the time of the story."""
        from pinsmith.cli import main

        shown = io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True)
        with (
            chdir(self.folder),
            self.environment(),
            _clock.moved_to(self.now),
            redirect_stdout(shown),
            redirect_stderr(shown),
        ):
            code = main(words[1:])
        if code == ExitCode.INTERRUPTED:
            raise KeyboardInterrupt
        return CommandResult(bytes(shown.buffer.getvalue()).decode("utf-8").rstrip("\n"), code)


class RotationFolder(ClockedFolder):
    """
    The folder of a server.

    Below it are ``live``, where an ACME client writes, and ``tls``, where the server reads.

    Args:
        today: The time at the end of the story, aware.

    Attributes:
        fleet: The releases that users have.
        server: The server in service.
    """

    fleet: Fleet
    server: RecordingServer

    def __init__(self, today: datetime) -> None:
        super().__init__(today - _DAYS)

    def __enter__(self) -> Self:
        super().__enter__()
        self.fleet = Fleet(HOST, self.folder / "trusted.pem")
        self.order()
        shutil.copytree(self.folder / "live", self.folder / "tls")
        self.restart()
        return self

    def order(self, key: PrivateKey | None = None) -> Identity:
        """Let the ACME client order a certificate of *key*, or of a fresh key."""
        identity = self.issuer.issue(
            HOST, key=key or "ec-p256", not_before=self.now - _A_MOMENT, not_after=self.now + _LIFE
        )
        live = self.folder / "live"
        live.mkdir(exist_ok=True)
        (live / "fullchain.pem").write_text(identity.presented_pem(), encoding="ascii")
        (live / "privkey.pem").write_bytes(identity.private_pem())
        return identity

    def key(self, path: str) -> PrivateKey:
        """Read a private key; *path* begins in the folder."""
        return load_private_key((self.folder / path).read_bytes())

    def restart(self) -> None:
        """Serve what is in ``tls``."""

        def load(context: ssl.SSLContext) -> None:
            context.load_cert_chain(self.folder / "tls" / "fullchain.pem", self.folder / "tls" / "privkey.pem")

        server = RecordingServer(Identity.self_signed(HOST), context_hook=load)
        self.server = self._stack.enter_context(server)
