"""Files with one defect each, and the same files after the repair."""

from __future__ import annotations

from typing import Final, NamedTuple

from tests.formats.policy import pin

ONE, TWO = pin("one"), pin("two")
ISRG: Final = "C5+lpZ7tcVwmwQIMcRtPbsQtWLABXhQzejna0wHFr8M="
MISTYPED: Final = "C5+1pZ7tcVwmwQIMcRtPbsQtWLABXhQzejna0wHFr8M="
ENDED: Final = "1aAzXOlcD2gSBegdf1GJQanNQbEuBoVg+9UlHjSZHY="  # Equifax Secure, until 2018
PLACEHOLDER: Final = "A" * 43 + "="

NSC: Final = f"""<?xml version="1.0" encoding="utf-8"?>
<network-security-config>
    <domain-config>
        <!-- the shop: ä "x" -->
        <domain includeSubdomains="true">shop.example.com</domain>
        <pin-set expiration="2028-06-01">
            <pin digest="SHA-256">{ONE.base64}</pin> <!-- in service -->
            <pin digest="SHA-256">{TWO.base64}</pin>
        </pin-set>
    </domain-config>
</network-security-config>
"""
TOML: Final = f"""# ours: ä
version = 1

[keys.one]
pin = "{ONE}"  # in service
role = "leaf"

[keys.two]
pin = "{TWO}"
role = "leaf"

[[host]]
name = "shop.example.com"
keys = ["one", "two"]
report-uris = ["https://reports.example.net/a"]
expires = 2028-06-01
"""
ATS: Final = f"""<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
	<key>NSAppTransportSecurity</key>
	<dict>
		<key>NSPinnedDomains</key>
		<dict>
			<!-- the shop -->
			<key>shop.example.com</key>
			<dict>
				<key>NSPinnedLeafIdentities</key>
				<array>
					<dict>
						<key>SPKI-SHA256-BASE64</key>
						<string>{ONE.base64}</string>
					</dict>
					<dict>
						<key>SPKI-SHA256-BASE64</key>
						<string>{TWO.base64}</string>
					</dict>
				</array>
			</dict>
		</dict>
	</dict>
</dict>
</plist>
"""
TRUSTKIT: Final = f"""<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
	<key>TSKConfiguration</key>
	<dict>
		<key>TSKIgnorePinningForUserDefinedTrustAnchors</key>
		<false/>
		<key>TSKPinnedDomains</key>
		<dict>
			<key>shop.example.com</key>
			<dict>
				<key>TSKDisableDefaultReportUri</key>
				<true/>
				<key>TSKExpirationDate</key>
				<string>2028-06-01</string>
				<key>TSKPublicKeyHashes</key>
				<array>
					<string>{ONE.base64}</string>
					<string>{TWO.base64}</string>
				</array>
			</dict>
		</dict>
	</dict>
</dict>
</plist>
"""
OUTSYSTEMS: Final = f"""{{
  "hosts": [
    {{
      "host": "shop.example.com",
      "hashes": [
        "{ONE}",
        "{TWO}"
      ]
    }}
  ]
}}
"""
TRUSTKIT_NSC: Final = NSC.replace(
    "    </domain-config>",
    '        <trustkit-config enforcePinning="true" disableDefaultReportUri="true"/>\n    </domain-config>',
)
CURL: Final = f'# ours\npinnedpubkey = "sha256//{ONE.base64};sha256//{TWO.base64}"\n'
WAVEMAKER: Final = f"""{{
  "id": "com.example.shop",
  "sslPinning": {{
    "enabled": true,
    "domains": {{
      "shop.example.com": {{ "publicKeyHashes": ["{ONE.base64}", "{TWO.base64}"] }}
    }}
  }}
}}
"""
OKHTTP: Final = f"""import okhttp3.CertificatePinner
val pinner = CertificatePinner.Builder()
    .add("shop.example.com", "{ONE}", "{TWO}") // ours
    .build()
"""
GOOD: Final = {
    "network_security_config.xml": NSC,
    "trustkit.xml": TRUSTKIT_NSC,
    "pins.toml": TOML,
    "Info.plist": ATS,
    "TrustKit.plist": TRUSTKIT,
    "pinning.json": OUTSYSTEMS,
    "shop.curlrc": CURL,
    "wm_rn_config.json": WAVEMAKER,
    "Pins.kt": OKHTTP,
}


