"""
Scripts that hand the request of a standby key to a tool, and deploy the certificate if no client is locked out.

A new tool is one file, one line here, and a line in the changelog. No tool is run.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.renewal.scripts import acme_sh, cert_manager, certbot, lego, step_ca
from pinsmith.renewal.scripts._script import Order as Order, OrderKey as OrderKey

if TYPE_CHECKING:
    from pinsmith.renewal.scripts._script import Script

SCRIPTS: Final[tuple[Script, ...]] = (
    acme_sh.SCRIPT,
    cert_manager.SCRIPT,
    certbot.SCRIPT,
    lego.SCRIPT,
    step_ca.SCRIPT,
)
"""All tools, in the order of their ids."""
