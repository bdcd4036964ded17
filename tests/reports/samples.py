"""One report of link format, shaped as its library writes it, about certificates that are made when the tests run."""

from __future__ import annotations

import json
import textwrap
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from pinsmith.lab.pki.authority import Authority
from pinsmith.lab.pki.identity import Identity, pem_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cryptography import x509

HOST: Final = "api.example.com"
EXPECTED: Final = Identity.self_signed("expected.example.com").pin
BACKUP: Final = Identity.self_signed("backup.example.com").pin


@cache
def root() -> Authority:
    """Return the root of a private authority."""
    return Authority.root("Example Proxy Root")


@cache
def leaf() -> Identity:
    """Return a leaf for HOST below an intermediate and `root`."""
    return root().intermediate("Example Proxy CA").issue(HOST)


@cache
def chain() -> tuple[x509.Certificate, ...]:
    """Leaf, intermediate, root."""
    return (*leaf().chain, root().certificate)


@cache
def pins() -> tuple[str, ...]:
    """Return the pins of `chain`, leaf first."""
    from cryptography.hazmat.primitives.serialization import Encoding

    from pinsmith.certificate import Certificate

    return tuple(str(Certificate(link.public_bytes(Encoding.DER)).pin) for link in chain())


def pem(certificate: x509.Certificate, *, columns: int = 64, end: str = "\n") -> str:
    """Write a certificate as PEM with lines of some length, as the libraries wrap it differently."""
    body = "".join(pem_of([certificate]).strip().split("\n")[1:-1])
    return end.join(["-----BEGIN CERTIFICATE-----", *textwrap.wrap(body, columns), "-----END CERTIFICATE-----"])


def hpkp(pin: str) -> str:
    """Write a pin as RFC 7469 does."""
    return f'pin-sha256="{pin.removeprefix("sha256/")}"'


def rfc7469(certificates: Sequence[x509.Certificate], **changes: object) -> bytes:
    """Write a report with the fields of the RFC."""
    fields = {
        "date-time": "2026-12-01T08:00:00Z",
        "hostname": HOST,
        "port": 443,
        "effective-expiration-date": "2027-05-01T12:40:50Z",
        "include-subdomains": False,
        "noted-hostname": HOST,
        "served-certificate-chain": [pem(link) for link in certificates[:2]],
        "validated-certificate-chain": [pem(link) for link in certificates],
        "known-pins": [hpkp(EXPECTED), hpkp(BACKUP)],
    }
    return json.dumps(fields | changes).encode()


def trustkit_ios(certificates: Sequence[x509.Certificate], **changes: object) -> bytes:
    """Write a report of TrustKit on iOS: CR and LF inside PEM, port 0, no served chain."""
    fields = {
        "app-bundle-id": "com.example.app",
        "app-version": "4.1",
        "app-platform": "IOS",
        "app-platform-version": "18.1.0",
        "app-vendor-id": "599F9C00-92DC-4B5C-9464-7971F01F8370",
        "trustkit-version": "3.0.4",
        "date-time": "2026-12-01T08:00:00Z",
        "hostname": HOST,
        "port": 0,
        "noted-hostname": "example.com",
        "include-subdomains": True,
        "enforce-pinning": True,
        "validated-certificate-chain": [pem(link, end="\r\n") for link in certificates],
        "known-pins": [hpkp(EXPECTED), hpkp(BACKUP)],
        "validation-result": 1,
        "known-pins-expiration-date": None,
    }
    return json.dumps(fields | changes).encode()


def trustkit_android(certificates: Sequence[x509.Certificate], **changes: object) -> bytes:
    """Write a report of TrustKit on Android: PEM with 76 columns, both chains, other order, no blanks."""
    fields = {
        "app-bundle-id": "com.example.app",
        "app-version": "4.2",
        "app-vendor-id": "2ae33ce2-83f4-4b5c-9464-7971f01f8370",
        "app-platform": "ANDROID",
        "trustkit-version": "1.1.5",
        "hostname": HOST,
        "port": 0,
        "noted-hostname": "example.com",
        "include-subdomains": True,
        "enforce-pinning": True,
        "validation-result": 1,
        "date-time": "2026-12-01T08:00:00Z",
        "validated-certificate-chain": [pem(link, columns=76) + "\n" for link in certificates],
        "served-certificate-chain": [pem(link, columns=76) + "\n" for link in certificates[:2]],
        "known-pins": [hpkp(BACKUP), hpkp(EXPECTED)],
    }
    return json.dumps(fields | changes, separators=(",", ":")).encode()


def event(certificates: Sequence[x509.Certificate], **changes: object) -> bytes:
    """Write the event of pinsmith with a chain."""
    fields = {
        "pinsmith-event": 1,
        "host": HOST,
        "port": 443,
        "time": "2026-12-01T08:00:00Z",
        "enforced": True,
        "known-pins": [EXPECTED, BACKUP],
        "validated-chain": [pem(link) for link in certificates],
        "app-id": "com.example.app",
        "app-version": "4.1",
        "platform": "android",
    }
    return json.dumps(fields | changes).encode()


