"""What a device or a project is given: the authorities to trust, the pins, a configuration for Android."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pinsmith.lab.live.service import Served
    from pinsmith.lab.pki.lab_pki import LabPKI

CERTIFICATE: Final = "application/x-x509-ca-cert"
"""What makes a device offer to install a certificate, of Netscape's and all browsers since."""

BUNDLE: Final = "application/x-pem-file"
"""A file to be saved: devices install one certificate at a time."""

# Debug builds only. overridePins is true by default here, and then Android checks no pins below these roots:
# https://developer.android.com/privacy-and-security/security-config#certificates
ANDROID: Final = """\
<?xml version="1.0" encoding="utf-8"?>
<!-- For res/xml; lab-roots.pem goes to res/raw/pinsmith_lab.pem. Only debuggable builds trust what is named here. -->
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
        path: Of its URL, with the first slash.
        media_type: As the header says it.
        content: The file.
        title: What it is.
    """

    path: str
    media_type: str
    content: bytes
    title: str

    @property
    def name(self) -> str:
        """What it is saved as."""
        return self.path.rpartition("/")[2]


def authorities(pki: LabPKI) -> tuple[Download, ...]:
    """Offer the roots that a client must trust; never a key."""
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
    """Offer the pins of each scenario as a pins.toml."""
    return tuple(
        Download(
            f"/pins/{each.scenario.id}.toml", "application/toml", each.pinning.pin_file().encode("utf-8"), "pins.toml"
        )
        for each in served
    )
