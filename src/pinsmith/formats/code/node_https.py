"""Node's https: an agent that pins."""

from __future__ import annotations

from typing import Final

from pinsmith.formats.code._language import JAVASCRIPT
from pinsmith.formats.code._node import BOTH_NAMES, CAN, LIMITS, NOT_RESUMED, OPTIONS, REMARKS, finish, types
from pinsmith.formats.code._target import code_format

_TYPES: Final = """
import type * as https from "node:https";

/**
 * An agent that enforces the pins. The base cannot turn off the checks of chains
 * and names.
 */
export declare function pinnedAgent(base?: https.AgentOptions): https.Agent;
"""

FORMAT: Final = code_format(
    id="node-https",
    title="Node, https",
    spec="https://nodejs.org/api/tls.html#tlsconnectoptions-callback",
    language=JAVASCRIPT,
    suffix=".mjs",
    compromised="leaf",
    can=CAN,
    platforms=("node",),
    place="src/pins.mjs",
    usage="""
import https from "node:https";
import { onMismatch, pinnedAgent } from "./pins.mjs";

onMismatch((error) => console.error(error.message));
const agent = pinnedAgent(); // or pinnedAgent({ ca }), with your own trust anchors; keep the agent
https.get("https://api.example.com/", { agent }, (response) => response.resume());
""",
    options=OPTIONS,
    limits=(
        "Not pinned: requests without this agent, such as those of the global `fetch`, which does not take one.",
        *LIMITS,
    ),
    remarks=(BOTH_NAMES, *REMARKS, NOT_RESUMED),
    finish=finish,
    attachments=types(_TYPES),
)
