"""nginx: the certificates that a proxied server's chain must end in; write only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.certificate import Certificate
from pinsmith.formats._format import Can, Format
from pinsmith.formats._line import one_line, remark

if TYPE_CHECKING:
    from pinsmith.formats._format import Export


def _write(export: Export) -> str:
    (entry,) = export.entries
    lines = [
        remark(export.source),
        f"# For {entry.host} only. In the location that asks it, with the path of this file:",
        "#   proxy_pass                    https://...;",
        f"#   proxy_ssl_name                {entry.host};",
        "#   proxy_ssl_server_name         on;",
        "#   proxy_ssl_verify              on;",
        "#   proxy_ssl_verify_depth        4;",
        "#   proxy_ssl_trusted_certificate THIS FILE;",
    ]
    seen = set()
    for key in entry.keys:
        der = export.der_of(key)
        if der not in seen:
            lines += ["", f"# {one_line(key.name)}, {key.pin}", Certificate(der).pem.rstrip("\n")]
        seen.add(der)
    return "\n".join([*lines, ""])


FORMAT: Final = Format(
    id="nginx",
    title="trusted certificates of an nginx upstream",
    spec="https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_ssl_trusted_certificate",
    suffixes=(".pem",),
    can=Can(hosts="one", matches="anchors", takes="certificate"),
    write=_write,
    remarks=(
        "nginx has no pins of keys: it demands that the chain ends in one of these certificates.",
        "`proxy_ssl_verify` is off unless it is switched on, and then nothing is checked at all.",
        "The same file serves `grpc_ssl_trusted_certificate` and `uwsgi_ssl_trusted_certificate`.",
    ),
)
