"""Pins, hosts, libraries and certificates in the files of a package, and the parts that hide an answer."""

from __future__ import annotations

import base64
import tracemalloc
from typing import TYPE_CHECKING

import pytest

from pinsmith import limit
from pinsmith.audit import packages
from pinsmith.errors import FormatError
from tests.audit.packages.android import NAMED, NSC, PATH, TABLE, VERSION, apk, arsc, axml, dex, manifest
from tests.audit.packages.make import PINNED, PINS, archive, fat, hermes, ipa, macho, saved
from tests.formats.policy import certificate, pin

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pinsmith.audit.packages import Package

URL = "https://api.example.com/v1/login"
FULL = f"sha256/{PINS[0]}"
MAP = f'{{"api.example.com": ["{FULL}"]}}'
FLUTTER = "lib/arm64-v8a/libapp.so"
BUNDLE = "assets/index.android.bundle"


def _android(folder: Path, files: Mapping[str, bytes | str], application: str = "") -> Package:
    return packages.read(saved(folder, apk(application, files)))


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("classes2.dex", dex([FULL, URL])),
        (FLUTTER, b"\x7fELF" + bytes(60) + FULL.encode() + b"\0" * 9 + URL.encode() + b"\0"),
        (BUNDLE, f"var a={MAP};fetch('{URL}')".encode()),
        (BUNDLE, hermes(["x", FULL, URL, "y" * 300])),
        (BUNDLE, hermes(["x" * 300, FULL, f"é {URL}"], function=16)),
        ("res/raw/config.json", f'{{"url": "{URL}", "pin": "{FULL}"}}'.encode()),
    ],
    ids=["code", "Flutter", "script", "Hermes", "older Hermes", "raw file"],
)
def test_pins_and_hosts_are_found_in(tmp_path: Path, path: str, content: bytes) -> None:
    """A pin and a host are found in every kind of file, once, and prove nothing."""
    found = _android(tmp_path, {path: content})
    assert [(text.pin.base64, text.style, text.place) for text in found.strings] == [(PINS[0], "sha256/", path)]
    assert [(host.host, host.url, host.place) for host in found.hosts] == [("api.example.com", URL, path)]
    assert (found.declared, found.opaque) == ((), ())


@pytest.mark.parametrize("before", [2**20 - 1024 - 3, 2**20 - 1024 - 60, 2**20 - 60, 2**20 - 2, 2**20])
def test_texts_between_two_pieces_are_found(tmp_path: Path, before: int) -> None:
    """A file is read in pieces, and a text in two of them is found once."""
    content = b" " * before + URL.encode() + b" " + FULL.encode() + b"\n" + b" " * 2**20
    found = _android(tmp_path, {"assets/a": content})
    assert [host.url for host in found.hosts] == [URL]
    assert [(text.pin.base64, text.near) for text in found.strings] == [(PINS[0], ("api.example.com",))]


def test_one_kind_of_processor_is_enough(tmp_path: Path) -> None:
    """The libraries of the kind that most phones have are searched, because those of the others say the same."""
    urls = {abi: b"\x7fELF https://%s.example.com/ " % abi.encode() for abi in ("x86", "arm64-v8a", "armeabi-v7a")}
    found = _android(tmp_path, {f"lib/{abi}/liba.so": content for abi, content in urls.items()})
    assert [host.host for host in found.hosts] == ["arm64-v8a.example.com"]


@pytest.mark.parametrize("wide", [False, True], ids=["UTF-8", "UTF-16"])
def test_pins_in_resources_are_found(tmp_path: Path, *, wide: bool) -> None:
    """The strings of the table of resources are searched in both of their encodings."""
    table = arsc({**TABLE, VERSION: [FULL], VERSION + 1: [URL]}, wide=wide)
    files = {"AndroidManifest.xml": axml(manifest()), "resources.arsc": table, "classes.dex": dex()}
    found = packages.read(saved(tmp_path, archive(files)))
    assert [text.pin.base64 for text in found.strings] == [PINS[0]]
    assert [host.url for host in found.hosts] == [URL]


