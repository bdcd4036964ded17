"""axios on Node: an instance that pins, whatever adapter a request asks for."""

from __future__ import annotations

from typing import Final

from pinsmith.formats.code._language import JAVASCRIPT
from pinsmith.formats.code._node import ADDRESSES, BOTH_NAMES, CAN, LEAF_ALONE, MISMATCH, MODULE
from pinsmith.formats.code._target import code_format

FORMAT: Final = code_format(
    id="axios",
    title="axios, on Node",
    spec="https://axios-http.com/docs/req_config",
    language=JAVASCRIPT,
    suffix=".mjs",
    compromised="leaf",
    can=CAN,
    limits=(
        LEAF_ALONE,
        ADDRESSES,
        "Other instances of axios, such as the default one, and those made with `create` of this one.",
        "URLs that begin with `http:`, and redirects to such.",
        "A `transformRequest` that changes the adapter of the request.",
        "Browsers, which let no script look at keys.",
    ),
    remarks=(
        "`pinnedAxios().get(url)`; `pinnedAxios({ baseURL }, { ca })` trusts other authorities. Keep the instance.",
        "axios 1.17 or later: with a proxy, older ones drop what pins. `axios.VERSION` is asked, and they are refused.",
        "What a request says of adapter, agent and HTTP version is overruled.",
        "By itself axios drops the agent silently with the adapter `fetch` and with HTTP/2.",
        BOTH_NAMES,
        MISMATCH,
        MODULE,
        "No TLS session is resumed: Node does not call the check for those, and shows no certificate.",
    ),
)
