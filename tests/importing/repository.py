"""A repository of our own that pins in nine places, in five languages and formats of servers, and drifted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tests.formats.policy import pin

if TYPE_CHECKING:
    from pathlib import Path

API, OLD, NEXT, CDN, PAY = (pin(seed) for seed in ("api", "old", "next", "cdn", "pay"))
ROOT: Final = "C5+lpZ7tcVwmwQIMcRtPbsQtWLABXhQzejna0wHFr8M="  # ISRG Root X1
ROLES: Final = tuple(f"--role={leaf}=leaf" for leaf in (API, OLD, NEXT, CDN, PAY))

NSC: Final = "android/app/src/main/res/xml/network_security_config.xml"
KOTLIN: Final = "android/app/src/main/java/com/example/net/Client.kt"
JAVA: Final = "android/old/src/main/java/com/example/old/Net.java"
TRUSTKIT: Final = "ios/App/TrustKit.plist"
ATS: Final = "ios/App/Info.plist"
REACT: Final = "rn/ssl_config.json"
CURL: Final = "deploy/api.curlrc"
ENVOY: Final = "deploy/envoy.yaml"
TLSA: Final = "dns/example.com.zone"
PLIST: Final = '<?xml version="1.0" encoding="UTF-8"?>\n<plist version="1.0"><dict>{}</dict></plist>\n'

FILES: Final[dict[str, str]] = {
    NSC: f"""<network-security-config>
    <base-config cleartextTrafficPermitted="false" />
    <domain-config>
        <domain>api.example.com</domain>
        <pin-set expiration="2031-05-01">
            <pin digest="SHA-256">{API.base64}</pin>
            <pin digest="SHA-256">{NEXT.base64}</pin>
        </pin-set>
    </domain-config>
    <domain-config>
        <domain includeSubdomains="true">cdn.example.com</domain>
        <pin-set>
            <pin digest="SHA-256">{CDN.base64}</pin>
            <pin digest="SHA-256">{ROOT}</pin>
        </pin-set>
    </domain-config>
</network-security-config>
""",
    KOTLIN: f"""package com.example.net

import okhttp3.CertificatePinner

private const val API = "sha256/{API.base64}"

val pinner = CertificatePinner.Builder()
    .add("api.example.com", API, "sha256/{OLD.base64}")
    .build()
""",
    JAVA: f"""package com.example.old;

import okhttp3.CertificatePinner;

class Net {{
    CertificatePinner pinner = new CertificatePinner.Builder()
        .add("api.example.com", "sha256/{API.base64}", "sha256/{NEXT.base64}")
        .add("pay.example.com", "sha256/{PAY.base64}", "sha256/{ROOT}")
        .build();
}}
""",
    TRUSTKIT: PLIST.format(
        "<key>TSKConfiguration</key><dict><key>TSKPinnedDomains</key><dict><key>api.example.com</key><dict>"
        "<key>TSKEnforcePinning</key><true/><key>TSKExpirationDate</key><string>2031-01-01</string>"
        f"<key>TSKPublicKeyHashes</key><array><string>{API.base64}</string><string>{NEXT.base64}</string></array>"
        "</dict></dict></dict>"
    ),
    ATS: PLIST.format(
        "<key>CFBundleName</key><string>App</string><key>NSAppTransportSecurity</key><dict><key>NSPinnedDomains</key>"
        "<dict><key>cdn.example.com</key><dict><key>NSIncludesSubdomains</key><true/><key>NSPinnedCAIdentities</key>"
        f"<array><dict><key>SPKI-SHA256-BASE64</key><string>{ROOT}</string></dict></array></dict></dict></dict>"
    ),
    REACT: f'{{"sha256Keys": {{"api.example.com": ["sha256/{API.base64}", "sha256/{NEXT.base64}"]}}}}\n',
    CURL: f"""# For the release job.
user-agent = "release"
pinnedpubkey = "sha256//{API.base64};sha256//{NEXT.base64}"
""",
    ENVOY: f"""static_resources:
  clusters:
  - name: api
    transport_socket:
      typed_config:
        "@type": type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext
        sni: api.example.com
        common_tls_context:
          validation_context:
            trusted_ca: {{filename: /etc/ssl/certs/ca-certificates.crt}}
            verify_certificate_spki: ["{API.base64}", "{NEXT.base64}"]
""",
    TLSA: f"""$ORIGIN example.com.
api IN A 192.0.2.1
_443._tcp.api IN TLSA 3 1 1 {API.hex}
_443._tcp.api IN TLSA 3 1 1 {NEXT.hex}
""",
}


def both_plists() -> str:
    """Return one property list with the pins of two."""
    inner = (FILES[name].split("<dict>", 1)[1].rpartition("</dict></plist>")[0] for name in (ATS, TRUSTKIT))
    return PLIST.format("".join(inner))


def write(folder: Path, *, without: tuple[str, ...] = ()) -> None:
    """Write the repository into *folder*."""
    (folder / ".git").mkdir(exist_ok=True)
    for name, text in FILES.items():
        if name not in without:
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