def rn_ssl_manager(_: Sequence[x509.Certificate]) -> bytes:
    """Write a post of react-native-ssl-manager, from the pins of OkHttp's exception."""
    fields = {
        "hostname": HOST,
        "enforced": True,
        "known-pins": [EXPECTED, BACKUP],
        "served-pins": list(pins()),
        "message": f"Blocked connection to {HOST}",
        "date-time": "2026-12-01T08:00:00Z",
    }
    return json.dumps(fields).encode()


def nel(_: Sequence[x509.Certificate]) -> bytes:
    """Write an array of a browser: a pinning failure, an error of HTTP, and a report of another type."""

    def error(kind: str) -> dict[str, object]:
        body = {"sampling_fraction": 1.0, "server_ip": "", "phase": "connection", "type": kind, "status_code": 0}
        return {"age": 10, "type": "network-error", "url": f"https://{HOST}/a?b=c", "user_agent": "x", "body": body}

    other = {"age": 1, "type": "csp-violation", "url": "https://example.com/", "body": {"type": "x"}}
    reports = [error("tls.cert.pinned_key_not_in_cert_chain"), error("http.error"), other]
    return json.dumps(reports).encode()


def okhttp_text() -> str:
    """Return the message of OkHttp's exception."""
    peers = "".join(f"\n    {pin}: CN=name {at}, O=Example" for at, pin in enumerate(pins()))
    expected = f"\n    {EXPECTED}\n    {BACKUP}"
    return (
        f"Certificate pinning failure!\n  Peer certificate chain:{peers}\n  Pinned certificates for {HOST}:{expected}"
    )


def okhttp_log(_: Sequence[x509.Certificate]) -> bytes:
    """Write the exception as logcat shows it, between other lines."""
    tag = "12-01 08:00:00.123  4321  4321 W System.err: "
    text = f"javax.net.ssl.SSLPeerUnverifiedException: {okhttp_text()}\n\tat okhttp3.CertificatePinner.check"
    lines = ["starting", *text.split("\n"), "done"]
    return "\n".join(tag + line for line in lines).encode()


def android_log(_: Sequence[x509.Certificate]) -> bytes:
    """Write a log of the system: no host and no pins."""
    line = "I/X509Util: Failed to validate the certificate chain, error: Pin verification failed"
    return f"I/chatty: uid=10\n{line}\nE/App: PIN verification failed for the user\n".encode()


def trustkit_log(_: Sequence[x509.Certificate]) -> bytes:
    """Write what TrustKit logs on iOS."""
    return f"2026-12-01 08:00:00.1 App[1:2] === TrustKit: Pin validation failed for {HOST}\n".encode()


def curl_log(_: Sequence[x509.Certificate]) -> bytes:
    """Write the end of `curl -v` with a wrong pin."""
    return (
        f"* Connected to {HOST} (192.0.2.7) port 443\n* TLSv1.3 (IN), TLS handshake, Finished (20):\n"
        "* SSL: public key does not match pinned public key\n* closing connection #0\n"
        "curl: (90) SSL: public key does not match pinned public key\n"
    ).encode()


def pinsmith_log(_: Sequence[x509.Certificate]) -> bytes:
    """Pinsmith's own error, as the command line prints it."""
    served = "".join(f"    {pin}  CN=name {at}\n" for at, pin in enumerate(pins()))
    return (
        f"pinsmith: error[pin-mismatch]: {HOST} presented no pinned key\n  presented, leaf first:\n{served}"
        f"  pinned:\n    {EXPECTED}  api-2026\n    {BACKUP}  standby\npinsmith: hint: compare\n"
    ).encode()


@dataclass(frozen=True)
class Sample:
    """A report of a format, and the attributes that it must have; all others are the defaults."""

    id: str
    write: Callable[[Sequence[x509.Certificate]], bytes]
    expected: dict[str, Any] = field(default_factory=dict)
    has_pins: bool = True
    """Whether the report gives the pins that the client expects."""


_APP: Final = {"app_id": "com.example.app", "noted_host": "example.com", "enforced": True}
SAMPLES: Final = (
    Sample("event", event, {"port": 443, "platform": "android", "enforced": True, "app_version": "4.1"}),
    Sample("nel", nel, {"port": 443, "platform": "browser", "enforced": True}, has_pins=False),
    Sample("trustkit-android", trustkit_android, _APP | {"app_version": "4.2", "platform": "android"}),
    Sample("trustkit-ios", trustkit_ios, _APP | {"app_version": "4.1", "platform_version": "18.1.0"}),
    Sample("rn-ssl-manager", rn_ssl_manager, {"enforced": True}),
    Sample("rfc7469", rfc7469, {"port": 443, "noted_host": HOST, "enforced": None}),
    Sample("pinsmith-log", pinsmith_log, {"platform": "python", "enforced": True}),
    Sample("okhttp-log", okhttp_log, {"platform": "okhttp", "enforced": True}),
    Sample("android-log", android_log, {"host": None, "platform": "android"}, has_pins=False),
    Sample("trustkit-log", trustkit_log, {"reason": "unknown", "platform": "ios"}, has_pins=False),
    Sample("curl-log", curl_log, {"port": 443, "platform": "curl"}, has_pins=False),
)
