"""
The manifest of an Android app names the network security configuration.

Source:
    https://developer.android.com/privacy-and-security/security-config and
    https://developer.android.com/guide/topics/manifest/application-element#usesCleartextTraffic: the attribute
    ``usesCleartextTraffic`` is ignored if there is a configuration. By default, a configuration refuses cleartext
    traffic if the app targets API level 28 or higher, and permits it otherwise.
"""

from __future__ import annotations

import posixpath
import re
import shlex
from typing import TYPE_CHECKING, Final

from pinsmith.finding import FilePlace
from pinsmith.setup.kinds.android import ANDROID, CONFIG, main_set
from pinsmith.setup.rule import found
from pinsmith.setup.tree import above, is_below, join
from pinsmith.setup.wire import Loose, Wire, edit_xml
from pinsmith.syntax.position import SyntaxFaultError
from pinsmith.syntax.text import decode
from pinsmith.syntax.xml import parse_xml

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinsmith.finding import Finding
    from pinsmith.pinfile import Output
    from pinsmith.setup.tree import Tree
    from pinsmith.setup.wire import Repair
    from pinsmith.syntax.xml import Element

RESOURCE: Final = re.compile(r"(?P<module>(?:.*/)?)src/(?P<set>[^/]+)/res/xml/(?P<name>[a-z0-9_]+)\.xml")
_MANIFEST: Final = "AndroidManifest.xml"
_CLEARTEXT: Final = "usesCleartextTraffic"
_PREFIX: Final = re.compile(r"""\sxmlns:([\w.-]+)\s*=\s*["']http://schemas\.android\.com/apk/res/android["']""")
_XML_COMMENT: Final = re.compile(r"<!--.*?-->", re.DOTALL)
_TARGET: Final = re.compile(r"target_?sdk(?:_?version)?[\s=:(\"']*(\d{1,3})\b", re.IGNORECASE)
_COMMENT: Final = re.compile(r"/\*.*?\*/|(?://|#)[^\n]*", re.DOTALL)  # of Gradle, and of its properties and catalogs
_REFUSES_CLEARTEXT: Final = 28  # the level from which a configuration refuses it by default
_SETTINGS: Final = (
    "build.gradle.kts",
    "build.gradle",
    "variables.gradle",
    "gradle.properties",
    "gradle/libs.versions.toml",
)


def _check(tree: Tree, output: Output) -> Iterator[Loose]:
    place = RESOURCE.fullmatch(posixpath.normpath(output.path))
    if place is None:
        return
    module, name = place["module"], place["name"]
    main = f"{module}src/{main_set(tree, module)}/{_MANIFEST}"
    own = f"{module}src/{place['set']}/{_MANIFEST}"
    wanted = f"@xml/{name}"
    if own != main and (application := _application(tree, own)) is not None and _config(application) == wanted:
        return
    if main not in tree:
        text = f"the module of {output.path} has no main manifest, so nothing names the file"
        yield Loose(found("not-named", FilePlace(main), text, "correct the path of the output"))
        return
    yield from _of_main(tree, main, module, wanted)
    yield from _of_others(tree, main, module, wanted)


def _of_main(tree: Tree, path: str, module: str, wanted: str) -> Iterator[Loose]:
    application = _application(tree, path)
    if application is None:
        text = f"the manifest has no <application> that can be read, so it does not name {wanted}"
        yield Loose(found("not-named", FilePlace(path), text, f"write {_attribute(wanted)} into <application>"))
        return
    at = FilePlace(path, application.line)
    named = _config(application)
    if named == wanted:
        return
    if named is not None:
        yield Loose(_named_elsewhere(tree, at, named, wanted))
        return
    problem = _cleartext_problem(tree, path, module, wanted)
    if problem is not None:
        fix = (
            "set cleartextTrafficPermitted in <base-config> of that file as your app needs it, and then write "
            f"{_attribute(wanted)} into <application>"
        )
        yield Loose(found("cleartext-setting-changes", at, problem, fix))
        return
    text = f"<application> does not name {wanted}, so Android does not read the pins"
    fix = f"write {_attribute(wanted)} into it, or run `pinsmith setup --fix`"
    yield Loose(found("not-named", at, text, fix), _repair(tree, path, wanted))


