"""undici, and the `fetch` of Node: a dispatcher that pins."""

from __future__ import annotations

from typing import Final

from pinsmith.formats._guide import Addition
from pinsmith.formats.code._language import JAVASCRIPT
from pinsmith.formats.code._limit import REDIRECTS
from pinsmith.formats.code._node import BOTH_NAMES, CAN, LIMITS, NOT_RESUMED, OPTIONS, REMARKS, finish, types
from pinsmith.formats.code._target import code_format

_TYPES: Final = """
import type { Agent, ProxyAgent, buildConnector, fetch } from "undici";

/**
 * A dispatcher that enforces the pins, for `fetch`, `request` and
 * `setGlobalDispatcher`. Options cannot turn off the checks of chains and names.
 */
export declare function pinnedAgent(
  options?: Agent.Options & { connect?: buildConnector.BuildOptions },
): Agent;

/** The same through a proxy. */
export declare function pinnedProxyAgent(
  options: ProxyAgent.Options,
): ProxyAgent;

/** A `fetch` that enforces the pins. */
export declare function pinnedFetch(
  input: Parameters<typeof fetch>[0],
  init?: Parameters<typeof fetch>[1],
): ReturnType<typeof fetch>;
"""

FORMAT: Final = code_format(
    id="node-undici",
    title="Node, undici and fetch",
    spec="https://undici.nodejs.org/#/docs/api/Client.md",
    language=JAVASCRIPT,
    suffix=".mjs",
    compromised="leaf",
    can=CAN,
    platforms=("node",),
    place="src/pins.mjs",
    additions=(Addition("shell", "npm install undici"),),
    usage="""
import { setGlobalDispatcher } from "undici";
import { onMismatch, pinnedAgent, pinnedFetch, pinnedProxyAgent } from "./pins.mjs";

onMismatch((error) => console.error(error.message));
const response = await pinnedFetch("https://api.example.com/");

// For the global fetch of Node and all requests of undici; or pinnedAgent({ connect: { ca } })
setGlobalDispatcher(pinnedAgent());

// Through a proxy; keep the dispatcher
const dispatcher = pinnedProxyAgent({ uri: "http://proxy.example.com:3128" });
await pinnedFetch("https://api.example.com/", { dispatcher });
""",
    options=OPTIONS,
    limits=(
        "Not pinned: requests without this dispatcher, such as those of the global `fetch` unless it is set there.",
        *REDIRECTS,
        "Bun and SOCKS proxies are refused, because undici does not pin there.",
        *LIMITS,
    ),
    remarks=(
        "The global `fetch` needs an undici of the same major version as the one in Node.",
        BOTH_NAMES,
        *REMARKS,
        NOT_RESUMED,
    ),
    finish=finish,
    attachments=types(_TYPES),
)
