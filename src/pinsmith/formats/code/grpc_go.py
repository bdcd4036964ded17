"""gRPC for Go: channel credentials that pin."""

from __future__ import annotations

from typing import Final

from pinsmith.formats._guide import Addition
from pinsmith.formats.code._language import GO
from pinsmith.formats.code._limit import ADDRESSES
from pinsmith.formats.code._target import code_format
from pinsmith.formats.code.go import CAN, PACKAGE, REMARKS, SERVER_NAME

FORMAT: Final = code_format(
    id="grpc-go",
    title="gRPC for Go, google.golang.org/grpc",
    spec="https://pkg.go.dev/google.golang.org/grpc/credentials#NewTLS",
    language=GO,
    suffix=".go",
    compromised="accepted",
    can=CAN,
    platforms=("languages",),
    place="pins/pins.go",
    additions=(Addition("shell", "go get google.golang.org/grpc"),),
    usage="""
channel, err := grpc.NewClient(
	"api.example.com:443",
	grpc.WithTransportCredentials(pins.Credentials(nil)), // or a *tls.Config with your own trust anchors
)
""",
    options=(PACKAGE,),
    limits=("Not pinned: channels with other credentials.", *ADDRESSES, SERVER_NAME),
    remarks=(
        "It needs Go 1.21 or newer, and the Go that your grpc needs.",
        "The pins are those of the host in the authority of the channel, which `grpc.WithAuthority` may change.",
        "gRPC keeps only the text of a `MismatchError`, in an error with the code `Unavailable`.",
        *REMARKS,
    ),
)
