"""Clients of the lab: a program with arguments, or a Python function."""

from __future__ import annotations

import signal
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pinsmith.lab.call import fill, placeholders_of
from pinsmith.lab.process import command
from pinsmith.lab.process.redact import redact
from pinsmith.lab.trial import Ended

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pinsmith.lab.call import Call
    from pinsmith.lab.process.stop import Stop
    from pinsmith.lab.process.supervisor import Ending

TIMEOUT_SECONDS: Final = 10.0
_LONGEST_WORDS: Final = 200


@dataclass(frozen=True, slots=True)
class CommandClient:
    """
    A program that is started once for every call.

    Attributes:
        arguments: The program and its arguments, with placeholders.
        expect: Text that it must print for success, besides exit code 0.
        timeout_seconds: The time limit. A program that takes longer hangs.
        stop: Ends it from another thread.
        shows_output: Whether the reason for a failure contains the last line of its output, without likely secrets.
    """

    arguments: Sequence[str]
    expect: str | None = None
    timeout_seconds: float = TIMEOUT_SECONDS
    stop: Stop | None = None
    shows_output: bool = False

    @property
    def used(self) -> frozenset[str]:
        """
        The placeholders in its arguments.

        Raises:
            PlaceholderError: if one is unknown.
        """
        return placeholders_of(self.arguments)

    def __call__(self, call: Call) -> Ended:
        """
        Start the program, and wait for its end.

        Raises:
            ClientStartError: if the program cannot be started.
            ClientStoppedError: if `stop` was set.
        """
        ending = command.run(
            fill(self.arguments, call.values),
            environment=call.environment(),
            timeout_seconds=self.timeout_seconds,
            expect=None if self.expect is None else self.expect.encode(),
            stop=self.stop,
        )
        well = None if ending.code is None else ending.code == 0 and ending.found
        printed = _last_line(ending.output)
        return Ended(well, self._words(ending, printed), is_gone=True, printed=printed)

    def _words(self, ending: Ending, printed: str) -> str:
        if ending.code is None:
            return f"it was still running after {self.timeout_seconds:g} s"
        if ending.code == 0 and not ending.found:
            words = f"exit code 0, but {self.expect!r} is not in its output"
        else:
            words = f"exit code {ending.code}" if ending.code >= 0 else f"ended by {_signal(-ending.code)}"
        return f"{words}: {printed}" if printed and self.shows_output and ending.code else words


@dataclass(frozen=True, slots=True)
class FunctionClient:
    """
    A function in this process, which returns if it got a response, and raises if it did not.

    It should close its connections before it returns.

    Attributes:
        function: Called with the values for the client.
        timeout_seconds: The time limit. A function that takes longer hangs, and is not stopped.
    """

    function: Callable[[Call], object]
    timeout_seconds: float = TIMEOUT_SECONDS

    def __call__(self, call: Call) -> Ended:
        """Call the function in a new thread."""
        ended: list[Ended] = []

        def attempt() -> None:
            try:
                self.function(call)
            except Exception as error:  # noqa: BLE001 - a client may raise anything
                ended.append(Ended(well=False, words=_cut(redact(repr(error)))))
            else:
                ended.append(Ended(well=True, words="it returned"))

        thread = threading.Thread(target=attempt, daemon=True)
        thread.start()
        thread.join(self.timeout_seconds)
        return ended[0] if ended else Ended(None, f"it was still running after {self.timeout_seconds:g} s")


def _signal(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def _last_line(output: bytes) -> str:
    lines = output.decode("utf-8", "replace").strip().splitlines()
    last = lines[-1].strip() if lines else ""
    return _cut(redact(last))


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST_WORDS else f"{text[: _LONGEST_WORDS - 3]}..."
