"""
Functions, names and texts that turn the check of the chain or of the host's name off, by language.

Source: the documentation of each library.
"""

from __future__ import annotations

import re
from typing import Final

from pinsmith.rules.code._switch import CHAIN, NAME, Switch

_IDENTITY: Final = (Switch(("checkServerIdentity",), ("(?:undefined|null|void 0)?",), NAME),)
_JAVA_NAMES: Final = (Switch(("hostnameVerifier", "defaultHostnameVerifier", "sSLHostnameVerifier"), ("true",), NAME),)
CALLBACKS: Final[dict[str, tuple[Switch, ...]]] = {
    "csharp": (
        Switch(
            (
                "RemoteCertificateValidationCallback",
                "ServerCertificateCustomValidationCallback",
                "ServerCertificateValidationCallback",
                "SslStream",
            ),
            ("true",),
            CHAIN,
        ),
    ),
    "dart": (Switch(("badCertificateCallback", "onBadCertificate"), ("true",), CHAIN),),
    "java": _JAVA_NAMES,
    "kotlin": (Switch(("hostnameVerifier", "defaultHostnameVerifier", "HostnameVerifier"), ("true",), NAME),),
    "ruby": (Switch(("verify_callback",), ("true",), CHAIN),),
    "tsx": _IDENTITY,
    "typescript": _IDENTITY,
}
"""Functions that are given to a name."""
_ASSERTED: Final = r"Ok\((?:\w+::)*ServerCertVerified::assertion\(\)\)"
_PROCEEDS: Final = Switch(("onReceivedSslError",), (r"\w+[?!]*\.proceed\(\)",), CHAIN)
_VERIFIER: Final = Switch(("verify",), ("true",), NAME, needs=re.compile("SSLSession"))
METHODS: Final[dict[str, tuple[Switch, ...]]] = {
    "java": (Switch(("checkServerTrusted",), ("",), CHAIN), _VERIFIER, _PROCEEDS),
    "kotlin": (Switch(("checkServerTrusted",), ("(?:Unit)?",), CHAIN), _VERIFIER, _PROCEEDS),
    "rust": (Switch(("verify_server_cert",), (_ASSERTED,), CHAIN),),
    "tsx": (Switch(("checkServerIdentity",), ("(?:undefined|null)?",), NAME),),
    "typescript": (Switch(("checkServerIdentity",), ("(?:undefined|null)?",), NAME),),
}
"""Functions with a name. *needs* applies to the function, not to the file."""
_JVM: Final = {"ALLOW_ALL_HOSTNAME_VERIFIER": NAME, "NoopHostnameVerifier": NAME, "TrustAllStrategy": CHAIN}
CONSTANTS: Final = {
    "csharp": {"DangerousAcceptAnyServerCertificateValidator": CHAIN},
    "java": _JVM,
    "kotlin": _JVM,
    "python": {"_create_unverified_context": CHAIN},
    "swift": {"DisabledTrustEvaluator": CHAIN, "DisabledEvaluator": CHAIN},
}
"""Names that stand for a check that accepts all."""
PATTERNS: Final[dict[str, tuple[tuple[re.Pattern[str], str, re.Pattern[str] | None], ...]]] = {
    "objc": (
        (re.compile(r"allowsAnyHTTPSCertificateForHost\s*:[^{;]*\{\s*return\s+YES\b"), CHAIN, None),
        (re.compile(r"setAllowsAnyHTTPSCertificate\s*:\s*YES\b"), CHAIN, None),
        (re.compile(r"\bkCFStreamSSLValidatesCertificateChain\s*:\s*@NO\b"), CHAIN, None),
    ),
    # urllib3 and aiohttp compare the certificate instead of the name; aiohttp, instead of the chain too.
    "python": (
        (re.compile(r"(?<![.\w])assert_fingerprint=(?!=|None\b|(?:\w+\.)*assert_fingerprint\b)"), NAME, None),
        (re.compile(r"(?<!class )\bFingerprintAdapter\("), NAME, None),
        (re.compile(r"\baiohttp\.Fingerprint\("), CHAIN, None),
    ),
}
"""Texts outside of comments, and what makes a file right all the same."""
