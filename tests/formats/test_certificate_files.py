"""Targets that take certificates: safe file names, fingerprints, and no import."""

from __future__ import annotations

import hashlib
import json
from pathlib import PurePosixPath

import pytest
from hypothesis import given, strategies as st

from pinsmith.errors import ExportRefusedError, FormatError, UnknownFormatError
from pinsmith.formats import Exported, Format, capacitor, capacitor_certificates, cordova, export, recognise, smartface
from pinsmith.formats._certificate_files import file_name
from pinsmith.policy import HostPins, Key, Policy
from tests.formats.policy import BACKUP, LEAF, PLAIN, certificate, certificates, certified, pin

CERTIFIED = certified(PLAIN)
LEAF_KEY, BACKUP_KEY = CERTIFIED.hosts[0].keys
LEAF_FILE, BACKUP_FILE = "leaf-9f91161f", "standby-f8f8922d"
MARK = "// The pins here are written by pinsmith from pins.toml. Edit that file and run `pinsmith sync`.\n"
FILES = (cordova.FORMAT, capacitor_certificates.FORMAT, smartface.FORMAT)
ALL = (*FILES, capacitor.FORMAT)
ACCEPTED = {"accept-loss": ("standby-certificate-only",)}


def _made(target: Format, existing: str | None = None, **options: str) -> Exported:
    accepting = options | ACCEPTED
    return export(CERTIFIED, target, options=accepting, existing=existing, certificates=certificates(CERTIFIED))


def test_cordova_in_full() -> None:
    """The call is in the code, and the files of both keys are beside it."""
    made = _made(cordova.FORMAT)
    assert made.text == (
        f"{MARK}// Use the plugin for api.example.com only, because it trusts these certificates for every host.\n"
        f"// Files in www/certificates: {LEAF_FILE}.cer, {BACKUP_FILE}.cer\n"
        "document.addEventListener('deviceready', function () {\n"
        "  cordova.plugin.http.setServerTrustMode(\n"
        "    'pinned',\n"
        "    function () {},\n"
        "    function () {\n"
        "      throw new Error('the certificates could not be pinned, so no request may be sent');\n"
        "    }\n"
        "  );\n"
        "});\n"
    )
    assert made.attachments == {
        f"certificates/{LEAF_FILE}.cer": certificate(LEAF.name),
        f"certificates/{BACKUP_FILE}.cer": certificate(BACKUP.name),
    }


def test_smartface_in_full() -> None:
    """Chain and name are validated, although the platform's examples do not do that."""
    made = _made(smartface.FORMAT, folder="../assets")
    assert made.text == (
        f"{MARK}export const sslPinning = [\n"
        "  {\n"
        '    "host": "api.example.com",\n'
        '    "certificates": [\n'
        f'      "assets://{LEAF_FILE}.der",\n'
        f'      "assets://{BACKUP_FILE}.der"\n'
        "    ],\n"
        '    "validateCertificateChain": true,\n'
        '    "validateHost": true\n'
        "  }\n"
        "];\n"
    )
    assert list(made.attachments) == [f"../assets/{LEAF_FILE}.der", f"../assets/{BACKUP_FILE}.der"]


CONFIGURATION = """{
  "appId": "com.example.shop",
  "plugins": {
    "CapacitorHttp": {
      "enabled": false
    },
    "SSLPinning": {
      "fingerprint": "50:4B",
      "excludedDomains": ["https://stats.example.org"]
    },
    "SplashScreen": { "launchAutoHide": false }
  }
}
"""


def test_certificates_of_capacitor_are_put_where_they_belong() -> None:
    """CapacitorHttp is switched on, because other requests are not pinned; the rest of the configuration stays."""
    after = _made(capacitor_certificates.FORMAT, CONFIGURATION).text
    wanted = CONFIGURATION.replace('"enabled": false', '"enabled": true').replace(
        '.example.org"]\n',
        f'.example.org"],\n      "certs": [\n        "sslCerts/{LEAF_FILE}.cer",\n'
        f'        "sslCerts/{BACKUP_FILE}.cer"\n      ]\n',
    )
    assert after == wanted
    assert _made(capacitor_certificates.FORMAT, after).text == after


