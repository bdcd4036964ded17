"""gRPC on Node: credentials of channels that pin."""

from __future__ import annotations

from typing import Final

from pinsmith.formats._guide import Addition
from pinsmith.formats.code._language import JAVASCRIPT
from pinsmith.formats.code._node import CAN, LIMITS, OPTIONS, REMARKS, finish, types
from pinsmith.formats.code._target import code_format

_TYPES: Final = """
import type { ChannelCredentials } from "@grpc/grpc-js";

/**
 * Channel credentials that enforce the pins. Roots, key and chain are PEM; null
 * stands for the trust anchors of Node, and for no client certificate.
 */
export declare function pinnedCredentials(
  roots?: Buffer | null,
  key?: Buffer | null,
  chain?: Buffer | null,
): ChannelCredentials;
"""

FORMAT: Final = code_format(
    id="grpc-node",
    title="gRPC for Node, @grpc/grpc-js",
    spec="https://grpc.github.io/grpc/node/grpc.credentials.html",
    language=JAVASCRIPT,
    suffix=".mjs",
    compromised="leaf",
    can=CAN,
    platforms=("node",),
    place="src/pins.mjs",
    additions=(Addition("shell", "npm install @grpc/grpc-js"),),
    usage="""
import { pinnedCredentials } from "./pins.mjs";

const client = new GreeterClient("api.example.com:443", pinnedCredentials()); // or with your own trust anchors, in PEM
""",
    options=OPTIONS,
    limits=("Not pinned: channels with other credentials.", *LIMITS),
    remarks=("With `grpc.ssl_target_name_override` the pins of that name apply.", *REMARKS),
    finish=finish,
    attachments=types(_TYPES),
)