def _of_others(tree: Tree, main: str, module: str, wanted: str) -> Iterator[Loose]:
    """Look at the manifests of build types and flavours, which are merged over that of src/main."""
    name = wanted.removeprefix("@xml/")
    for path in tree.named(_MANIFEST):
        application = _application(tree, path) if is_below(path, f"{module}src") else None
        if application is None:
            continue
        at = FilePlace(path, application.line)
        named = _config(application)
        if path != main and named is not None and named != wanted:
            yield Loose(_named_elsewhere(tree, at, named, wanted))
        # React Native sets a placeholder to true in debug builds, which load code from the packager without TLS.
        cleartext = application.attributes.get(ANDROID + _CLEARTEXT, "")
        permits = cleartext.startswith("${") if path == main else cleartext == "true" and named is None
        source_set = f"{module}src/debug" if path == main else posixpath.dirname(path)
        config = join(source_set, f"res/xml/{name}.xml")
        if permits and config not in tree:
            text = f"a debug build permits cleartext traffic here, but Android ignores that because of {wanted}"
            fix = f"add an [[output]] for {config}, and permit cleartext traffic to the hosts of development there"
            yield Loose(found("cleartext-in-other-build", at, text, fix))


def _application(tree: Tree, path: str) -> Element | None:
    document = tree.xml(path)
    children = document.root.children if document is not None and document.root.name == "manifest" else ()
    return next((child for child in children if child.name == "application"), None)


def _config(application: Element) -> str | None:
    return application.attributes.get(ANDROID + CONFIG)


def _attribute(wanted: str) -> str:
    return f'android:{CONFIG}="{wanted}"'


def _named_elsewhere(tree: Tree, at: FilePlace, named: str, wanted: str) -> Finding:
    file = f"res/xml/{named.removeprefix('@xml/')}.xml"
    own, main = f"{posixpath.dirname(at.file)}/{file}", join(posixpath.dirname(at.file), f"../main/{file}")
    path = main if main in tree and own not in tree else own
    fix = (
        f"write the pins into that file, with path = {path!r} in the [[output]]; "
        f"`pinsmith import {shlex.quote(path)} --into pins.toml` keeps pins that it has"
    )
    return found("named-elsewhere", at, f"the manifest names {named}, so Android ignores {wanted}", fix)


def _cleartext_problem(tree: Tree, manifest: str, module: str, wanted: str) -> str | None:
    """Say how the app would change, besides its pins, if its main manifest named the configuration."""
    application = _application(tree, manifest)
    value = application.attributes.get(ANDROID + _CLEARTEXT) if application is not None else None
    config = tree.xml(f"{posixpath.dirname(manifest)}/res/xml/{wanted.removeprefix('@xml/')}.xml")
    children = config.root.children if config is not None else ()
    decides = any("cleartextTrafficPermitted" in child.attributes for child in children if child.name == "base-config")
    if value is None or decides:
        return None
    if value == "true":
        return f'with {wanted}, Android ignores {_CLEARTEXT}="true", so the app could no longer use cleartext traffic'
    if _target(tree, module) >= _REFUSES_CLEARTEXT:
        return None
    return (
        f"with {wanted}, Android ignores {_CLEARTEXT}={value!r}, and permits cleartext traffic if the app targets an "
        f"API level below {_REFUSES_CLEARTEXT}; pinsmith cannot find the level of this app"
    )


def _target(tree: Tree, module: str) -> int:
    """Return the lowest API level that the build files of a module and above name as the target; 0 if none does."""
    paths = [join(folder, name) for folder in above(f"{module}src") for name in _SETTINGS]
    texts = [tree.text(path) for path in paths if path in tree]
    if not any(_TARGET.search(_COMMENT.sub(" ", text)) for text in texts):
        return 0
    # A comment can only lower it: a glob such as "**/*.kt" may look like one.
    return min(int(level) for text in texts for level in _TARGET.findall(text))


def _repair(tree: Tree, path: str, wanted: str) -> Repair | None:
    prefix = _PREFIX.search(_XML_COMMENT.sub("", tree.text(path)))
    application = _application(tree, path)
    if prefix is None or application is None:
        return None
    repair = edit_xml(
        tree,
        path,
        lambda edits, root: edits.set_attribute(_application_of(root), f"{prefix[1]}:{CONFIG}", wanted),
    )
    return repair if repair is not None and _names(repair.content, wanted) else None


def _names(manifest: bytes, wanted: str) -> bool:
    """Whether a manifest is still well-formed, and names the file; the prefix may be that of another element."""
    try:
        root = parse_xml(decode(manifest)).root
    except SyntaxFaultError:
        return False
    return _config(_application_of(root)) == wanted


def _application_of(root: Element) -> Element:
    return next(child for child in root.children if child.name == "application")


WIRE: Final = Wire(
    id="android-manifest",
    formats=frozenset({"android-nsc"}),
    check=_check,
    covers=frozenset({"app/src/main/AndroidManifest.xml"}),
)
