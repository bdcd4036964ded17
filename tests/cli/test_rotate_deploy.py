"""``rotate deploy``: what is refused before anything is written, and what is put back if the server refuses it."""

from __future__ import annotations

import os
import shlex
import signal
import stat
import sys
from typing import TYPE_CHECKING, Any

import pytest

from pinsmith.custody.key_file import of_file
from pinsmith.custody.signer import Signer
from pinsmith.errors import MaterialError
from pinsmith.errors.custody import CustodyError
from pinsmith.lab.pki.identity import Identity, pem_of
from pinsmith.rotation import deployment
from pinsmith.rotation.course import ABORTED, EVENTS
from pinsmith.rotation.journal import Journal
from tests.cli.conftest import END, START
from tests.cli.support import NOW, run
from tests.custody.programs import ECDSA, ProgramMaker

if TYPE_CHECKING:
    from pathlib import Path

    from pinsmith.rotation.course import Move
    from tests.cli.conftest import World
    from tests.cli.support import Result

HOST, OTHER = "api.example.com", "www.example.com"
PIN_FILE = """\
version = 1
{keys}
[[host]]
name = "api.example.com"
keys = ["old", "next"]
[[host]]
name = "www.example.com"
keys = ["old", "next"]
"""
RELOAD = """\
import pathlib, sys
with open("log", "a") as log:
    print(pathlib.Path({key!r}).read_text(), end="|", file=log)
if {chain!r} and pathlib.Path({path!r}).read_text() != {chain!r}:
    sys.exit("the server refuses it")
"""


class Server:
    """The files of a server that presents the key `old`, and the next certificates of its tool for renewals."""

    def __init__(self, folder: Path, world: World) -> None:
        self.folder, self.world = folder, world
        self.chain, self.key = folder / "tls" / "chain.pem", folder / "tls" / "key.pem"
        self.chain.parent.mkdir()
        self.issued = {name: self.issue(HOST, OTHER) for name in ("old", "next", "fresh")}
        keys = [f'[keys.{name}]\npin = "{self.issued[name].pin}"\nrole = "leaf"' for name in ("old", "next")]
        (folder / "pins.toml").write_text(PIN_FILE.format(keys="\n".join(keys)))
        self.chain.write_text(self.issued["old"].presented_pem())
        self.key.write_bytes(self.issued["old"].private_pem())
        self.key.chmod(0o640)

    def issue(self, *names: str) -> Identity:
        """Issue a certificate."""
        return self.world.intermediate.issue(*names, not_before=START, not_after=END)

    def deploy(self, identity: Identity, *words: str, key: Identity | None = None) -> Result:
        """Run the command with a certificate, and its own private key or another one."""
        (self.folder / "new.pem").write_text(identity.presented_pem())
        (self.folder / "new.key").write_bytes((key or identity).private_pem())
        files = ("--certificate", "new.pem", "--key", "new.key", "--certificate-to", self.chain, "--key-to", self.key)
        return run("rotate", "deploy", *files, "--cafile", self.world.cafile, *words)

    @property
    def presents(self) -> str:
        """The name of the certificate and key in service; both must belong together."""
        (name,) = (
            name
            for name, identity in self.issued.items()
            if self.chain.read_text() == identity.presented_pem() and self.key.read_bytes() == identity.private_pem()
        )
        return name

    @property
    def reloads(self) -> list[str]:
        """The keys that the server had when it was reloaded, in order."""
        log = self.folder / "log"
        names = {identity.private_pem().decode(): name for name, identity in self.issued.items()}
        return [names[f"{text}\n"] for text in log.read_text().split("\n|")[:-1]] if log.exists() else []


@pytest.fixture
def server(here: Path, world: World) -> Server:
    """Lay out a server."""
    return Server(here, world)


def _reload(server: Server, *, accepts: str = "") -> str:
    """Return a command that logs the key and succeeds; with *accepts*, only if the chain is that certificate."""
    chain = server.issued[accepts].presented_pem() if accepts else ""
    code = RELOAD.format(key=str(server.key), path=str(server.chain), chain=chain)
    (server.folder / "reload.py").write_text(code)
    return shlex.join([sys.executable, "-I", str(server.folder / "reload.py")])


