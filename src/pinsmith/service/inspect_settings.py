"""The table ``[inspect]`` of the settings: to which hosts the pages connect when somebody asks."""

from __future__ import annotations

from typing import Annotated

import msgspec

from pinsmith.probe.reach import Reach, parse_reach

Port = Annotated[int, msgspec.Meta(ge=1, le=65535)]


class InspectSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="kebab"):
    """
    To which hosts the pages connect when somebody asks; hosts of the pin files are always allowed at their port.

    Attributes:
        enabled: Whether the pages connect to any host.
        allow: Networks, and hosts in private networks, besides public addresses; see `pinsmith.probe.reach.Reach`.
        ports: The ports that are allowed; by default those that begin with TLS.
        per_minute: How many hosts one person may ask for within a minute.
    """

    enabled: bool = True
    allow: list[Annotated[str, msgspec.Meta(min_length=1)]] = []
    ports: tuple[Port, ...] = (443, 465, 636, 853, 990, 993, 995, 8443)
    per_minute: Annotated[int, msgspec.Meta(ge=1)] = 120

    @property
    def reach(self) -> Reach:
        """
        How far the pages connect.

        Raises:
            ValueError: If *allow* contains something else.
        """
        return parse_reach(self.allow, self.ports)
