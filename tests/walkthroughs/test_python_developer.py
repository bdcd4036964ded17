"""A week of a Python developer: clients are pinned, the project's tests attack the policy, and refusals are logged."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from pinsmith.exit_code import ExitCode
from pinsmith.lab.servers.mail import MailServer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.walkthroughs.desk import Desk

API: Final = "api.example.com"
MAIL: Final = "mail.example.com"
CLIENTS: Final = f"""\
import asyncio
import smtplib

import httpx

import pinsmith
import pinsmith.clients.requests

policy = pinsmith.load("pins.toml")
context = pinsmith.PinnedSSLContext(policy)


def with_httpx():
    httpx.get("https://{API}/", verify=context)


def with_requests():
    pinsmith.clients.requests.Session(policy).get("https://{API}/")


def with_asyncio():
    async def ask():
        reader, writer = await asyncio.open_connection("{API}", 443, ssl=context)
        writer.write(b"GET / HTTP/1.1\\r\\nHost: {API}\\r\\nConnection: close\\r\\n\\r\\n")
        await reader.readline()
        writer.close()

    asyncio.run(ask())


def with_smtplib():
    with smtplib.SMTP("{MAIL}", 587) as server:
        server.starttls(context=context)
        server.login("user", "password")


for client in (with_httpx, with_requests, with_asyncio, with_smtplib):
    try:
        client()
        print(client.__name__, "worked")
    except Exception as error:
        refused = pinsmith.errors.find(error)
        print(client.__name__, refused or repr(error))
"""
TESTS: Final = f"""\
import httpx
import pinsmith
import pytest

from app import fetch


@pytest.fixture
def servers(lab_policy):
    return lab_policy("pins.toml", host="{API}")


def test_the_app_reaches_its_host(servers):
    assert fetch(servers.good.url, servers.context) == 200


def test_the_app_refuses_a_rogue(servers):
    with pytest.raises(httpx.ConnectError) as caught:
        fetch(servers.rogue.url, servers.context)
    assert pinsmith.errors.find(caught.value)
    assert servers.rogue.received == b""


def test_the_app_refuses_an_expired_certificate(servers):
    with pytest.raises(httpx.ConnectError, match="expired"):
        fetch(servers.expired.url, servers.context)
"""
APP: Final = """\
import httpx


def fetch(url, context):
    return httpx.get(url, verify=context).status_code
"""
INJECTED: Final = f"""\
import logging
import urllib.request

import pinsmith


def report(event):
    with open("mismatches.jsonl", "a", encoding="utf-8") as file:
        file.write(event.to_json() + "\\n")


logging.basicConfig(filename="app.log")
pinsmith.inject(pinsmith.load("pins.toml"), on_mismatch=report)
try:
    print(urllib.request.urlopen("https://{API}/").status)
except OSError as error:
    print(pinsmith.errors.find(error).code)
"""


@pytest.fixture
def pinned(desk: Desk) -> Iterator[Desk]:
    """Pin the API and the mail server, which the project uses."""
    desk.type(f"pinsmith init {API} --generate-backup")
    with MailServer(desk.network.identity(MAIL)) as mail:
        desk.network.servers[MAIL] = mail
        desk.type(f"pinsmith add {MAIL}:587 --starttls smtp --generate-backup")
        yield desk


def _rogue(desk: Desk) -> None:
    """Let the API present another key, for which the trusted authority vouches."""
    desk.network.serve(API, desk.network.root.issue(API))


@pytest.mark.thorough
def test_four_clients_are_pinned(pinned: Desk) -> None:
    """httpx, requests, asyncio and smtplib work, and refuse a rogue before it gets a byte."""
    pinned.write("clients.py", CLIENTS)
    names = ("with_httpx", "with_requests", "with_asyncio", "with_smtplib")
    seen = pinned.start(sys.executable, "clients.py")
    assert seen.out.splitlines() == [f"{name} worked" for name in names]
    _rogue(pinned)
    with MailServer(pinned.network.root.issue(MAIL)) as mail:
        pinned.network.servers[MAIL] = mail
        refused = pinned.start(sys.executable, "clients.py")
        assert mail.disclosed == b""
    assert refused.out.splitlines() == [
        f"{name} {MAIL if name == 'with_smtplib' else API} presented no pinned key" for name in names
    ]
    server = pinned.network.server(API)
    server.settled()
    assert server.received == b""


@pytest.mark.thorough
def test_the_tests_of_the_project_attack_its_own_policy(pinned: Desk) -> None:
    """The fixtures need no import and no set-up; an app that forgets the context is found."""
    pinned.write("app.py", APP)
    pinned.write("test_app.py", TESTS)
    pytest_here = (sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", ".")
    assert "3 passed" in pinned.start(*pytest_here).out
    pinned.replace("app.py", "verify=context", "verify=False")
    assert "2 failed, 1 passed" in pinned.start(*pytest_here, exit_code=1).out


@pytest.mark.thorough
def test_the_whole_process_is_pinned_and_reports(pinned: Desk) -> None:
    """One line pins a program that makes no context of its own. A refusal is a line of JSON and of the log."""
    pinned.write("injected.py", INJECTED)
    assert pinned.start(sys.executable, "injected.py").out == "200\n"
    assert not Path("mismatches.jsonl").exists()
    genuine = pinned.network.identity(API).pin
    _rogue(pinned)
    assert pinned.start(sys.executable, "injected.py").out == "pin-mismatch\n"
    (line,) = Path("mismatches.jsonl").read_text("utf-8").splitlines()
    event = json.loads(line)
    assert (event["host"], event["reason"], event["enforced"]) == (API, "no-pinned-key", True)
    assert genuine in event["known_pins"]
    assert event["presented_pins"][0] == pinned.network.identity(API).pin
    log = Path("app.log").read_text("utf-8")
    assert f"WARNING:pinsmith:{API} presented no pinned key (refused); presented: {event['presented_pins'][0]}" in log


@pytest.mark.thorough
def test_the_environment_is_attacked(desk: Desk) -> None:
    """`selftest` needs no pin file, and its last line says how many attacks failed."""
    seen = desk.start("pinsmith", "selftest", exit_code=ExitCode.OK)
    assert "requests, through a proxy, wrong pin: refused, no byte sent" in seen.out
    assert seen.last.startswith("pinsmith: ok: ")
    assert "wrong pins were refused" in seen.last
