"""``rotate request``: which requests are refused, and that each script orders with the request and then deploys."""

from __future__ import annotations

import base64
import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from ruamel.yaml import YAML

from pinsmith.renewal.scripts import SCRIPTS
from pinsmith.rotation.standby_key import generate
from tests.cli.support import run

if TYPE_CHECKING:
    from pathlib import Path

HOST = "api.example.com"
STANDBY, OTHER = generate(), generate()
PIN_FILE = f"""\
version = 1
[keys.api-2026]
pin = "{OTHER.pin}"
role = "leaf"
[keys.api-standby]
pin = "{STANDBY.pin}"
role = "leaf"
standby = true
[[host]]
name = "{HOST}"
keys = ["api-2026", "api-standby"]
"""
# Stands for each of the tools and for pinsmith: logs its words, writes the certificate where the tool would, and copies
# the certificate that pinsmith gets.
STUB = """\
#!{python}
import pathlib, sys
program, words, folder = pathlib.Path(sys.argv[0]).name, sys.argv[1:], pathlib.Path({folder!r})
with (folder / "log").open("a") as log:
    print(program, *words, sep="|", file=log)
places = {{"certbot": "--fullchain-path", "acme.sh": "--fullchain-file"}}
if program == "pinsmith":
    (folder / "deployed").write_text(pathlib.Path(words[words.index("--certificate") + 1]).read_text())
elif program in places and places[program] in words:
    pathlib.Path(words[words.index(places[program]) + 1]).write_text("CERTIFICATE")
elif program == "lego":
    import os
    certificates = pathlib.Path(os.environ["LEGO_PATH"], "certificates")
    certificates.mkdir(exist_ok=True)
    (certificates / (words[words.index("--cert.name") + 1] + ".crt")).write_text("CERTIFICATE")
elif program == "step":
    pathlib.Path(words[-1]).write_text("CERTIFICATE")
elif program == "kubectl" and words[0] == "create" and "-f" in words:
    (folder / "manifest.yaml").write_text(sys.stdin.read())
    print("certificaterequest.cert-manager.io/api")
elif program == "kubectl" and words[0] == "get":
    import base64
    print(base64.b64encode(b"CERTIFICATE").decode(), end="")
elif program == "kubectl" and words[0] == "apply":
    (folder / "applied").write_text(sys.stdin.read())
elif program == "kubectl" and "--dry-run=client" in words:
    print("kind: Secret")
"""
IN_FILE = ("--key", "the keys'/standby.key", "--key-to", "chain.key")
WORDS = {"cert-manager": ("our-ca", "ClusterIssuer", "api-tls")}


@pytest.fixture
def project(here: Path) -> Path:
    """Write a pin file, and the request of its standby key in a folder whose name needs quotation."""
    (here / "pins.toml").write_text(PIN_FILE)
    (here / "the keys'").mkdir()
    (here / "the keys'" / "standby.csr").write_bytes(STANDBY.request_pem([HOST]))
    return here


def _script(folder: Path, tool: str, key: tuple[str, ...]) -> str:
    files = ("--request", folder / "the keys'" / "standby.csr", "--certificate-to", "chain.pem")
    printed = run("rotate", "request", HOST, "--with", tool, *files, *key, "--reload", "nginx -s reload")
    assert (printed.code, printed.stderr) == (0, ""), printed
    return printed.stdout


