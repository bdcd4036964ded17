"""Build real apps for Android with the tools of Debian, and decode them with apktool."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from pinsmith.lab.pki.authority import Authority
from tests.extended.program import find

if TYPE_CHECKING:
    from collections.abc import Mapping

FRAMEWORK: Final = Path("/usr/share/android-framework-res/framework-res.apk")
_SECONDS: Final = 120.0
_MANIFEST: Final = """<?xml version="1.0" encoding="utf-8"?>
<manifest xmlns:android="http://schemas.android.com/apk/res/android" package="com.example.shop"
  android:versionCode="7" android:versionName="@string/version">
  <uses-sdk android:minSdkVersion="24" android:targetSdkVersion="29"/>
  <application {config}><activity android:name=".Main"/></application>
</manifest>
"""
_VALUES: Final = '<resources><string name="version">1.2.3</string><string name="pin">{pin}</string></resources>'
CONFIG: Final = 'android:networkSecurityConfig="@xml/pins"'
PINNER: Final = """
.class public Lcom/example/shop/Main;
.super Landroid/app/Activity;
.method public pin(Lokhttp3/CertificatePinner$Builder;)V
  .registers 6
  const/4 v0, 0x1
  new-array v0, v0, [Ljava/lang/String;
  const/4 v1, 0x0
  const-string v2, "{pin}"
  aput-object v2, v0, v1
  const-string v3, "api.example.com"
  invoke-virtual {{p1, v3, v0}}, Lokhttp3/CertificatePinner$Builder;->add(Ljava/lang/String;[Ljava/lang/String;)V
  const-string v2, "https://api.example.com/v1"
  return-void
.end method
"""
EMPTY: Final = ".class public Lcom/example/shop/Main;\n.super Landroid/app/Activity;\n"
LIBRARY: Final = ".class public Lokhttp3/CertificatePinner;\n.super Ljava/lang/Object;\n"


@dataclass(frozen=True, slots=True)
class Project:
    """
    The sources of an app.

    Attributes:
        config: The attribute of the manifest that names the network security configuration; empty for none.
        nsc: The configuration, in ``res/xml/pins.xml``; None for none.
        code: The classes, in the syntax of smali.
        assets: Further files, by their names below ``assets``.
        pin: A string among the resources.
    """

    config: str = ""
    nsc: str | None = None
    code: tuple[str, ...] = (EMPTY,)
    assets: Mapping[str, bytes] | None = None
    pin: str = "none"

    def build(self, folder: Path) -> Path:
        """Compile, link and sign the app."""
        self.write(folder)
        aapt = find("aapt", "aapt")
        run(folder, aapt, "package", "-f", "-M", "AndroidManifest.xml", "-S", "res", "-I", FRAMEWORK, "-F", "app.apk")
        self.compile(folder)
        run(folder, aapt, "add", "app.apk", "classes.dex")
        for name, content in (self.assets or {}).items():
            (folder / "assets").mkdir(exist_ok=True)
            (folder / "assets" / name).write_bytes(content)
            run(folder, aapt, "add", "app.apk", f"assets/{name}")
        return _signed(folder)

    def write(self, folder: Path) -> None:
        """Write the manifest and the resources."""
        (folder / "res" / "values").mkdir(parents=True)
        (folder / "AndroidManifest.xml").write_text(_MANIFEST.format(config=self.config), "utf-8")
        (folder / "res" / "values" / "strings.xml").write_text(_VALUES.format(pin=self.pin), "utf-8")
        if self.nsc is not None:
            (folder / "res" / "xml").mkdir()
            (folder / "res" / "xml" / "pins.xml").write_text(self.nsc, "utf-8")

    def compile(self, folder: Path) -> None:
        """Compile the classes to ``classes.dex``."""
        sources = [folder / f"{number}.smali" for number in range(len(self.code))]
        for source, text in zip(sources, self.code, strict=True):
            source.write_text(text, "utf-8")
        run(folder, find("smali", "libsmali-java"), "assemble", "-o", "classes.dex", *sources)


def _signed(folder: Path) -> Path:
    owner = Authority.root("developer")
    key = owner.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    (folder / "key.pk8").write_bytes(key)
    (folder / "key.pem").write_text(owner.pem, "ascii")
    command = ("sign", "--key", "key.pk8", "--cert", "key.pem", "app.apk")
    run(folder, find("apksigner", "apksigner"), *command)
    return folder / "app.apk"


def decoded(apk: Path, folder: Path) -> Path:
    """Decode an app with apktool, into a new folder."""
    target = folder / "decoded"
    run(folder, find("apktool", "apktool"), "decode", "--no-src", "--frame-path", folder, "--output", target, apk)
    return target


def run(folder: Path, *command: str | Path) -> str:
    """Run a program to its end, and return what it prints."""
    done = subprocess.run(
        command, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=_SECONDS, check=False
    )
    if done.returncode:
        raise RuntimeError(f"{command[0]} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout
