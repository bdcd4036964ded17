"""
Every defect that lint promises to find, with a small file that has it and the rule that finds it.

Defects that only live hosts show are in ``tests/cli/test_lint_online.py``, and those of code in ``tests/rules/code``.
"""

from __future__ import annotations

from datetime import date
from typing import Final, NamedTuple

from pinsmith.rules._example import API, KEY, STANDBY, host_table, key_table, nsc, pin, pin_file

TODAY: Final = date(2027, 1, 1)
A, B = pin("a"), pin("b")
ISRG_X1 = "C5+lpZ7tcVwmwQIMcRtPbsQtWLABXhQzejna0wHFr8M="
TRUSTED: Final = '<trust-anchors><certificates src="system"/><certificates src="user"{}/></trust-anchors>'


class File(NamedTuple):
    """A file, and the others beside it."""

    name: str
    text: str
    beside: tuple[File, ...] = ()

    def with_(self, old: str, new: str) -> File:
        """Change the text, which must contain *old*."""
        assert old in self.text
        return self._replace(text=self.text.replace(old, new))


def _pins(*texts: str) -> list[str]:
    return [f'<pin digest="SHA-256">{text}</pin>' for text in texts]


def _nsc(*texts: str, host: str = API, attributes: str = "") -> File:
    return File("nsc.xml", nsc(*_pins(*(texts or (A.base64, B.base64))), host=host, attributes=attributes))


def _plist(inner: str) -> File:
    return File("Info.plist", f'<plist version="1.0"><dict>\n{inner}\n</dict></plist>\n')


def _ats(*lists: str, host: str = API, more: str = "") -> File:
    identities = "".join(f"<dict><key>SPKI-SHA256-BASE64</key><string>{p.base64}</string></dict>" for p in (A, B))
    arrays = "".join(f"<key>{name}</key><array>{identities}</array>" for name in lists or ("NSPinnedLeafIdentities",))
    domains = f"<key>NSPinnedDomains</key><dict><key>{host}</key><dict>{arrays}</dict></dict>"
    return _plist(f"<key>NSAppTransportSecurity</key><dict>{domains}{more}</dict>")


def _trustkit(*texts: str, host: str = API, more: str = "<key>TSKDisableDefaultReportUri</key><true/>") -> File:
    hashes = "".join(f"<string>{text}</string>" for text in (texts or (A.base64, B.base64)))
    domain = f"<key>{host}</key><dict><key>TSKPublicKeyHashes</key><array>{hashes}</array>{more}</dict>"
    return _plist(f"<key>TSKConfiguration</key><dict><key>TSKPinnedDomains</key><dict>{domain}</dict></dict>")


def _manager(host: str = API, second: str = str(B), options: str = '"includeSubdomains": true') -> File:
    keys = f'"sha256Keys": {{"{host}": ["{A}", "{second}"]}}'
    return File("ssl_config.json", f'{{{keys}, "domains": {{"{host}": {{{options}}}}}}}')


def _wavemaker(options: str, enabled: str = "true") -> File:
    domains = f'"domains": {{"{API}": {{{options}}}}}'
    return File("wm_rn_config.json", f'{{"sslPinning": {{"enabled": {enabled}, {domains}}}}}')


def _toml(*lines: str, key: str = KEY, host: str = API, more: str = "", head: str = "") -> File:
    name = key.partition("]")[0].removeprefix("[keys.")
    return File("pins.toml", pin_file(head, key, STANDBY, host_table(host, f"{name} standby", *lines), more))


def _curl(first: str) -> File:
    return File("api.curlrc", f'url = "https://{API}"\npinnedpubkey = "sha256//{first};sha256//{B.base64}"\n')


