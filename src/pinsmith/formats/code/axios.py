"""axios on Node: an instance that pins, whichever adapter a request asks for."""

from __future__ import annotations

from typing import Final

from pinsmith.formats._guide import Addition
from pinsmith.formats.code._language import JAVASCRIPT
from pinsmith.formats.code._limit import REDIRECTS
from pinsmith.formats.code._node import BOTH_NAMES, CAN, LIMITS, NOT_RESUMED, OPTIONS, REMARKS, finish, types
from pinsmith.formats.code._target import code_format

_TYPES: Final = """
import type * as https from "node:https";
import type { AxiosInstance, CreateAxiosDefaults } from "axios";

/**
 * An axios instance that enforces the pins, also after redirects and through
 * proxies. The base cannot turn off the checks of chains and names.
 */
export declare function pinnedAxios(
  config?: CreateAxiosDefaults,
  base?: https.AgentOptions,
): AxiosInstance;
"""

FORMAT: Final = code_format(
    id="axios",
    title="axios, on Node",
    spec="https://axios-http.com/docs/req_config",
    language=JAVASCRIPT,
    suffix=".mjs",
    compromised="leaf",
    can=CAN,
    platforms=("node",),
    place="src/pins.mjs",
    additions=(Addition("shell", "npm install axios"),),
    usage="""
import { onMismatch, pinnedAxios } from "./pins.mjs";

onMismatch((error) => console.error(error.message));
const api = pinnedAxios({ baseURL: "https://api.example.com/" }); // keep the instance
const { data } = await api.get("/");

// With your own trust anchors
const other = pinnedAxios({}, { ca });
""",
    options=OPTIONS,
    limits=(
        "Not pinned: other axios instances, such as the default one and those made with `create` of this one.",
        *REDIRECTS,
        "Not pinned: requests whose `transformRequest` changes the adapter.",
        "Browsers are not supported, because scripts cannot see keys there.",
        *LIMITS,
    ),
    remarks=(
        ("It needs axios 1.17 or newer and throws an error with older versions, which do not pin through a proxy."),
        (
            "Requests cannot choose another adapter, agent or HTTP version, because axios ignores the agent with the"
            " adapter `fetch` and with HTTP/2."
        ),
        BOTH_NAMES,
        *REMARKS,
        NOT_RESUMED,
    ),
    finish=finish,
    attachments=types(_TYPES),
)