def test_the_next_key_is_deployed_once_and_can_be_taken_back(server: Server) -> None:
    """Chain and key are replaced together, and kept as .old; the same again does nothing; .old deploys as well."""
    done = server.deploy(server.issued["next"], "--reload", _reload(server))
    assert (done.code, server.presents, server.reloads) == (0, "next", ["next"]), done
    again = server.deploy(server.issued["next"], "--reload", _reload(server))
    assert (again.code, server.reloads) == (0, ["next"]), again
    kept = server.chain.with_name("chain.pem.old"), server.key.with_name("key.pem.old")
    modes = [stat.S_IMODE(path.stat().st_mode) for path in (server.key, kept[1])]
    assert os.name == "nt" or modes == [0o640, 0o600]
    back = run(
        *("rotate", "deploy", "--certificate", kept[0], "--key", kept[1], "--certificate-to", server.chain),
        *("--key-to", server.key, "--cafile", server.world.cafile),
    )
    assert (back.code, server.presents) == (0, "old"), back


def test_a_fresh_key_is_refused(server: Server) -> None:
    """A certificate of the tool's own new key changes nothing, and the server is not reloaded."""
    refused = server.deploy(server.issued["fresh"], "--reload", _reload(server))
    assert (refused.code, server.presents, server.reloads) == (3, "old", [])
    assert "nothing was written" in refused.stderr
    assert sorted(path.name for path in server.chain.parent.iterdir()) == ["chain.pem", "key.pem"]


def test_a_release_without_the_next_key_is_refused_by_name(server: Server) -> None:
    """The message names the release and its share of users; once the release has ended, the certificate is deployed."""
    text = (server.folder / "pins.toml").read_text()
    (server.folder / "pins.toml").write_text(text.replace('["old", "next"]', '["old"]'))
    assert run("release", "add", "android", "3.9", "--share", "2.1").code == 0
    (server.folder / "pins.toml").write_text(text)
    refused = server.deploy(server.issued["next"])
    assert (refused.code, server.presents) == (3, "old")
    assert "android 3.9 (2.1% of users) is locked out" in refused.stdout
    assert run("release", "end", "android", "3.9").code == 0
    assert (server.deploy(server.issued["next"]).code, server.presents) == (0, "next")


def _give_up(server: Server, *moves: Move, host: str = HOST, **facts: str) -> None:
    """Record a release that lacks the next key, and moves of an emergency in which it was given up."""
    text = (server.folder / "pins.toml").read_text()
    (server.folder / "pins.toml").write_text(text.replace('["old", "next"]', '["old"]', 1))
    assert run("release", "add", "android", "3.9", "--share", "2.1").code == 0
    (server.folder / "pins.toml").write_text(text)
    known = {"emergency": "key-compromised", "choice": "rotate-now", "given-up": "android 3.8\nandroid 3.9"}
    ends = {"from": server.issued["old"].pin, "to": server.issued["next"].pin}
    for move in moves:
        journal = Journal.beside(server.folder / "pins.toml")
        journal.append(EVENTS[move], NOW, key="next", host=host, facts=ends | known | facts)


def test_a_release_that_was_given_up_in_an_emergency_does_not_stop_the_new_key(server: Server) -> None:
    """Without an end of the release, the certificate is deployed, and a warning says whom that locks out."""
    _give_up(server, "pin", "certify")
    done = server.deploy(server.issued["next"])
    assert (done.code, server.presents) == (0, "next"), done
    why = "locks out android 3.9 (2.1% of users) at api.example.com, because rotate-now was chosen on 2026-06-15"
    assert f"pinsmith: warning: the certificate {why}" in done.stderr


