"""`pinsmith lab run` does not judge a client that never connects, and explains what is missing."""

from __future__ import annotations

import json
import re
import sys
import xml.etree.ElementTree as ET
from typing import TYPE_CHECKING

import pytest

from pinsmith.exit_code import ExitCode
from tests.cli.support import run

if TYPE_CHECKING:
    from pathlib import Path

# Connects with all values of the environment, but only if there is a proxy.
THROUGH_A_PROXY = """
import os, socket, ssl, urllib.parse
proxy = urllib.parse.urlsplit(os.environ["PINSMITH_LAB_PROXY"])
host, port = os.environ["PINSMITH_LAB_HOST"], os.environ["PINSMITH_LAB_PORT"]
with socket.create_connection((proxy.hostname, proxy.port), 5) as plain:
    plain.sendall(f"CONNECT {host}:{port} HTTP/1.1\\r\\n\\r\\n".encode())
    plain.recv(1000)
    ssl.create_default_context(cafile=os.environ["PINSMITH_LAB_CAFILE"]).wrap_socket(plain, server_hostname=host)
"""


def _python(folder: Path, code: str) -> tuple[str, ...]:
    (folder / "client.py").write_text(code)
    return "--", sys.executable, "-I", "-S", str(folder / "client.py")


def test_one_error_says_what_ran_what_it_printed_and_what_is_missing(tmp_path: Path) -> None:
    """A client that ignores all values gets one error with a fix, and no verdict."""
    command = _python(tmp_path, "import sys; sys.exit('option --fetch is missing; token: abc')")
    answer = run("lab", "run", *command)
    assert (answer.code, answer.stdout) == (ExitCode.BROKE, "")
    lines = answer.stderr.splitlines()
    assert re.fullmatch(
        rf"pinsmith: error\[lab\]: {re.escape(sys.executable)} never connected to localhost:\d+, "
        "so the lab cannot judge it",
        lines[0],
    )
    assert lines[1:4] == [
        f"  command: {sys.executable} -I -S {tmp_path / 'client.py'}",
        "  result:  exit code 1",
        "  output:  option --fetch is missing; token: [removed]",
    ]
    assert lines[4].startswith("  tried:   leaf-pin, ")
    assert lines[5].startswith("pinsmith: hint: the command must contain {url}, or {host} and {port}; or the program")
    assert len(lines) == 6


def test_the_command_is_shown_as_it_was_run_without_secrets(tmp_path: Path) -> None:
    """Placeholders are filled in, and what looks like a secret is removed."""
    command = _python(tmp_path, "print('no route')")
    answer = run("lab", "run", "--scenario", "wrong-key", *command, "{url}", "Authorization: Bearer not-for-logs")
    shown = answer.stderr.splitlines()
    assert re.search(r"client\.py https://localhost:\d+/ 'Authorization: \[removed\]'$", shown[1])
    assert shown[3:] == [
        "  output:  no route",
        "  tried:   wrong-key",
        "pinsmith: hint: the output may explain why the program does not connect to the server in its command",
    ]


def test_a_secret_in_a_word_of_its_own_is_not_shown(tmp_path: Path) -> None:
    """The command of a failed job stands in a log that others read."""
    secrets = ("--password", "hunter2", "-u", "me:hunter3", "--api-key", "hunter4", "--verbose", "shown")
    answer = run("lab", "run", "--scenario", "wrong-key", *_python(tmp_path, ""), *secrets)
    assert "hunter" not in answer.stderr
    assert "--password '[removed]' -u '[removed]' --api-key '[removed]' --verbose shown" in answer.stderr


def test_a_client_that_starts_too_slowly_gets_a_hint_to_the_time_limit(tmp_path: Path) -> None:
    """A client that is stopped before it connects is not said to hang."""
    answer = run("lab", "run", "--timeout", "0.3", *_python(tmp_path, "import time; time.sleep(60)"))
    assert answer.code == ExitCode.BROKE
    assert "  result:  it was still running after 0.3 s\n" in answer.stderr
    assert answer.stderr.endswith("if it takes longer than 0.3 s to start, pass a longer `--timeout`\n")


@pytest.mark.parametrize("form", ["json", "junit", "sarif"])
def test_documents_stay_valid_and_do_not_pass(tmp_path: Path, form: str) -> None:
    """A document lists the first trials as unproven and the others as skipped, and never holds the output unasked."""
    answer = run("lab", "run", "--format", form, *_python(tmp_path, "print('said in confidence')"))
    assert answer.code == ExitCode.BROKE
    assert "error[lab]" in answer.stderr
    assert "said in confidence" not in answer.stdout
    if form == "junit":
        suite = ET.fromstring(answer.stdout)[0]  # noqa: S314 - our own output
        counts = [int(suite.get(name, "0")) for name in ("tests", "failures", "skipped")]
        assert counts[0] == counts[1] + counts[2]
        assert counts[1] > 0
        return
    document = json.loads(answer.stdout)
    if form == "sarif":
        results = document["runs"][0]["results"]
        assert results[0]["ruleId"] == "leaf-pin"
        assert all("never connected" in result["message"]["text"] for result in results)
        return
    assert document["ok"] is False
    assert {trial["verdict"] for trial in document["scenarios"]} == {"unproven", "skipped"}
    assert document["scenarios"][-1]["reason"].startswith("it was not tried, because the client never connected")


def test_a_client_that_connects_only_through_a_proxy_is_judged(tmp_path: Path) -> None:
    """Before the lab gives up, it tries a scenario for each kind of need, so the usual rows appear."""
    options = ("--scenario", "leaf-pin", "--scenario", "proxy-swaps-origin", "--key", "ec-p256")
    answer = run("lab", "run", *options, *_python(tmp_path, THROUGH_A_PROXY))
    assert answer.code == ExitCode.MISMATCH
    first, second, _ = answer.stdout.splitlines()
    assert first.startswith("FAIL  leaf-pin            ec-p256   proves nothing: it never connected to the server")
    assert second.split()[1] == "proxy-swaps-origin"


def test_a_client_may_stay_away_from_names_that_it_refuses(tmp_path: Path) -> None:
    """A scenario in which a refusal without a connection is correct still passes."""
    answer = run("lab", "run", "--scenario", "trailing-dot", *_python(tmp_path, "raise SystemExit(1)"))
    assert answer.code == ExitCode.OK
