"""The option that names a protocol which changes to TLS. Its choices are the family of protocols."""

from __future__ import annotations

from pinsmith.cli._command import choice_option
from pinsmith.probe.starttls import PROTOCOLS

starttls_option = choice_option(
    "--starttls",
    choices=[protocol.id for protocol in PROTOCOLS],
    help="Start TLS inside this protocol; its port is the default.",
)
