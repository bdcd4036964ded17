"""
Code that pins, for platforms whose libraries do not take a file. Every target is a template and is proven by attack.

A new target is one file, one line here, and its template. Settings that it cannot express are losses, as usual.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.formats.code import (
    alamofire_swift,
    apache_httpclient,
    axios,
    cronet_java,
    cronet_kotlin,
    curl_shell,
    dart_io,
    dotnet,
    go,
    grpc_go,
    grpc_node,
    grpc_python,
    http_engine_java,
    http_engine_kotlin,
    jsse_java,
    ktor,
    ktor_cio,
    ktor_darwin,
    node_https,
    node_undici,
    okhttp_java,
    okhttp_kotlin,
    php_curl,
    python,
    python_standalone,
    qt_cpp,
    qt_pyside,
    react_native_ssl_pinning,
    react_native_ssl_public_key_pinning,
    retrofit_kotlin,
    ruby_net_http,
    rust_reqwest,
    rust_rustls,
    trustkit_swift,
    urlsession_swift,
)
from pinsmith.formats.code._target import require_generated_beside as require_generated_beside

if TYPE_CHECKING:
    from pinsmith.formats._format import Format

CODE: Final[tuple[Format, ...]] = (
    alamofire_swift.FORMAT,
    apache_httpclient.FORMAT,
    axios.FORMAT,
    cronet_java.FORMAT,
    cronet_kotlin.FORMAT,
    curl_shell.FORMAT,
    dart_io.FORMAT,
    dotnet.FORMAT,
    go.FORMAT,
    grpc_go.FORMAT,
    grpc_node.FORMAT,
    grpc_python.FORMAT,
    http_engine_java.FORMAT,
    http_engine_kotlin.FORMAT,
    jsse_java.FORMAT,
    ktor.FORMAT,
    ktor_cio.FORMAT,
    ktor_darwin.FORMAT,
    node_https.FORMAT,
    node_undici.FORMAT,
    okhttp_java.FORMAT,
    okhttp_kotlin.FORMAT,
    php_curl.FORMAT,
    python.FORMAT,
    python_standalone.FORMAT,
    qt_cpp.FORMAT,
    qt_pyside.FORMAT,
    react_native_ssl_pinning.FORMAT,
    react_native_ssl_public_key_pinning.FORMAT,
    retrofit_kotlin.FORMAT,
    ruby_net_http.FORMAT,
    rust_reqwest.FORMAT,
    rust_rustls.FORMAT,
    trustkit_swift.FORMAT,
    urlsession_swift.FORMAT,
)