def test_fingerprints_of_capacitor_are_put_where_they_belong() -> None:
    """Fingerprints are of the whole certificate, and the old single one is removed."""
    after = _made(capacitor.FORMAT, CONFIGURATION).text
    pinning = json.loads(after)["plugins"]["SSLPinning"]
    digest = hashlib.sha256(certificate(LEAF.name)).hexdigest().upper()
    assert list(pinning) == ["excludedDomains", "fingerprints"]
    assert pinning["fingerprints"][0].replace(":", "") == digest
    assert len(pinning["fingerprints"][0]) == 95
    assert after.replace(after[after.index('    "SSLPinning"') : after.index('    "Splash')], "") == (
        CONFIGURATION.replace(
            CONFIGURATION[CONFIGURATION.index('    "SSLPinning"') : CONFIGURATION.index('    "Splash')], ""
        )
    )
    assert _made(capacitor.FORMAT, after).text == after


def test_a_new_configuration_holds_nothing_else() -> None:
    """A file without plugins gets a new section for them."""
    assert list(json.loads(_made(capacitor.FORMAT).text)) == ["plugins"]
    assert _made(capacitor.FORMAT, '{"appId": "a"}').text.startswith('{"appId": "a", "plugins": {"SSLPinning": ')


@pytest.mark.parametrize("target", [cordova.FORMAT, smartface.FORMAT], ids=lambda target: target.id)
def test_code_of_others_is_not_overwritten(target: Format) -> None:
    """The file belongs to pinsmith, or the output is refused."""
    with pytest.raises(FormatError, match="not written by pinsmith"):
        _made(target, "export const mine = 1;\n")


@pytest.mark.parametrize("target", ALL, ids=lambda target: target.id)
def test_a_key_without_a_certificate_is_refused(target: Format) -> None:
    """A pin is not enough to make a certificate."""
    with pytest.raises(ExportRefusedError):
        export(PLAIN, target)


@pytest.mark.parametrize("name", ["capacitor.config.json", "cordova.js", "sslPinning.ts"])
def test_a_file_without_keys_is_reported(name: str) -> None:
    """The error of an import describes the content of the file, and no pins are guessed."""
    target = {"capacitor.config.json": capacitor, "cordova.js": cordova, "sslPinning.ts": smartface}[name].FORMAT
    with pytest.raises(UnknownFormatError, match=f"{target.id} can only be written, because it contains "):
        recognise(_made(target).text.encode(), name)
    with pytest.raises(UnknownFormatError, match="capacitor can only be written"):
        recognise(b'{"plugins": {"CapacitorHttp": {"enabled": true}}}', "app/capacitor.config.json")


@given(name=st.text(min_size=1, max_size=60), suffix=st.sampled_from([".cer", ".der"]))
def test_no_name_of_a_key_leaves_the_folder(name: str, suffix: str) -> None:
    """Slashes, dots, blanks and quotes do not reach the name of a file."""
    file = file_name(Key(name, pin("x")), suffix)
    assert PurePosixPath(file).name == file
    assert file.isascii()
    assert set(file) <= set("abcdefghijklmnopqrstuvwxyz0123456789-.")
    assert file[0] != "."
    assert file.count(".") == 1


def test_keys_of_one_name_have_files_of_their_own() -> None:
    """The pin distinguishes such keys, and one key in two hosts has one file."""
    assert file_name(Key("a/b", pin("1")), ".cer") != file_name(Key("a b", pin("2")), ".cer")
    two = certified(Policy(tuple(HostPins(host, (LEAF, BACKUP)) for host in ("a.example.com", "b.example.com"))))
    assert len(export(two, smartface.FORMAT, options=ACCEPTED, certificates=certificates(two)).attachments) == 2
