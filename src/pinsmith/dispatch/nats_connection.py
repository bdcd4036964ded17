"""A connection to NATS, which is made again when it was lost, and JetStream's requests as this package needs them."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING, Any, Final

import msgspec

from pinsmith.dispatch.nats_client import connect, context_of, end, explained, fault, library
from pinsmith.errors.dispatch import QueueError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pinsmith.dispatch.nats_address import NatsAddress

_SECONDS: Final = 5.0
# Source: https://github.com/nats-io/nats-server/blob/main/server/errors.json
NO_CONSUMER: Final = 10014
NO_STREAM: Final = 10059
_NO_MESSAGE: Final = 10037
_WRONG_SEQUENCE: Final = 10071
_TOO_MANY_OF_SUBJECT: Final = 10077


class Fault(msgspec.Struct):
    """An error of JetStream's API."""

    err_code: int = 0
    description: str = ""


class Answer(msgspec.Struct):
    """The parts of an answer of JetStream's API that are common to all."""

    error: Fault | None = None


class Stored(msgspec.Struct):
    """A message of a stream, and its place there."""

    seq: int
    data: bytes = b""


class _Got(Answer):
    message: Stored | None = None


class _Published(Answer):
    seq: int = 0


class Connection:
    """A connection to one of the servers. A request that fails is not repeated, but the next one connects again."""

    def __init__(self, address: NatsAddress) -> None:
        """
        Name the servers. Nothing is contacted.

        Raises:
            UsageError: If nats-py is missing, or the file of authorities cannot be used.
        """
        self._address = address
        self._context = context_of(address)
        self._client: Any = None
        self._lost: asyncio.Future[None] | None = None
        self._waiting: dict[str, asyncio.Future[str]] = {}
        self._connecting = asyncio.Lock()

    @property
    def max_payload(self) -> int:
        """How many bytes a message may have, headers included."""
        size: int = self._client.max_payload
        return size

    async def close(self) -> None:
        """Disconnect, also from a server that does not answer any more."""
        client, self._client = self._client, None
        if client is not None:
            await end(client)

    async def request(
        self,
        subject: str,
        payload: bytes = b"",
        headers: Mapping[str, str] | None = None,
        *,
        seconds: float = _SECONDS,
        is_pull: bool = False,
    ) -> Any:  # noqa: ANN401 - nats-py is optional
        """
        Send a message and wait for the answer.

        Args:
            subject: Where it is sent.

            payload: The content.

            headers: Beside the content.

            seconds: How long to wait.

            is_pull: Whether the answer is a message of a stream, which keeps its subject. nats-py then needs a
                subscription for this answer alone.

        Raises:
            QueueError: If the server cannot be reached, does not answer, or does not allow it.
        """
        client, lost = await self.connected()
        refused = self._waiting.setdefault(subject.lower(), asyncio.get_running_loop().create_future())
        asked = client.request(subject, payload, timeout=seconds, old_style=is_pull, headers=headers)
        call = asyncio.ensure_future(asked)
        try:
            await asyncio.wait({call, lost, refused}, return_when=asyncio.FIRST_COMPLETED)
            if call.done():
                return call.result()
        except (library().errors.Error, OSError) as error:
            if isinstance(error, library().errors.NoRespondersError):
                raise self.fault("nobody answers", "enable JetStream, and run more than half of its servers") from None
            raise self.fault(*explained(error)) from None
        finally:
            self._waiting.pop(subject.lower(), None)
            call.cancel()
        if refused.done():
            hint = "allow it in the permissions of the user; docs/operate.md lists them"
            raise self.fault(f"the server refuses it: {refused.result()}", hint)
        raise self.fault("the connection was lost", "start the server, or correct the address")

    async def api(self, what: str, body: object = None) -> bytes:
        """
        Call JetStream's API.

        Args:
            what: The subject without ``$JS.API.``.

            body: Encoded as JSON; None for an empty message.

        Returns:
            JSON, which may contain an `Answer.error`.
        """
        payload = b"" if body is None else msgspec.json.encode(body)
        answer: bytes = (await self.request(f"$JS.API.{what}", payload)).data
        return answer

    async def put(self, subject: str, payload: bytes, *, after: int | None = 0, **headers: str) -> int:
        """
        Store a message, and return its sequence number in the stream.

        Args:
            subject: That of a stream.

            payload: The content.

            after: The sequence number of the last message of the subject, 0 for none; None for any.

            headers: With ``_`` in place of ``-``.

        Returns:
            0 if there is another message of this subject.

        Raises:
            QueueError: If it was not stored for another reason.
        """
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        if after is not None:
            named["Nats-Expected-Last-Subject-Sequence"] = str(after)
        answer = msgspec.json.decode((await self.request(subject, payload, named)).data, type=_Published)
        if answer.error is None:
            return answer.seq
        if answer.error.err_code in {_WRONG_SEQUENCE, _TOO_MANY_OF_SUBJECT}:
            return 0
        raise self.refusal(answer.error)

    async def last(self, stream: str, subject: str) -> Stored | None:
        """Return the last message of a subject, as the leader of the stream knows it."""
        answer = await self.api(f"STREAM.MSG.GET.{stream}", {"last_by_subj": subject})
        got = msgspec.json.decode(answer, type=_Got)
        if got.error is not None and got.error.err_code != _NO_MESSAGE:
            raise self.refusal(got.error)
        return got.message

    async def glance(self, stream: str, subject: str) -> Stored | None:
        """
        Return the last message of a subject, as some server knows it, which may lag behind.

        Rights for this can be given for parts of a stream, and those for `last` cannot.
        """
        answer = await self.request(f"$JS.API.DIRECT.GET.{stream}.{subject}")
        headers = answer.headers or {}
        if "Nats-Sequence" in headers:
            return Stored(seq=int(headers["Nats-Sequence"]), data=answer.data)
        if headers.get("Status") == "404":
            return None
        raise self.fault(f"the server answers {headers.get('Status')}", "read the log of the server")

    def refusal(self, error: Fault) -> QueueError:
        """Describe an error of JetStream's API."""
        hint = "read the log of the server"
        if "replica" in error.description:
            hint = "run as many servers, or write ?replicas=1, which loses the queue with its server"
        return self.fault(f"JetStream refuses it: {error.description} ({error.err_code})", hint)

    def fault(self, why: str, hint: str) -> QueueError:
        """Describe why the servers cannot be used."""
        return fault(self._address, why, hint)

    async def connected(self) -> tuple[Any, asyncio.Future[None]]:
        """
        Return the client, and a future that is done when its connection was lost.

        Raises:
            QueueError: If no server can be used.
        """
        async with self._connecting:
            if self._client is not None and self._client.is_connected and self._lost is not None:
                return self._client, self._lost
            await self.close()
            problem = self.fault("no server is named", "name one")
            for server in self._address.servers:
                try:
                    self._client, self._lost = await connect(self._address, server, self._context, self._refuse)
                except QueueError as error:
                    problem = error
                else:
                    return self._client, self._lost
            raise problem

    def _refuse(self, why: str) -> None:
        found = re.search(r'permissions violation for (publish|subscription) to "([^"]*)"', why, re.IGNORECASE)
        if found is None:
            return
        waiting = list(self._waiting.values())
        if found[1].lower() == "publish":
            waiting = [future for subject, future in self._waiting.items() if subject == found[2].lower()]
        for future in waiting:
            if not future.done():
                future.set_result(f"no permission for {found[1]} to {found[2]}")
