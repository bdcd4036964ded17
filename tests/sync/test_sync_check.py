"""`pinsmith sync --check` in CI: a file of any kind that was edited by hand is found, and mended by the next sync."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from pinsmith.exit_code import ExitCode
from pinsmith.formats import LOSSES
from pinsmith.lab.pki.authority import Authority
from pinsmith.lab.pki.key import generate, private_pem
from pinsmith.pin import Pin
from tests.cli.support import run
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
    """Write a pin file with one output, and sync it; what there is then."""
    names = ("root",) if target.can.matches == "anchors" else ("leaf", "standby")
    (folder / ".git").mkdir()
    lines = ["version = 1"]
    for name in names:
        (folder / f"{name}.pem").write_text(CERTIFICATES[name].pem)
        lines += [f"[keys.{name}]", f'pin = "{CERTIFICATES[name].pin}"', f'role = "{ROLES[name]}"']
        lines += ['algorithm = "EC P-256"', f'certificate = "{name}.pem"']
    lines += ["[[host]]", f'name = "{HOST}"', f"keys = {_toml(names)}"]
    options: dict[str, Any] = {**dict(target.example_options), "accept-loss": tuple(LOSSES)}
    if target.id == "wultra":
        (folder / "signing-for-tests-only.pem").write_bytes(private_pem(generate("ec-p256")))
        options["signing-key"] = "signing-for-tests-only.pem"
    path = f"out/a{target.suffixes[0]}" if target.suffixes[0].startswith(".") else f"out/{target.suffixes[0]}"
    lines += ["[[output]]", f'format = "{target.id}"', f'path = "{path}"']
    lines += [f"{name} = {_toml(value)}" for name, value in options.items()]
    (folder / "pins.toml").write_text("".join(f"{line}\n" for line in lines))
    for name in ("out/www/certificates", "out/certificates", "out/sslCerts", "out/assets"):
        (folder / name).mkdir(parents=True)
    answer = run("sync")
    assert answer.code == ExitCode.OK, answer.stderr
    return {each: each.read_bytes() for each in sorted((folder / "out").rglob("*")) if each.is_file()}


def _spellings() -> Iterator[str]:
    """Yield all that a file may have of a key: its pin, its certificate's hash, and names that are made of them."""
    for each in CERTIFICATES.values():
        pin, fingerprint = Pin.parse(each.pin), hashlib.sha256(each.der)
        yield from (pin.base64, pin.hex, pin.hex.upper(), pin.hex[:8])
        yield from (base64.b64encode(fingerprint.digest()).decode(), fingerprint.digest().hex(":").upper())
        yield from each.pem.splitlines()[2:4]
        numbers = list(pin.digest)
        yield from (", ".join(f"0x{number:02x}" for number in numbers[:4]), ", ".join(map(str, numbers[:4])))


def _said(content: bytes) -> object:
    """Return what a file has of the keys, in any order: an edit in place may put one at the end."""
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return content
    return sorted(re.findall(r"[\w+/=:]+", text))


def _edited(content: bytes) -> bytes:
    """Change something of a key, as a slip of the finger does; if nothing of one is there, what names another file."""
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return content[:-1] + bytes([content[-1] ^ 1])
    for spelling in _spellings():
        if spelling in text:
            at = len(spelling) // 2
            other = "1" if spelling[at] != "1" else "2"
            return text.replace(spelling, f"{spelling[:at]}{other}{spelling[at + 1 :]}", 1).encode()
    assert "./pinned_network_security_config.xml" in text
    return text.replace("./pinned_network_security_config.xml", "./another.xml").encode()


@pytest.mark.parametrize("target", thinned(WRITERS, KEPT), ids=lambda each: each.id)
def test_a_slip_of_the_finger_in_any_file_fails_the_check(
    target: Format, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each file of each format, certificates too: the check fails and names the file; sync mends it with consent."""
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
            assert _said(path.read_bytes()) == _said(content)
        else:  # it is no such file any more, or names one that is not pinsmith's
            assert answer.code == ExitCode.BROKE
            path.write_bytes(content)
        assert run("sync", "--check").code == ExitCode.OK
