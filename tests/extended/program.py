"""Run servers of the system's packages as processes of a test: find them, start them on a free port, end them."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Self

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

SECONDS = 40.0  # a server must be ready by then; shorter than the time-out of a test, and never reached
_SYSTEM_PATH = "/usr/sbin:/usr/local/sbin:/sbin"


def find(program: str, package: str) -> str:
    """Find *program* where Debian puts servers; without it, the test is skipped, a failure with ``--no-skips``."""
    found = shutil.which(program, path=f"{os.environ.get('PATH', '')}:{_SYSTEM_PATH}")
    if found is None:
        found = next((str(path) for path in Path("/usr/lib/postgresql").glob(f"*/bin/{program}")), None)
    if found is None:
        pytest.skip(f"{program} is not installed: apt-get install {package}")
    return found


@contextmanager
def reserved_port() -> Iterator[int]:
    """
    Reserve a port that the kernel chooses, so that a server can listen on it.

    The socket that reserves it does not listen. Both set SO_REUSEADDR, so the server can use the port and no other
    process gets it by chance.
    """
    with socket.socket() as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        holder.bind(("127.0.0.1", 0))
        yield holder.getsockname()[1]


class Folder:
    """The folder of a server, which belongs to the user that runs it: root starts servers as another user."""

    def __init__(self, preferred_user: str) -> None:
        self.user = _unprivileged(preferred_user) if os.geteuid() == 0 else None
        self.path = Path(tempfile.mkdtemp(prefix="pinsmith-extended-"))
        self.give(self.path)

    def give(self, path: Path) -> Path:
        """Make the user of the server the owner of *path*."""
        if self.user is not None:
            os.chown(path, self.user.pw_uid, self.user.pw_gid)
        return path

    def write(self, name: str, content: str | bytes) -> Path:
        """Write a file that only the server may read; it replaces an earlier one at once."""
        path, new = self.path / name, self.path / f"{name}.new"
        new.touch(0o600)
        new.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)
        return self.give(new).replace(path)

    def run(self, command: Sequence[str | Path], **variables: str) -> None:
        """Run a program that prepares the server, with *variables* of its environment."""
        options = self._as_user
        options["env"] |= variables
        done = subprocess.run(command, **options, capture_output=True, text=True, timeout=SECONDS, check=False)
        if done.returncode:
            raise RuntimeError(f"{command[0]} ended with {done.returncode}:\n{done.stdout}{done.stderr}")

    @property
    def _as_user(self) -> dict[str, Any]:
        options: dict[str, Any] = {"cwd": self.path, "env": {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}}
        if self.user is not None:
            options |= {"user": self.user.pw_uid, "group": self.user.pw_gid, "extra_groups": []}
        return options

    def start(self, command: Sequence[str | Path]) -> subprocess.Popen[bytes]:
        """Start a server with one pipe for all its output; where possible, it ends when this process ends."""
        setpriv = shutil.which("setpriv")
        guard = [setpriv, "--pdeathsig", "TERM"] if setpriv else []
        process: subprocess.Popen[bytes] = subprocess.Popen(
            [*guard, *command],
            **self._as_user,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        return process

    def remove(self) -> None:
        """Delete everything, including folders that are not writable."""
        for folder, _, _ in os.walk(self.path):
            Path(folder).chmod(0o700)
        shutil.rmtree(self.path)


def _unprivileged(preferred: str) -> pwd.struct_passwd:
    try:
        return pwd.getpwnam(preferred)
    except KeyError:
        return pwd.getpwnam("nobody")


class Program:
    """
    A server process.

    Args:
        folder: The folder of the server.
        command: The command that starts it in the foreground.
        port: The port that it will listen on.
        log: A log file that it writes besides its output.
        ready: A text that it logs when it is ready; without it, the server is ready when it listens.
        end: The signal that ends it without waiting for clients.
    """

    def __init__(
        self,
        folder: Folder,
        command: Sequence[str | Path],
        port: int,
        *,
        log: Path | None = None,
        ready: str = "",
        end: signal.Signals = signal.SIGTERM,
    ) -> None:
        self.port = port
        self._log = log
        self._ready = ready
        self._end = end
        self._output = bytearray()
        self._launches = 0
        self._changed = threading.Condition()
        self._start = partial(folder.start, command)
        self._launch()

    def _launch(self) -> None:
        self._launches += 1
        self._process = self._start()
        assert self._process.stdout is not None
        self._reader = threading.Thread(target=self._read, args=(self._process.stdout,), daemon=True)
        self._reader.start()

    def _read(self, pipe: IO[bytes]) -> None:
        with pipe:
            while received := os.read(pipe.fileno(), 65536):
                with self._changed:
                    self._output += received
                    self._changed.notify_all()

    @property
    def pid(self) -> int:
        """The number of the process."""
        return self._process.pid

    @property
    def log(self) -> str:
        """The output and the log file so far."""
        written = self._log.read_text("utf-8", "replace") if self._log is not None and self._log.exists() else ""
        with self._changed:
            return self._output.decode("utf-8", "replace") + written

    def until(self, condition: Callable[[], bool], what: str) -> None:
        """
        Wait for *condition*, which is checked after each output of the server and at short intervals.

        Raises:
            RuntimeError: if the server ended first, or if too much time has passed; the message contains the log.
        """
        deadline, pause = time.monotonic() + SECONDS, 0.005
        while not condition():
            if not self.is_alive() or time.monotonic() > deadline:
                if not self.is_alive():
                    self._reader.join()  # so that the log has its last lines
                raise RuntimeError(f"{what}: not seen; exit code {self._process.poll()}, log:\n{self.log}")
            with self._changed:
                self._changed.wait(pause)
            pause = min(2 * pause, 0.25)

    def is_alive(self) -> bool:
        """Return whether the process runs."""
        return self._process.poll() is None

    def reload(self) -> None:
        """Make the server read its files again."""
        self._process.send_signal(signal.SIGHUP)

    def restart(self) -> None:
        """End the server and start it again on the same port."""
        self.close()
        self.start_again()

    def kill(self) -> None:
        """End the server with SIGKILL, as a machine that fails would."""
        self._process.kill()
        self._process.wait()
        self._reader.join()

    def start_again(self) -> None:
        """Start the server on the same port after it has ended."""
        self._launch()
        self.__enter__()

    def __enter__(self) -> Self:
        try:
            self.until(self._is_ready, f"a server on port {self.port}")
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _is_ready(self) -> bool:
        # The log also has the lines of earlier launches.
        is_logged = not self._ready or self.log.count(self._ready) >= self._launches
        return is_logged and self._listens()

    def _listens(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self.port), 10).close()
        except ConnectionError:
            return False
        return True

    def close(self) -> None:
        """End the process, by force if it does not end by itself."""
        self._process.send_signal(self._end)
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._reader.join()
