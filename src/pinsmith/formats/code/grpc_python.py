"""gRPC for Python: channel credentials that trust only the pinned certificates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.certificate import Certificate
from pinsmith.formats._format import Can
from pinsmith.formats._guide import Addition
from pinsmith.formats.code._language import PYTHON
from pinsmith.formats.code._limit import Limit, expires
from pinsmith.formats.code._target import code_format
from pinsmith.formats.code._view import Text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pinsmith.formats._format import Export


def _more(export: Export) -> Mapping[str, object]:
    keys = {key.name: key for entry in export.entries for key in entry.keys}
    return {"certificates": [(Text(name), Certificate(export.certificates[name]).pem) for name, key in keys.items()]}


FORMAT: Final = code_format(
    id="grpc-python",
    title="gRPC for Python, grpcio",
    spec="https://grpc.github.io/grpc/python/grpc.html#grpc.ssl_channel_credentials",
    language=PYTHON,
    suffix=".py",
    compromised="accepted",
    can=Can(
        addresses=True,
        subdomains="any-depth",
        exempts=True,
        expiry=True,
        require_pins=True,
        matches="anchors",
        takes="certificate",
    ),
    platforms=("python",),
    place="src/pins.py",
    additions=(Addition("shell", "pip install grpcio"),),
    usage="""
import pins

channel = pins.secure_channel("api.example.com")  # instead of grpc.secure_channel

# For grpc.aio and for channels with settings of your own
credentials = pins.credentials("api.example.com")
channel = grpc.aio.secure_channel("api.example.com:443", credentials)
""",
    limits=(
        "A renewed leaf certificate is refused, even with the same key, because leaves are pinned as certificates.",
        "Not pinned: channels with other credentials, and channels to another host than their credentials are for.",
        Limit("A channel keeps its pins when they expire.", expires),
    ),
    remarks=(
        (
            "grpcio cannot pin keys. Instead, a pinned host must present a chain to one of the certificates, and no"
            " other authority is trusted. So pin authorities, or leaves that are renewed together with this file."
        ),
        "`root_certificates=` sets the trust anchors of hosts that are not pinned.",
    ),
    more=_more,
)
