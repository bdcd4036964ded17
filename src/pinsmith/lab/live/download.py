"""Downloads for a device or a project: the authorities to trust, the pins, a configuration for Android."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pinsmith.lab.live.service import Served
    from pinsmith.lab.pki.lab_pki import LabPKI

CERTIFICATE: Final = "application/x-x509-ca-cert"
"""The type at which browsers offer to install a certificate, since Netscape."""

BUNDLE: Final = "application/x-pem-file"
"""A file to save, because devices install one certificate at a time."""

# Debug builds only. By default overridePins is on here, and then Android does not check pins below these roots:
# https://developer.android.com/privacy-and-security/security-config#certificates
ANDROID: Final = """\
<?xml version="1.0" encoding="utf-8"?>
<!-- For res/xml. Copy lab-roots.pem to res/raw/pinsmith_lab.pem. Only debuggable builds trust these roots. -->
<network-security-config>
    <debug-overrides>
        <trust-anchors>
            <!-- Without overridePins="false" pins are not checked below these roots, and nothing is proven. -->
            <certificates src="@raw/pinsmith_lab" overridePins="false" />
        </trust-anchors>
    </debug-overrides>
</network-security-config>
"""


@dataclass(frozen=True, slots=True)
class Download:
    """
    One file.

    Attributes:
        path: The path of its URL, with the first slash.
        media_type: The value of the header.
        content: The content of the file.
        title: A noun phrase.
    """

    path: str
    media_type: str
    content: bytes
    title: str

    @property
    def name(self) -> str:
        """The name under which it is saved."""
        return self.path.rpartition("/")[2]


def authorities(pki: LabPKI) -> tuple[Download, ...]:
    """Return the roots that a client must trust, but no keys."""
    genuine, rogue = pki.root, pki.rogue_root
    return (
        Download("/lab-roots.pem", BUNDLE, pki.trusted_pem.encode("ascii"), "both roots, PEM"),
        Download("/lab-root.crt", CERTIFICATE, genuine.der, "Lab Root, DER"),
        Download("/rogue-root.crt", CERTIFICATE, rogue.der, "Rogue Root, DER"),
        Download("/lab-root.pem", CERTIFICATE, genuine.pem.encode("ascii"), "Lab Root, PEM"),
        Download("/rogue-root.pem", CERTIFICATE, rogue.pem.encode("ascii"), "Rogue Root, PEM"),
        Download("/network_security_config.xml", "application/xml", ANDROID.encode("ascii"), "Android, debug builds"),
    )


def pins(served: Iterable[Served]) -> tuple[Download, ...]:
    """Return the pins of every scenario as a pins.toml."""
    return tuple(
        Download(
            f"/pins/{one.scenario.id}.toml", "application/toml", one.pinning.pin_file().encode("utf-8"), "pins.toml"
        )
        for one in served
    )
