"""
Test what the Java and Kotlin of the libraries for React Native pin on Android: React Native's networking, and Expo's.

React Native 0.85 and Android's classes run on a JVM, and a client of the lab sends the requests of the app. Expo SDK 56
and later replace the global ``fetch`` with one whose native part makes a client of its own.

Source:
    The packages of npm named below; ``NetworkingModule.kt`` and ``OkHttpClientProvider.kt`` of React Native
"""

from __future__ import annotations

import os
import re
import shutil
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from pinsmith.lab.client import CommandClient
from pinsmith.lab.scenarios import leaf_pin, wrong_key
from pinsmith.lab.trial import try_client
from tests.prove import jvm, node
from tests.prove.npm import NODE, NPM, packed
from tests.prove.subject import PROGRAMS, run
from tests.prove.variant import PKIS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pinsmith.lab.trial import Trial

pytestmark = [pytest.mark.prove, pytest.mark.timeout(1200)]

EXPO: Final = (
    "expo@58.0.26",
    "sha512-6i4kqt5lbcQdxmtnkkJ3JR5sn+A3L+xO45duLhh2rndvrek/chX/GTysTYozl4oL3+txKD53pDlJd75XRYf9Ow==",
)
CERT_PINNER: Final = (
    "react-native-cert-pinner@0.4.1",
    "sha512-v1QXPFR7X/o6DI0eDheR63y/sUq26GtuPIH7dqO5a1Vbm4L+AeX17fjoLmwdju/lCoTxEpyQRPkY4vPB/NNxSQ==",
)
APP_SECURITY: Final = (
    "@bam.tech/react-native-app-security@0.5.5",
    "sha512-nmk78+iCiHE+LItQxSslS+j5H7jAXm41swYUpsHx2MUAQifhnzZFN7WpK5P2OeEqmCwaCJ/tSJsPGY+7M78z1A==",
)
HASHES: Final = "react-native-ssl-public-key-pinning"
FETCH: Final = "react-native-ssl-pinning"
GONE: Final = "OkHttpClientProvider.enableTls12OnPreLollipop(client).build()"
_JAVA: Final = PROGRAMS / "react-native" / "java"


def _classes(folder: Path) -> str:
    """Return the class path, with the classes of Android's archives unpacked."""
    paths = []
    for jar in jvm.libraries("react-native").jars:
        if jar.suffix == ".aar":
            with zipfile.ZipFile(jar) as archive:
                (folder / f"{jar.stem}.jar").write_bytes(archive.read("classes.jar"))
            paths.append(folder / f"{jar.stem}.jar")
        else:
            paths.append(jar)
    return os.pathsep.join(map(str, paths))


def _compile(sources: Sequence[Path], path: str, folder: Path) -> None:
    run([jvm.JAVAC.find(), "-nowarn", "-d", folder, "-cp", f"{folder}{os.pathsep}{path}", *sources], folder)


@pytest.fixture(scope="module")
def command(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, ...]:
    """Compile the libraries and the client."""
    for tool in (*jvm.TOOLS, NODE, NPM):
        tool.find()
    folder = tmp_path_factory.mktemp("java")
    path = _classes(folder)
    _compile([source for source in sorted(_JAVA.rglob("*.java")) if source.parent.name != "proof"], path, folder)
    hashes = node.packages() / HASHES / "android" / "src"
    module = hashes / "main" / "java" / "com" / "sslpublickeypinning" / "SslPublicKeyPinningModule.java"
    own = node.packages() / FETCH / "android" / "src" / "main" / "java"
    _compile([*sorted((hashes / "oldarch").rglob("*.java")), module, *sorted(own.rglob("*.java"))], path, folder)
    patched = shutil.copytree(packed(*CERT_PINNER) / "android" / "src" / "main" / "java", folder / "cert-pinner")
    factory = patched / "com" / "criticalblue" / "reactnative" / "PinnedClientFactory.java"
    factory.write_text(factory.read_text("utf-8").replace(GONE, "client.build()"), "utf-8")
    _compile(sorted(patched.rglob("*.java")), path, folder)
    kotlin = packed(*APP_SECURITY) / "android" / "src" / "main" / "java" / "tech" / "bam" / "rnas"
    libraries = jvm.Libraries("react-native", {}, (folder, *map(Path, path.split(os.pathsep))))
    jar = folder / "app-security.jar"
    jvm.compile_kotlin([kotlin / "HttpClientOverride.kt"], libraries, jar, allow_warnings=True)
    path = os.pathsep.join((path, str(jar)))
    _compile([_JAVA / "proof" / "Main.java"], path, folder)
    return (jvm.JAVA.find(), "-cp", f"{folder}{os.pathsep}{path}", "proof.Main")


