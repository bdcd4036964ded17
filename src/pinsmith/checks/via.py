"""How a host was reached, if not by DNS and the authorities of the system."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from pinsmith.policy import Policy
    from pinsmith.probe import Target


def via_of(policy: Policy, target: Target, cafile: Path | None) -> str | None:
    """
    Say how *target* is reached, because a change of the pin file or of the command can hide another server.

    Args:
        policy: The policy whose entries *target* was made from.

        target: With its proxy.

        cafile: As in ``--cafile``.

    Returns:
        The address, the proxy and the file of authorities; None if none of them was used.
    """
    port = "" if target.connect_port is None else f":{target.connect_port}"
    address = target.address if target.address is None or ":" not in target.address else f"[{target.address}]"
    entry = policy.find(target.host)
    trusted = str(cafile) if cafile else entry.cafile if entry and target.trust else None
    proxy = f"proxy {target.proxy}" if target.proxy else None
    return " and ".join(filter(None, [address and f"{address}{port}", proxy, trusted])) or None
