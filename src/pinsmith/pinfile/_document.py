"""The content of a pin file."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pinsmith.policy import Policy

Scalar = str | bool | int | float | dt.date | dt.time
Option = Scalar | tuple[Scalar, ...]
AfterExpiry = Literal["refuse", "floor"]


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


@dataclass(frozen=True, slots=True)
class Updates:
    """
    Where programs get signed policies after their release, and how they apply them.

    Attributes:
        addresses: HTTPS URLs of the same bundle, each with a slash at its end, in the order in which they are asked.
        root: The file with the root that programs are built with, relative to the pin file.
        removal_delay: For how many days a pin is still accepted after an update has removed it.
        after_expiry: If the last policy has expired and there is no newer one, ``refuse`` refuses the hosts that it
            pins, and ``floor`` enforces the pin file that the program was built with.
    """

    addresses: tuple[str, ...]
    root: str
    removal_delay: int
    after_expiry: AfterExpiry


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
        updates: How programs get newer policies; None if they do not.
    """

    policy: Policy
    outputs: tuple[Output, ...] = ()
    lead_time: int = 0
    allowed: tuple[Allowed, ...] = ()
    drill_days: int = 0
    updates: Updates | None = None
