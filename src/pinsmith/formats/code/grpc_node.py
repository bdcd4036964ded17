"""gRPC on Node: credentials of channels that pin."""

from __future__ import annotations

from typing import Final

from pinsmith.formats.code._language import JAVASCRIPT
from pinsmith.formats.code._node import ADDRESSES, CAN, LEAF_ALONE, MISMATCH, MODULE
from pinsmith.formats.code._target import code_format

FORMAT: Final = code_format(
    id="grpc-node",
    title="gRPC for Node, @grpc/grpc-js",
    spec="https://grpc.github.io/grpc/node/grpc.credentials.html",
    language=JAVASCRIPT,
    suffix=".mjs",
    compromised="leaf",
    can=CAN,
    limits=(
        LEAF_ALONE,
        ADDRESSES,
        "Channels with other credentials.",
    ),
    remarks=(
        "`new Client(target, pinnedCredentials())`; `pinnedCredentials(roots)` trusts other authorities.",
        "With `grpc.ssl_target_name_override` the pins are those of the name that it gives.",
        MISMATCH,
        MODULE,
    ),
)
