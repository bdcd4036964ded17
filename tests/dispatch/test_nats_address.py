"""Addresses of NATS servers: what they mean, and which are refused."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

import pytest

from pinsmith.dispatch.address import queue_at
from pinsmith.dispatch.database import DatabaseQueue
from pinsmith.dispatch.nats_address import NatsAddress, parse_nats
from pinsmith.errors import FileError, UsageError

if TYPE_CHECKING:
    from pathlib import Path

SECRET = "hunter-2-of-the-tests"


def test_an_address_names_servers_and_a_login() -> None:
    """Several servers, a password with escapes, and three replicas by default."""
    address = parse_nats("tls://scan:a%40b%2Cc@n1.example.com,n2.example.com:4333,[2001:db8::1]:4222", {})
    assert address.servers == (("n1.example.com", 4222), ("n2.example.com", 4333), ("2001:db8::1", 4222))
    assert (address.user, address.password, address.tls, address.replicas) == ("scan", "a@b,c", True, 3)
    assert str(address) == "tls://scan@n1.example.com:4222,n2.example.com:4333,[2001:db8::1]:4222"


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.9.9.9", "[::1]"])
def test_on_the_loopback_neither_tls_nor_a_login_is_needed(host: str) -> None:
    """One replica is the default there, because one server cannot make more."""
    address = parse_nats(f"nats://{host}", {})
    assert (address.tls, address.user, address.replicas) == (False, "", 1)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (f"nats://scan:{SECRET}@n1.example.com", "would be used without TLS"),
        (f"nats://scan:{SECRET}@localhost,n1.example.com", "would be used without TLS"),
        (f"NATS://scan:{SECRET}@0.0.0.0", "would be used without TLS"),
        (f"nats://scan:{SECRET}@localhost.example.com", "would be used without TLS"),
        ("tls://n1.example.com", "needs credentials"),
        ("tls://scan@n1.example.com", "needs credentials"),
        (f"tls://:{SECRET}@n1.example.com", "needs credentials"),
        (f"tls://scan:{SECRET}@n1.example.com/rest", "cannot be read"),
        (f"tls://scan:{SECRET}#rest@n1.example.com", "cannot be read"),
        (f"tls://scan:x@{SECRET}@n1.example.com", "cannot be read"),
        (f"tls://scan:{SECRET}?rest@n1.example.com", "no valid"),
        (f"tls://scan:x@n1.example.com?{SECRET}=1", "1 unknown parameters"),
        (f"tls://scan:{SECRET}@n1.example.com?replicas=2&replicas=3", "a parameter twice"),
        (f"tls://scan:{SECRET}@n1.example.com?cafile=", "without a value"),
        (f"tls://scan:{SECRET}@n1.example.com?replicas=9", "replicas is not a number of servers"),
        (f"tls://scan:{SECRET}@n1.example.com?replicas=x", "replicas is not a number of servers"),
        (f"tls://scan:{SECRET}@n1.example.com?inbox=%3E", "inbox is not the prefix of a subject"),
        (f"tls://scan:{SECRET}@", "no valid host"),
        (f"tls://scan:{SECRET}@n1.example.com:0", "no valid port"),
        (f"tls://scan:{SECRET}@n1.example.com:65536", "no valid port"),
        (f"tls://scan:{SECRET}@n1.example.com,", "no valid host"),
        (f"tls://scan:{SECRET}@n1.example.com?creds=/nowhere", "a user and a file of credentials"),
        ("tls://n1.example.com?creds=/nowhere&nkey=/nowhere", "two files of credentials"),
        ("tls://n1.example.com?creds=/nowhere", "/nowhere cannot be read"),
    ],
)
def test_an_address_that_is_not_safe_or_not_clear_is_refused(text: str, problem: str) -> None:
    """The message says why and what to write, and repeats no password, wherever it stands."""
    with pytest.raises(UsageError, match=problem) as caught:
        parse_nats(text, {})
    assert caught.value.hint
    assert SECRET not in f"{caught.value} {caught.value.hint} {caught.value.__cause__!r}"


def test_a_password_comes_from_the_environment_or_a_file(tmp_path: Path) -> None:
    """That in the address comes first, then the variable, then the file, whose line names the host and nats."""
    path = tmp_path / "passwords"
    path.write_text("n1.example.com:4222:nats:scan:of-the-file\n", "utf-8")
    path.chmod(stat.S_IRUSR | stat.S_IWUSR)
    text = f"tls://scan@n1.example.com?passfile={path}"
    assert parse_nats(text, {}).password == "of-the-file"
    assert parse_nats(text, {"NATS_PASSWORD": "of-the-variable"}).password == "of-the-variable"
    assert parse_nats(text.replace("scan@", "scan:typed@"), {"NATS_PASSWORD": "x"}).password == "typed"
    with pytest.raises(UsageError, match="needs credentials"):
        parse_nats(text.replace("n1.", "n2."), {})
    with pytest.raises(FileError):
        parse_nats("tls://scan@n1.example.com?passfile=/nowhere", {})


@pytest.mark.parametrize("name", ["creds", "nkey"])
def test_a_file_of_credentials_must_be_private(name: str, tmp_path: Path) -> None:
    """It replaces user and password, and is refused while other people can read it."""
    path = tmp_path / "key"
    path.write_text(SECRET, "ascii")
    path.chmod(stat.S_IRUSR)
    address = parse_nats(f"tls://n1.example.com?{name}={path}", {"NATS_PASSWORD": "of nobody"})
    assert (getattr(address, name), address.password) == (path, "")
    path.chmod(stat.S_IRUSR | stat.S_IRGRP)
    with pytest.raises(UsageError, match="other people can read the key"):
        parse_nats(f"tls://n1.example.com?{name}={path}", {})


def test_a_password_is_shown_nowhere() -> None:
    """Neither as text nor in the representation."""
    address = NatsAddress(servers=(("n1.example.com", 4222),), user="scan", password=SECRET)
    assert SECRET not in f"{address} {address!r}"


def test_an_address_decides_which_engine_is_used(tmp_path: Path) -> None:
    """A path is a file, also if it is called like a scheme."""
    pytest.importorskip("nats", reason="needs Python with the client of NATS")
    assert isinstance(queue_at(str(tmp_path / "nats:"), {}), DatabaseQueue)
    assert str(queue_at("nats://localhost", {})) == "nats://localhost:4222"
    assert str(queue_at(f"TLS://scan:{SECRET}@n1.example.com", {})) == "tls://scan@n1.example.com:4222"
    with pytest.raises(UsageError, match="cannot be used as a list of authorities"):
        queue_at(f"tls://scan:{SECRET}@n1.example.com?cafile=/nowhere", {})


def test_without_the_client_of_nats_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """The queue is not made."""
    monkeypatch.setitem(__import__("sys").modules, "nats", None)
    with pytest.raises(UsageError, match="NATS needs nats") as caught:
        queue_at("nats://localhost", {})
    assert caught.value.hint == "pip install 'pinsmith[nats]'"