class Case(NamedTuple):
    """
    A defect: *good* is replaced by *bad* in the file *name*, and the repair takes that back.

    Attributes:
        left: The text after the repair, if that is not *good* again.
    """

    rule: str
    name: str
    good: str
    bad: str
    left: str | None = None

    @property
    def before(self) -> str:
        """The file with the defect."""
        text = GOOD[self.name]
        assert text.count(self.good) == 1, self
        return text.replace(self.good, self.bad)

    @property
    def after(self) -> str:
        """The file after the repair."""
        return GOOD[self.name].replace(self.good, self.good if self.left is None else self.left)


XML, ONE_XML = "network_security_config.xml", f'<pin digest="SHA-256">{ONE.base64}</pin>'
SECOND: Final = f'            <pin digest="SHA-256">{TWO.base64}</pin>\n'
LAST_ITEM: Final = f"\t\t\t\t\t<string>{TWO.base64}</string>\n"
BAD_ITEM: Final = f"\t\t\t\t\t<string>{PLACEHOLDER}</string>\n"
NO_REPORT: Final = "\t\t\t\t<key>TSKDisableDefaultReportUri</key>\n\t\t\t\t<true/>\n"
ANCHORS: Final = '        <trust-anchors>\n            <certificates src="system" />\n'
SAFE: Final = [
    Case("unusable-part", XML, ONE_XML, ONE_XML.replace("SHA-256", "sha256")),
    Case(
        "unusable-part", XML, ONE_XML, f"<pin digest='SHA256'>{ONE}</pin>", f"<pin digest='SHA-256'>{ONE.base64}</pin>"
    ),
    Case("unusable-part", XML, ONE_XML, ONE_XML.replace(' digest="SHA-256"', "")),
    Case("unusable-part", XML, ONE.base64, str(ONE)),
    Case("unusable-part", XML, ONE_XML, f'<pin digest="sha-256 ">pin-sha256={ONE.base64}</pin>'),
    Case("odd-pin-spelling", XML, ONE.base64, f"  {ONE.base64[:-1]} "),
    Case("misleading-setting", XML, '"2028-06-01"', '"2028-6-1 or so"'),
    Case("duplicate-pin", XML, SECOND, SECOND * 2),
    Case("pin-never-matches", "Info.plist", ONE.base64, str(ONE)),
    Case("pin-never-matches", "Info.plist", ONE.base64, f"SHA-256:{ONE.base64}"),
    Case("odd-pin-spelling", "Info.plist", ONE.base64, ONE.base64.rstrip("=")),
    Case("unusable-part", "TrustKit.plist", ONE.base64, f"sha256//{ONE.base64}"),
    Case("misleading-setting", "TrustKit.plist", "<string>2028-06-01", "<string>2028-6-1"),
    Case("misleading-setting", "TrustKit.plist", "<true/>", "<string>YES</string>"),
    Case("duplicate-pin", "TrustKit.plist", LAST_ITEM, LAST_ITEM * 3),
    Case("pin-never-matches", "pinning.json", f'"{ONE}"', f'"sha256//{ONE.base64}"'),
    Case("invalid-pin", "pinning.json", f'"{ONE}"', f'"sha256/{ONE}"'),
    Case("duplicate-pin", "pinning.json", f'"{ONE}",', f'"{ONE}",\n        "{ONE}",'),
    Case("duplicate-pin", "pinning.json", f'"{TWO}"', f'"{TWO}",\n        "{ONE}"'),
    Case("unusable-part", "shop.curlrc", f"sha256//{ONE.base64}", str(ONE)),
    Case("unusable-part", "shop.curlrc", f"sha256//{TWO.base64}", f"sha256/{TWO.base64}"),
    Case("odd-pin-spelling", "shop.curlrc", f"sha256//{TWO.base64}", f"sha256//{TWO.base64[:-1]}"),
    Case("unusable-part", "trustkit.xml", ONE_XML, ONE_XML.replace("SHA", "sha")),
    Case("unusable-part", "trustkit.xml", "shop.example.com", " shop.example.com "),
    Case("pin-never-matches", "Pins.kt", f'"{ONE}"', f'"sha256//{ONE.base64}"'),
]
UNSAFE: Final = [
    Case("host-never-matches", XML, "shop.example.com", "https://shop.example.com/"),
    Case("host-never-matches", XML, "shop.example.com", " shop.example.com. "),
    Case("host-never-matches", "Info.plist", "shop.example.com", "https://shop.example.com/v1?x"),
    Case("host-never-matches", "TrustKit.plist", "shop.example.com", "Shop.Example.com"),
    Case("known-bad-pin", XML, SECOND, SECOND + f'            <pin digest="SHA-256">{PLACEHOLDER}</pin>\n'),
    Case("known-bad-pin", "pinning.json", f'"{TWO}"', f'"{TWO}",\n        "sha256/{PLACEHOLDER}"'),
    Case("known-bad-pin", "TrustKit.plist", LAST_ITEM, BAD_ITEM + LAST_ITEM),
    Case(
        "known-bad-pin",
        "Info.plist",
        "\t\t\t\t</array>",
        f"\t\t\t\t<dict><key>SPKI-SHA256-BASE64</key><string>{PLACEHOLDER}</string></dict>\n\t\t\t\t</array>",
    ),
    Case("near-miss-pin", XML, TWO.base64, MISTYPED, ISRG),
    Case(
        "near-miss-pin",
        "pins.toml",
        f'{TWO}"\nrole = "leaf"',
        f'sha256/{MISTYPED}"\nrole = "leaf"',
        f'sha256/{ISRG}"\nrole = "root"',
    ),
    Case("near-miss-pin", "pinning.json", str(TWO), f"sha256/{MISTYPED}", f"sha256/{ISRG}"),
    Case("plain-http-reports", "pins.toml", "https://", "http://"),
    Case("distant-expiry", "pins.toml", "2028-06-01", "2199-01-01", "2028-12-31"),
    Case("distant-expiry", XML, "2028-06-01", "2199-01-01", "2028-12-31"),
    Case("third-party-reports", "TrustKit.plist", NO_REPORT, ""),
    Case("third-party-reports", "TrustKit.plist", "\t\t\t\t<true/>", "\t\t\t\t<false/>"),
    Case(
        "third-party-reports",
        "trustkit.xml",
        'enforcePinning="true" disableDefaultReportUri="true"',
        'enforcePinning="true"',
        'disableDefaultReportUri="true" enforcePinning="true"',
    ),
    Case("host-never-matches", "trustkit.xml", "shop.example.com", "Shop.example.com"),
    Case("pinning-off", "wm_rn_config.json", "true", "false"),
    Case("pins-overridden", "TrustKit.plist", "<false/>", "<true/>"),
    Case(
        "pins-overridden",
        XML,
        "        <pin-set",
        '        <trust-anchors><certificates overridePins="true" src="system"/></trust-anchors>\n        <pin-set',
        '        <trust-anchors><certificates overridePins="false" src="system"/></trust-anchors>\n        <pin-set',
    ),
    Case(
        "user-authorities",
        XML,
        "        <pin-set",
        f"{ANCHORS}            <certificates src='user' />\n        </trust-anchors>\n        <pin-set",
        f"{ANCHORS}        </trust-anchors>\n        <pin-set",
    ),
    Case(
        "cleartext-permitted",
        XML,
        "    <domain-config>",
        '    <domain-config cleartextTrafficPermitted="true">',
        '    <domain-config cleartextTrafficPermitted="false">',
    ),
    Case(
        "cleartext-permitted",
        XML,
        "    <domain-config>",
        '    <base-config cleartextTrafficPermitted="true"/>\n    <domain-config>',
        '    <base-config cleartextTrafficPermitted="true"/>\n    <domain-config cleartextTrafficPermitted="false">',
    ),
]