def _run(folder: Path, tool: str, key: tuple[str, ...] = IN_FILE) -> list[list[str]]:
    """Run the script for *tool* with programs that only log; return their words."""
    programs = folder / "programs"
    programs.mkdir(exist_ok=True)
    for name in ("pinsmith", "certbot", "lego", "acme.sh", "step", "kubectl"):
        (programs / name).write_text(STUB.format(python=sys.executable, folder=str(folder)))
        (programs / name).chmod(0o755)
    path = folder / "renew.sh"
    path.write_text(_script(folder, tool, key))
    variables = {"PATH": f"{programs}:{os.environ['PATH']}", "LEGO_PATH": str(folder), "ACME_SH_FOLDER": str(folder)}
    words = WORDS.get(tool, ("--webroot", "web root"))
    done = subprocess.run(["/bin/sh", path, *words], env=variables, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return [line.split("|") for line in (folder / "log").read_text().splitlines()]


@pytest.mark.skipif(os.name == "nt", reason="not on Windows, which has no sh")
@pytest.mark.parametrize("tool", [script.id for script in SCRIPTS])
def test_a_script_orders_with_the_request_and_deploys_the_answer(tool: str, project: Path) -> None:
    """The tool gets the request and the arguments of the script; pinsmith gets the certificate, and all paths whole."""
    first, *others = _run(project, tool)
    (asked,) = (words for words in others if words[0] == "pinsmith")
    assert (project / "deployed").read_text() == "CERTIFICATE"
    assert asked[asked.index("--file") + 1] == str(project / "pins.toml")
    if tool == "cert-manager":
        manifest = YAML(typ="safe").load((project / "manifest.yaml").read_text())
        assert base64.b64decode(manifest["spec"]["request"]) == (project / "the keys'" / "standby.csr").read_bytes()
        assert manifest["spec"]["issuerRef"] == {"group": "cert-manager.io", "kind": "ClusterIssuer", "name": "our-ca"}
        assert (project / "applied").read_text() == "kind: Secret\n"
    else:
        assert str(project / "the keys'" / "standby.csr") in first
        assert first[first.index("--webroot") + 1] == "web root"
    assert asked[1:3] == ["rotate", "deploy"]
    assert asked[asked.index("--key") + 1] == str(project / "the keys'" / "standby.key")
    assert asked[asked.index("--reload") + 1] == "nginx -s reload"


@pytest.mark.skipif(os.name == "nt", reason="not on Windows, which has no sh")
@pytest.mark.parametrize("tool", [script.id for script in SCRIPTS if not script.copies_key])
def test_a_key_that_stays_where_it_is_reaches_the_deployment(tool: str, project: Path) -> None:
    """The script names the token, or the command with its whole path, and no file of a key; nor has it a PIN."""
    uri = "pkcs11:token=the%20vault;object=api?module-path=/usr/lib/softhsm/libsofthsm2.so"
    asked = _run(project, tool, ("--key", uri, "--password-file", "the pin"))[-1]
    assert asked[asked.index("--key") + 1] == uri
    assert asked[asked.index("--password-file") + 1] == str(project / "the pin")
    assert not {"--key-to", "--command", "--timeout"} & set(asked)
    asked = _run(project, tool, ("--command", "./sign.sh 'my key'", "--timeout", "30"))[-1]
    assert asked[asked.index("--command") + 1] == f"{project / 'sign.sh'} 'my key'"
    assert asked[asked.index("--timeout") + 1] == "30"
    assert not {"--key-to", "--key"} & set(asked)


def test_a_tool_that_copies_the_key_needs_a_file(project: Path) -> None:
    """A secret of Kubernetes contains the private key, which does not leave a token."""
    files = ("--request", project / "the keys'" / "standby.csr", "--certificate-to", "chain.pem")
    refused = run("rotate", "request", HOST, "--with", "cert-manager", *files, "--command", "./sign")
    assert (refused.code, refused.stdout) == (2, "")
    assert "gets a copy of the private key" in refused.stderr


@pytest.mark.skipif(os.name == "nt", reason="not on Windows, which has no sh")
def test_acme_sh_gets_the_request_once_and_then_renews(project: Path) -> None:
    """The second run of the script asks acme.sh for what is due, and deploys again."""
    _run(project, "acme-sh")
    words = [words[:2] for words in _run(project, "acme-sh")]
    assert words == [["acme.sh", "--sign-csr"], ["pinsmith", "rotate"], ["acme.sh", "--cron"], ["pinsmith", "rotate"]]


def _refusal(project: Path, content: bytes, host: str = HOST) -> str:
    (project / "new.csr").write_bytes(content)
    files = ("--request", "new.csr", "--key", "new.key", "--certificate-to", "chain.pem", "--key-to", "k")
    refused = run("rotate", "request", host, "--with", "lego", *files)
    assert (refused.code, refused.stdout) == (1, "")
    return refused.stderr


def test_requests_that_would_lock_users_out_are_refused(project: Path) -> None:
    """A key that the host does not pin, another host, a wrong signature, and what is not a request."""
    fresh = generate()
    assert f"the request is of a key that {HOST} does not pin, {fresh.pin}" in _refusal(
        project, fresh.request_pem([HOST])
    )
    assert "it names www.example.com" in _refusal(project, STANDBY.request_pem(["www.example.com"]))
    assert "other.example.com is not pinned" in _refusal(project, STANDBY.request_pem([HOST]), "other.example.com")
    pem = STANDBY.request_pem([HOST])
    der = bytearray(base64.b64decode(re.sub(rb"-----.*?-----|\s", b"", pem)))
    at = bytes(der).index(HOST.encode())
    der[at : at + 3] = b"ipa"
    assert "the signature of the request is not that of its key" in _refusal(project, bytes(der))
    assert "expected one certificate request" in _refusal(project, STANDBY.private_pem())


def test_a_release_without_the_key_is_a_warning(project: Path) -> None:
    """The release and its share are named before anything is ordered, unless its pins have ended."""
    for version, ends in (("3.9", ""), ("3.8", "\nexpires = 2026-01-01")):
        (project / "pins.toml").write_text(PIN_FILE.replace(', "api-standby"]', f"]{ends}"))
        assert run("release", "add", "android", version, "--share", "2.1").code == 0
    (project / "pins.toml").write_text(PIN_FILE)
    files = ("--request", project / "the keys'" / "standby.csr", "--key", "k", "--certificate-to", "chain.pem")
    printed = run("rotate", "request", HOST, "--with", "certbot", *files, "--key-to", "k")
    assert printed.code == 0
    assert "android 3.9 (2.1% of users) does not pin api-standby" in printed.stderr
    assert "3.8" not in printed.stderr


@pytest.mark.parametrize(
    ("certificate", "key", "key_to"), [("tls.pem", "new.key", "tls.pem"), ("new.key", "new.key", "tls.key")]
)
def test_certificate_and_key_go_to_two_files(project: Path, certificate: str, key: str, key_to: str) -> None:
    """No script is printed if the certificate would replace a private key, because `rotate deploy` would refuse it."""
    files = ("--request", project / "the keys'" / "standby.csr", "--certificate-to", f"./{certificate}")
    refused = run("rotate", "request", HOST, "--with", "lego", *files, "--key", key, "--key-to", key_to)
    assert (refused.code, refused.stdout) == (2, "")
    assert f"{certificate} is named for a certificate and for a private key" in refused.stderr
