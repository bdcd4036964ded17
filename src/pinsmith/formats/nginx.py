"""nginx: the certificates in which the chain of a proxied server must end; write only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.certificate import Certificate
from pinsmith.errors import ExportRefusedError
from pinsmith.formats._format import Can, Format
from pinsmith.formats._guide import Addition
from pinsmith.formats._line import remark
from pinsmith.formats._loss import refusal
from pinsmith.syntax.text import one_line

if TYPE_CHECKING:
    from pinsmith.formats._format import Export


def _write(export: Export) -> str:
    (entry,) = export.entries
    lines = [
        remark(export.source),
        f"# Use this file for {entry.host} only. In the location that proxies to it, set:",
        "#   proxy_pass                    https://...;",
        f"#   proxy_ssl_name                {entry.host};",
        "#   proxy_ssl_server_name         on;",
        "#   proxy_ssl_verify              on;",
        "#   proxy_ssl_verify_depth        4;",
        "#   proxy_ssl_trusted_certificate PATH OF THIS FILE;",
    ]
    pinned = {Certificate(export.certificates[key.name]): key for key in reversed(entry.keys)}
    lost = [key.name for certificate, key in pinned.items() if not _reaches_root(certificate, list(pinned))]
    if lost:
        names = ", ".join(reversed(lost))
        text = f"nginx refuses chains that end in {names}, unless the root above is also pinned"
        raise ExportRefusedError("nginx", [refusal(entry.host, text)])
    for certificate, key in reversed(pinned.items()):
        lines += ["", f"# {one_line(key.name)}, {key.pin}", certificate.pem.rstrip("\n")]
    return "\n".join([*lines, ""])


def _reaches_root(certificate: Certificate, among: list[Certificate]) -> bool:
    """Say whether the file contains the self-signed end of the chain, without which nginx refuses every chain."""
    seen: list[Certificate] = []
    while not certificate.is_self_issued:
        seen.append(certificate)
        above = next((other for other in among if other.subject == certificate.issuer and other not in seen), None)
        if above is None:
            return False
        certificate = above
    return True


FORMAT: Final = Format(
    id="nginx",
    title="trusted certificates of an nginx upstream",
    spec="https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_ssl_trusted_certificate",
    suffixes=(".pem",),
    can=Can(hosts="one", matches="anchors", takes="certificate"),
    platforms=("servers",),
    place="deploy/api.pem",
    additions=(
        Addition(
            "nginx.conf",
            """
proxy_ssl_name                api.example.com;
proxy_ssl_server_name         on;
proxy_ssl_verify              on;
proxy_ssl_verify_depth        4;
proxy_ssl_trusted_certificate /etc/nginx/api.pem;
""",
        ),
    ),
    write=_write,
    remarks=(
        "nginx cannot pin keys. It demands a chain that ends in one of these certificates, which must be a root.",
        "Set `proxy_ssl_verify on`. It is off by default, and then nothing is checked.",
        "The file also works with `grpc_ssl_trusted_certificate` and `uwsgi_ssl_trusted_certificate`.",
    ),
)
