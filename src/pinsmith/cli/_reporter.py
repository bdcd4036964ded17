"""The output of ``pinsmith fetch``, host by host."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pinsmith.cli import _output
from pinsmith.cli._output import Mark
from pinsmith.cli._via import warn_if_inspected
from pinsmith.probe import Failed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from pinsmith.cli._output import Line
    from pinsmith.cli._save import Saver
    from pinsmith.documents.fetch import FetchStream, HostOut
    from pinsmith.errors import PinsmithError
    from pinsmith.probe import Fetched, FetchOutcome


class Reporter:
    """
    Prints outcomes one by one.

    Attributes:
        failures: How many hosts could not be read.
    """

    def __init__(
        self,
        output: Literal["text", "json", "ndjson"],
        now: datetime,
        saver: Saver | None,
        tick: Callable[[], None],
        *,
        pem: bool = True,
    ) -> None:
        """
        Print in the format *output*; save certificates too if there is a *saver*. Call *tick* after each outcome.

        JSON contains the bytes of the certificates only if *pem*.
        """
        self.failures = 0
        self._output, self._now, self._saver, self._tick, self._pem = output, now, saver, tick, pem
        self._stream: FetchStream | None = None
        self._printed = 0

    def add(self, outcome: FetchOutcome) -> None:
        """Print one outcome."""
        if isinstance(outcome, Failed):
            self.failures += 1
            self._complain(outcome.error)
        else:
            if not outcome.trusted:
                _output.warning(f"{outcome.target} is not trusted: {outcome.trust_error}")
            warn_if_inspected(outcome)
            if self._saver is not None:
                self._saver.save(outcome)
        self._print(outcome)
        self._tick()

    def refuse(self, text: str, error: PinsmithError) -> None:
        """Report a text that is not a host; JSON contains it as it was written."""
        from pinsmith.documents import fetch

        self.failures += 1
        self._complain(error)
        if self._output != "text":
            self._emit(fetch.refused_out(text, error, self._kind()))
        self._tick()

    def finish(self) -> None:
        """Print the end."""
        if self._output == "json":
            _output.document(self._document().finish())
        if self._saver is not None:
            _output.note(f"wrote {self._saver.written} files to {self._saver.directory}")

    def _complain(self, error: PinsmithError) -> None:
        _output.error(error.code, str(error), details=error.details, hint=error.hint)

    def _print(self, outcome: FetchOutcome) -> None:
        if self._output == "text":
            if not isinstance(outcome, Failed):
                _output.result(*([""] if self._printed else []), *_lines(outcome, self._now))
                self._printed += 1
            return
        from pinsmith.documents import fetch

        self._emit(fetch.host_out(outcome, self._kind(), pem=self._pem))

    def _kind(self) -> type[HostOut]:
        from pinsmith.documents import fetch

        return fetch.HostLine if self._output == "ndjson" else fetch.HostOut

    def _emit(self, host: HostOut) -> None:
        from pinsmith.documents.document import encode_line

        _output.document(self._document().add(host) if self._output == "json" else encode_line(host))

    def _document(self) -> FetchStream:
        from pinsmith.documents.fetch import FetchStream

        if self._stream is None:
            self._stream = FetchStream()
        return self._stream


def _lines(fetched: Fetched, now: datetime) -> Iterator[Line]:
    from pinsmith.certificate.link import links
    from pinsmith.cli._chain import tree

    state = Mark("trusted", "good") if fetched.trusted else Mark(f"NOT TRUSTED: {fetched.trust_error}", "bad")
    yield [Mark(str(fetched.target), "strong"), f" at {fetched.address}, {fetched.tls_version}, ", state]
    if fetched.demands_client_certificate:
        yield [Mark("demands a client certificate", "warn")]
    yield from tree(links(fetched.presented, fetched.verified), now)
