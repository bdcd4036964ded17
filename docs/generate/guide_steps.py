"""
The page docs/guide-steps.md: ``python -m docs.generate.guide_steps`` writes it.

`tests/walkthroughs/test_guide_steps.py` runs every command of the page, and fails if the page is out of date.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE: Final = Path(__file__).parents[1] / "guide-steps.md"
_INTRODUCTION: Final = """\
<!-- Written by `python -m docs.generate.guide_steps`; edit docs/generate/guide_steps.py instead. -->

# Guides, step by step

Each table lists the steps of a published guide in our words, and the command that does the step. A test types all
commands of this page in their order, against servers on the loopback (`tests/walkthroughs/test_guide_steps.py`). Where
pinsmith does not do a step, or only a part of it, the last column says why. [](guides-compared.md) shows what the
snippets of the same guides do.

"""


@dataclass(frozen=True, slots=True)
class Step:
    """
    A step of a guide.

    Attributes:
        asks: What the guide asks its reader to do, as an infinitive.
        commands: What does it with pinsmith; none if pinsmith does not do it.
        remarks: Sentences: a part that the reader does, or the reason why pinsmith does not do the step.
        shows: A text that the last command prints, or writes into the file of ``-o``.
        exit_code: How the last command ends.
        by_hand: Whether the reader must still edit a file or use another program, as `remarks` says.
        edit: A line that the reader writes into the entry of api.example.com before the commands.
        writes: Further files that the commands write, as a pattern.
    """

    asks: str
    commands: tuple[str, ...] = ()
    remarks: str = ""
    shows: str = ""
    exit_code: int = 0
    by_hand: bool = False
    edit: str = ""
    writes: str = ""


@dataclass(frozen=True, slots=True)
class Guide:
    """A published guide, by its title, and its steps."""

    id: str
    title: str
    steps: tuple[Step, ...]


_PROXY: Final = "pinsmith lab proxy --must-pin api.example.com --control www.example.com -- ./app"
_INIT: Final = "pinsmith init api.example.com --generate-backup"
_EXPO: Final = "--accept-loss expo-fetch-unpinned"
_INTERMEDIATE: Final = "--strategy intermediate --accept public-intermediate"
_WIDER: Final = "--accept-loss subdomains-widened"
_CERTIFICATES: Final = "--accept-loss standby-certificate-only --accept-loss expiry-dropped"

GUIDES: Final = (
    Guide(
        "wavemaker",
        "WaveMaker 11, SSL Pinning",
        (
            Step(
                "find the domains that the app uses",
                ("pinsmith lab proxy -- ./app",),
                "Use every screen of the app while the proxy runs. The proxy lists each host that the app contacts.",
                "api.example.com:443",
            ),
            Step(
                "install OpenSSL, and run a pipe of five commands to get the hash of a host's key",
                ("pinsmith fetch api.example.com",),
                shows="leaf  sha256/",
            ),
            Step(
                "enter the hashes of all domains, and hold several backup keys",
                ("pinsmith init api.example.com www.example.com --generate-backup",),
                shows="wrote pins.toml",
            ),
            Step(
                "enable SSL Pinning in the export dialog",
                (f"pinsmith export wavemaker {_EXPO} -o wm_rn_config.json",),
                shows='"enabled": true',
            ),
            Step(
                "save and build",
                remarks="Outside pinsmith: WaveMaker builds the app.",
            ),
        ),
    ),
    Guide(
        "smartface",
        "Smartface 7, SSL Pinning",
        (
            Step(
                "get the hash of the key with a pipe through `openssl rsa`",
                ("pinsmith fetch api.example.com",),
                "That pipe prints the hash of nothing for EC keys; `fetch` reads every type of key.",
                "EC P-256",
            ),
            Step("pin the key and a backup key", (_INIT,), shows="standby leaf"),
            Step(
                "write a network security configuration",
                ("pinsmith export android-nsc -o config/android/network_security_config.xml",),
                shows='<pin digest="SHA-256">',
            ),
            Step(
                "name it in the manifest",
                ("pinsmith formats android-nsc",),
                "The command prints the line for `AndroidManifest.xml`. Add it by hand.",
                'android:networkSecurityConfig="@xml/network_security_config"',
                by_hand=True,
            ),
            Step(
                "set an expiration date for the pins",
                ("pinsmith check",),
                "`check` warns before the day, because Android then enforces nothing.",
                "presents api-",
                edit="expires = 2030-06-30",
            ),
            Step(
                "get the certificate for iOS as a .der file, with a pipe of OpenSSL",
                ("pinsmith fetch api.example.com --save saved",),
                "The command writes each certificate of the chain as .pem and .der.",
                "leaf  sha256/",
                writes="saved/*.der",
            ),
            Step(
                "add the .der file to the assets",
                (f"pinsmith export smartface {_CERTIFICATES} -o scripts/sslPinning.ts",),
                "The command writes the .der files beside the list. Smartface compares whole certificates, so export "
                "again after each renewal.",
                "assets://",
                writes="scripts/assets/*.der",
            ),
            Step(
                "set `sslPinning` for the web view and for HTTP calls",
                ("pinsmith formats smartface",),
                "The command prints the lines of code. Add them by hand.",
                "http.ios.sslPinning = sslPinning",
                by_hand=True,
            ),
        ),
    ),
    Guide(
        "react-native",
        "a React Native course, SSL Pinning",
        (
            Step(
                "write a table of pins beside a wrapper of `fetch`, as a concept",
                (_INIT,),
                "The wrapper of the guide does not compare anything. `pins.toml` is the table of the next steps.",
                "wrote pins.toml",
            ),
            Step(
                "install react-native-ssl-pinning, and call its `fetch` with the names of certificates",
                (
                    "pinsmith formats react-native-ssl-pinning",
                    "pinsmith export react-native-ssl-pinning -o src/pins.ts",
                ),
                "The first command prints what to install. The second writes `pinnedFetch`, which passes the pins.",
                "export async function pinnedFetch",
                by_hand=True,
            ),
            Step(
                "export the certificate of the server with OpenSSL",
                ("pinsmith fetch api.example.com --save saved",),
                shows="leaf  sha256/",
                writes="saved/*.der",
            ),
            Step(
                "place the certificate in the Xcode project and in the assets of Android",
                ("pinsmith export react-native-ssl-pinning -o src/pins.ts",),
                "The command writes the .cer files. Add them to the Xcode project by hand; Android uses the hashes in "
                "the code.",
                "pins: [",
                by_hand=True,
                writes="src/certificates/*.cer",
            ),
            Step(
                "pin public keys instead of certificates, so that a renewal changes nothing",
                ("pinsmith export react-native-ssl-pinning -o src/pins.ts",),
                shows="pkPinning: true",
            ),
            Step(
                "pin the current and the next certificate",
                ("pinsmith add api.example.com --key next.pem --role leaf --standby",),
                shows="wrote pins.toml",
            ),
            Step(
                "let a remote configuration switch the pins off in an emergency",
                remarks="Not with pinsmith: an attacker who controls that configuration, or the way that it takes, "
                "could switch the pins off. A backup key is the way out.",
            ),
            Step(
                "get an alert before certificates expire",
                ("pinsmith check --strict --warn-days 30",),
                "Run it daily. Exit code 5 is the alert.",
                "presents api-",
            ),
            Step(
                "switch the pins off in `__DEV__`",
                remarks="Not with pinsmith: the code for this library has no such switch. "
                "Pin the development server with its own key.",
            ),
            Step(
                "start Charles or mitmproxy, and see the call fail",
                (_PROXY,),
                "A refusal alone proves nothing, because an app that does not trust the proxy refuses it too. "
                "`lab proxy` compares it with a host that is not pinned.",
                "pinned        api.example.com:443",
            ),
        ),
    ),
    Guide(
        "outsystems",
        "OutSystems SSL Pinning plugin",
        (
            Step(
                "hold two certificates, one of them as a backup",
                (_INIT,),
                "The backup is a key with a certificate request. An authority issues its certificate when you need it.",
                "standby leaf",
            ),
            Step(
                "get the certificate of the server with a browser",
                ("pinsmith fetch api.example.com --save saved",),
                shows="leaf  sha256/",
                writes="saved/*.der",
            ),
            Step(
                "get the hash of the key in a .crt file, with a pipe through `openssl rsa`",
                ("pinsmith show my-certificate.crt",),
                shows="sha256/",
            ),
            Step(
                "make the configuration file out of .crt files, without the server",
                (
                    "pinsmith init www.example.com --certificate my-certificate.crt --backup backup.crt -f other.toml",
                    f"pinsmith export outsystems {_WIDER} -f other.toml -o other/pinning.json",
                ),
                shows='"host": "www.example.com"',
            ),
            Step(
                "keep the rules of the file: two hashes for each host, `sha256/`, no duplicates, a .json file",
                (f"pinsmith export outsystems {_WIDER} -o pinning.json",),
                "pinsmith refuses a file that breaks them.",
                "sha256/",
            ),
            Step(
                "write a dummy text as the second hash if there is only one certificate",
                ("pinsmith import dummy.json",),
                "A text that is not a hash crashes the app on Android, so pinsmith refuses it. Pin a standby key.",
                "'sha256/dummy' is not a pin",
                exit_code=1,
            ),
            Step(
                "add the file as a resource, install the plugin, and drag its block to a screen",
                ("pinsmith formats outsystems",),
                "Outside pinsmith: Service Studio does that. The command prints the settings of the resource.",
                "pinning",
                by_hand=True,
            ),
            Step(
                "run the app, and see that it works as before",
                ("pinsmith check",),
                "`check` shows that the host presents a pinned key. Then run the app.",
                "presents api-",
                by_hand=True,
            ),
            Step(
                "change a character of each hash, build again, and see the app fail",
                (_PROXY,),
                "The build that ships is attacked instead, without a change.",
                "pinned        api.example.com:443",
            ),
            Step(
                "do the same for several servers",
                (
                    "pinsmith add www.example.com --generate-backup",
                    f"pinsmith export outsystems {_WIDER} -o pinning.json",
                ),
                shows='"host": "www.example.com"',
            ),
        ),
    ),
    Guide(
        "platforms",
        "SSLens, pinning guide, platforms",
        (
            Step(
                "OkHttp: build a `CertificatePinner` with a pin and a backup pin",
                (_INIT, "pinsmith export okhttp-kotlin --set package=com.example.net -o android/Pins.kt"),
                shows="CertificatePinner",
            ),
            Step(
                "Retrofit: use that client",
                ("pinsmith export retrofit-kotlin --set package=com.example.net -o android/Api.kt",),
                shows="Retrofit",
            ),
            Step(
                "Android: write a network security configuration",
                ("pinsmith export android-nsc -o android/network_security_config.xml",),
                shows='<pin digest="SHA-256">',
            ),
            Step(
                "Android: name it in the manifest",
                ("pinsmith formats android-nsc",),
                "The command prints the line for `AndroidManifest.xml`. Add it by hand.",
                'android:networkSecurityConfig="@xml/network_security_config"',
                by_hand=True,
            ),
            Step(
                "iOS: compare the hash of the key in a delegate of `URLSession`",
                ("pinsmith export urlsession-swift -o ios/Pins.swift",),
                shows="URLSessionTaskDelegate",
            ),
            Step(
                "iOS: pin certificates with Alamofire",
                ("pinsmith export alamofire-swift -o ios/Alamofire.swift",),
                "pinsmith pins keys instead of certificates, so a renewal changes nothing.",
                "ServerTrustEvaluating",
            ),
            Step(
                "Flutter: compare the hash of the certificate in `badCertificateCallback` of Dio",
                ("pinsmith export dart-io -o lib/pins.dart",),
                "That callback is not called for trusted certificates. The code of pinsmith pins keys, for Dio too.",
                "HttpClient",
            ),
            Step(
                "React Native: use react-native-ssl-pinning with a certificate",
                ("pinsmith export react-native-ssl-pinning -o src/pins.ts",),
                "pinsmith uses the library's mode for keys only, because a renewal would break the other mode.",
                "pkPinning: true",
            ),
            Step(
                "React Native: use react-native-ssl-pinning with a hash",
                ("pinsmith export react-native-ssl-pinning -o src/pins.ts",),
                shows="sha256/",
            ),
            Step(
                "Node: compare the hash in `checkServerIdentity` of an agent",
                ("pinsmith export node-https -o server/pins.mjs",),
                shows="pinnedAgent",
            ),
            Step("axios: use that agent", ("pinsmith export axios -o server/axios.mjs",), shows="axios"),
            Step(
                "Python: compare the hash of the certificate in an adapter for requests",
                ("pinsmith export python --set client=requests -o pins.py",),
                "The adapter of the guide compares after it has sent the request. pinsmith compares before.",
                "requests",
            ),
        ),
    ),
    Guide(
        "practices",
        "SSLens, pinning guide, best practices",
        (
            Step("include a backup pin", (_INIT,), shows="standby leaf"),
            Step(
                "pin the key and not the certificate",
                ("pinsmith check --certificate renewed.pem",),
                "A certificate that was renewed with the same key matches.",
                "ok  api.example.com would present",
            ),
            Step(
                "consider pinning the intermediate authority",
                (f"pinsmith add www.example.com {_INTERMEDIATE} --backup other-issuer.pem",),
                "Public authorities change their intermediates without notice, so this needs a consent.",
                "www.example.com",
            ),
            Step(
                "rotate: make the next key, pin it, ship, wait, and remove the old pin",
                (
                    "pinsmith check --fix-roles",
                    "pinsmith add api.example.com --generate-backup",
                    "pinsmith remove api.example.com --key api-2026",
                ),
                "Ship the pins and wait for users before the last command: [](tutorial.md#8-change-the-key).",
                "removed the key api-2026",
            ),
            Step(
                "report pinning failures",
                ("pinsmith export trustkit-ios -o ios/Info.plist",),
                "Some platforms send reports, and so do Python programs with a `Sender` "
                "([](reports.md#send-reports-from-python)). `pinsmith serve` collects them.",
                "TSKReportUris",
                edit='report-uris = ["https://reports.example.net/pins"]',
            ),
            Step(
                "let pins expire on Android",
                ("pinsmith export android-nsc -o android/network_security_config.xml",),
                shows='expiration="2030-06-30"',
                edit="expires = 2030-06-30",
            ),
        ),
    ),
)


def page() -> str:
    """Return the whole page."""
    return _INTRODUCTION + "\n".join(_parts())


def _parts() -> Iterator[str]:
    yield "| guide | steps | with pinsmith | a part by hand | not with pinsmith |"
    yield "| - | -: | -: | -: | -: |"
    for guide in GUIDES:
        whole, partly, none = (sum(_kind(step) == kind for step in guide.steps) for kind in ("whole", "partly", "none"))
        yield f"| [{guide.title}](#steps-{guide.id}) | {len(guide.steps)} | {whole} | {partly} | {none} |"
    for guide in GUIDES:
        yield ""
        yield f"(steps-{guide.id})="
        yield f"## {guide.title}"
        yield ""
        yield "| the guide asks you to | with pinsmith | remarks |"
        yield "| - | - | - |"
        for step in guide.steps:
            yield f"| {step.asks} | {'<br>'.join(f'`{command}`' for command in step.commands)} | {_remarks(step)} |"
    yield ""


def _remarks(step: Step) -> str:
    edit = f"First write `{step.edit}` into the entry by hand." if step.edit else ""
    return f"{edit} {step.remarks}".strip()


def _kind(step: Step) -> str:
    if not step.commands:
        return "none"
    return "partly" if step.by_hand or step.edit else "whole"


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8", newline="\n")
