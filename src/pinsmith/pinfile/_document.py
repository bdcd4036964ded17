"""What a pin file holds."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pinsmith.policy import Policy

Scalar = str | bool | int | float | dt.date | dt.time
Option = Scalar | tuple[Scalar, ...]


@dataclass(frozen=True)
class Output:
    """
    A file that is generated from the pins.

    Attributes:
        format: The id of a format; whether there is such a format is not checked here.
        path: The file, relative to the pin file.
        options: What the format understands besides, as written; not checked here.
    """

    format: str
    path: str
    options: Mapping[str, Option] = field(default_factory=dict)


@dataclass(frozen=True)
class PinFile:
    """
    Everything a pin file says.

    Attributes:
        policy: Hosts and keys; ``[defaults]`` is already worked into each host.
        outputs: In the order of the file.
    """

    policy: Policy
    outputs: tuple[Output, ...] = ()
