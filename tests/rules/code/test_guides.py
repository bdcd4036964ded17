"""
Code with the mistakes that guides teach is reported for exactly those mistakes.

The snippets are our own, and have the properties of those that public guides about pinning show.
"""

from __future__ import annotations

from datetime import date
from typing import Final

import pytest

from pinsmith.errors import PinsmithError
from pinsmith.finding import Severity
from pinsmith.rules import RULES, Persona, lint, read, unreadable
from pinsmith.rules._example import nsc, pin

P, Q = "A" * 43 + "=", "B" * 42 + "A="
A, B = pin("a").base64, pin("b").base64
LIST: Final = f'["{P}", "{Q}"]'
RN: Final = 'import { fetch } from "react-native-ssl-pinning";\n'


def _rn(options: str) -> str:
    return (
        f'{RN}const answer = await fetch("https://api.example.com/v1", {{ method: "GET", sslPinning: {options} }});\n'
    )


_SHELL: Final = (
    "openssl s_client -connect HOST:443 </dev/null | openssl x509 -pubkey -noout | openssl dgst -sha256 -binary\n"
)
_OKHTTP: Final = f"""\
val pinner = CertificatePinner.Builder()
    .add("api.example.com", "sha256/{P}")
    .add("api.example.com", "sha256/{Q}")
    .build()
"""
_DELEGATE: Final = f"""\
class Delegate: NSObject, URLSessionDelegate {{
    private let pinned: Set<String> = {LIST}

    func urlSession(
        _ session: URLSession,
        didReceive challenge: URLAuthenticationChallenge,
        completionHandler: @escaping Answer
    ) {{
        guard let trust = challenge.protectionSpace.serverTrust, SecTrustEvaluateWithError(trust, nil) else {{
            completionHandler(.cancelAuthenticationChallenge, nil)
            return
        }}
        for index in 0..<SecTrustGetCertificateCount(trust) {{
            guard let key = SecCertificateCopyKey(SecTrustGetCertificateAtIndex(trust, index)!),
                  let bytes = SecKeyCopyExternalRepresentation(key, nil) as Data? else {{ continue }}
            if pinned.contains(Data(SHA256.hash(data: bytes)).base64EncodedString()) {{
                completionHandler(.useCredential, URLCredential(trust: trust))
                return
            }}
        }}
        completionHandler(.cancelAuthenticationChallenge, nil)
    }}
}}
"""
_ALAMOFIRE: Final = """\
let evaluators: [String: ServerTrustEvaluating] = [
    "api.example.com": PinnedCertificatesTrustEvaluator(certificates: [load("api.example.com.cer")])
]
let session = Session(serverTrustManager: ServerTrustManager(evaluators: evaluators))
"""
_DIO: Final = f"""\
const pinned = {LIST};

HttpClient open() {{
  final client = HttpClient();
  client.badCertificateCallback = (cert, host, port) {{
    return pinned.contains(base64Encode(sha256.convert(cert.der).bytes));
  }};
  return client;
}}
"""
_NODE: Final = f"""\
const PINNED = {LIST};
const agent = new https.Agent({{
    checkServerIdentity: (host, cert) => {{
        const hash = crypto.createHash("sha256").update(cert.pubkey).digest("base64");
        if (!PINNED.includes(hash)) throw new Error(host);
        return undefined;
    }},
}});
"""
_REQUESTS: Final = f"""\
PINNED = {LIST}


class PinningAdapter(HTTPAdapter):
    def send(self, request, **options):
        response = super().send(request, **options)
        cert_der = response.raw._connection.sock.getpeercert(binary_form=True)
        if base64.b64encode(hashlib.sha256(cert_der).digest()).decode() not in PINNED:
            raise OSError("not pinned")
        return response


session = requests.Session()
session.mount("https://api.example.com", PinningAdapter())
"""
_SMARTFACE: Final = 'const http = new Http({ ios: { sslPinning: [{ host: "", certificates: [], OPTIONS }] } });\n'
_MANIFEST: Final = '<manifest><application android:networkSecurityConfig="@xml/network_security_config"/></manifest>\n'
_PLACEHOLDERS: Final = nsc(*(f'<pin digest="SHA-256">{text}</pin>' for text in (P, Q)))
# The name of the file, its text, and the rules with findings of severity low and above.
SNIPPETS: Final[dict[str, tuple[str, str, set[str]]]] = {
    "pins of a live server in shell": ("pins.sh", _SHELL, set()),
    "the certificate of a live server in shell": (
        "save.sh",
        "openssl s_client -connect api.example.com:443 </dev/null | openssl x509 -outform DER -out api.cer\n",
        set(),
    ),
    "the pin of a certificate in shell": (
        "file.sh",
        "openssl x509 -in a.crt -pubkey -noout | openssl pkey -pubin -outform der | openssl dgst -sha256 -binary\n",
        set(),
    ),
    "a manifest": ("src/debug/AndroidManifest.xml", _MANIFEST.replace("<app", "<!-- pins --><app"), {"unknown-format"}),
    "parts of a configuration": (
        "network_security_config.xml",
        f'<domain includeSubdomains="true"/>\n<pin digest="SHA-256">{A}</pin>\n<pin digest="SHA-256">{B}</pin>\n',
        {"invalid-file"},
    ),
    "Smartface with its checks": (
        "a.ts",
        _SMARTFACE.replace("OPTIONS", "validateCertificateChain: true, validateHost: true"),
        set(),
    ),
    "Smartface without its checks": (
        "a.ts",
        _SMARTFACE.replace("OPTIONS", "validateCertificateChain: false, validateHost: false"),
        {"pins-without-chain-check", "pins-without-name-check"},
    ),
    "a constant that nobody uses": (
        "a.ts",
        f'const PINNED_CERTIFICATES = {{ "api.example.com": "sha256/{P}" }};\n',
        {"pins-unused", "placeholder-in-code"},
    ),
    "React Native, a certificate": ("a.ts", _rn('{ certs: ["api"] }'), {"single-certificate"}),
    "React Native, two certificates": ("a.ts", _rn('{ certs: ["api", "next"] }'), set()),
    "React Native, public keys that are file names": (
        "a.ts",
        _rn('{ certs: ["api"] }, pkPinning: true'),
        {"invalid-pin"},
    ),
    "React Native, public keys in the mode of certificates": (
        "a.ts",
        _rn(f'{{ certs: ["sha256/{P}"] }}'),
        {"pin-never-matches", "placeholder-in-code"},
    ),
    "React Native, a switch of the development build": (
        "a.ts",
        'const options = __DEV__ ? { method: "GET" } : { method: "GET", sslPinning: { certs: ["api"] } };\n',
        set(),
    ),
    "a list of pins without an end": (
        "pinning.json",
        '[{ "host": "api.example.com", "hashes": [\n} ]\n',
        {"invalid-file"},
    ),
    "OkHttp": ("a.kt", _OKHTTP, {"known-bad-pin"}),
    "Android, placeholders that have ended": (
        "nsc.xml",
        _PLACEHOLDERS.replace("<pin-set>", '<pin-set expiration="2025-12-31">'),
        {"known-bad-pin", "pins-ended"},
    ),
    "URLSession": ("a.swift", _DELEGATE, {"key-without-header", "placeholder-in-code"}),
    "Alamofire": ("a.swift", _ALAMOFIRE, {"certificate-digest-as-pin", "single-certificate"}),
    "Alamofire, two certificates": (
        "a.swift",
        _ALAMOFIRE.replace('("api.example.com.cer")', '("api.cer"), load("next.cer")'),
        {"certificate-digest-as-pin"},
    ),
    "Alamofire, a certificate of a closure": (
        "a.swift",
        _ALAMOFIRE.replace('[load("api.example.com.cer")]', "pinned")
        + "let pinned: [SecCertificate] = { return [SecCertificateCreateWithData(nil, data as CFData)!] }()\n",
        {"certificate-digest-as-pin", "single-certificate"},
    ),
    "Dio": ("a.dart", _DIO, {"bad-certificate-callback-only", "certificate-digest-as-pin", "placeholder-in-code"}),
    "Node": (
        "a.js",
        _NODE,
        {"key-without-header", "pins-without-name-check", "placeholder-in-code", "thrown-in-check"},
    ),
    "requests": (
        "a.py",
        _REQUESTS,
        {"certificate-digest-as-pin", "pins-checked-after-request", "placeholder-in-code"},
    ),
}


@pytest.mark.parametrize(("name", "text", "rules"), SNIPPETS.values(), ids=SNIPPETS)
def test_a_snippet_is_reported_for_its_mistakes(name: str, text: str, rules: set[str]) -> None:
    """Each mistake of a snippet has a finding, and nothing else has one."""
    try:
        found = lint([read(text.encode(), name, today=date(2027, 1, 1))], RULES, persona=Persona.AUDITOR)
    except PinsmithError as error:
        found = [unreadable(error, name)]
    assert {finding.rule for finding in found if finding.severity > Severity.INFO} == rules