def test_base64_counts_near_a_host_only(tmp_path: Path) -> None:
    """Base64 of 32 bytes may be a pin if a host stands close to it; in code, texts are sorted and never count."""
    near = f'{{"api.example.com":["{PINS[0]}"],"x":"{PINS[1]}"}}'.encode()
    far = f'{{"api.example.com":1,"a":"{" " * 900}","x":"{PINS[1]}"}}'.encode()
    found = _android(tmp_path, {"assets/near.json": near, "assets/far.json": far, "classes2.dex": dex([PINS[1], URL])})
    assert {(text.pin.base64, text.style, text.place) for text in found.strings} == {
        (PINS[0], "bare base64", "assets/near.json"),
        (PINS[1], "bare base64", "assets/near.json"),
    }
    assert found.strings[0].near == ("api.example.com",)


@pytest.mark.parametrize(
    "text",
    [
        f"sha256/{PINS[0][:-1]}",
        f"sha256/{PINS[0]}A",
        f"sha256/{PINS[0][:-2]}B=",
        base64.b64encode(b"x" * 64).decode(),
        "https://localhost/",
        "http://schemas.android.com/apk",
        "https://${host}.example.com/",
        "https://%s.example.com/",
        "ftp://files.example.com/",
        "x://a.example.com/",
        "http://www.apple.com/DTDs/PropertyList-1.0.dtd",
    ],
)
def test_other_texts_are_not_pins_and_not_hosts(tmp_path: Path, text: str) -> None:
    """A digest of another length, stray bits, placeholders and vocabularies of XML are passed over."""
    found = _android(tmp_path, {"assets/a.js": f'"x.example.com" "{text}"'})
    assert (found.strings, found.hosts) == ((), ())


@pytest.mark.parametrize(
    ("path", "content", "name", "own_stack"),
    [
        ("classes.dex", dex(["Lokhttp3/CertificatePinner;"]), "OkHttp CertificatePinner", False),
        ("classes.dex", dex(["Certificate pinning failure!"]), "OkHttp CertificatePinner", False),
        ("classes.dex", dex(["Lcom/datatheorem/android/trustkit/TrustKit;"]), "TrustKit", False),
        ("classes.dex", dex(["Lorg/chromium/net/CronetEngine$Builder;"]), "Cronet", True),
        (BUNDLE, "a.SslPublicKeyPinning.b", "react-native-ssl-public-key-pinning", False),
        (BUNDLE, hermes(["RNSslPinning"]), "react-native-ssl-pinning", False),
        ("lib/arm64-v8a/libflutter.so", b"\x7fELF ../ssl/ssl_lib.cc", "Flutter", True),
        ("lib/arm64-v8a/libnet.so", b"\x7fELF ssl/ssl_lib.c", "OpenSSL or BoringSSL", True),
        (FLUTTER, b"\x7fELF package:http_certificate_pinning/a.dart", "http_certificate_pinning", False),
    ],
)
def test_libraries_are_found(tmp_path: Path, path: str, content: bytes | str, name: str, *, own_stack: bool) -> None:
    """A library is known by what only it contains, and so are network stacks that ignore declarations."""
    (library,) = _android(tmp_path, {"classes.dex": dex(), path: content}).libraries
    assert (library.name, library.own_stack, library.place) == (name, own_stack, path)


CALL = b"\x6e\x30\0\0\x21\x43"


@pytest.mark.parametrize(
    ("code", "is_called"),
    [
        (CALL, True),
        (b"\x74\x03\0\0\1\0", True),
        (b"", False),
        (b"\x6e\x20\0\0\x21\0", False),
        (b"\x6e\x30\1\0\x21\x43", False),
        (b"\0" + CALL + b"\0", False),
    ],
    ids=["a call", "a call of a range", "no code", "two arguments", "another method", "not an instruction"],
)
def test_whether_okhttp_is_called_is_known(tmp_path: Path, code: bytes, *, is_called: bool) -> None:
    """Every OkHttp contains its pinner, so the library says whether a pin is ever added."""
    method = ("okhttp3.CertificatePinner$Builder", "add")
    content = dex(["Lokhttp3/CertificatePinner;"], ("com.example.shop.Main",), method, code)
    assert [library.is_called for library in _android(tmp_path, {"classes.dex": content}).libraries] == [is_called]


