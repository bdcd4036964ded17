"""A day of a security tester who has the source of an app and of its services, and must say what is pinned."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pinsmith.exit_code import ExitCode
from tests.formats.policy import pin

if TYPE_CHECKING:
    from tests.walkthroughs.desk import Desk

ONE, TWO, OLD = (pin(name).base64 for name in ("one", "two", "old"))
NSC: Final = """\
<network-security-config>
    <domain-config>
        <domain>{host}</domain>
        <pin-set expiration="{end}">
            <pin digest="SHA-256">{one}</pin>
            <pin digest="SHA-256">{two}</pin>
        </pin-set>
    </domain-config>
</network-security-config>
"""
PLACES: Final = {
    "android/app/src/main/res/xml/network_security_config.xml": NSC.format(
        host="api.example.com", end="2027-06-30", one=ONE, two=TWO
    ),
    "android/app/src/main/res/xml/previous_config.xml": NSC.format(
        host="previous.example.com", end="2027-06-30", one=ONE, two=TWO
    ),
    "ios/App/Info.plist": f"""\
<?xml version="1.0" encoding="UTF-8"?>
<plist version="1.0"><dict><key>NSAppTransportSecurity</key><dict><key>NSPinnedDomains</key><dict>
<key>login.example.com</key><dict><key>NSPinnedLeafIdentities</key><array>
<dict><key>SPKI-SHA256-BASE64</key><string>{ONE}</string></dict>
<dict><key>SPKI-SHA256-BASE64</key><string>{TWO}</string></dict>
</array></dict></dict></dict></dict></plist>
""",
    "android/app/src/main/java/Images.kt": f"""\
val pinner = CertificatePinner.Builder().add("images.example.com", "sha256/{ONE}", "sha256/{OLD}").build()
val client = OkHttpClient.Builder().certificatePinner(pinner).hostnameVerifier {{ _, _ -> true }}.build()
""",
    "src/pinning.ts": f"""\
import {{ initializeSslPinning }} from 'react-native-ssl-public-key-pinning';
export const help = 'https://help.example.com/';
export const maps = 'https://maps.example.org/';
void initializeSslPinning({{ 'files.example.com': {{ publicKeyHashes: ['{ONE}', '{TWO}'] }} }});
""",
    "services/pay/client.php": f"""\
<?php
$handle = curl_init('https://pay.example.com/');
curl_setopt($handle, CURLOPT_SSL_VERIFYPEER, false);
curl_setopt($handle, CURLOPT_PINNEDPUBLICKEY, 'sha256//{ONE};sha256//{TWO}');
""",
    "services/hub/pins.go": f"""\
package hub

var pins = map[string][]string{{
	"hub.example.com": {{"{ONE}", "{TWO}"}},
}}

func verify(state tls.ConnectionState) error {{
	sum := sha256.Sum256(state.VerifiedChains[0][0].RawSubjectPublicKeyInfo)
	return compare(pins[state.ServerName], sum)
}}
""",
    "tools/upload.sh": f"curl --pinnedpubkey 'sha256//{ONE};sha256//{TWO}' https://api.example.com/upload\n",
}
MANIFEST: Final = """\
<manifest xmlns:android="http://schemas.android.com/apk/res/android">
    <application android:networkSecurityConfig="@xml/network_security_config"/>
</manifest>
"""
ANSWERS: Final = {
    "api.example.com": "yes",
    "files.example.com": "code present, unproven",
    "help.example.com": "no",
    "hub.example.com": "code present, unproven",
    "images.example.com": "code present, unproven",
    "login.example.com": "yes",
    "pay.example.com": "code present, unproven",
    "previous.example.com": "no",
}


def test_an_audit_is_handed_over(desk: Desk) -> None:
    """The tester answers for each host of eight places in five languages, and leaves a report and a baseline."""
    desk.write("android/app/src/main/AndroidManifest.xml", MANIFEST)
    for path, text in PLACES.items():
        desk.write(path, text)

    seen = desk.type("pinsmith audit", ExitCode.FOUND_HIGH)
    answers = dict(
        re.findall(r"^(\S+\.example\.(?:com|org)): (yes|no|code present, unproven)$", seen.out, re.MULTILINE)
    )
    assert answers == ANSWERS
    for sentence in (
        "POSIX shell, curl in tools/upload.sh:1, 2 keys: only the lab can prove",
        "no AndroidManifest.xml names it, so Android does not read it",
        "android/app/src/main/java/Images.kt:2:63: high[pins-without-name-check]",
        "services/pay/client.php:4:1: high[chain-unchecked]: SSL_VERIFYPEER is off for pay.example.com",
    ):
        assert sentence in seen.out, seen.out
    assert "1 host of others is mentioned, and not listed: `pinsmith audit --domains` lists all" in seen.err

    desk.type('pinsmith audit --report html audit.html --subject "Example app 4.2"', ExitCode.FOUND_HIGH)
    report = Path("audit.html").read_text("utf-8")
    for sentence in ("Are the hosts of Example app 4.2 pinned?", "Of 8 hosts, 2 are pinned by declaration", "CWE-297"):
        assert sentence in report
    assert not re.search(r"<link|<script|\ssrc=", report)  # it is complete in itself

    desk.type("pinsmith audit --baseline known.json --write-baseline")
    assert desk.type("pinsmith audit --baseline known.json").out.startswith("api.example.com: yes")
    desk.write("tools/status.js", "new https.Agent({ rejectUnauthorized: false });\n")
    later = desk.type("pinsmith audit --baseline known.json --format json > later.json", ExitCode.FOUND_MEDIUM)
    assert later.err == ""
    found = json.loads(Path("later.json").read_text("utf-8"))["findings"]
    assert [finding["place"]["file"] for finding in found] == ["tools/status.js"]

    handed = desk.type("pinsmith audit --format pins-toml > pins.toml")
    assert "later.json was left out: it is a report or a baseline of pinsmith, which pins nothing" in handed.err
    assert {entry.host for entry in desk.policy.hosts} == {*ANSWERS} - {"help.example.com"}
