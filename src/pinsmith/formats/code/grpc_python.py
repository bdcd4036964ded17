"""gRPC for Python: credentials of channels that trust nothing but the pinned certificates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.certificate import Certificate
from pinsmith.formats._format import Can
from pinsmith.formats.code._language import PYTHON
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
    limits=(
        "Renewed leaves: a leaf stands for this very certificate, so the next one is refused, even with the same key.",
        "Channels with other credentials, and channels to another host than the one their credentials were made for.",
        "Pins that end while a channel is open: it keeps them.",
    ),
    remarks=(
        (
            "`secure_channel(host)` takes the place of `grpc.secure_channel`; `credentials(host)` is for all else, "
            "`grpc.aio` too."
        ),
        (
            "grpcio has no place for pins: pinned hosts must present a chain to one of the certificates, and no other "
            "authority counts. So pin authorities, or leaves that are renewed together with this file."
        ),
        "`root_certificates=` names the trust anchors of hosts that are not pinned.",
    ),
    more=_more,
)
