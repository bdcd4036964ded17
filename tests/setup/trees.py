"""Small repositories with the properties of real ones, and a pin file for them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pinsmith.lab.pki.identity import Identity

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

KEYS: Final = tuple(Identity.self_signed("api.example.com").pin for _ in range(2))
PIN_FILE: Final = f"""\
# Reviewed by the team.
version = 1

[keys.api-2026]
pin = "{KEYS[0]}"
role = "leaf"
algorithm = "EC P-256"

[keys.api-standby]
pin = "{KEYS[1]}"
role = "leaf"
algorithm = "EC P-256"
standby = true

[[host]]
name = "api.example.com"
keys = ["api-2026", "api-standby"]
"""

KOTLIN_DSL: Final = """\
plugins {
    alias(libs.plugins.android.application)
}
android {
    defaultConfig {
        applicationId = "com.example.app"
        targetSdk = 36
    }
}
dependencies {
    implementation("com.squareup.okhttp3:okhttp:5.5.1")
}
"""
GROOVY: Final = """\
apply plugin: "com.android.application"

android {
    defaultConfig {
        applicationId "com.example.app"
        targetSdkVersion 35
    }
}
"""
ROOT_GRADLE: Final = """\
plugins {
    id("com.android.application") version "9.0.0" apply false
}
"""
MANIFEST: Final = """\
<?xml version="1.0" encoding="utf-8"?>
<manifest xmlns:android="http://schemas.android.com/apk/res/android">

    <!-- The team reads this. -->
    <application
        android:name=".App"
        android:label='Bank &amp; more'>
        <activity android:name=".MainActivity" />
    </application>

