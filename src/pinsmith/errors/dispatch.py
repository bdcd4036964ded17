"""The errors of the queue of shards."""

from __future__ import annotations

from pinsmith.errors.base import PinsmithError
from pinsmith.errors.service import StoreError


class DispatchError(PinsmithError, ValueError):
    """A shard or a result cannot be used. Nothing in the queue was changed."""

    code = "invalid-shard"


class LeaseLostError(PinsmithError):
    """
    A lease has run out, or was given back, so another worker may have the shard.

    Attributes:
        run: The run of the shard.
        number: The number of the shard.
    """

    code = "lease-lost"

    def __init__(self, run: str, number: int) -> None:
        super().__init__(f"the lease of shard {number} of run {run} was lost", hint="claim another shard")
        self.run, self.number = run, number


class AlreadyDoneError(PinsmithError):
    """
    A shard has a result, so another one does not count.

    Attributes:
        run: The run of the shard.
        number: The number of the shard.
    """

    code = "already-done"

    def __init__(self, run: str, number: int) -> None:
        super().__init__(f"shard {number} of run {run} has a result already", hint="claim another shard")
        self.run, self.number = run, number


class DeadShardError(PinsmithError):
    """A host was not asked, because its shard is dead."""

    code = "dead-shard"

    def __init__(self, host: str, reason: str) -> None:
        hint = "read the logs of the workers, and scan it again in another run"
        super().__init__(f"{host} was not asked: {reason}", hint=hint)


class QueueError(StoreError):
    """
    The NATS servers of a queue cannot be used, or do not allow it. A change that was not confirmed may have been made.

    The message never contains a password.
    """

    code = "queue"