def test_whether_obfuscated_okhttp_is_called_is_not_known(tmp_path: Path) -> None:
    """If the names of OkHttp are obfuscated, so are the names of its calls."""
    content = dex(["Certificate pinning failure!"])
    assert [library.is_called for library in _android(tmp_path, {"classes.dex": content}).libraries] == [None]


def test_an_app_without_any_sign_has_none(tmp_path: Path) -> None:
    """An app that pins nothing has no sign of pinning, and hides nothing."""
    found = _android(tmp_path, {"assets/a.txt": "hello"})
    assert (found.declared, found.libraries, found.strings, found.hosts, found.certificates, found.opaque) == (
        (),
        (),
        (),
        (),
        (),
        (),
    )


def test_certificates_are_found_in_both_encodings(tmp_path: Path) -> None:
    """Certificates are found by their content, in DER and in PEM, and another file is not one."""
    der = certificate("leaf")
    pem = b"-----BEGIN CERTIFICATE-----\n" + base64.encodebytes(der) + b"-----END CERTIFICATE-----\n"
    files = {"assets/a.bin": der, "res/raw/ca.pem": b"# our authority\n" + pem, "assets/b.cer": b"\x30\x82nothing"}
    found = _android(tmp_path, files)
    assert [item.place for item in found.certificates] == ["assets/a.bin", "res/raw/ca.pem"]
    assert len({item.pin for item in found.certificates}) == 1


OPAQUE: dict[str, tuple[Mapping[str, bytes | str], str, str]] = {
    "a packer": ({"lib/arm64-v8a/libjiagu.so": b"\x7fELF"}, "lib/arm64-v8a/libjiagu.so", "encrypts the code"),
    "code among the assets": ({"assets/a.bin": dex()}, "assets/a.bin", "code that the app loads while it runs"),
    "an archive of code": ({"assets/a.zip": archive({"classes.dex": b""})}, "assets/a.zip", "an archive with code"),
    "a key store": ({"assets/trust.bks": b"\0\0\0\2"}, "assets/trust.bks", "key store"),
    "a new Hermes": ({BUNDLE: hermes(["a"], function=20)}, BUNDLE, "does not know this version of Hermes"),
    "a string outside of Hermes": (
        {BUNDLE: hermes(["a" * 10, "b" * 7]).replace(b"\x14\0\0\7", b"\x14\0\0\x08")},
        BUNDLE,
        "a damaged bundle of Hermes",
    ),
    "a damaged Hermes": ({BUNDLE: hermes(["a" * 300])[:-20]}, BUNDLE, "a damaged bundle of Hermes"),
}


@pytest.mark.parametrize("what", OPAQUE)
def test_hidden_parts_are_told(tmp_path: Path, what: str) -> None:
    """A part that can hide pins is listed with the reason, so that an answer is not taken for a no."""
    files, place, reason = OPAQUE[what]
    (part,) = _android(tmp_path, files).opaque
    assert part.place == place
    assert reason in part.reason


def test_an_archive_of_anything_else_hides_nothing(tmp_path: Path) -> None:
    """An archive without code, such as one of pictures, is no reason to know less."""
    assert _android(tmp_path, {"assets/a.zip": archive({"a.png": b""})}).opaque == ()


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ({"classes.dex": dex(classes=("com.stub.Loader",))}, "it is packed, or loaded later"),
        ({"classes.dex": b""}, "the package has no code"),
    ],
    ids=["a stub", "no code"],
)
def test_an_app_without_its_own_code_cannot_be_told(tmp_path: Path, code: dict[str, bytes], reason: str) -> None:
    """If the classes that Android starts are not in the package, the code is elsewhere."""
    inner = '<activity android:name=".Main"/><service android:name="com.example.shop.Sync"/>'
    files = {"AndroidManifest.xml": axml(manifest('android:name=".App"', inner)), **code}
    (part,) = packages.read(saved(tmp_path, archive(files))).opaque
    assert part.place == "AndroidManifest.xml"
    assert reason in part.reason
    whole = dex(classes=("com.example.shop.App", "com.example.shop.Main"))
    assert packages.read(saved(tmp_path, archive({**files, "classes.dex": whole}))).opaque == ()


