"""The error of a host that may not be connected to."""

from __future__ import annotations

from pinsmith.errors.usage import UsageError


class OutOfReachError(UsageError):
    """A host, an address or a port may not be connected to. Nothing was connected to."""

    code = "out-of-reach"
