"""Bundles that the compiler of React Native wrote are searched like the script that they were made of."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from pinsmith.audit import packages as app_packages
from tests.audit.packages.android import apk
from tests.audit.packages.make import saved
from tests.formats.policy import pin

if TYPE_CHECKING:
    from pathlib import Path

    from tests.extended.plugins.node import Packages

pytestmark = pytest.mark.extended

BUNDLE = "assets/index.android.bundle"
SCRIPT = f"""
const pins = {{"api.example.com": {{publicKeyHashes: ["{pin("a").base64}"]}}}};
NativeModules.SslPublicKeyPinning.initialize(pins);
fetch("https://api.example.com/v1/" + name, {{sslPinning: {{certs: ["{pin("b")}"]}}}});
fetch("https://other.example.com/" + "{"x" * 300}");
print("\N{SNOWMAN} https://wide.example.com/");
"""


def test_a_compiled_bundle_is_searched_like_its_script(packages: Packages, tmp_path: Path) -> None:
    """The same pins, hosts and libraries are found in the script and in the bytecode, which hides nothing."""
    script, bundle = tmp_path / "a.js", tmp_path / "a.hbc"
    script.write_text(SCRIPT, "utf-8")
    compiler = packages.folder / "node_modules" / "hermes-compiler" / "hermesc" / "linux64-bin" / "hermesc"
    subprocess.run([compiler, "-w", "-O", "-emit-binary", "-out", bundle, script], check=True, timeout=60)
    plain, compiled = (
        app_packages.read(saved(tmp_path, apk(files={BUNDLE: path.read_bytes()}))) for path in (script, bundle)
    )
    assert plain.opaque == compiled.opaque == ()
    assert {text.pin for text in plain.strings} == {text.pin for text in compiled.strings} == {pin("a"), pin("b")}
    assert {item.host for item in plain.hosts} == {item.host for item in compiled.hosts}
    assert {item.host for item in compiled.hosts} == {"api.example.com", "other.example.com", "wide.example.com"}
    assert [library.name for library in compiled.libraries] == ["react-native-ssl-public-key-pinning"]