def test_an_app_for_ios_is_searched(tmp_path: Path) -> None:
    """The program, frameworks and scripts of an app for iOS are searched; a declared pin is not listed twice."""
    files = {
        "Shop": macho(b"TSKPinningValidator\0" + FULL.encode() + b"\0" + URL.encode() + b"\0"),
        "Frameworks/App.framework/App": fat(macho(), macho(b"https://other.example.com\0")),
        "main.jsbundle": hermes(["https://third.example.com/"]),
    }
    found = packages.read(saved(tmp_path, ipa(PINNED, files)))
    assert [(text.pin, text.place) for text in found.strings] == [(pin("app"), "Payload/Shop.app/Shop")]
    assert [host.host for host in found.hosts] == ["api.example.com", "other.example.com", "third.example.com"]
    assert [library.name for library in found.libraries] == ["TrustKit"]
    assert found.opaque == ()


@pytest.mark.parametrize(
    ("program", "reason"),
    [
        (macho(encrypted=True), "its code is encrypted"),
        (fat(macho(), macho(encrypted=True)), "its code is encrypted"),
        (macho(encrypted=True, others=5_000), "its code is encrypted"),
        (macho()[:40], "it is a damaged program"),
        (fat(macho())[:40], "it is a damaged program"),
    ],
)
def test_a_program_that_cannot_be_read_hides_its_pins(tmp_path: Path, program: bytes, reason: str) -> None:
    """A program from the App Store is encrypted, so it is unknown what it contains."""
    (part,) = packages.read(saved(tmp_path, ipa(files={"Shop": program}))).opaque
    assert (part.place, reason in part.reason) == ("Payload/Shop.app/Shop", True)


def test_a_short_file_that_begins_as_a_program_is_not_one(tmp_path: Path) -> None:
    """Files that end in the header of some kind of file, and classes of Java, hide nothing."""
    heads = (b"\xca\xfe\xba\xbe\0\0\0", b"\xca\xfe\xba\xbe\0\0\0\x34", b"\x7fELF", b"PK\3\4", b"\x30\x82", b"-")
    files = {f"{number}.bin": head for number, head in enumerate(heads)}
    assert packages.read(saved(tmp_path, ipa(files=files))).opaque == ()


def test_a_configuration_of_trustkit_is_evidence(tmp_path: Path) -> None:
    """TrustKit in the list of properties is a library, whose pins are texts."""
    keys = {"TSKConfiguration": {"TSKPinnedDomains": {"api.example.com": {"TSKPublicKeyHashes": list(PINS)}}}}
    found = packages.read(saved(tmp_path, ipa(keys)))
    assert [library.evidence for library in found.libraries] == ["TSKConfiguration"]
    assert {text.pin.base64 for text in found.strings} == set(PINS)


def test_declared_pins_of_android_are_not_repeated(tmp_path: Path) -> None:
    """A compiled XML file is read by its reader, and not searched."""
    found = _android(tmp_path, {PATH: axml(NSC)}, NAMED)
    assert (len(found.declared), found.strings) == (1, ())


def test_the_contents_have_a_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files that are larger than the limit together are refused, and a large file takes little memory."""
    files = {f"assets/{number}.txt": b" " * 30_000_000 for number in range(2)}
    path = saved(tmp_path, apk(files=files))
    tracemalloc.start()
    packages.read(path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 12_000_000
    monkeypatch.setattr(limit, "MAX_PACKAGE_CONTENT", 50_000_000)
    with pytest.raises(FormatError, match="its files are too large together"):
        packages.read(path)


def test_texts_have_a_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A package with more hosts than a pin file may hold is read, and says that hosts are missing."""
    monkeypatch.setattr("pinsmith.audit.packages._scan.MAX_HOSTS", 3)
    text = " ".join(f"https://h{number}.example.com/" for number in range(5))
    found = _android(tmp_path, {"assets/a.txt": text})
    assert len(found.hosts) == 3
    assert [part.reason for part in found.opaque] == [
        "the package has more than 3 such texts, and the others are not listed"
    ]
