"""From the patch that `pinsmith sync` prints into a pipe, git makes exactly the new files."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from pinsmith.lab.pki.authority import Authority
from pinsmith.sync.patch import git_patch, lines_for_people
from tests.cli.support import run

if TYPE_CHECKING:
    from pathlib import Path

DER, OTHER_DER = Authority.root().der, Authority.root().der
WIDE = "\ufeff<a>\n\tone\n</a>\n"
CASES: dict[str, tuple[str, bytes | None, bytes]] = {
    "a new file": ("a.xml", None, b"one\ntwo\n"),
    "tabs": ("a.plist", b"<dict>\n\t<key>a</key>\n</dict>\n", b"<dict>\n\t<key>b</key>\n\t\t<true/>\n</dict>\n"),
    "CRLF": ("a.xml", b"one\r\ntwo\r\nthree\r\n", b"one\r\n2\r\nthree\r\n"),
    "mixed ends": ("a.xml", b"one\r\ntwo\nthree\rfour\n", b"one\r\n2\nthree\r4\n"),
    "no end in the old": ("a.xml", b"one\ntwo", b"one\ntwo\n"),
    "no end in the new": ("a.xml", b"one\ntwo\n", b"one\n2"),
    "no end in both": ("a.xml", b"one\ntwo", b"1\ntwo"),
    "an empty old file": ("a.xml", b"", b"one\n"),
    "form feeds and more": ("a.py", "a\x0c\x1c\u2028b\n\x1b[31m\n".encode(), "a\x0c\x1c\u2028c\n\x1b[31m\n".encode()),
    "a mark": ("a.json", "\ufeff{}\n".encode(), '\ufeff{"a": "\u00e4"}\n'.encode()),
    "lines like heads": ("a.txt", b"-- a\n++ b\n@@\n", b"-- c\n++ b\n@@\n"),
    "a name with letters of the world": ("app/pr\u00fcfung/\u8bc1\u4e66.xml", b"one\n", b"two\n"),
    "a new name with letters of the world": ("app/pr\u00fcfung.xml", None, b"two\n"),
    "a name with blanks": ("my app/a b.xml", b"one\n", b"two\n"),
    "a new name with blanks": ("my app/a b.xml", None, b"two\n"),
    "a name with quotes and tabs": ('a "b"\tc\\d.xml', b"one\n", b"two\n"),
    "a new certificate": ("certificates/a.cer", None, DER),
    "another certificate": ("certificates/a.cer", DER, OTHER_DER),
    "a certificate with blanks in its name": ("my certificates/a b.cer", None, DER),
    "UTF-16": ("a.xml", WIDE.encode("utf-16-le"), WIDE.replace("one", "two").encode("utf-16-le")),
    "NUL": ("a.txt", b"a\0b\n", b"a\0c\n"),
}


def _git(folder: Path, *words: str, stdin: bytes = b"") -> None:
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "GIT_CONFIG_NOSYSTEM": "1"}
    done = subprocess.run(["git", *words], cwd=folder, input=stdin, capture_output=True, env=environment, check=False)  # noqa: S607 - the git of the machine
    assert done.returncode == 0, done.stderr.decode()


def _apply(folder: Path, name: str, before: bytes | None, after: bytes) -> bytes:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    if before is not None:
        path.write_bytes(before)
    elif path.exists():
        path.unlink()
    _git(folder, "apply", "--whitespace=nowarn", stdin=git_patch(name, before, after))
    return path.read_bytes()


@pytest.mark.parametrize("case", CASES)
def test_git_makes_the_new_file(case: str, tmp_path: Path) -> None:
    """For any content and any name, git makes the bytes that sync would write."""
    _git(tmp_path, "init", "--quiet")
    name, before, after = CASES[case]
    assert _apply(tmp_path, name, before, after) == after


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    before=st.lists(st.sampled_from([b"a", b"b\n", b"\n", b"\r\n", b"\r", b"\t", b"\xff", b"\0", b" ", b"\\"])),
    after=st.lists(st.sampled_from([b"a", b"b\n", b"\n", b"\r\n", b"\r", b"\t", b"\xff", b"\0", b" ", b"\\"])),
)
def test_git_makes_any_content(before: list[bytes], after: list[bytes], tmp_path: Path) -> None:
    """Git turns any content into any other, whether text or binary."""
    old, new = b"".join(before), b"".join(after) + b"."
    if old == new:
        return
    if not (tmp_path / ".git").exists():
        _git(tmp_path, "init", "--quiet")
    assert _apply(tmp_path, "file", old, new) == new


def test_the_output_of_sync_is_such_a_patch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A patch made below the top, with certificates, passes the check of git, and then all files are up to date."""
    _git(tmp_path, "init", "--quiet")
    app = tmp_path / "app"
    (app / "www" / "certificates").mkdir(parents=True)
    (app / "www" / "js").mkdir()
    monkeypatch.chdir(app)
    identity = Authority.root().issue("api.example.com")
    (app / "leaf.pem").write_text(identity.pem)
    (app / "pins.toml").write_text(
        f'version = 1\n[keys.leaf]\npin = "{identity.pin}"\nrole = "leaf"\ncertificate = "leaf.pem"\n'
        '[[host]]\nname = "api.example.com"\nkeys = ["leaf"]\n'
        '[[output]]\nformat = "cordova"\npath = "www/js/pins.cordova.js"\nfolder = "../certificates"\n'
    )
    answer = run("sync", "--check")
    assert "GIT binary patch" in answer.stdout
    _git(app, "apply", stdin=answer.stdout.encode())
    assert run("sync", "--check").stderr.startswith("pinsmith: ok: all 2 files are up to date with pins.toml")


def test_on_a_terminal_nothing_hostile_is_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Escape sequences of a file are escaped on a terminal, which would obey them, and not in a pipe."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".git").mkdir()
    (tmp_path / "pins.toml").write_text(
        'version = 1\n[keys.a]\npin = "sha256/ypeBEsobvcr6wjGzmiPcTaeG7/gUfE5yuYB3ha/uSLs="\nrole = "leaf"\n'
        '[[host]]\nname = "api.example.com"\nkeys = ["a"]\n[[output]]\nformat = "curl"\npath = "a.curlrc"\n'
    )
    (tmp_path / "a.curlrc").write_text("# \x1b[31mred\t\n")
    assert "\\x1b[31mred\\t" in run("sync", "--check", tty=True).stdout
    assert "\x1b[31mred\t\n" in run("sync", "--check").stdout


def test_people_are_spared_bytes() -> None:
    """A certificate is shown as one line instead of bytes, and a new file has no old side."""
    assert list(lines_for_people("a.cer", None, DER)) == ["Binary files /dev/null and b/a.cer differ"]
