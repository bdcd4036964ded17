"""
The libraries that can pin, and the network stacks that ignore declared pins, by what only they contain.

Source:
    The names of classes in the libraries' own releases: com.squareup.okhttp3:okhttp, TrustKit for Android and iOS,
    Alamofire, AFNetworking, Cronet, and the packages of npm, CocoaPods and pub.dev with these names. OpenSSL and
    BoringSSL contain the names of their source files, for errors.
    ``CreateTrustPolicies`` in net/cert/cert_verify_proc_ios.cc of Chromium: Cronet does not tell iOS the host, so iOS
    finds no declared pins.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Sign:
    """
    A text, or the pattern of a path, that shows a library.

    Attributes:
        name: The name that developers know.
        text: What the library contains.
        own_stack: Whether the library has a network stack that ignores the declarations of the operating system, or
            that may overrule them.
        can_pin: Whether it is there to pin, so that an app with it may do so.
    """

    name: str
    text: str
    own_stack: bool = False
    can_pin: bool = True

    @property
    def octets(self) -> bytes:
        """The text as it stands in a file."""
        return self.text.encode()


PINNER: Final = Sign("OkHttp CertificatePinner", "Lokhttp3/CertificatePinner;")
"""Every release of OkHttp contains it, so whether it is called matters."""
PINNER_CALL: Final = ("Lokhttp3/CertificatePinner$Builder;", "add", 3)
"""The class, the method, and its arguments: the builder, the host and the pins."""

OPENSSL: Final = Sign("OpenSSL or BoringSSL", "ssl/ssl_lib.c", own_stack=True, can_pin=False)

DEX: Final = (
    PINNER,
    Sign("OkHttp CertificatePinner", "Certificate pinning failure!"),  # also if names are obfuscated
    Sign("OkHttp 2 CertificatePinner", "Lcom/squareup/okhttp/CertificatePinner;"),
    Sign("TrustKit", "Lcom/datatheorem/android/trustkit/TrustKit;"),
    Sign("Cronet", "Lorg/chromium/net/CronetEngine$Builder;", own_stack=True),
    Sign("Android HttpEngine", "Landroid/net/http/HttpEngine$Builder;", own_stack=True),
    Sign("react-native-ssl-pinning", "Lcom/toyberman/RNSslPinningModule;"),
    Sign("react-native-ssl-public-key-pinning", "Lcom/sslpublickeypinning/SslPublicKeyPinningModule;"),
    Sign("cordova-plugin-advanced-http", "Lcom/silkimen/cordovahttp/CordovaServerTrust;"),
    Sign("Wultra SSL pinning", "Lcom/wultra/android/sslpinning/CertStore;"),
    Sign("http_certificate_pinning", "/http_certificate_pinning/HttpCertificatePinningPlugin;"),
    Sign("Ktor CIO", "Lio/ktor/client/engine/cio/CIOEngine;"),
    Sign("Apache HttpClient", "Lorg/apache/hc/client5/http/ssl/"),
    Sign("Conscrypt", "Lorg/conscrypt/Conscrypt;"),
)
MACHO: Final = (
    Sign("TrustKit", "TSKPinningValidator"),
    Sign("Alamofire", "PublicKeysTrustEvaluator"),
    Sign("Alamofire", "PinnedCertificatesTrustEvaluator"),
    Sign("AFNetworking", "AFSecurityPolicy"),
    Sign("react-native-ssl-pinning", "RNSslPinning"),
    Sign("react-native-ssl-public-key-pinning", "SslPublicKeyPinning"),
    Sign("react-native-ssl-manager", "RNSSLManagerDisabled"),
    Sign("Cronet", "CRNPinnedHost", own_stack=True),
    OPENSSL,
    Sign("Wultra SSL pinning", "WultraSSLPinning"),
    Sign("Security framework, by code of the app or of a library", "_SecTrustCopyKey"),
    Sign("Security framework, by code of the app or of a library", "_SecCertificateCopyKey"),
)
SCRIPT: Final = (
    Sign("react-native-ssl-pinning", "RNSslPinning"),
    Sign("react-native-ssl-public-key-pinning", "SslPublicKeyPinning"),
    Sign("react-native-ssl-manager", "RNSSLManagerDisabled"),
    Sign("react-native-ssl-manager", "applySignedPinBundle"),
)
NATIVE: Final = (OPENSSL,)
DART: Final = (
    Sign("http_certificate_pinning", "package:http_certificate_pinning/"),
    Sign("dart:io SecurityContext", "setTrustedCertificatesBytes"),
)
# Patterns of paths, whole.
FILES: Final = tuple(
    (re.compile(pattern), sign)
    for pattern, sign in (
        (r"(?:.*/)?lib/[^/]+/libflutter\.so", Sign("Flutter", "libflutter.so", own_stack=True)),
        (r".*/Frameworks/Flutter\.framework/Flutter", Sign("Flutter", "Flutter.framework", own_stack=True)),
        (r"(?:.*/)?lib/[^/]+/libcronet[^/]*\.so", Sign("Cronet", "libcronet.so", own_stack=True)),
        (r".*/Frameworks/Cronet\.framework/Cronet", Sign("Cronet", "Cronet.framework", own_stack=True)),
        (r".*/Frameworks/TrustKit\.framework/TrustKit", Sign("TrustKit", "TrustKit.framework")),
        (r".*/Frameworks/Alamofire\.framework/Alamofire", Sign("Alamofire", "Alamofire.framework")),
        (r"(?:.*/)?assets/(?:.*/)?trustkit[^/]*", Sign("TrustKit", "a file of its configuration")),
    )
)
# The stubs of products that encrypt an app's code and load it while the app runs, as their vendors name the files.
PACKERS: Final = re.compile(
    r"(?:.*/)?(?:lib(?:jiagu\w*|secexe|secmain|SecShell|DexHelper|shell\w*|legu|mobisec|baiduprotect|nqshield|nesec"
    r"|covault-appsec|dexprotector|APKProtect|exec|execmain)(?:-x86|[_-]?\d\d)?\.so"
    r"|ijiami\.(?:ajm|dat)|dp\.[\w.-]+\.so\.dat|classes\.dex\.dat|sealed1\.dex|secData0\.jar)"
)