@pytest.mark.parametrize(
    "change",
    [
        {"moves": ["pin"]},
        {"choice": "wait"},
        {"choice": ""},
        {"given-up": ""},
        {"given-up": "android 3"},
        {"to": "sha256/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="},
        {"host": OTHER},
        {"moves": ["pin", "certify", "remove"]},
        {"aborted": ""},
        {"changed": "wait"},
    ],
    ids=lambda change: " ".join(f"{name} {value}" for name, value in change.items()),
)
def test_a_release_is_given_up_only_by_that_choice_in_that_rotation(server: Server, change: dict[str, Any]) -> None:
    """Another choice, release, key or host, and a rotation that is over: the certificate is refused, as always."""
    moves, host = change.pop("moves", ["pin", "certify"]), change.pop("host", HOST)
    aborted, changed = change.pop("aborted", None), change.pop("changed", None)
    _give_up(server, *moves, host=host, **change)
    ends = {"from": server.issued["old"].pin, "to": server.issued["next"].pin}
    journal = Journal.beside(server.folder / "pins.toml")
    if aborted is not None:
        journal.append(ABORTED, NOW, host=HOST, facts=ends)
    if changed is not None:
        journal.append(EVENTS["switch"], NOW, key="next", host=HOST, facts=ends | {"choice": changed})
    refused = server.deploy(server.issued["next"])
    assert (refused.code, server.presents) == (3, "old"), refused
    assert "LOCKED OUT" in refused.stdout


def test_a_certificate_that_lost_a_pinned_host_is_refused(server: Server) -> None:
    """A host that the old certificate names and the new one does not would be locked out, unless hosts are named."""
    server.issued["next"] = Identity(
        server.world.intermediate.issue(
            HOST, key=server.issued["next"].key, not_before=START, not_after=END
        ).certificate,
        server.issued["next"].key,
        server.issued["next"].issuers,
        server.issued["next"].root,
    )
    refused = server.deploy(server.issued["next"])
    assert (refused.code, server.presents) == (3, "old")
    assert f"{OTHER} is not among the names of the certificate" in refused.stdout
    assert (server.deploy(server.issued["next"], HOST).code, server.presents) == (0, "next")


def test_the_private_key_must_be_that_of_the_certificate(server: Server) -> None:
    """A pair that would stop the server at its next start is refused."""
    refused = server.deploy(server.issued["next"], key=server.issued["old"])
    assert (refused.code, server.presents) == (1, "old")
    assert "the private key is not that of the certificate" in refused.stderr


def test_a_chain_without_its_intermediate_is_refused(server: Server) -> None:
    """Clients could not verify it, whatever its key."""
    bare = server.issued["next"]
    (server.folder / "new.pem").write_text(pem_of([bare.certificate]))
    (server.folder / "new.key").write_bytes(bare.private_pem())
    refused = run(
        *("rotate", "deploy", "--certificate", "new.pem", "--key", "new.key", "--certificate-to", server.chain),
        *("--key-to", server.key, "--cafile", server.world.cafile),
    )
    assert (refused.code, server.presents) == (3, "old"), refused


def test_a_server_that_refuses_the_files_gets_the_old_ones_back(server: Server) -> None:
    """If the reload fails, chain and key are put back, the server is reloaded again, and its words are shown."""
    failed = server.deploy(server.issued["next"], "--reload", _reload(server, accepts="old"))
    assert (failed.code, server.presents, server.reloads) == (1, "old", ["next", "old"])
    assert "error[reload-failed]" in failed.stderr
    assert "the server refuses it" in failed.stderr
    assert not server.chain.with_name(".chain.pem.pending").exists()
    missing = server.deploy(server.issued["next"], "--reload", "no-such-program")
    assert (missing.code, server.presents) == (1, "old")


def test_a_reload_that_a_kill_prevented_is_made_up_for(server: Server) -> None:
    """If the files are new already but the server was not reloaded, the next run reloads it."""
    assert server.deploy(server.issued["next"], "--reload", _reload(server)).code == 0
    server.chain.with_name(".chain.pem.pending").touch()
    assert (server.deploy(server.issued["next"], "--reload", _reload(server)).code, server.reloads) == (
        0,
        ["next", "next"],
    )


