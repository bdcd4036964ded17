"""Clients of the lab: a program with arguments, or a function of Python."""

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
    A program, started afresh for each trial.

    Attributes:
        arguments: The program and its arguments, with placeholders.
        expect: What it must print to have ended well, besides exit code 0.
        timeout_seconds: How long it may take; what takes longer hangs.
        stop: Ends it from another thread.
        shows_output: Whether the last line that it printed is told of a failing one, without what looks like a secret.
    """

    arguments: Sequence[str]
    expect: str | None = None
    timeout_seconds: float = TIMEOUT_SECONDS
    stop: Stop | None = None
    shows_output: bool = False

    @property
    def used(self) -> frozenset[str]:
        """
        The placeholders that it names.

        Raises:
            PlaceholderError: One is unknown.
        """
        return placeholders_of(self.arguments)

    def __call__(self, call: Call) -> Ended:
        """
        Start the program, and wait for its end.

        Raises:
            ClientStartError: It cannot be started.
            ClientStoppedError: `stop` was set.
        """
        ending = command.run(
            fill(self.arguments, call.values),
            environment=call.environment(),
            timeout_seconds=self.timeout_seconds,
            expect=None if self.expect is None else self.expect.encode(),
            stop=self.stop,
        )
        well = None if ending.code is None else ending.code == 0 and ending.found
        return Ended(well, self._words(ending), is_gone=True)

    def _words(self, ending: Ending) -> str:
        if ending.code is None:
            return f"it had not ended after {self.timeout_seconds:g} s"
        if ending.code == 0 and not ending.found:
            told = f"exit code 0, but without {self.expect!r} in its output"
        else:
            told = f"exit code {ending.code}" if ending.code >= 0 else f"ended by {_signal(-ending.code)}"
        last = _last_line(ending.output) if self.shows_output and ending.code else ""
        return f"{told}: {last}" if last else told


@dataclass(frozen=True, slots=True)
class FunctionClient:
    """
    A function of this process: it returns if it got its answer, and raises if it did not.

    It should close its connections before it ends.

    Attributes:
        function: Called with what the client is told.
        timeout_seconds: How long it may take; what takes longer hangs, and is left to itself.
    """

    function: Callable[[Call], object]
    timeout_seconds: float = TIMEOUT_SECONDS

    def __call__(self, call: Call) -> Ended:
        """Call the function in a thread of its own."""
        ended: list[Ended] = []

        def attempt() -> None:
            try:
                self.function(call)
            except Exception as error:  # noqa: BLE001 - whatever a client makes of a refusal
                ended.append(Ended(well=False, words=_cut(redact(repr(error)))))
            else:
                ended.append(Ended(well=True, words="it returned"))

        thread = threading.Thread(target=attempt, daemon=True)
        thread.start()
        thread.join(self.timeout_seconds)
        return ended[0] if ended else Ended(None, f"it had not ended after {self.timeout_seconds:g} s")


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