def _try(command: tuple[str, ...], library: str, sender: str) -> tuple[Trial, Trial]:
    """Try the good server and the rogue."""
    client = CommandClient(
        (*command, library, sender, "{url}", "{host}", "{cafile}", "{pins}"), timeout_seconds=60, shows_output=True
    )
    good, rogue = (try_client(client, scenario.SCENARIO, PKIS.of("ec-p256")) for scenario in (leaf_pin, wrong_key))
    return good, rogue


@pytest.mark.parametrize(
    ("library", "sender"),
    [
        (HASHES, "xhr"),
        ("react-native-cert-pinner", "xhr"),
        ("react-native-cert-pinner", "expo"),
        ("react-native-app-security", "xhr"),
        ("react-native-app-security", "expo"),
        ("none", FETCH),
    ],
)
def test_a_rogue_gets_nothing(command: tuple[str, ...], library: str, sender: str) -> None:
    """With these libraries and senders, the app accepts the good server and sends nothing to a wrong key."""
    good, rogue = _try(command, library, sender)
    assert good.verdict == "pass", good.reason
    assert (rogue.verdict, rogue.bytes_received) == ("pass", 0), rogue.reason


@pytest.mark.parametrize(("library", "sender"), [(HASHES, "expo"), ("none", "xhr")])
def test_a_rogue_gets_the_request(command: tuple[str, ...], library: str, sender: str) -> None:
    """react-native-ssl-public-key-pinning does not pin requests of Expo's fetch; the control has no library at all."""
    good, rogue = _try(command, library, sender)
    assert good.verdict == "pass", good.reason
    assert rogue.verdict == "accepts-a-rogue", rogue.reason
    assert rogue.bytes_received


def test_expo_replaces_the_global_fetch() -> None:
    """Expo replaces fetch unless EXPO_PUBLIC_USE_RN_FETCH is set, and its native part makes a client of its own."""
    NPM.find()
    expo = packed(*EXPO)
    runtime = (expo / "src" / "winter" / "runtime.native.ts").read_text("utf-8")
    assert "EXPO_PUBLIC_USE_RN_FETCH === '1'" in runtime
    _, _, replaced = runtime.partition("if (!useRnFetch) {")
    assert "install('fetch', () => require('./fetch').fetch);" in replaced
    assert "install('XMLHttpRequest'" not in runtime
    native = (expo / "android/src/main/java/expo/modules/fetch/ExpoFetchModule.kt").read_text("utf-8")
    assert re.search(r"OkHttpClientProvider\.createClient\(reactContext\)\s*\.newBuilder\(\)", native)


def test_the_cert_pinner_does_not_compile_with_the_react_native_of_expo_56(tmp_path: Path) -> None:
    """The library does not compile there, so no app can combine it with Expo's fetch and be left unpinned."""
    for tool in (*jvm.TOOLS, NPM):
        tool.find()
    sources = sorted((packed(*CERT_PINNER) / "android" / "src" / "main" / "java").rglob("*.java"))
    with pytest.raises(AssertionError, match="enableTls12OnPreLollipop"):
        _compile(sources, _classes(tmp_path), tmp_path)
