"""End a client and the processes that it started, and no others."""

from __future__ import annotations

import os
import signal
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    import subprocess

_HAS_GROUPS: Final = os.name == "posix"
_ROUNDS: Final = 10
_PROC: Final = Path("/proc")


class _Status(NamedTuple):
    """The state of a process on Linux. *born* distinguishes it from a later one with the same number."""

    state: str
    parent: int
    group: int
    session: int
    born: int


class Descendants:
    """
    A client that was started in a new session, with the processes that it started.

    Nobody may have waited for the client yet, because until then the kernel does not reuse its number, so its group is
    the right one. On Linux this also finds processes with a new group within the session, as ``timeout`` and shells
    with job control make, and processes with a new session whose parents still run. It does not find daemons that left
    both. Windows has no groups, so only the client is ended there.
    """

    def __init__(self, client: subprocess.Popen[bytes]) -> None:
        self._client = client
        self._strays: dict[int, int] = {}

    def ask(self) -> None:
        """Ask all of them to end."""
        self._find_strays()
        self._signal_group(signal.SIGTERM)
        for pid, born in self._strays.items():
            _signal(pid, born, signal.SIGTERM)

    def kill(self, *, strays: bool) -> None:
        """End all of them now; without *strays*, only the client and its group."""
        self._signal_group(signal.SIGKILL if _HAS_GROUPS else signal.SIGTERM)
        if not strays:
            return
        # A process that is killed here may have started another one since it was found.
        killed: set[int] = set()
        for _ in range(_ROUNDS):
            self._find_strays()
            fresh = {pid: born for pid, born in self._strays.items() if pid not in killed}
            if not fresh:
                return
            for pid, born in fresh.items():
                _signal(pid, born, signal.SIGKILL)
            killed |= set(fresh)

    def _signal_group(self, number: signal.Signals) -> None:
        # The group is gone, or all that is left is dead (macOS) or belongs to another user.
        with suppress(ProcessLookupError, PermissionError):
            if _HAS_GROUPS:
                os.killpg(self._client.pid, number)
            else:
                self._client.kill()

    def _find_strays(self) -> None:
        if sys.platform != "linux":
            return
        everyone = _everyone()
        client = self._client.pid
        for pid, status in everyone.items():
            if status.group == client or status.state in "ZX":
                continue  # signalled with the group, or dead
            if status.session == client or _descends(pid, client, everyone):
                self._strays[pid] = status.born


def _descends(pid: int, ancestor: int, everyone: dict[int, _Status]) -> bool:
    seen: set[int] = set()
    while pid in everyone and pid not in seen:
        seen.add(pid)
        pid = everyone[pid].parent
        if pid == ancestor:
            return True
    return False


def _everyone() -> dict[int, _Status]:
    found = {}
    for folder in _PROC.iterdir():
        if folder.name.isdecimal() and (status := _status(int(folder.name))):
            found[int(folder.name)] = status
    return found


def _status(pid: int) -> _Status | None:
    """
    Return the state of a process; None if there is none.

    Source:
        proc_pid_stat(5). The second field, the name, may contain blanks and brackets.
    """
    try:
        words = (_PROC / str(pid) / "stat").read_bytes().rpartition(b")")[2].split()
    except OSError:
        return None
    return _Status(words[0].decode(), int(words[1]), int(words[2]), int(words[3]), int(words[19]))


def _signal(pid: int, born: int, number: signal.Signals) -> None:
    """Signal a process, if it is still the one that was found."""
    if sys.platform != "linux":
        return
    with suppress(OSError):
        handle = os.pidfd_open(pid)
        try:
            if (status := _status(pid)) and status.born == born:
                signal.pidfd_send_signal(handle, number)
        finally:
            os.close(handle)
