"""gRPC for Go: credentials of channels that pin."""

from __future__ import annotations

from typing import Final

from pinsmith.formats.code._language import GO
from pinsmith.formats.code._target import code_format
from pinsmith.formats.code.go import ADDRESSES, CAN, CHAINS, HOOK, PACKAGE, SERVER_NAME

FORMAT: Final = code_format(
    id="grpc-go",
    title="gRPC for Go, google.golang.org/grpc",
    spec="https://pkg.go.dev/google.golang.org/grpc/credentials#NewTLS",
    language=GO,
    suffix=".go",
    compromised="accepted",
    can=CAN,
    options=(PACKAGE,),
    limits=(ADDRESSES, SERVER_NAME, "Channels with other credentials."),
    remarks=(
        "`grpc.NewClient(target, grpc.WithTransportCredentials(pins.Credentials(nil)))`.",
        "The pins are those of the host of the channel's authority, which `grpc.WithAuthority` may change.",
        CHAINS,
        HOOK,
        "gRPC keeps no more than the text of a `MismatchError`, in an error of the code `Unavailable`.",
        "Go 1.21 or later, as far as grpc goes with it.",
    ),
)