</manifest>
"""
INFO_PLIST: Final = """\
<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
\t<key>CFBundleName</key>
\t<string>App</string>
</dict>
</plist>
"""
EXTENSION_PLIST: Final = INFO_PLIST.replace("</dict>", "\t<key>NSExtension</key>\n\t<dict>\n\t</dict>\n</dict>")
PBXPROJ: Final = """\
// !$*UTF8*$!
{
\tobjects = {
\t\t13B07F941A680F5B00A75B9A /* Debug */ = {
\t\t\tisa = XCBuildConfiguration;
\t\t\tbuildSettings = {
\t\t\t\tINFOPLIST_FILE = App/Info.plist;
\t\t\t};
\t\t};
\t\t00E356F61AD99517003FC87E /* Debug */ = {
\t\t\tisa = XCBuildConfiguration;
\t\t\tbuildSettings = {
\t\t\t\tINFOPLIST_FILE = "$(SRCROOT)/AppTests/Info.plist";
\t\t\t};
\t\t};
\t};
}
"""
ANDROID: Final = {
    "settings.gradle.kts": 'include(":app", ":core")\n',
    "build.gradle.kts": ROOT_GRADLE,
    "app/build.gradle.kts": KOTLIN_DSL,
    "app/src/main/AndroidManifest.xml": MANIFEST,
    "core/build.gradle.kts": 'plugins { id("com.android.library") }\n',
    "core/src/main/AndroidManifest.xml": "<manifest />\n",
}
IOS: Final = {
    "App.xcodeproj/project.pbxproj": PBXPROJ,
    "App/Info.plist": INFO_PLIST,
    "AppTests/Info.plist": INFO_PLIST,
}


def below(folder: str, files: Mapping[str, str]) -> dict[str, str]:
    """Move a tree into a directory."""
    return {f"{folder}/{path}": text for path, text in files.items()}


NATIVE: Final = {
    "android/build.gradle": "buildscript { ext { targetSdkVersion = 36 } }\n",
    "android/app/build.gradle": GROOVY,
    "android/app/src/main/AndroidManifest.xml": MANIFEST,
    **below("ios", IOS),
}


@dataclass(frozen=True)
class Repository:
    """
    A repository.

    Attributes:
        files: The text of every file, by its path.
        found: The kind and the directory of every project.
        outputs: The format and the path of every output that is recommended.
        missing: The package that people must still add after --fix; empty if none.
        accept: The loss that its user accepts; empty if nothing is lost.
    """

    files: Mapping[str, str]
    found: tuple[tuple[str, str], ...]
    outputs: tuple[tuple[str, str], ...]
    missing: str = ""
    accept: str = ""

    def write(self, folder: Path) -> None:
        """Write the files and the pin file."""
        write({**self.files, "pins.toml": PIN_FILE}, folder)


def write(files: Mapping[str, str], folder: Path) -> None:
    """Write files into a directory, byte for byte."""
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(text.encode())


def package(*needs: str) -> str:
    """Write a package.json with dependencies."""
    lines = ",\n".join(f'    "{name}": "^1.0.0"' for name in needs)
    return f'{{\n  "name": "app",\n  "dependencies": {{\n{lines}\n  }}\n}}\n'


_NSC: Final = "app/src/main/res/xml/network_security_config.xml"
REPOSITORIES: Final = {
    "Android, Kotlin DSL, several modules": Repository(ANDROID, (("android", "app"),), (("android-nsc", _NSC),)),
    "Android, Kotlin Multiplatform": Repository(
        {
            "composeApp/build.gradle.kts": "plugins {\n    alias(libs.plugins.androidApplication)\n}\ntargetSdk = 36\n",
            "composeApp/src/androidMain/AndroidManifest.xml": MANIFEST,
        },
        (("android", "composeApp"),),
        (("android-nsc", "composeApp/src/androidMain/res/xml/network_security_config.xml"),),
    ),
    "Android, Groovy": Repository(
        {"app/build.gradle": GROOVY, "app/src/main/AndroidManifest.xml": MANIFEST},
        (("android", "app"),),
        (("android-nsc", _NSC),),
    ),
    "iOS": Repository(IOS, (("ios", ""),), (("apple-ats", "App/Info.plist"),)),
    "Swift package": Repository(
        {"Package.swift": 'let package = Package(name: "Tool", targets: [.executableTarget(name: "Tool")])\n'},
        (("swift-package", ""),),
        (("urlsession-swift", "Sources/Tool/Pins.swift"),),
    ),
    "React Native": Repository(
        {"package.json": package("react", "react-native"), **NATIVE},
        (("react-native", ""),),
        (("android-nsc", f"android/{_NSC}"), ("apple-ats", "ios/App/Info.plist")),
    ),
    "React Native with a library": Repository(
        {"package.json": package("react", "react-native", "react-native-ssl-public-key-pinning"), **NATIVE},
        (("react-native", ""),),
        (("react-native-ssl-public-key-pinning", "src/pins.ts"),),
    ),
    "Expo": Repository(
        {
            "package.json": package("expo", "react", "react-native"),
            "app.json": '{\n  "expo": {\n    "name": "app",\n    "plugins": ["expo-router"]\n  }\n}\n',
        },
        (("expo", ""),),
        (("expo-nsc", "app.json"), ("expo-ats", "app.json")),
        missing="expo-network-security-config",
    ),
    "Expo, configuration by a program": Repository(
        {
            "package.json": package("expo", "expo-network-security-config", "react", "react-native"),
            "app.config.ts": "export default { name: 'app' };\n",
        },
        (("expo", ""),),
        (("android-nsc", "network_security_config.xml"), ("expo-ats", "pins.app.json")),
        missing='require("./pins.app.json").expo.ios.infoPlist',
    ),
    "Expo, with a configuration for Android": Repository(
        {
            "package.json": package("expo", "expo-network-security-config", "react", "react-native"),
            "app.json": '{ "expo": { "plugins": [["expo-network-security-config", '
            '{ "networkSecurityConfig": "./config/network.xml", "enable": true }]] } }\n',
            "config/network.xml": "<network-security-config />\n",
        },
        (("expo", ""),),
        (("android-nsc", "config/network.xml"), ("expo-ats", "app.json")),
    ),
    "Expo, generated projects": Repository(
        {
            "package.json": package("expo", "expo-network-security-config", "react", "react-native"),
            "app.config.json": '{ "name": "app" }\n',
            "app.json": '{ "name": "old" }\n',
            ".gitignore": "node_modules\n/ios\n/android\n",
            **NATIVE,
        },
        (("expo", ""),),
        (("expo-nsc", "app.config.json"), ("expo-ats", "app.config.json")),
    ),
    "Flutter": Repository(
        {
            "pubspec.yaml": "name: app\n\ndependencies:\n  flutter:\n    sdk: flutter\n  dio: ^5.0.0\n\nflutter:\n",
            **NATIVE,
        },
        (("flutter", ""),),
        (("dart-io", "lib/pins.dart"),),
    ),
    "Capacitor": Repository(
        {
            "package.json": package("@capacitor/core", "react-dom"),
            "capacitor.config.json": '{ "appId": "com.example.app" }\n',
            **NATIVE,
        },
        (("capacitor", ""),),
        (("android-nsc", f"android/{_NSC}"), ("apple-ats", "ios/App/Info.plist")),
    ),
    "Cordova": Repository(
        {
            "package.json": package("cordova"),
            "config.xml": '<?xml version="1.0" encoding="utf-8"?>\n<widget id="com.example.app" '
            'xmlns="http://www.w3.org/ns/widgets">\n    <platform name="android">\n'
            '        <preference name="a" value="b" />\n    </platform>\n</widget>\n',
            "platforms/android/app/build.gradle": GROOVY,
        },
        (("cordova", ""),),
        (("android-nsc", "network_security_config.xml"),),
    ),
    "WaveMaker": Repository(
        {"wm_rn_config.json": '{\n  "name": "app"\n}\n'},
        (("wavemaker", ""),),
        (("wavemaker", "wm_rn_config.json"),),
        accept="expo-fetch-unpinned",
    ),
    "Node": Repository(
        {"package.json": package("axios", "express"), "src/index.mjs": ""},
        (("node", ""),),
        (("axios", "src/pins.mjs"),),
    ),
    "Python": Repository(
        {
            "pyproject.toml": '[project]\nname = "app"\ndependencies = [\n  "httpx>=0.28",\n  "pinsmith",\n]\n',
            "src/app/__init__.py": "",
            "tests/__init__.py": "",
        },
        (("python", ""),),
        (("python", "src/app/pins.py"),),
    ),
    "Java": Repository(
        {"pom.xml": "<project><dependency><groupId>com.squareup.okhttp3</groupId></dependency></project>\n"},
        (("java", ""),),
        (("okhttp-java", "src/main/java/pins/Pins.java"),),
    ),
    "Go": Repository(
        {"go.mod": "module example.com/app\n\ngo 1.25\n"}, (("go", ""),), (("go", "internal/pins/pins.go"),)
    ),
    "Rust": Repository(
        {"Cargo.toml": '[package]\nname = "app"\n\n[dependencies]\nreqwest = "0.13"\n'},
        (("rust", ""),),
        (("rust-reqwest", "src/pins.rs"),),
    ),
    ".NET": Repository(
        {
            "App/App.csproj": "<Project>\n  <TargetFramework>net9.0</TargetFramework>\n</Project>\n",
            "Tests/Tests.csproj": "<TargetFramework>net9.0</TargetFramework>\nMicrosoft.NET.Test.Sdk\n",
        },
        (("dotnet", "App"),),
        (("dotnet", "App/PinnedHttp.cs"),),
    ),
    "PHP": Repository(
        {"composer.json": '{ "require": { "guzzlehttp/guzzle": "^7" } }\n'},
        (("php", ""),),
        (("php-curl", "src/PinnedCurl.php"),),
    ),
    "Ruby": Repository(
        {"Gemfile": 'source "https://rubygems.org"\ngem "faraday"\n'},
        (("ruby", ""),),
        (("ruby-net-http", "lib/pinned_http.rb"),),
    ),
    "several apps": Repository(
        {**below("apps/mobile", {"package.json": package("react", "react-native"), **NATIVE}),
         **below("native", ANDROID),
         "services/api/go.mod": "module example.com/api\n",
         "package.json": package("eslint"),
         "node_modules/react-native/package.json": package("react-native", "react"),
         "native/build/app/build.gradle": GROOVY},
        (("react-native", "apps/mobile"), ("android", "native/app"), ("go", "services/api")),
        (
            ("android-nsc", f"apps/mobile/android/{_NSC}"),
            ("apple-ats", "apps/mobile/ios/App/Info.plist"),
            ("android-nsc", f"native/{_NSC}"),
            ("go", "services/api/internal/pins/pins.go"),
        ),
    ),
}  # fmt: skip
"""Every kind of project, and several of them in one repository."""
