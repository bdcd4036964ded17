"""The files of a package, recognised by their first bytes, and searched for texts, libraries and certificates."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from pinsmith import limit
from pinsmith._clean import clean
from pinsmith.audit.packages import _libraries as library
from pinsmith.audit.packages._arsc import Table
from pinsmith.audit.packages._axml import is_axml
from pinsmith.audit.packages._dex import calls, defined, is_dex
from pinsmith.audit.packages._hermes import is_hermes, strings
from pinsmith.audit.packages._macho import HEAD, is_encrypted, is_macho, loaded
from pinsmith.audit.packages._scan import Findings
from pinsmith.audit.packages._value import Embedded, Package
from pinsmith.errors import FormatError, MaterialError
from pinsmith.material import read_material

if TYPE_CHECKING:
    from collections.abc import Container

    from pinsmith.audit.packages._archive import Archive
    from pinsmith.audit.packages._declared import Declarations
    from pinsmith.audit.packages._value import Bundle, Library, Platform

_FIRST: Final = 64
_MAX_CERTIFICATE: Final = 2**20
_MAX_CODES: Final = 500
_ELF: Final = b"\x7fELF"
_ZIP: Final = b"PK\3\4"
_CODE: Final = b"classes.dex"
_DER: Final = b"\x30\x82"
_PEM: Final = b"-----BEGIN "
_CERTIFICATE: Final = b"-----BEGIN CERTIFICATE-----"
_ABIS: Final = ("arm64-v8a", "armeabi-v7a", "armeabi", "x86_64", "x86")  # a phone takes the first that it can run
_LIBRARY: Final = re.compile(r"(?:.*/)?lib/([^/]+)/[^/]+\.so")
_SCRIPT: Final = re.compile(r".*(?:\.bundle|\.jsbundle|\.m?js|\.hbc)")
_CERTIFICATES: Final = re.compile(r".*\.(?:pem|crt|cer|der|p7b)", re.IGNORECASE)
_KEY_STORE: Final = re.compile(r".*\.(?:bks|jks|keystore|p12|pfx)", re.IGNORECASE)
_DART: Final = re.compile(r"(?:.*/)?(?:libapp\.so|App\.framework/App)")
_TABLE: Final = "resources.arsc"
_BUNDLE: Final = "BundleConfig.pb"
_COMPILED: Final = re.compile(r"[^/]+/(?:res/(?!raw/)[^/]+/[^/]+|manifest/AndroidManifest)\.xml")
# They contain no text that a program reads; the signature of the package has certificates of the developer.
_SKIPPED: Final = re.compile(
    r".*\.(?:png|jpe?g|gif|webp|avif|heic|ico|svg|mp[34]|m4a|aac|ogg|opus|wav|webm|ttf|otf|woff2?|car|nib|storyboardc"
    r"|lproj/.*|tflite|mlmodelc/.*|pak|prof|profm|kotlin_builtins|dm)|META-INF/[^/]+|.*/_CodeSignature/.*"
    r"|(?:.*/)?embedded\.mobileprovision|.*/SC_Info/.*",
    re.IGNORECASE,
)


class Contents(Findings):
    """
    What all files of a package contain.

    Args:
        wanted: The names of classes to look for.

    Attributes:
        certificates: The certificates, by place and pin.
        classes: The classes that its code defines, of those that are wanted; None before the first code.
        loaded: The names of the frameworks that each program for iOS loads, by its place.
    """

    def __init__(self, wanted: Container[str] = ()) -> None:
        super().__init__()
        self._wanted = wanted
        self._codes = 0
        self._is_pinner_called = False
        self.certificates: dict[tuple[str, str], Embedded] = {}
        self.classes: set[str] | None = None
        self.loaded: dict[str, frozenset[str]] = {}

    def add(self, archive: Archive, *, opens_apks: bool = False) -> None:
        """
        Search the files of an archive.

        Args:
            archive: The archive.

            opens_apks: Whether the APKs in it are searched as archives of their own.

        Raises:
            FormatError: If the archive is damaged, hostile or too large.
        """
        abi = _abi(archive)
        for path, size in archive.sizes.items():
            place = archive.inside + path
            for pattern, sign in library.FILES:
                if pattern.fullmatch(path):
                    self.add_library(sign, place)
            if library.PACKERS.fullmatch(path):
                self.hide(place, "it belongs to a product that encrypts the code of an app")
            if _KEY_STORE.fullmatch(path):
                self.hide(place, "it is a key store, whose certificates pinsmith does not read")
            native = _LIBRARY.fullmatch(path)
            if opens_apks and path.endswith(".apk"):
                continue
            if size and not _SKIPPED.fullmatch(path) and (native is None or native[1] == abi):
                self._file(archive, path, size, place)

    def package(
        self,
        declarations: Declarations,
        *,
        file: str,
        platform: Platform,
        name: str,
        version: str,
        oldest: str = "",
        bundles: tuple[Bundle, ...] = (),
    ) -> Package:
        """Put together what is declared and what was found. A declared pin is not repeated as a text of its file."""
        declared = {(pin, found.place) for found in declarations.declared for pin in found.pins}
        return Package(
            file=file,
            platform=platform,
            name=clean(name),
            version=clean(version),
            oldest=clean(oldest),
            declared=tuple(declarations.declared),
            notes=tuple(declarations.notes),
            libraries=tuple(self._used(found) for found in self.libraries.values()),
            strings=tuple(found for key, found in self.strings.items() if key not in declared),
            hosts=tuple(self.hosts.values()),
            certificates=tuple(self.certificates.values()),
            opaque=tuple(replace(part, reason=clean(part.reason)) for part in (*declarations.opaque, *self.opaque)),
            bundles=bundles,
        )

    def _used(self, found: Library) -> Library:
        if found.name != library.PINNER.name:
            return found
        # If its names are obfuscated, so are those of its calls.
        is_known = self._is_pinner_called or found.evidence == library.PINNER.text
        return replace(found, is_called=self._is_pinner_called if is_known else None)

    def _file(self, archive: Archive, path: str, size: int, place: str) -> None:
        head = archive.at(path, 0, _FIRST)
        if is_axml(head) or (_BUNDLE in archive and _COMPILED.fullmatch(path)):
            return  # layouts and the like; what declares pins is read elsewhere
        if is_dex(head):
            self._code(archive.read(path), path, place, archive.place(path))
        elif is_hermes(head):
            self._bundle(archive.read(path), place, archive.place(path))
        elif is_macho(head):
            self._program(archive, path, place)
        elif head.startswith(_ELF):
            self.scan(archive.chunks(path), place, _signs(path, library.NATIVE))
        elif head.startswith(_ZIP):
            if any(_CODE in piece for piece in archive.chunks(path)):
                self.hide(place, "it is an archive with code that the app loads while it runs")
        elif path == _TABLE:
            self._table(archive.read(path), place, archive.place(path))
        else:
            if size <= _MAX_CERTIFICATE and (head.startswith(_DER) or _PEM in head or _CERTIFICATES.fullmatch(path)):
                self._certificate(archive.read(path), place)
            self.scan(archive.chunks(path), place, library.SCRIPT if _SCRIPT.fullmatch(path) else ())

    def _table(self, content: bytes, place: str, name: str) -> None:
        pool = Table(content, name).pool
        if pool is not None:
            self.scan([pool.octets], place)

    def _code(self, content: bytes, path: str, place: str, name: str) -> None:
        self._codes += 1
        if self._codes > _MAX_CODES:
            raise FormatError(f"the package has more than {_MAX_CODES} files of code", file=name)
        if "assets/" in path:
            self.hide(place, "it is code that the app loads while it runs")
        self.classes = self.classes or set()
        self.classes |= defined(content, self._wanted, name)
        self.scan([content], place, library.DEX, is_ordered=False)
        if calls(content, *library.PINNER_CALL, name):
            self._is_pinner_called = True

    def _bundle(self, content: bytes, place: str, name: str) -> None:
        try:
            self.scan(strings(content, name), place, library.SCRIPT)
        except FormatError as error:
            self.hide(place, f"its strings cannot be read: {error.problem}")

    def _program(self, archive: Archive, path: str, place: str) -> None:
        name = archive.place(path)

        def at(offset: int, size: int) -> bytes:
            return archive.at(path, offset, size)

        try:
            if is_encrypted(head := at(0, HEAD), at, name):
                self.hide(place, "its code is encrypted, as the App Store delivers it")
            self.loaded[place] = loaded(head, at, name)
        except FormatError as error:
            self.hide(place, error.problem)
        self.scan(archive.chunks(path), place, _signs(path, library.MACHO))

    def _certificate(self, content: bytes, place: str) -> None:
        if content.startswith(_PEM) and _CERTIFICATE not in content:
            return
        try:
            found = read_material(content)
        except MaterialError:
            return
        for item in found:
            key = (place, str(item.pin))
            if item.certificate is not None and len(self.certificates) < limit.MAX_HOSTS:
                self.certificates.setdefault(key, Embedded(item.pin, item.subject, item.names, place))


def _signs(path: str, usual: tuple[library.Sign, ...]) -> tuple[library.Sign, ...]:
    """Return the signs to look for in a program. What its path identifies contains a BoringSSL of its own."""
    if _DART.fullmatch(path):
        return library.DART
    is_known = any(pattern.fullmatch(path) for pattern, _ in library.FILES)
    return tuple(sign for sign in usual if not is_known or sign is not library.OPENSSL)


def _abi(archive: Archive) -> str | None:
    """Return the kind of processor whose libraries are searched; those of the others have the same source."""
    found = {match[1] for path in archive.sizes if (match := _LIBRARY.fullmatch(path))}
    return next((abi for abi in _ABIS if abi in found), min(found, default=None))
