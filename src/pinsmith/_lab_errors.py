"""The errors of the lab; import them from `pinsmith.errors`, see `pinsmith._fetch_errors` for why."""

from __future__ import annotations

from pinsmith.errors import PinsmithError


class LabError(PinsmithError, RuntimeError):
    """A client could not be tried in the lab."""

    __module__ = "pinsmith.errors"
    code = "lab"


class PlaceholderError(LabError):
    """The command line of a client names a value that the lab does not know."""

    __module__ = "pinsmith.errors"
    code = "unknown-placeholder"
    exit_code = 2


class ClientStartError(LabError):
    """A client cannot be started: there is no such program, or the system refuses to run it."""

    __module__ = "pinsmith.errors"
    code = "client-not-started"


class LabBrokenError(LabError):
    """The lab itself failed, so nothing is known about the client."""

    __module__ = "pinsmith.errors"
    code = "lab-broken"


class ClientStoppedError(LabError):
    """The lab was told to stop while a client ran; the client and what it started were ended."""

    __module__ = "pinsmith.errors"
    code = "client-stopped"