@pytest.mark.skipif(os.name == "nt", reason="not on Windows, where a link needs rights")
def test_a_server_that_reads_the_files_of_the_tool_is_refused(server: Server) -> None:
    """If the server's file is a link to the new certificate, a refused one would be in service all the same."""
    server.chain.unlink()
    server.chain.symlink_to(server.folder / "new.pem")
    refused = server.deploy(server.issued["next"])
    assert refused.code == 2
    assert "is the file of the new certificate" in refused.stderr


@pytest.mark.skipif(os.name == "nt", reason="not on Windows, which has no such permissions")
def test_only_its_owner_can_read_a_new_file_of_a_key(server: Server) -> None:
    """A private key that is written for the first time has mode 0600."""
    server.chain.unlink()
    server.key.unlink()
    assert server.deploy(server.issued["next"]).code == 0
    assert stat.S_IMODE(server.key.stat().st_mode) == 0o600


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has no such pipes")
@pytest.mark.parametrize("place", ["chain.pem", "key.pem"])
def test_a_pipe_in_the_place_of_a_file_of_the_server_is_refused(server: Server, place: str) -> None:
    """Nobody writes into it, and reading it would wait for ever."""
    (server.chain.parent / place).unlink()
    os.mkfifo(server.chain.parent / place)
    refused = server.deploy(server.issued["next"])
    assert (refused.code, "it is a device or pipe" in refused.stderr) == (1, True), refused


@pytest.mark.skipif(os.name == "nt", reason="not on Windows, where the program would be another one")
def test_a_reload_that_leaves_a_server_running_has_succeeded(server: Server) -> None:
    """The server keeps the output of the command open, and is not waited for."""
    code = (
        "import pathlib, subprocess, sys; "
        "left = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)']); "
        "pathlib.Path('left').write_text(str(left.pid))"
    )
    try:
        done = server.deploy(server.issued["next"], "--reload", shlex.join([sys.executable, "-c", code]))
    finally:
        os.kill(int((server.folder / "left").read_text()), signal.SIGKILL)
    assert (done.code, server.presents) == (0, "next"), done


@pytest.mark.skipif(os.name == "nt", reason="Windows has no modes")
def test_only_its_owner_can_read_what_stays_of_a_file_that_held_a_key(server: Server) -> None:
    """An old file with certificate and private key, as HAProxy reads it, stays unreadable for others as .old."""
    server.chain.write_text(server.issued["old"].presented_pem() + server.issued["old"].private_pem().decode())
    server.chain.chmod(0o600)
    assert server.deploy(server.issued["next"]).code == 0
    assert stat.S_IMODE(server.chain.with_name("chain.pem.old").stat().st_mode) == 0o600


@pytest.mark.skipif(os.name == "nt", reason="not on Windows, where a link needs rights")
@pytest.mark.parametrize(
    ("key", "chain_to", "key_to"),
    [
        ("new.key", "tls/chain.pem", "tls/../tls/chain.pem"),
        ("new.key", "fresh.pem", "./fresh.pem"),
        ("new.key", "tls/chain.pem", "link.pem"),
        ("new.key", "new.key", "tls/key.pem"),
        ("new.key", "tls/chain.pem", "new.pem"),
    ],
)
def test_a_certificate_and_a_key_never_replace_each_other(server: Server, key: str, chain_to: str, key_to: str) -> None:
    """One file for both is refused by any of its names, so no private key stands where all read certificates."""
    (server.folder / "link.pem").symlink_to(server.chain)
    (server.folder / "new.pem").write_text(server.issued["next"].presented_pem())
    (server.folder / "new.key").write_bytes(server.issued["next"].private_pem())
    before = {path: path.read_bytes() for path in server.folder.rglob("*") if path.is_file()}
    refused = run(
        *("rotate", "deploy", "--certificate", "new.pem", "--key", key, "--cafile", server.world.cafile),
        *("--certificate-to", chain_to, "--key-to", key_to),
    )
    assert (refused.code, "would replace the other" in refused.stderr) == (2, True), refused
    assert {path: path.read_bytes() for path in server.folder.rglob("*") if path.is_file()} == before


