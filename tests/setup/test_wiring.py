"""The parts of a project that an output relies on are checked, and --fix adds them without other changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

from pinsmith.pinfile import Output
from pinsmith.setup import WIRES, Tree, missing, repair
from tests.setup.trees import ANDROID, IOS, MANIFEST, NATIVE, REPOSITORIES, package, write

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

NSC: Final = Output("android-nsc", "app/src/main/res/xml/network_security_config.xml")
BESIDE: Final = Output("android-nsc", "network_security_config.xml")
PLIST: Final = Output("apple-ats", "App/Info.plist")
ATTRIBUTE: Final = 'android:networkSecurityConfig="@xml/network_security_config"'
MAIN: Final = "app/src/main/AndroidManifest.xml"
EXPO: Final = REPOSITORIES["Expo"].files
PROGRAM: Final = {"package.json": package("expo"), "app.config.js": "module.exports = {};"}
CORDOVA: Final = REPOSITORIES["Cordova"].files
FLUTTER: Final = REPOSITORIES["Flutter"].files
PLUGIN: Final = '"expo-network-security-config"'


def _without(text: str, part: str) -> str:
    """Remove a part that occurs once."""
    assert text.count(part) == 1
    return text.replace(part, "")


def _rules(files: Mapping[str, str], output: Output, folder: Path) -> list[str]:
    write(files, folder)
    return [one.finding.rule for one in missing(Tree(folder), [output])]


@pytest.mark.parametrize(
    ("files", "output", "file", "added"),
    [
        (ANDROID, NSC, MAIN, f"\n        {ATTRIBUTE}"),
        ({**ANDROID, MAIN: MANIFEST.replace("\n", "\r\n")}, NSC, MAIN, f"\r\n        {ATTRIBUTE}"),
        ({**ANDROID, MAIN: "\ufeff" + MANIFEST}, NSC, MAIN, f"\n        {ATTRIBUTE}"),
        ({**ANDROID, MAIN: MANIFEST.replace("android:", "a:").replace(":android", ":a")}, NSC, MAIN,
         f"\n        {ATTRIBUTE.replace('android:', 'a:')}"),
        (FLUTTER, Output("dart-io", "lib/pins.dart"), "pubspec.yaml", "  crypto: ^3.0.0\n"),
        (EXPO, BESIDE, "app.json",
         f', [{PLUGIN}, {{"networkSecurityConfig": "./network_security_config.xml", "enable": true}}]'),
    ],
    ids=["manifest", "with CRLF", "with a byte order mark", "with another prefix", "pubspec.yaml", "app.json"],
)  # fmt: skip
def test_what_is_missing_is_added_and_nothing_else_changes(
    files: Mapping[str, str], output: Output, file: str, added: str, tmp_path: Path
) -> None:
    """Without the added text, the file is byte for byte the same, and then nothing is missing there."""
    write(files, tmp_path)
    tree = Tree(tmp_path)
    assert {one.finding.rule for one in missing(tree, [output])} <= {"not-named", "dependency-missing"}
    assert repair(tree, [output]) == [file]
    assert _without(tree.changes[file].decode(), added) == files[file]
    assert [one for one in missing(tree, [output]) if one.repair] == []
    assert (tmp_path / file).read_bytes().decode() == files[file], "nothing is written"


def test_cordova_copies_and_names_the_file(tmp_path: Path) -> None:
    """The config.xml gets both elements in the platform that it has, and everything else stays."""
    write(CORDOVA, tmp_path)
    tree = Tree(tmp_path)
    assert repair(tree, [BESIDE]) == ["config.xml"]
    text = tree.changes["config.xml"].decode()
    before, after = CORDOVA["config.xml"].split("    </platform>")
    assert text.startswith(before)
    assert text.endswith(f"    </platform>{after}")
    assert 'src="network_security_config.xml" target="app/src/main/res/xml/network_security_config.xml"' in text
    assert f"<application {ATTRIBUTE} />" in text
    assert list(missing(tree, [BESIDE])) == []


def test_cordova_gets_only_the_element_that_is_missing(tmp_path: Path) -> None:
    """If the configuration names the file already, only the copy is added."""
    edit = f'<edit-config><application {ATTRIBUTE} xmlns:android="http://schemas.android.com/apk/res/android"/></edit-config>'
    write({"config.xml": f'<widget><platform name="android">{edit}</platform></widget>\n'}, tmp_path)
    tree = Tree(tmp_path)
    assert repair(tree, [BESIDE]) == ["config.xml"]
    text = tree.changes["config.xml"].decode()
    assert (text.count("<edit-config>"), text.count("<resource-file ")) == (1, 1)


def _manifest(*attributes: str) -> str:
    return MANIFEST.replace("<application", " ".join(["<application", *attributes]))


@pytest.mark.parametrize(
    ("files", "output", "rule"),
    [
        ({**ANDROID, MAIN: _manifest('android:networkSecurityConfig="@xml/other"')}, NSC, "named-elsewhere"),
        ({**ANDROID, MAIN: _manifest('android:usesCleartextTraffic="true"')}, NSC, "cleartext-setting-changes"),
        (
            {**ANDROID, "app/build.gradle.kts": "", MAIN: _manifest('android:usesCleartextTraffic="false"')},
            NSC,
            "cleartext-setting-changes",
        ),
        ({**ANDROID, MAIN: "<manifest/>"}, NSC, "not-named"),
        ({**ANDROID, MAIN: "<manifest"}, NSC, "not-named"),
        ({}, NSC, "not-named"),
        ({**ANDROID, MAIN: MANIFEST.replace("xmlns:android=", "xmlns:a=").replace("android:", "a:").replace(
            "http://schemas", "https://schemas")}, NSC, "not-named"),
        (
            {**IOS, "App.xcodeproj/project.pbxproj": "INFOPLIST_FILE = Other/Info.plist;"},
            PLIST,
            "info-plist-not-built",
        ),
        ({**EXPO, "app.config.json": "{}"}, Output("expo-ats", "app.json"), "app-config-not-used"),
        (PROGRAM, Output("expo-ats", "pins.app.json"), "app-config-not-used"),
        (PROGRAM, BESIDE, "not-named"),
        ({**EXPO, **PROGRAM}, Output("expo-ats", "app.json"), "app-config-is-code"),
        (
            {**EXPO, "app.json": f'{{"plugins": [[{PLUGIN}, {{"networkSecurityConfig": "./other.xml"}}]]}}'},
            BESIDE,
            "named-elsewhere",
        ),
        (
            {**EXPO, "app.json": f'{{"plugins": [[{PLUGIN}, {{"networkSecurityConfig": "network_security_config.xml", '
             '"enable": false}]]}'},
            BESIDE,
            "not-named",
        ),
        ({**EXPO, "app.json": f'{{"plugins": [{PLUGIN}, {PLUGIN}]}}'}, BESIDE, "not-named"),
        ({**EXPO, "app.json": "{"}, BESIDE, "not-named"),
        (
            {**CORDOVA, "config.xml": '<widget xmlns:android="http://schemas.android.com/apk/res/android"><edit-config>'
             '<application android:networkSecurityConfig="@xml/other" /></edit-config></widget>'},
            BESIDE,
            "named-elsewhere",
        ),
        ({"pubspec.yaml": "dependencies: {dio: any}\n"}, Output("dart-io", "lib/pins.dart"), "dependency-missing"),
        ({"package.json": package("react-native")}, Output("react-native-ssl-pinning", "src/pins.ts"),
         "dependency-missing"),
        ({"requirements.txt": "httpx\n# pinsmith\n"}, Output("python", "pins.py"), "dependency-missing"),
    ],
)  # fmt: skip
def test_what_people_must_decide_is_reported_and_not_edited(
    files: Mapping[str, str], output: Output, rule: str, tmp_path: Path
) -> None:
    """A finding says what to do, and --fix changes no file."""
    write(files, tmp_path)
    tree = Tree(tmp_path)
    assert repair(tree, [output]) == []
    (found, *_) = [one.finding for one in missing(tree, [output])]
    assert found.rule == rule
    assert found.fix


@pytest.mark.parametrize(
    ("files", "output"),
    [
        ({**ANDROID, MAIN: _manifest(ATTRIBUTE)}, NSC),
        ({**ANDROID, "app/src/debug/AndroidManifest.xml": _manifest(ATTRIBUTE)},
         Output("android-nsc", "app/src/debug/res/xml/network_security_config.xml")),
        (IOS, PLIST),
        ({**NATIVE, "package.json": package("react-native", "react-native-ssl-manager")},
         Output("rn-ssl-manager", "ssl_config.json")),
        ({"app.config.js": "module.exports = ({ config }) => ({ ...config });", **EXPO},
         Output("expo-ats", "app.json")),
        ({"pyproject.toml": 'dependencies = ["pinsmith"]\n'}, Output("python", "src/pins.py")),
        ({}, Output("curl", "deploy/api.curlrc")),
    ],
    ids=["manifest", "debug build", "Info.plist", "package", "program of Expo", "Python", "nothing to wire"],
)  # fmt: skip
def test_nothing_is_reported_if_all_is_wired(files: Mapping[str, str], output: Output, tmp_path: Path) -> None:
    """Control of the test above."""
    assert _rules(files, output, tmp_path) == []


@pytest.mark.parametrize(
    ("levels", "rule"),
    [((27,), "cleartext-setting-changes"), ((28,), "not-named"), ((36, 27), "cleartext-setting-changes")],
    ids=["Android 8.1", "Android 9", "both"],
)
def test_cleartext_traffic_is_not_permitted_by_a_repair(levels: tuple[int, ...], rule: str, tmp_path: Path) -> None:
    """Before Android 9 a configuration permits cleartext traffic, which the manifest had refused."""
    files = {
        **ANDROID,
        "app/build.gradle.kts": "".join(f"targetSdk = {level}\n" for level in levels),
        MAIN: _manifest('android:usesCleartextTraffic="false"'),
    }
    assert _rules(files, NSC, tmp_path) == [rule]


@pytest.mark.parametrize(
    "build",
    ["// targetSdk = 34\ntargetSdk = level\n", "/* targetSdk = 34 */", 'a("**/*.kt"); targetSdk = 27; b("**/x", 34)'],
)
def test_a_comment_does_not_raise_the_level(build: str, tmp_path: Path) -> None:
    """A level in a comment is not that of the app, so cleartext traffic could be permitted."""
    manifest = _manifest('android:usesCleartextTraffic="false"')
    files = {**ANDROID, "app/build.gradle.kts": build, MAIN: manifest}
    assert _rules(files, NSC, tmp_path) == ["cleartext-setting-changes"]


def test_a_prefix_in_a_comment_is_not_used(tmp_path: Path) -> None:
    """A manifest stays well-formed if a comment declares another prefix."""
    other = '<!-- a xmlns:other="http://schemas.android.com/apk/res/android" --><manifest'
    write({**ANDROID, MAIN: _manifest("").replace("<manifest", other, 1)}, tmp_path)
    tree = Tree(tmp_path)
    repair(tree, [NSC])
    assert list(missing(tree, [NSC])) == []


def test_the_configuration_may_decide_about_cleartext_traffic(tmp_path: Path) -> None:
    """If the file of the pins sets cleartextTrafficPermitted, the manifest can name it."""
    config = '<network-security-config><base-config cleartextTrafficPermitted="true" /></network-security-config>'
    files = {**ANDROID, MAIN: _manifest('android:usesCleartextTraffic="true"'), NSC.path: config}
    assert _rules(files, NSC, tmp_path) == ["not-named"]


def test_other_builds_are_looked_at(tmp_path: Path) -> None:
    """A build type that names another file is not pinned, and a debug build may lose its cleartext traffic."""
    files = {
        **ANDROID,
        MAIN: _manifest(ATTRIBUTE),
        "app/src/debug/AndroidManifest.xml": _manifest('android:usesCleartextTraffic="true"'),
        "app/src/release/AndroidManifest.xml": _manifest('android:networkSecurityConfig="@xml/other"'),
    }
    assert _rules(files, NSC, tmp_path) == ["cleartext-in-other-build", "named-elsewhere"]
    with_own = {**files, "app/src/debug/res/xml/network_security_config.xml": "<network-security-config />"}
    assert _rules(with_own, NSC, tmp_path) == ["named-elsewhere"]


def test_a_placeholder_of_react_native_is_looked_at(tmp_path: Path) -> None:
    """The manifest can name the file, but debug builds lose the cleartext traffic to their packager."""
    files = {**ANDROID, MAIN: _manifest('android:usesCleartextTraffic="${usesCleartextTraffic}"')}
    assert _rules(files, NSC, tmp_path) == ["not-named", "cleartext-in-other-build"]


@pytest.mark.parametrize(
    ("files", "command"),
    [
        ({}, "npm install axios"),
        ({"yarn.lock": ""}, "yarn add axios"),
        ({"a/pnpm-lock.yaml": ""}, "pnpm add axios"),
    ],
    ids=["npm", "yarn above", "pnpm"],
)
def test_the_command_is_that_of_the_package_manager(files: dict[str, str], command: str, tmp_path: Path) -> None:
    """The lock of a workspace says which package manager it uses."""
    write({"a/package.json": package("undici"), **files}, tmp_path)
    (found,) = missing(Tree(tmp_path), [Output("axios", "a/src/pins.mjs")])
    assert found.finding.fix == f"run `{command}` in a"


def test_every_wire_belongs_to_formats() -> None:
    """No wire names a format that does not exist."""
    from pinsmith.formats import FORMATS

    assert {name for wire in WIRES for name in wire.formats} <= {target.id for target in FORMATS}
