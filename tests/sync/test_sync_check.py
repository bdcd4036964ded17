"""`pinsmith sync --check` finds a file of any format that was edited by hand, and the next sync repairs it."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from pinsmith.exit_code import ExitCode
from pinsmith.formats import LOSSES
from pinsmith.lab.pki.authority import Authority
from pinsmith.lab.pki.key import generate, private_pem
from pinsmith.pin import Pin
from tests.cli.support import NOW, run
from tests.sync.writers import KEPT, WRITERS
from tests.thinned import thinned

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pinsmith.formats import Format
    from pinsmith.lab.pki.identity import Identity

HOST = "api.example.com"
ROOT = Authority.root()
LEAF, STANDBY = ROOT.issue(HOST), ROOT.issue(HOST)
CERTIFICATES: dict[str, Authority | Identity] = {"root": ROOT, "leaf": LEAF, "standby": STANDBY}
ROLES = {"root": "root", "leaf": "leaf", "standby": "leaf"}


def _toml(value: object) -> str:
    return json.dumps(list(value) if isinstance(value, tuple) else value)


def _written(target: Format, folder: Path) -> dict[Path, bytes]:
    """Write a pin file with one output, sync it, and return the files that exist then."""
    names = ("root",) if target.can.matches == "anchors" else ("leaf", "standby")
    (folder / ".git").mkdir()
    lines = ["version = 1"]
    for name in names:
        (folder / f"{name}.pem").write_text(CERTIFICATES[name].pem)
        lines += [f"[keys.{name}]", f'pin = "{CERTIFICATES[name].pin}"', f'role = "{ROLES[name]}"']
        lines += ['algorithm = "EC P-256"', f'certificate = "{name}.pem"']
    lines += ["[[host]]", f'name = "{HOST}"', f"keys = {_toml(names)}"]
    options: dict[str, Any] = {**dict(target.example_options), "accept-loss": tuple(LOSSES)}
    if target.signature is not None:
        signing = generate("ec-p256" if target.signature == "EC P-256" else "ed25519")
        (folder / "signing-for-tests-only.pem").write_bytes(private_pem(signing))
        options["signing-key"] = "signing-for-tests-only.pem"
    if "expires" in options:
        options["expires"] = str(NOW.date() + timedelta(days=30))
    path = f"out/a{target.suffixes[0]}" if target.suffixes[0].startswith(".") else f"out/{target.suffixes[0]}"
    lines += ["[[output]]", f'format = "{target.id}"', f'path = "{path}"']
    lines += [f"{name} = {_toml(value)}" for name, value in options.items()]
    (folder / "pins.toml").write_text("".join(f"{line}\n" for line in lines))
    for name in ("out/www/certificates", "out/certificates", "out/sslCerts", "out/assets"):
        (folder / name).mkdir(parents=True)
    answer = run("sync")
    assert answer.code == ExitCode.OK, answer.stderr
    return {path: path.read_bytes() for path in sorted((folder / "out").rglob("*")) if path.is_file()}


def _spellings() -> Iterator[str]:
    """Yield every form in which a file may contain a key: its pin, its certificate's hash, and names made of them."""
    for identity in CERTIFICATES.values():
        pin, fingerprint = Pin.parse(identity.pin), hashlib.sha256(identity.der)
        yield from (pin.base64, pin.hex, pin.hex.upper(), pin.hex[:8])
        yield from (base64.b64encode(fingerprint.digest()).decode(), fingerprint.digest().hex(":").upper())
        yield from identity.pem.splitlines()[2:4]
        numbers = list(pin.digest)
        yield from (", ".join(f"0x{number:02x}" for number in numbers[:4]), ", ".join(map(str, numbers[:4])))


def _words(content: bytes) -> object:
    """Return the words of a file in any order, because an edit in place may put a key at the end."""
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return content
    return sorted(re.findall(r"[\w+/=:]+", text))


def _edited(content: bytes) -> bytes:
    """Change one character of a key, as a typing error would; without a key, change the name of another file."""
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return content[:-1] + bytes([content[-1] ^ 1])
    for spelling in _spellings():
        if spelling in text:
            at = len(spelling) // 2
            other = "1" if spelling[at] != "1" else "2"
            return text.replace(spelling, f"{spelling[:at]}{other}{spelling[at + 1 :]}", 1).encode()
    if signed := re.search(r'": "[\w+/.=-]{100,}"', text):  # the pins are in a signed text in base64
        at = sum(signed.span()) // 2
        return f"{text[:at]}{'A' if text[at] != 'A' else 'B'}{text[at + 1 :]}".encode()
    assert "./pinned_network_security_config.xml" in text
    return text.replace("./pinned_network_security_config.xml", "./another.xml").encode()


@pytest.mark.parametrize("target", thinned(WRITERS, KEPT), ids=lambda target: target.id)
def test_a_typing_error_in_any_file_fails_the_check(
    target: Format, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After an error in any file of any format, certificates too, the check names that file, and sync repairs it."""
    monkeypatch.chdir(tmp_path)
    written = _written(target, tmp_path)
    assert written
    assert run("sync", "--check").code == ExitCode.OK
    for path, content in written.items():
        path.write_bytes(_edited(content))
        answer = run("sync", "--check")
        assert path.name in answer.stderr
        if answer.code == ExitCode.MISMATCH:
            assert run("sync", "--drop-foreign").code == ExitCode.OK
            assert _words(path.read_bytes()) == _words(content)
        else:  # the file is no longer valid, or names a file that pinsmith does not own
            assert answer.code == ExitCode.BROKE
            path.write_bytes(content)
        assert run("sync", "--check").code == ExitCode.OK
