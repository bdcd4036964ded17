"""The content of a pin file."""

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
        format: The id of a format; not checked here.
        path: The file, relative to the pin file.
        options: Further options of the format, as written; not checked here.
        lead_time: How many days users take to update what contains the file; None for that of ``[defaults]``.
    """

    format: str
    path: str
    options: Mapping[str, Option] = field(default_factory=dict)
    lead_time: int | None = None


@dataclass(frozen=True)
class PinFile:
    """
    The whole content of a pin file.

    Attributes:
        policy: Hosts and keys. ``[defaults]`` is already applied to each host.
        outputs: The outputs, in the order of the file.
        default_lead_time: ``lead-time`` of ``[defaults]``, in days.
    """

    policy: Policy
    outputs: tuple[Output, ...] = ()
    default_lead_time: int = 0

    @property
    def lead_time(self) -> int:
        """The longest time that users of any output take to update, in days; without outputs, the default."""
        return max((self.lead_time_of(output) for output in self.outputs), default=self.default_lead_time)

    def lead_time_of(self, output: Output) -> int:
        """Return how many days users of *output* take to update."""
        return self.default_lead_time if output.lead_time is None else output.lead_time
