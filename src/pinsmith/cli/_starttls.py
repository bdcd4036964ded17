"""The option that names a protocol which changes to TLS. Its choices are the family of protocols."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import typer

from pinsmith.probe.starttls import PROTOCOLS

# Computed, so that a new protocol needs no change here; type checkers see a plain text.
Choice: Any = Literal[tuple(protocol.id for protocol in PROTOCOLS)]

StartTLSOption = Annotated[
    Choice | None,
    typer.Option("--starttls", help="Speak this protocol and let it change to TLS; its port is the default."),
]
