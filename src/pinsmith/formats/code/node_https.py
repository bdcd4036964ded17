"""Node's https: an agent that pins."""

from __future__ import annotations

from typing import Final

from pinsmith.formats.code._language import JAVASCRIPT
from pinsmith.formats.code._node import ADDRESSES, BOTH_NAMES, CAN, LEAF_ALONE, MISMATCH, MODULE
from pinsmith.formats.code._target import code_format

FORMAT: Final = code_format(
    id="node-https",
    title="Node, https",
    spec="https://nodejs.org/api/tls.html#tlsconnectoptions-callback",
    language=JAVASCRIPT,
    suffix=".mjs",
    compromised="leaf",
    can=CAN,
    limits=(
        LEAF_ALONE,
        ADDRESSES,
        "Requests without this agent, such as those of the global `fetch`, which takes none.",
    ),
    remarks=(
        "`https.get(url, { agent: pinnedAgent() })`; `pinnedAgent({ ca })` trusts other authorities. Keep the agent.",
        BOTH_NAMES,
        MISMATCH,
        MODULE,
        "No TLS session is resumed: Node does not call the check for those, and shows no certificate.",
    ),
)
