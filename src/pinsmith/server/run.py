"""Run the service and its web server in one process, until a signal ends it."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from contextlib import AsyncExitStack, contextmanager
from typing import TYPE_CHECKING

import uvicorn

from pinsmith.errors.service import ListenError
from pinsmith.server.app import application
from pinsmith.server.bundle_files import BundleFiles
from pinsmith.server.guard import names_of
from pinsmith.server.intake import Intake
from pinsmith.server.login import Access
from pinsmith.server.loop import run as run_loop
from pinsmith.server.passwords import Passwords
from pinsmith.server.site import Site
from pinsmith.service.classification import Classification
from pinsmith.service.daemon import run_until
from pinsmith.service.ending import ending
from pinsmith.service.rounds import Round
from pinsmith.store import Store
from pinsmith.store.report_writer import ReportWriter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from pinsmith.service.setup import Setup


def serve(
    setup: Setup,
    address: str,
    port: int,
    now: Callable[[], datetime],
    *,
    began: Callable[[str], None],
    tell: Callable[[Round], None],
) -> None:
    """
    Serve until SIGINT or SIGTERM; a round that has begun is finished.

    Args:
        setup: The service.

        address: The numeric address to listen at.

        port: 0 to let the kernel choose.

        now: The clock; aware.

        began: Called with the URL when the server listens.

        tell: Called after each round that did something.

    Raises:
        ListenError: If the address or the port cannot be used, or everybody could see the pages from other machines.
        SettingsError: If the passwords cannot be used.
        FileError: If the online key of a bundle cannot be read.
        MaterialError: If it is not a private key, or its password is wrong.
        SigningError: If TUF has no scheme for it.
        LockedError: If another service uses the file of the database.
        StoreError: If the database cannot be used.
        UsageError: If something that the settings or the database need is not installed, or counts should be sent from
            PostgreSQL.
    """
    access = _access_of(setup)
    # A name leads here from other machines, through a proxy.
    open_to = [*([] if ipaddress.ip_address(address).is_loopback else [address]), *setup.settings.access.names]
    if access is None and open_to:
        raise ListenError(
            f"everybody who reaches {open_to[0]} could see which hosts are pinned and inspect others",
            hint="add [access] with passwords, or with proxy-header and proxy-secret, to the settings",
        )
    with setup.reserved(), _listen(address, port) as listening:
        run_loop(_serve(setup, access, listening, now, began=began, tell=tell))


async def _serve(
    setup: Setup,
    access: Access | None,
    listening: socket.socket,
    now: Callable[[], datetime],
    *,
    began: Callable[[str], None],
    tell: Callable[[Round], None],
) -> None:
    async with AsyncExitStack() as stack:
        store = await stack.enter_async_context(Store(setup.database))
        feed = setup.feed(stack)
        writer = await stack.enter_async_context(ReportWriter(setup.database, sends_on=feed is not None))
        rounds = setup.rounds(store)
        names = names_of(listening.getsockname()[0], setup.settings.access.names)
        intake = Intake(writer, now, keys=setup.settings.reports.keys)
        site = Site(
            store,
            rounds,
            now,
            vantage=rounds.vantage,
            inspector=setup.inspector(rounds, now),
            per_minute=setup.settings.inspect.per_minute,
            lab=[setup.folder / name for name in setup.settings.lab.results],
        )
        bundle, freshness = setup.settings.bundle, setup.freshness()
        app = application(
            site,
            names=names,
            access=access,
            intake=intake,
            bundle=None if bundle is None else BundleFiles(setup.folder / bundle.folder),
        )
        config = uvicorn.Config(app, log_config=None, access_log=False, lifespan="off", server_header=False, ws="none")
        server, stop = _Server(config), asyncio.Event()

        def end() -> None:
            server.should_exit = True
            stop.set()

        with ending(end):
            async with asyncio.TaskGroup() as group:
                group.create_task(run_until(stop, rounds, now, tell, classify=Classification(store, rounds).update))
                if freshness is not None:
                    group.create_task(freshness.run(stop, now, lambda problem: tell(Round((), 0, (problem,)))))
                if feed is not None:
                    group.create_task(feed.run(stop))
                began(_url(listening))
                await server.serve(sockets=[listening])
                stop.set()


class _Server(uvicorn.Server):
    """A server that leaves signals alone, because a round may still run when it has ended."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield


def _access_of(setup: Setup) -> Access | None:
    """Read the secrets of the settings; return None if they let everybody in."""
    chosen, folder = setup.settings.access, setup.folder
    access = Access(
        passwords=Passwords.load(folder / chosen.passwords) if chosen.passwords else None,
        token=chosen.token.reveal(folder) if chosen.token else None,
        proxy_header=chosen.proxy_header,
        proxy_secret=chosen.proxy_secret.reveal(folder) if chosen.proxy_secret else None,
    )
    return access if access.passwords or access.token or access.proxy_secret else None


def _listen(address: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        return socket.create_server((address, port), family=family)
    except OSError as error:
        hint = "stop the other program, or choose another address or port with --listen"
        raise ListenError(f"cannot listen at {address} port {port}: {error.strerror}", hint=hint) from error


def _url(listening: socket.socket) -> str:
    address, port = listening.getsockname()[:2]
    return f"http://[{address}]:{port}/" if ":" in address else f"http://{address}:{port}/"
