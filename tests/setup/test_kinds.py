"""Every project is found, and gets the outputs that pin it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pinsmith.formats import find
from pinsmith.setup import KINDS, Tree, find_projects
from tests.setup.trees import ANDROID, EXTENSION_PLIST, GROOVY, IOS, MANIFEST, NATIVE, REPOSITORIES, package, write

if TYPE_CHECKING:
    from pathlib import Path

    from tests.setup.trees import Repository


@pytest.mark.parametrize("repository", REPOSITORIES.values(), ids=REPOSITORIES)
def test_each_project_is_found_with_what_is_recommended(repository: Repository, tmp_path: Path) -> None:
    """The kind, the directory and the recommended outputs are as expected, and the evidence names a file."""
    repository.write(tmp_path)
    found = find_projects(Tree(tmp_path))
    assert tuple((project.kind, project.folder) for project in found) == repository.found
    outputs = [(output.format, output.path) for project in found for output in project.ways[0].outputs]
    assert tuple(outputs) == repository.outputs
    for project in found:
        for place in project.evidence:
            line = (tmp_path / place.file).read_text().splitlines()[(place.line or 1) - 1]
            assert line.strip()


def test_every_kind_has_a_repository() -> None:
    """A new kind needs a repository in the table."""
    assert {kind for repository in REPOSITORIES.values() for kind, _ in repository.found} == {kind.id for kind in KINDS}


@pytest.mark.parametrize("repository", REPOSITORIES.values(), ids=REPOSITORIES)
def test_every_way_has_outputs_that_can_be_written(repository: Repository, tmp_path: Path) -> None:
    """No alternative names a format that does not exist or can only be read."""
    repository.write(tmp_path)
    for project in find_projects(Tree(tmp_path)):
        for way in project.ways:
            assert way.outputs
            assert all(find(output.format).write is not None for output in way.outputs)


def test_the_configuration_that_a_manifest_names_is_the_output(tmp_path: Path) -> None:
    """Pins go into the file that the app uses already, and not into a second one."""
    named = MANIFEST.replace("android:name=", 'android:networkSecurityConfig="@xml/network" android:name=', 1)
    write({**ANDROID, "app/src/main/AndroidManifest.xml": named}, tmp_path)
    (project,) = find_projects(Tree(tmp_path))
    assert project.ways[0].outputs[0].path == "app/src/main/res/xml/network.xml"


def test_an_extension_of_an_app_is_named(tmp_path: Path) -> None:
    """An app extension gets no output, because it may send no requests, but a finding."""
    project = IOS["App.xcodeproj/project.pbxproj"] + "INFOPLIST_FILE = Share/Info.plist;\n"
    write({**IOS, "App.xcodeproj/project.pbxproj": project, "Share/Info.plist": EXTENSION_PLIST}, tmp_path)
    (found,) = find_projects(Tree(tmp_path))
    assert [output.path for output in found.ways[0].outputs] == ["App/Info.plist"]
    assert [(finding.rule, str(finding.place)) for finding in found.findings] == [
        ("extension-not-pinned", "Share/Info.plist")
    ]


def test_an_xcode_project_without_info_plist_gets_one_beside_it(tmp_path: Path) -> None:
    """Xcode copies a list out of a directory that it synchronises, so the new list is not there."""
    write({"ios/App.xcodeproj/project.pbxproj": "GENERATE_INFOPLIST_FILE = YES;\n"}, tmp_path)
    (found,) = find_projects(Tree(tmp_path))
    assert found.ways[0].outputs[0].path == "ios/App-Info.plist"


def test_native_projects_that_belong_to_an_expo_app_are_used(tmp_path: Path) -> None:
    """If git does not ignore the native projects, Expo does not generate them, so its configuration pins nothing."""
    write({"package.json": package("expo", "react", "react-native"), "app.json": "{}", **NATIVE}, tmp_path)
    (found,) = find_projects(Tree(tmp_path))
    assert found.kind == "react-native"


@pytest.mark.parametrize(
    "files",
    [
        {"package.json": package("axios", "react-dom")},
        {"package.json": package("eslint")},
        {"build.gradle": "// com.android.application\n"},
        {"pyproject.toml": "# httpx\n[tool.ruff]\n"},
        {"config.xml": "<settings/>\n"},
        {"vendor/app/build.gradle": GROOVY},
    ],
    ids=["a web page", "tools", "a comment", "a tool's settings", "another config.xml", "code of others"],
)
def test_what_cannot_be_pinned_is_no_project(files: dict[str, str], tmp_path: Path) -> None:
    """Files that look like a project, but are none, or whose requests pinsmith cannot pin, are left out."""
    write(files, tmp_path)
    assert find_projects(Tree(tmp_path)) == ()


def test_the_plugin_of_a_cordova_app_comes_first_if_it_is_used(tmp_path: Path) -> None:
    """The platform does not pin the requests of the plugin, so the plugin itself must."""
    config = REPOSITORIES["Cordova"].files["config.xml"]
    write({"config.xml": config, "package.json": package("cordova-plugin-advanced-http")}, tmp_path)
    (project,) = find_projects(Tree(tmp_path))
    assert [way.outputs[0].format for way in project.ways] == ["cordova", "android-nsc"]


def test_the_libraries_of_an_android_app_are_alternatives(tmp_path: Path) -> None:
    """Code for a library is offered if the module uses it, after the configuration of the whole app."""
    gradle = (
        GROOVY + 'implementation "com.squareup.retrofit2:retrofit:3.0.0"\nimplementation(libs.ktor.client.okhttp)\n'
    )
    write({**ANDROID, "app/build.gradle.kts": gradle}, tmp_path)
    (project,) = find_projects(Tree(tmp_path))
    formats = [output.format for way in project.ways for output in way.outputs]
    assert formats == ["android-nsc", "retrofit-kotlin", "ktor", "okhttp-kotlin"]
