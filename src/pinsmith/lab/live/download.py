"""Downloads for a device or a project: the authorities to trust, pins, certificates, configurations."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from pinsmith.lab.live.archive import archive
from pinsmith.lab.live.place import bracketed
from pinsmith.lab.pki.lab_pki import LAB_DOMAIN

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pinsmith.lab.live.service import LabService, Served
    from pinsmith.lab.pki.lab_pki import LabPKI
    from pinsmith.lab.scenario import Pinning

CERTIFICATE: Final = "application/x-x509-ca-cert"
"""The type at which browsers offer to install a certificate, since Netscape."""

BUNDLE: Final = "application/x-pem-file"
"""A file to save, because devices install one certificate at a time."""

DER: Final = "application/pkix-cert"
"""A certificate to put into an app, which no device should offer to install: RFC 2585 section 4.1."""

ZIP: Final = "application/zip"

PAC: Final = "application/x-ns-proxy-autoconfig"
"""A script that chooses a proxy, since Netscape."""

# Only the hosts of the lab, because the proxy refuses all others. Some devices ask with a dot at the end of the name.
_SCRIPT: Final = """\
function FindProxyForURL(url, host) {
  var name = host.toLowerCase().replace(/\\.$/, "");
  var isLab = name === "%(domain)s" || name.slice(-%(length)d) === ".%(domain)s";
  return isLab ? "PROXY %(address)s:%(port)d" : "DIRECT";
}
"""

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


def every(service: LabService) -> tuple[Download, ...]:
    """Return all files of *service*, except for the proxy script, which depends on who asks."""
    per_scenario = [file for served in service.served for file in (*pins(served), *certificates(served))]
    return (*authorities(service.pki), *pins_of_all(service), *per_scenario)


def authorities(pki: LabPKI) -> tuple[Download, ...]:
    """Return the roots that a client must trust, but no keys."""
    genuine, rogue = pki.root, pki.rogue_root
    return (
        Download("/lab-roots.pem", BUNDLE, pki.trusted_pem.encode("ascii"), "both roots, PEM"),
        Download("/lab-root.crt", CERTIFICATE, genuine.der, "Lab Root, DER"),
        Download("/rogue-root.crt", CERTIFICATE, rogue.der, "Rogue Root, DER"),
        Download("/lab-root.pem", CERTIFICATE, genuine.pem.encode("ascii"), "Lab Root, PEM"),
        Download("/rogue-root.pem", CERTIFICATE, rogue.pem.encode("ascii"), "Rogue Root, PEM"),
        Download("/lab-intermediate.crt", DER, pki.intermediate.der, "Lab Intermediate, DER"),
        Download("/lab-intermediate.pem", BUNDLE, pki.intermediate.pem.encode("ascii"), "Lab Intermediate, PEM"),
        Download("/network_security_config.xml", "application/xml", ANDROID.encode("ascii"), "Android, debug builds"),
    )


def pins(served: Served) -> tuple[Download, ...]:
    """Return the pins of a scenario as a pins.toml."""
    return (_pin_file(f"/pins/{served.scenario.id}.toml", served.pinning, "pins.toml"),)


def pins_of_all(service: LabService) -> tuple[Download, ...]:
    """
    Return pins.toml files with the hosts of all scenarios, so that an app is built once.

    There are none unless each scenario has its own host. A scenario that declares a compromised key is not in them,
    because that key is part of the other chains. The last file contains what every platform can express.
    """
    if not service.place.is_proxied:
        return ()
    fitting = [served for served in service.served if not served.pinning.compromised]
    leaf = [served for served in fitting if "leaf" in served.scenario.profiles]
    plain = [served for served in leaf if is_plain(served)]
    titles = (
        ("/pins.toml", fitting, "all hosts"),
        ("/pins-leaf.toml", leaf, "hosts with pins of leaf keys"),
        ("/pins-plain.toml", plain, "hosts that every platform can pin"),
    )
    found = tuple(_pin_file(path, _joined(chosen), title) for path, chosen, title in titles if chosen)
    return (*found, Download("/pins-certificates.zip", ZIP, archive(plain), "the same, with certificates"))


def is_plain(served: Served) -> bool:
    """Say whether every platform can express the pins: enforced for one host and its leaf, two of them, for ever."""
    pinning = served.pinning
    special = pinning.include_subdomains or pinning.expires or pinning.others or pinning.compromised
    return not special and pinning.mode == "enforce" and "leaf" in served.scenario.profiles


def certificates(served: Served) -> tuple[Download, ...]:
    """
    Return the certificates of the host's key and of its standby key, for platforms that compare whole certificates.

    For each there is PEM and DER. A scenario that serves another certificate is an attack on those platforms, too.
    """
    own = (
        ("", served.pki.genuine(), "certificate"),
        ("-standby", served.pki.rekeyed(served.pki.backup_key), "standby"),
    )
    return tuple(
        Download(f"/certificates/{served.scenario.id}{suffix}.{extension}", media_type, content, f"{title}, {name}")
        for suffix, identity, title in own
        for extension, media_type, content, name in (
            ("pem", BUNDLE, identity.pem.encode("ascii"), "PEM"),
            ("crt", DER, identity.der, "DER"),
        )
    )


def proxy_script(address: str, port: int) -> bytes:
    """Return a proxy script that sends only the hosts of the lab to *address* and *port*."""
    values = {"domain": LAB_DOMAIN, "length": len(LAB_DOMAIN) + 1, "address": bracketed(address), "port": port}
    return (_SCRIPT % values).encode("ascii")


def _joined(chosen: Sequence[Served]) -> Pinning:
    first, *rest = (own for served in chosen for own in (served.pinning, *served.pinning.others))
    return replace(first, others=tuple(replace(pinning, others=()) for pinning in rest))


def _pin_file(path: str, pinning: Pinning, title: str) -> Download:
    return Download(path, "application/toml", pinning.pin_file().encode("utf-8"), title)
