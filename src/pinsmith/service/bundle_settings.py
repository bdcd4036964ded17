"""The table ``[bundle]`` of the settings: a bundle of signed policies that the service hosts and keeps fresh."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import msgspec

from pinsmith.errors.service import SettingsError
from pinsmith.service.secret import Secret, Text

if TYPE_CHECKING:
    from pathlib import Path


class BundleSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="kebab"):
    """
    A bundle, which everybody may read at the path ``/bundle/``.

    Attributes:
        folder: The bundle, as `pinsmith bundle` makes it.
        key: The file of the online key, with which the service says that the policy is fresh; None to leave that to
            `pinsmith bundle publish`. It publishes no proposal.
        password: The password of the key.
        days: For how long programs take the policy for fresh. It signs that again when half of it has passed.
    """

    folder: Text
    key: Text | None = None
    password: Secret | None = None
    days: Annotated[int, msgspec.Meta(ge=2, le=31)] = 7


def require_bundle(settings: BundleSettings | None, path: Path) -> None:
    """
    Raise if the settings in the file *path* contradict each other.

    Raises:
        SettingsError: If they do.
    """
    if settings is None or settings.password is None:
        return
    if settings.key is None:
        raise SettingsError("password needs key", file=str(path), key_path="bundle.password")
    try:
        settings.password.reveal(path.parent)
    except (ValueError, OSError) as error:
        raise SettingsError(str(error), file=str(path), key_path="bundle.password") from error
