"""
Options that turn the check of the chain or of the host's name off, by language.

Source: the documentation of each library.
"""

from __future__ import annotations

import re
from typing import Final

from pinsmith.rules.code._switch import CHAIN, NAME, NOTHING, OFF, ON, Switch

_SERVER: Final = re.compile(
    r"SSL_accept\b|TLS(?:v1_2)?_server_method|SSLv23_server_method|PROTOCOL_TLS_SERVER|Purpose\.CLIENT_AUTH"
    r"|server_side\s*=\s*True|SSL_get_verify_result"
)
_REQUESTS: Final = re.compile(r"^\s*(?:import|from)\s+(?:requests|httpx|niquests)\b", re.MULTILINE)
_AIOHTTP: Final = re.compile(r"^\s*(?:import|from)\s+aiohttp\b", re.MULTILINE)
_SENDS: Final = re.compile(
    r"get|post|put|patch|delete|head|options|request|stream|send|ws_connect|(?:Async)?Client|(?:Client)?Session"
    r"|(?:Async)?HTTPTransport|TCPConnector|s|_?(?:http_)?(?:session|client)"
)
# Go verifies a chain by itself in one of these callbacks. Signatures of something else have such a method, too.
_GO_VERIFIES: Final = re.compile(
    r"\A(?=.*\b(?:VerifyConnection|VerifyPeerCertificate)\b)(?=.*(?:(?<!ed25519)\.Verify\(|VerifyOptions))", re.DOTALL
)
_CURL: Final = (
    Switch(("CURLOPT_SSL_VERIFYPEER", "CURLOPT_PROXY_SSL_VERIFYPEER"), OFF, CHAIN),
    Switch(("CURLOPT_SSL_VERIFYHOST", "CURLOPT_PROXY_SSL_VERIFYHOST"), OFF, NAME),
)
_SMARTFACE: Final = re.compile(r"\bsslPinning\b")
_TYPESCRIPT: Final = (
    Switch(("validateCertificateChain",), OFF, CHAIN, needs=_SMARTFACE),
    Switch(("validateHost",), OFF, NAME, needs=_SMARTFACE),
    Switch(("rejectUnauthorized", "strictSSL", "NODE_TLS_REJECT_UNAUTHORIZED"), OFF, CHAIN),
    Switch(("disableAllSecurity",), ON, CHAIN),
)
_VERIFY_NONE: Final = ("VERIFY_NONE", "SSL_VERIFY_NONE")
SETTINGS: Final[dict[str, tuple[Switch, ...]]] = {
    "bash": (Switch(("NODE_TLS_REJECT_UNAUTHORIZED", "PYTHONHTTPSVERIFY"), OFF, CHAIN),),
    "cpp": (
        *_CURL,
        Switch(("ignoreSslErrors",), NOTHING, CHAIN),
        Switch(("peerVerifyMode",), ("VerifyNone",), CHAIN),
        Switch(("SSL_CTX_set_verify", "SSL_set_verify"), _VERIFY_NONE, CHAIN, unless=_SERVER),
        Switch(("set_verify_mode",), ("verify_none",), CHAIN),
        Switch(("enable_server_certificate_verification", "VerifySsl"), OFF, CHAIN),
        Switch(("mbedtls_ssl_conf_authmode",), ("MBEDTLS_SSL_VERIFY_NONE",), CHAIN, unless=_SERVER),
    ),
    "go": (Switch(("InsecureSkipVerify",), ON, CHAIN, unless=_GO_VERIFIES),),
    "objc": (
        Switch(("allowInvalidCertificates",), ON, CHAIN),
        Switch(("validatesDomainName",), OFF, NAME),
    ),
    "php": (
        *_CURL,
        Switch(("verify_peer", "sslverify"), OFF, CHAIN),
        Switch(("verify_peer_name", "verify_host"), OFF, NAME),
        Switch(("allow_self_signed",), ON, CHAIN),
        Switch(("verify",), OFF, CHAIN, needs=re.compile(r"\bGuzzle|\bHttp::")),
        Switch(("withoutVerifying",), NOTHING, CHAIN, needs=re.compile(r"\bHttp::")),
    ),
    "python": (
        Switch(("verify_mode", "cert_reqs"), ("CERT_NONE",), CHAIN, unless=_SERVER),
        Switch(("check_hostname", "assert_hostname"), OFF, NAME, unless=_SERVER),
        Switch(("verify",), OFF, CHAIN, needs=_REQUESTS, within=_SENDS),
        Switch(("ssl", "verify_ssl"), OFF, CHAIN, needs=_AIOHTTP, within=_SENDS),
    ),
    "ruby": (
        Switch(("verify_mode", "verify_ssl"), ("VERIFY_NONE",), CHAIN),
        Switch(("verify_ssl", "ssl_verify_peer"), OFF, CHAIN),
        Switch(("verify_hostname",), OFF, NAME),
        Switch(("verify",), OFF, CHAIN, needs=re.compile(r"\bFaraday\b|\bHTTParty\b")),
    ),
    "rust": (
        Switch(("danger_accept_invalid_certs",), ON, CHAIN),
        Switch(("danger_accept_invalid_hostnames",), ON, NAME),
        Switch(("set_verify",), ("NONE",), CHAIN, needs=re.compile(r"\bSslVerifyMode\b"), unless=_SERVER),
        Switch(("set_verify_hostname", "ssl_verify_host"), OFF, NAME),
        Switch(("ssl_verify_peer",), OFF, CHAIN),
    ),
    "swift": (
        Switch(("performDefaultValidation",), OFF, CHAIN),
        Switch(("validateHost",), OFF, NAME),
    ),
    "tsx": _TYPESCRIPT,
    "typescript": _TYPESCRIPT,
}
"""Options that are given a value."""
