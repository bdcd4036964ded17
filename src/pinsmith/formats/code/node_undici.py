"""undici, and the `fetch` of Node: a dispatcher that pins."""

from __future__ import annotations

from typing import Final

from pinsmith.formats.code._language import JAVASCRIPT
from pinsmith.formats.code._node import ADDRESSES, BOTH_NAMES, CAN, LEAF_ALONE, MISMATCH, MODULE
from pinsmith.formats.code._target import code_format

FORMAT: Final = code_format(
    id="node-undici",
    title="Node, undici and fetch",
    spec="https://undici.nodejs.org/#/docs/api/Client.md",
    language=JAVASCRIPT,
    suffix=".mjs",
    compromised="leaf",
    can=CAN,
    limits=(
        LEAF_ALONE,
        ADDRESSES,
        "Requests without this dispatcher, such as those of the global `fetch` unless it is given.",
        "URLs that begin with `http:`, and redirects to such.",
        "Bun, whose undici takes no dispatcher, and SOCKS proxies: both are refused.",
    ),
    remarks=(
        "`pinnedFetch(url)` is `fetch`; `pinnedAgent({ connect: { ca } })` is a dispatcher that trusts other anchors.",
        "`setGlobalDispatcher(pinnedAgent())` of undici pins the global `fetch` of Node too.",
        "The global `fetch` takes no dispatcher of another major version of undici than Node's own.",
        "Through a proxy: `pinnedFetch(url, { dispatcher: pinnedProxyAgent({ uri }) })`. Keep the dispatcher.",
        BOTH_NAMES,
        MISMATCH,
        MODULE,
        "No TLS session is resumed: Node does not call the check for those, and shows no certificate.",
    ),
)
