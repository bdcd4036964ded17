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
        lead_time: How many days users take to update what contains the file. ``[defaults]`` is already applied.
    """

    format: str
    path: str
    options: Mapping[str, Option] = field(default_factory=dict)
    lead_time: int = 0


@dataclass(frozen=True, slots=True)
class Allowed:
    """
    Findings of lint that the owner of a pin file accepts.

    Attributes:
        rule: The id of a rule; not checked here.
        host: Canonical; None for every host.
        reason: Why.
    """

    rule: str
    host: str | None
    reason: str


@dataclass(frozen=True)
class PinFile:
    """
    The whole content of a pin file.

    Attributes:
        policy: Hosts and keys. ``[defaults]`` is already applied to each host.
        outputs: The outputs, in the order of the file.
        lead_time: The longest ``lead_time`` of the outputs; without outputs, that of ``[defaults]``.
        allowed: Accepted findings of lint, in the order of the file.
        drill_days: How old the last proof of a standby key may be; 0 for any age.
    """

    policy: Policy
    outputs: tuple[Output, ...] = ()
    lead_time: int = 0
    allowed: tuple[Allowed, ...] = ()
    drill_days: int = 0
