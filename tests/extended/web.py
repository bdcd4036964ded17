"""Run nginx for the tests, in front of a server that does not speak TLS."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.extended.program import Program, find
from tests.extended.server import RealServer, logged
from tests.tls.clients.blocking import ask_by_http_client, ask_by_httpx

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tests.extended.program import Folder
    from tests.extended.server import Running
    from tests.tls.clients.way import Errand

# A Unix socket stands for the server behind: nginx ends TLS and forwards the request in the clear.
_NGINX = """
daemon off;
worker_processes 1;
pid {folder}/pid;
error_log stderr notice;
{variables}
events {{ worker_connections 64; }}
http {{
    log_format request '$server_protocol $ssl_protocol reused=$ssl_session_reused client=$ssl_client_s_dn';
    access_log {folder}/access.log request;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    server {{
        listen 127.0.0.1:{port} ssl http2;
        server_name localhost;
        ssl_certificate {folder}/server.crt;
        ssl_certificate_key "{key}";
        ssl_protocols TLSv1.2 TLSv1.3;
        ssl_stapling off;
        {more}
        location / {{ proxy_pass http://unix:{folder}/behind; }}
        # What clients without HTTP ask for. The connection ends with the answer and close_notify, which anyio requires.
        # aiohttp does not wait for the end of such a connection, and uvloop then sometimes cannot close its loop.
        location = /secret {{
            keepalive_timeout 0;
            proxy_pass http://unix:{folder}/behind;
        }}
    }}
    server {{
        listen unix:{folder}/behind;
        access_log off;
        location / {{ return 200 "from behind\\n"; }}
    }}
}}
"""


def start_nginx(
    folder: Folder, port: int, *, more: str = "", key: str = "", environment: Mapping[str, str] | None = None
) -> Program:
    """
    Start an nginx that ends TLS for a server behind it.

    Args:
        folder: Its folder, with ``server.crt``, and ``server.key`` unless *key* is given.

        port: Where it listens.

        more: Directives for its TLS server.

        key: Where OpenSSL finds the private key.

        environment: Further variables; its workers get them, too.
    """
    environment = environment or {}
    key = key or f"{folder.path}/server.key"
    variables = "".join(f"env {name};\n" for name in environment)
    text = _NGINX.format(port=port, folder=folder.path, more=more, key=key, variables=variables)
    config = folder.write("nginx.conf", text)
    settings = [f"{name}={value}" for name, value in environment.items()]
    command: list[str | Path] = ["env", *settings, find("nginx", "nginx"), "-e", "stderr", "-c", config]
    return Program(folder, command, port, log=folder.path / "access.log")


def _ask_over_http2(errand: Errand) -> bytes:
    return ask_by_httpx(errand, http2=True)


def _reload(running: Running) -> None:
    running.program.reload()
    # Until the worker with the old certificate has ended, it may accept a connection and drop it.
    running.program.until(lambda: "exited with code 0" in running.program.log, "the end of the old worker")


WEB = (
    RealServer(
        "nginx",
        "www-data",
        start_nginx,
        {"http-client": ask_by_http_client, "httpx:http2": _ask_over_http2},
        logins=logged(r"HTTP/"),
        rotate=_reload,
    ),
)