HASHES: Final = f'"publicKeyHashes": ["{A.base64}", "{B.base64}"]'
STRAY: Final = A.base64[:-2] + chr(ord(A.base64[-2]) + 1) + "="
TRUSTKIT_ANDROID: Final = '</pin-set><trustkit-config enforcePinning="true" disableDefaultReportUri="true"/>'
REPORTS: Final = (
    "<key>TSKDisableDefaultReportUri</key><true/><key>TSKReportUris</key><array><string>{}/pins</string></array>"
)
CERTBOT: Final = f"[renewalparams]\nauthenticator = webroot\n[[webroot_map]]\n{API} = /var/www\n"
GOOD: Final = {
    "nsc": _nsc(),
    "trustkit for android": _nsc().with_("</pin-set>", TRUSTKIT_ANDROID),
    "ats": _ats(),
    "authorities of ats": _ats("NSPinnedCAIdentities"),
    "trustkit": _trustkit(),
    "ssl manager": _manager(),
    "wavemaker": _wavemaker(HASHES),
    "toml": _toml(),
    "curl": _curl(A.base64),
    "renewed": _toml()._replace(beside=(File("a.conf", CERTBOT.replace("[[", "reuse_key = True\n[[")),)),
    "cleartext elsewhere": _ats(
        more="<key>NSAllowsArbitraryLoads</key><true/><key>NSExceptionDomains</key>"
        "<dict><key>example.com</key><dict><key>NSIncludesSubdomains</key><true/></dict></dict>"
    ),
    "a switch of the build": _ats().with_(
        "<key>NSApp", "<key>RNSSLManagerDisabled</key><string>$(OFF)</string><key>NSApp"
    ),
    "a manifest for debugging": File(
        "src/debug/AndroidManifest.xml",
        '<manifest xmlns:android="http://schemas.android.com/apk/res/android">'
        '<!-- pins --><application android:debuggable="true"/></manifest>',
    ),
}
# The defect, the file that has it, the rule, and words of the message where the reason matters.
DEFECTS: Final[dict[str, tuple[File, str] | tuple[File, str, str]]] = {
    "missing backup": (_nsc(A.base64), "missing-backup-pin"),
    "duplicate pin as backup": (
        File("pins.toml", pin_file(KEY, key_table("copy", of=pin("api")), host_table(API, "api copy"))),
        "duplicate-pin",
    ),
    "duplicate pin in a list": (_nsc(A.base64, B.base64, A.base64), "duplicate-pin"),
    "known-bad pin": (_nsc(A.base64, "A" * 43 + "="), "known-bad-pin"),
    "compromised authority": (
        _nsc(A.base64, "6+1kdcLC2A/LGZ8/6N1uazzmC3frFdTkLD3sDG9bUQU="),
        "compromised-authority",
    ),
    "vouched for compromised": (
        _nsc(A.base64, "vRU+17BDT2iGsXvOi76E7TQMcTLXAqj0+jGPdW7L1vM="),
        "vouched-for-compromised",
    ),
    "near miss of an authority": (_nsc(A.base64, ISRG_X1.replace("Fr8M", "Fs8M")), "near-miss-pin"),
    "pin: length": (_nsc(A.base64, "AAECAwQFBgcICQ=="), "unusable-part", "has 10 bytes"),
    "pin: alphabet": (_nsc(A.base64, "!" + B.base64[1:]), "unusable-part", "is not base64"),
    "pin: hex": (_nsc(A.base64, B.hex), "unusable-part", "has 48 bytes"),
    "pin: PEM of a certificate": (_manager(second="-----BEGIN CERTIFICATE-----"), "invalid-pin"),
    "pin: hash of a certificate": (
        File("pins.json", f'{{"{API}": ["{A}", "{B.digest.hex(":").upper()}"]}}'),
        "maybe-certificate-hash",
    ),
    "pin: prefix inside a bare field": (_trustkit(A.base64, str(B)), "unusable-part", "does not read"),
    "pin: prefix, and ATS": (_ats().with_(A.base64, str(A)), "pin-never-matches"),
    "pin: no prefix where one is needed": (_manager(second=B.base64), "pin-never-matches"),
    "pin: not canonical, and curl compares text": (_curl(STRAY), "pin-never-matches", "compares the text"),
    "pin: not canonical, and TrustKit compares text": (
        _nsc(STRAY, B.base64).with_("</pin-set>", TRUSTKIT_ANDROID),
        "pin-never-matches",
        "compares the text",
    ),
    "pin: sha256//": (_nsc(A.base64, f"sha256//{B.base64}"), "unusable-part"),
    "pin: SHA-1 in a list": (_manager(second="sha1/qvTGHdzF6KLavt4PO0gs2a6pQ00="), "invalid-pin", "SHA-1"),
    "pin: SHA-1 as a digest": (_nsc().with_('"SHA-256"', '"SHA-1"'), "unusable-part", "'SHA-1'"),
    "pin: authority where only the leaf is compared": (_curl(ISRG_X1), "authority-beside-leaf"),
    "host: scheme": (_nsc(host=f"https://{API}"), "host-never-matches"),
    "host: port": (_ats(host=f"{API}:443"), "host-never-matches"),
    "host: path": (_nsc(host=f"{API}/v1"), "host-never-matches"),
    "host: slash": (_ats(host=f"{API}/"), "host-never-matches"),
    "host: wildcard": (_nsc(host="*.example.com"), "host-never-matches"),
    "host: wildcard in TrustKit": (_trustkit(host="*.example.com"), "invalid-host"),
    "host: address before iOS 17": (_ats(host="192.0.2.7"), "platforms-differ"),
    "host: address in TrustKit": (_trustkit(host="192.0.2.7"), "unusable-part", "is an address"),
    "host: address in a library that uses TrustKit": (_manager(host="192.0.2.7"), "app-crashes"),
    "host: blank": (_nsc(host="api. example.com"), "host-never-matches"),
    "host: trailing dot": (_nsc(host=f"{API}."), "host-never-matches"),
    "host: trailing dot in TrustKit": (_trustkit(host=f"{API}."), "host-never-matches"),
    "host: trailing dot in JSON": (_manager(host=f"{API}."), "host-never-matches"),
    "host: in a pin file": (_toml(host=f"https://{API}"), "invalid-pin-file", "is not a host"),
    "public suffix with subdomains": (_nsc(host="co.uk", attributes=' includeSubdomains="true"'), "unusable-part"),
    "private suffix with subdomains": (
        _nsc(host="github.io", attributes=' includeSubdomains="true"'),
        "private-suffix",
    ),
    "duplicate domain": (_nsc().with_("</domain>", f"</domain><domain>{API}</domain>"), "invalid-file", "two <domain>"),
    "expired pins": (_nsc().with_("<pin-set", '<pin-set expiration="2026-12-31"'), "pins-ended"),
    "ending pins": (_nsc().with_("<pin-set", '<pin-set expiration="2027-01-15"'), "pins-end-soon"),
    "expiry sooner than the slowest update": (
        _toml("expires = 2027-04-01", more='[[output]]\nformat = "android-nsc"\npath = "n.xml"\nlead-time = 120\n'),
        "pins-end-soon",
        "120 days",
    ),
    "expiry beyond two years": (_nsc().with_("<pin-set", '<pin-set expiration="2030-01-01"'), "distant-expiry"),
    "root removed from a store": (
        _toml(key=key_table("root", of=type(A).parse("sha256/r/mIkG3eEpVdm+u/ko/cwxzOMo1bk4TyHIlByibiA5E="))),
        "removed-root",
    ),
    "root that ends before the pins": (
        _nsc(A.base64, "K87oWBWM9UZfyddvDfoxL+8lpNyoUB2ptGtn0fv6G2Q=").with_(
            "<pin-set", '<pin-set expiration="2028-06-01"'
        ),
        "root-ends-before-pins",
    ),
    "intermediate that its authority replaces": (
        _nsc(A.base64, "NYbU7PBwV4y9J67c4guWTki8FJ+uudrXL0a4V4aRcrg="),
        "public-intermediate",
    ),
    "root-only pins with cross-signs": (_nsc(ISRG_X1), "cross-signing-root", "ISRG Root X2"),
    "leaf pin without promise to reuse the key": (
        _toml()._replace(beside=(File("a.conf", CERTBOT),)),
        "renewal-replaces-key",
    ),
    "third-party host": (_nsc(host="d111111abcdef8.cloudfront.net"), "third-party-host"),
    "report host inside its own scope": (_trustkit(more=REPORTS.format(f"https://{API}")), "report-host-pinned"),
    "report host over HTTP": (_trustkit(more=REPORTS.format("http://r.example.org")), "plain-http-reports"),
    "report-only unsupported by an output": (
        _toml('mode = "report-only"', more='[[output]]\nformat = "android-nsc"\npath = "n.xml"\n'),
        "report-only-left-out",
    ),
    "report-only": (_manager(options='"includeSubdomains": true, "enforcePinning": false'), "report-only-pins"),
    "default report sink of TrustKit": (_trustkit(more=""), "third-party-reports"),
    "default report sink of TrustKit for Android": (
        _nsc().with_("</pin-set>", TRUSTKIT_ANDROID.replace(' disableDefaultReportUri="true"', "")),
        "third-party-reports",
    ),
    "one certificate file": (
        File(
            "api.ts",
            'import { fetch } from "react-native-ssl-pinning";\n'
            'fetch("https://api.example.com/", { sslPinning: { certs: ["api"] } });\n',
        ),
        "single-certificate",
    ),
    "leaf and CA lists together": (_ats("NSPinnedLeafIdentities", "NSPinnedCAIdentities"), "misleading-setting"),
    "NSPinnedDomains outside its place": (
        _ats().with_("NSAppTransportSecurity", "NSAppTransport"),
        "invalid-file",
        "inside NSAppTransport,",
    ),
    "NSPinnedDomains in the wrong case": (
        _ats().with_("NSPinnedDomains", "NSpinnedDomains"),
        "invalid-file",
        "'NSpinnedDomains' is not NSPinnedDomains",
    ),
    "identity in the wrong case": (_ats().with_("SPKI-SHA256-BASE64", "SPKI-SHA256-Base64"), "ignored-setting"),
    "TrustKit with one pin": (_trustkit(A.base64), "unusable-part", "1 of the 2 distinct pins"),
    "TrustKit for Android with one pin": (
        _nsc(A.base64).with_("</pin-set>", TRUSTKIT_ANDROID),
        "unusable-part",
        "1 of the 2 pins",
    ),
    "TrustKit below a library with one pin": (_manager(second=str(A)), "too-few-pins"),
    "user CAs outside debug": (
        _nsc().with_("<domain-config>", f"<base-config>{TRUSTED.format('')}</base-config><domain-config>"),
        "user-authorities",
    ),
    "overridePins outside debug": (
        _nsc().with_("</pin-set>", "</pin-set>" + TRUSTED.format(' overridePins="true"')),
        "pins-overridden",
    ),
    "cleartext for a pinned host": (
        _nsc().with_("<domain-config", '<domain-config cleartextTrafficPermitted="true"'),
        "cleartext-permitted",
    ),
    "cleartext for a pinned host of Apple": (
        _ats(
            more=f"<key>NSExceptionDomains</key><dict><key>{API}</key>"
            "<dict><key>NSExceptionAllowsInsecureHTTPLoads</key><true/></dict></dict>"
        ),
        "cleartext-permitted",
    ),
    "cleartext for every host of Apple": (
        _ats(more="<key>NSAllowsArbitraryLoads</key><true/>"),
        "cleartext-permitted",
    ),
    "switch that reaches release": (_plist("<key>RNSSLManagerDisabled</key><string>YES</string>"), "debug-bypass"),
    "switch that reaches release, beside pins": (
        _ats().with_("<key>NSApp", "<key>RNSSLManagerDisabled</key><true/><key>NSApp"),
        "debug-bypass",
    ),
    "switch that reaches release, in Expo": (
        File("app.json", '{"expo": {"ios": {"infoPlist": {"RNSSLManagerDisabled": true}}}}'),
        "debug-bypass",
    ),
    "debug overrides that reach release": (
        GOOD["a manifest for debugging"]._replace(name="src/main/AndroidManifest.xml"),
        "debug-bypass",
    ),
    "kill switch in the file": (_wavemaker(HASHES, enabled="false"), "pinning-off"),
    "kill switch in a JSON file of one's own": (
        File("pins.json", f'{{"enforcePinning": false, "domains": {{"{API}": {{"hashes": ["{A}", "{B}"]}}}}}}'),
        "pinning-may-be-off",
    ),
    "kill switch for a host in a JSON file of one's own": (
        File("pins.json", f'{{"{API}": {{"enabled": false, "hashes": ["{A}", "{B}"]}}}}'),
        "pinning-may-be-off",
    ),
    "unsigned remote pins": (_wavemaker('"loadOnStartup": true'), "unsigned-remote-pins"),
    "unsigned remote pins beside others": (_wavemaker(HASHES + ', "loadOnStartup": true'), "unsigned-remote-pins"),
    "pins-only with a CA pin": (
        _toml('trust = "pins-only"', key=key_table("ca", 'role = "root"')),
        "invalid-policy",
        "matches leaf keys only",
    ),
    "pins-only with a CA pin whose role is unknown": (
        _toml('trust = "pins-only"', key=key_table("ca", of=type(A).parse(f"sha256/{ISRG_X1}"))),
        "authority-beside-leaf",
    ),
    "connect that hides what the public sees": (_toml('connect = "192.0.2.7"'), "private-view"),
    "cafile that hides what the public sees": (_toml('cafile = "ca.pem"'), "private-view"),
    "weak key": (_toml(key=key_table("weak", 'algorithm = "RSA 1024"')), "weak-key"),
    "enforcement by TrustKit for Android without a pin-set": (
        _nsc().with_(
            "</network",
            "<domain-config><domain>www.example.com</domain>"
            '<trustkit-config enforcePinning="true" disableDefaultReportUri="true"/></domain-config></network',
        ),
        "no-pins",
    ),
    "empty pin-set": (File("nsc.xml", nsc()), "no-pins"),
    "commented-out pin-set": (File("nsc.xml", nsc(f"<!-- {_pins(A.base64)[0]} -->")), "commented-out-pins"),
    "misspelt digest": (_nsc().with_("SHA-256", "sha256"), "unusable-part", "'sha256'"),
    "malformed XML": (_nsc().with_("</pin-set>", ""), "invalid-file", "<pin-set> of line 5 is not closed"),
    "parts without the elements around them": (
        File("nsc.xml", f"<domain>{API}</domain>\n" + "\n".join(_pins(A.base64, B.base64))),
        "invalid-file",
        "junk after document element",
    ),
    "malformed entity": (_nsc(host="a&b.example.com"), "invalid-file", "&amp;"),
    "files out of step": (
        _nsc()._replace(beside=(_toml(),)),
        "pins-out-of-step",
    ),
}
# The defect, a file that has it, the rule that would find it, and why it does not.
MISSED: Final[dict[str, tuple[File, str, str]]] = {
    "default report sink of a plugin of Expo": (
        File(
            "app.json",
            f'{{"expo": {{"plugins": [["@bam.tech/react-native-app-security", {{"sslPinning": {{"{API}": '
            f'["{A.base64}", "{B.base64}"]}}}}]]}}}}',
        ),
        "third-party-reports",
        "some releases of the plugin report, and the file does not name the release",
    ),
    "hash of a certificate in base64": (
        _nsc(),
        "maybe-certificate-hash",
        "it looks like the hash of a key; `--online` finds that no key of the host has it",
    ),
    "single pin of a host that never matches": (
        _nsc(A.base64, host=f"{API}/"),
        "missing-backup-pin",
        "the host is left out until its name is mended",
    ),
}