def _at_service(server: Server, name: str, command: str, *words: str) -> Result:
    """Deploy a certificate whose key signs by *command* and is in no file."""
    (server.folder / "new.pem").write_text(server.issued[name].presented_pem())
    files = ("--certificate", "new.pem", "--command", command, "--timeout", "60", "--certificate-to", server.chain)
    return run("rotate", "deploy", *files, "--cafile", server.world.cafile, *words)


def test_a_key_at_a_service_signs_and_only_the_certificate_is_written(server: Server) -> None:
    """The server uses the key where it is, so its file of a key is left alone; a failed reload puts the chain back."""
    command = ProgramMaker(server.folder.parent).signs(server.issued["next"].key, ECDSA)
    before = server.chain.read_text()
    failed = _at_service(server, "next", command, "--reload", _reload(server, accepts="old"))
    assert (failed.code, server.presents) == (1, "old"), failed
    done = _at_service(server, "next", command, "--reload", _reload(server))
    assert done.code == 0, done
    assert server.chain.read_text() == server.issued["next"].presented_pem()
    assert server.key.read_bytes() == server.issued["old"].private_pem()
    kept = sorted(path.name for path in server.chain.parent.iterdir())
    assert kept == ["chain.pem", "chain.pem.old", "key.pem"]
    assert server.chain.with_name("chain.pem.old").read_text() == before


def test_a_service_with_another_key_deploys_nothing(server: Server) -> None:
    """The certificate passes the check, but the server could not use it."""
    command = ProgramMaker(server.folder.parent).signs(server.issued["old"].key, ECDSA)
    refused = _at_service(server, "next", command, "--reload", _reload(server))
    assert (refused.code, server.presents, server.reloads) == (1, "old", [])
    assert "not a signature of the public key" in refused.stderr


def test_a_token_must_hold_the_key_of_the_certificate_and_sign_with_it(server: Server) -> None:
    """A key of another pin is not asked, and a signature over something else proves nothing."""
    chain = server.issued["next"].presented_pem().encode()
    keys = {name: of_file(server.issued[name].private_pem(), None) for name in ("old", "next")}
    deployment.require_signature(chain, keys["next"], b"nonce")
    with pytest.raises(MaterialError, match="not that of the certificate"):
        deployment.require_signature(chain, keys["old"], b"nonce")
    other = Signer("pkcs11", keys["next"].spki, lambda message: keys["next"].sign(message[:-1]))
    with pytest.raises(CustodyError, match="not one of the key of the certificate"):
        deployment.require_signature(chain, other, b"nonce")


@pytest.mark.parametrize(
    ("words", "code", "why"),
    [
        (("--key", "new.key"), 2, "needs --key-to"),
        (("--command", "./sign", "--key-to", "k"), 2, "this key stays where it is"),
        (("--key", "pkcs11:object=a?module-path=m", "--key-to", "k"), 2, "this key stays where it is"),
        (("--key", "pkcs11:object=a?module-path=m&pin-value=1234"), 1, "contains a PIN"),
        (("--key", "new.key", "--key-to", "k", "--command", "./sign"), 2, "one private key is needed"),
        ((), 2, "one private key is needed"),
        (("--command", "./sign", "--password-file", "p"), 2, "for the PIN of a token"),
    ],
)
@pytest.mark.parametrize("command", ["deploy", "request"])
def test_options_that_contradict_each_other_are_refused(
    command: str, words: tuple[str, ...], code: int, why: str, server: Server
) -> None:
    """Nothing is read, and a PIN is not repeated."""
    first = ("--certificate", "new.pem") if command == "deploy" else (HOST, "--with", "lego", "--request", "new.csr")
    refused = run("rotate", command, *first, "--certificate-to", server.chain, *words)
    assert (refused.code, refused.stdout, server.presents) == (code, "", "old")
    assert why in refused.stderr
    assert "1234" not in refused.stderr
