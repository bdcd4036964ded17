"""One run of ``pinsmith lab proxy``: from the first announcement to the end of the last connection."""

from __future__ import annotations

import contextlib
import os
import ssl
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pinsmith import files
from pinsmith.cli import _clock, _interrupt, _output

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pinsmith.lab.process.stop import Stop
    from pinsmith.lab.proxy.intercepting import InterceptingProxy

_DAY_SECONDS: Final = 86_400.0
_PROXY_VARIABLES: Final = ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY")
_CA_VARIABLES: Final = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")


def listen(**settings: object) -> InterceptingProxy:
    """
    Make a proxy that listens. *settings* are those of `InterceptingProxy`.

    Raises:
        UsageError: If they contradict each other.
        PinsmithError: If the address or the port cannot be used.
    """
    from pinsmith.errors import PinsmithError, UsageError
    from pinsmith.files import words_of
    from pinsmith.lab.address import is_loopback
    from pinsmith.lab.proxy.intercepting import InterceptingProxy

    try:
        proxy = InterceptingProxy(**settings)  # type: ignore[arg-type]
    except ValueError as error:
        raise UsageError(str(error)) from error
    except OSError as error:
        where = f"{settings['address']} port {settings['port']}"
        raise PinsmithError(f"the proxy cannot listen on {where}: {words_of(error)}") from error
    if not is_loopback(proxy.address):
        _output.warning(f"everybody who reaches {proxy.address} can use this proxy, and is intercepted by it")
    return proxy


class Session:
    """
    A proxy while it runs, and its result afterwards.

    Attributes:
        proxy: The proxy; it has ended when `run` returns.
        started: When it began.
        ended: When it ended.
        command_code: The exit code of the command, if there was one that ended by itself.
    """

    def __init__(self, proxy: InterceptingProxy, *, until_seen: bool, seconds: float | None) -> None:
        self.proxy = proxy
        self.started = self.ended = _clock.now()
        self.command_code: int | None = None
        self._until_seen = until_seen
        self._seconds = seconds

    def run(self, command: Sequence[str], *, save_ca: Path | None, cafile: Path | None) -> None:
        """
        Run until the time is over, all is seen, the command has ended, or somebody interrupts.

        A session with a phone ends by an interrupt, so an interrupt or SIGTERM is not a failure here.

        Raises:
            FileError: If *save_ca* cannot be written.
            ClientStartError: If the command cannot be started.
        """
        with contextlib.ExitStack() as stack:
            stack.callback(self.proxy.close)
            if save_ca is not None:
                files.write_atomically(save_ca, self.proxy.authority.pem)
            with _interrupt.or_terminated(), contextlib.suppress(KeyboardInterrupt):
                self.proxy.start()
                self._announce()
                if command:
                    self._run_command(command, cafile)
                else:
                    self._wait()
        self.ended = _clock.now()

    def _announce(self) -> None:
        proxy = self.proxy
        address = f"[{proxy.address}]" if ":" in proxy.address else proxy.address
        _output.note(
            f"listening as HTTP proxy on {address}:{proxy.port}",
            f"the pin of its rogue authority is {proxy.authority.pin}; http://pinsmith.lab/ offers its certificate",
        )

    def _wait(self) -> None:
        if self._until_seen:
            self.proxy.wait_until_judged(self._seconds)
        else:
            threading.Event().wait(self._seconds)

    def _run_command(self, command: Sequence[str], cafile: Path | None) -> None:
        from pinsmith.errors import ClientStoppedError
        from pinsmith.lab.process import command as runner
        from pinsmith.lab.process.stop import Stop

        stop = Stop()
        watcher = threading.Thread(target=self._stop_when_done, args=(stop,), daemon=True)
        with tempfile.TemporaryDirectory(prefix="pinsmith-lab-") as folder:
            environment = self._environment(Path(folder), cafile)
            if self._until_seen:
                watcher.start()
            with contextlib.suppress(ClientStoppedError):
                ending = runner.run(
                    command, environment=environment, timeout_seconds=self._seconds or _DAY_SECONDS, stop=stop
                )
                self.command_code = ending.code
                output = ending.output.decode("utf-8", "replace").rstrip()
                _output.note(*(f"{command[0]}: {line}" for line in output.splitlines()))
                _output.note(
                    f"{command[0]} did not end within the time limit and was stopped"
                    if ending.code is None
                    else f"{command[0]} ended with exit code {ending.code}"
                )

    def _stop_when_done(self, stop: Stop) -> None:
        if self.proxy.wait_until_judged(self._seconds or _DAY_SECONDS):
            stop.set()

    def _environment(self, folder: Path, cafile: Path | None) -> dict[str, str]:
        rogue, bundle = folder / "rogue.pem", folder / "bundle.pem"
        rogue.write_text(self.proxy.authority.pem)
        # The client connects directly to hosts that are passed through, so their authorities stay trusted.
        usual = cafile or ssl.get_default_verify_paths().cafile
        genuine = Path(usual).read_text("latin-1") if usual else ""
        bundle.write_text(f"{genuine}\n{self.proxy.authority.pem}", "latin-1")
        address = f"http://{self._reached_at()}:{self.proxy.port}"
        found = dict(os.environ)
        for name in _PROXY_VARIABLES:
            found[name] = found[name.lower()] = address
        found["NO_PROXY"] = found["no_proxy"] = ""
        for name in _CA_VARIABLES:
            found[name] = str(bundle)
        found["NODE_EXTRA_CA_CERTS"] = str(rogue)
        return found

    def _reached_at(self) -> str:
        address = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.proxy.address, self.proxy.address)  # noqa: S104 - not bound
        return f"[{address}]" if ":" in address else address
