"""The errors of the service."""

from __future__ import annotations

from pinsmith.errors.base import PinsmithError


class SettingsError(PinsmithError, ValueError):
    """
    The settings of the service cannot be used.

    Attributes:
        file: The file, as the user named it.
        key_path: The setting, such as ``channel[0].url``; empty if the file is not valid TOML.
    """

    code = "invalid-settings"

    def __init__(self, problem: str, *, file: str, key_path: str = "", hint: str | None = None) -> None:
        super().__init__(f"{file}: {key_path}: {problem}" if key_path else f"{file}: {problem}", hint=hint)
        self.file, self.key_path = file, key_path


class StoreError(PinsmithError):
    """
    The database of the service cannot be used. Nothing in it was changed.

    Attributes:
        path: The file, or the address without the password.
    """

    code = "database"

    def __init__(self, message: str, *, path: str, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.path = path


class DutyError(PinsmithError):
    """
    Another process may do this work now, so nothing was written.

    Attributes:
        duty: The work.
    """

    code = "duty-lost"

    def __init__(self, duty: str) -> None:
        super().__init__(f"the connection that reserves {duty!r} for this process was lost, so nothing was written")
        self.duty = duty


class DeliveryError(PinsmithError):
    """An alert did not reach a channel. It is tried again."""

    code = "not-delivered"


class ListenError(PinsmithError):
    """The address or the port of the service cannot be used."""

    code = "cannot-listen"
