"""XMPP between servers."""

from __future__ import annotations

import functools
from typing import Final

from pinsmith.probe.starttls._dialogue import Protocol
from pinsmith.probe.starttls.xmpp import dialogue

PROTOCOL: Final = Protocol(
    id="xmpp-server",
    title="XMPP between servers",
    port=5269,
    spec="https://www.rfc-editor.org/rfc/rfc6120#section-5",
    dialogue=functools.partial(dialogue, namespace=b"jabber:server"),
)
