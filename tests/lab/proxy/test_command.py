"""``pinsmith lab proxy``: its output, its files and its exit codes."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pinsmith.exit_code import ExitCode
from pinsmith.lab.proxy.interception import Interception
from tests.cli.support import Result, run
from tests.lab.proxy.client import API, OPEN, SECRET
from tests.lab.proxy.test_request import say

if TYPE_CHECKING:
    from pinsmith.lab.pki.authority import Authority
    from pinsmith.lab.pki.identity import Identity
    from pinsmith.lab.servers.server import RecordingServer

APP = """
import os, sys, urllib.request, pinsmith
context = pinsmith.PinnedSSLContext(pinsmith.load("app.toml"), cafile=os.environ["SSL_CERT_FILE"])
for host in sys.argv[1:]:
    request = urllib.request.Request(f"https://{host}/a?token=SECRET", headers={"Authorization": "SECRET"})
    try:
        print(urllib.request.urlopen(request, context=context, timeout=20).read())
    except OSError as error:
        print(type(error).__name__)
"""
PINS = """version = 1
[keys.api]
pin = "{pin}"
[[host]]
name = "{host}"
keys = ["api"]
"""


@pytest.fixture(autouse=True)
def world(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: RecordingServer, genuine: Identity, root: Authority
) -> list[str]:
    """Change to a folder with an app that pins `API`; return the options that keep all connections on this machine."""
    monkeypatch.chdir(tmp_path)
    Path("root.pem").write_text(root.pem)
    Path("app.toml").write_text(PINS.format(pin=genuine.pin, host=API))
    Path("app.py").write_text(APP.replace("SECRET", SECRET[7:]))
    place = f"127.0.0.1:{server.port}"
    return ["--cafile", "root.pem", "--connect-to", f"{API}:443={place}", "--connect-to", f"{OPEN}={place}"]


def proxied(*words: str) -> Result:
    """Run the command."""
    return run("lab", "proxy", *words)


def app(*hosts: str) -> tuple[str, ...]:
    """Return the command line of the app that requests *hosts*."""
    return "--", sys.executable, "app.py", *hosts


def verdict_file() -> dict[str, Any]:
    """Read the file that --output wrote."""
    found: dict[str, Any] = json.loads(Path("verdict.json").read_text())
    return found


def test_an_app_that_pins_passes(world: list[str]) -> None:
    """The exit code is 0, each host has a line, and the file contains the same verdicts with their evidence."""
    result = proxied("--must-pin", API, "--output", "verdict.json", *world, *app(OPEN, API))
    lines = result.stdout.splitlines()
    assert lines[0].split("  ")[0] == "pinned"
    assert f"{API}:443  (must pin)  refused the rogue certificate (closed), but not that of {OPEN}:443" in lines[0]
    assert lines[1].startswith(f"NOT PINNED    {OPEN}:443  accepted the rogue certificate and sent ")
    assert f"{OPEN}:443: NOT PINNED" in result.stderr
    assert "ended with exit code 0" in result.stderr
    assert result.code == ExitCode.OK
    found = verdict_file()
    assert (found["version"], found["ok"]) == (1, True)
    assert found["mastg"] == {"test": "MASTG-TEST-0244", "outcome": "pass", "intercepted": [f"{OPEN}:443"]}
    assert [(host["host"], host["port"], host["verdict"], host["must_pin"]) for host in found["hosts"]] == [
        (API, 443, "pinned", True),
        (OPEN, 443, "not-pinned", False),
    ]
    assert found["hosts"][0]["alerts"] == ["closed"]
    assert found["hosts"][0]["bytes_received"] == 0
    assert found["hosts"][0]["clients"][0]["address"] == "127.0.0.1"


def test_an_app_that_does_not_pin_fails(world: list[str], server: RecordingServer) -> None:
    """The exit code is 4, and the real host receives no byte of what the app sent."""
    result = proxied("--must-pin", OPEN, "--output", "verdict.json", *world, *app(OPEN))
    assert result.code == ExitCode.NOT_PINNED
    assert f"error[host-not-pinned]: {OPEN}:443 must pin: accepted the rogue certificate" in result.stderr
    found = verdict_file()
    assert (found["ok"], found["mastg"]["outcome"]) == (False, "fail")
    assert server.settled() == ()


def test_a_refusal_without_a_control_fails(world: list[str]) -> None:
    """The exit code is 1 because nothing is proven, and the hint says how to prove it."""
    result = proxied("--must-pin", API, "--output", "verdict.json", *world, *app(API))
    assert result.code == ExitCode.BROKE
    assert f"error[nothing-proven]: {API}:443 must pin" in result.stderr
    assert "hint: let the app also contact a host that it does not pin" in result.stderr
    assert (verdict_file()["ok"], verdict_file()["mastg"]["outcome"]) == (False, "inconclusive")


def test_a_host_that_was_not_asked_for_fails(world: list[str]) -> None:
    """The exit code is 1, although another host that must pin is pinned."""
    result = proxied("--must-pin", API, "--must-pin", "other.example.com", *world, *app(OPEN, API))
    assert result.code == ExitCode.BROKE
    assert "not seen      other.example.com  (must pin)" in result.stdout
    assert "error[nothing-proven]: other.example.com must pin" in result.stderr


def test_an_app_that_avoids_the_proxy_for_a_host_is_told_apart(world: list[str]) -> None:
    """The control came through the proxy and the host did not: the exit code is 1, and the hint is another one."""
    result = proxied("--must-pin", API, "--control", OPEN, "--output", "verdict.json", *world, *app(OPEN))
    assert result.code == ExitCode.BROKE
    assert f"although the app used the proxy for {OPEN}:443: the app did not contact it, or avoids" in result.stderr
    assert "lead the name of the host here without the proxy" in result.stderr
    (missing, _) = verdict_file()["hosts"]
    assert (missing["verdict"], missing["reason"]) == ("not-seen", "only-control-seen")


def test_with_a_state_directory_the_authority_stays(world: list[str]) -> None:
    """A device trusts it once; each run warns of its key, and `--renew` keeps the key."""
    results = [
        proxied("--state", "state", *more, "--output", "verdict.json", *world, *app(OPEN))
        for more in ((), (), ("--renew",))
    ]
    pins = [re.findall(r"the pin of its rogue authority is (\S+);", result.stderr) for result in results]
    assert pins[0] == pins[1] == pins[2]
    for result, words in zip(results, ("made new keys in ", "", "renewed the certificates in "), strict=True):
        assert result.code == ExitCode.OK
        assert words in result.stderr
        assert "can pose as every host to devices that trust this authority" in result.stderr
        assert f"{OPEN}:443: NOT PINNED" in result.stderr


def test_without_a_host_that_must_pin_nothing_is_judged(world: list[str]) -> None:
    """The exit code is 0, with a warning; ``ok`` is null, so that no script takes it for a pass."""
    result = proxied("--format", "json", *world, *app(OPEN))
    assert result.code == ExitCode.OK
    assert "warning: nothing is judged, because no host is required to be pinned" in result.stderr
    found = json.loads(result.stdout)
    assert (found["ok"], found["mastg"]["outcome"]) == (None, None)


def test_the_hosts_of_the_pin_file_must_pin(world: list[str], genuine: Identity) -> None:
    """Only hosts with mode enforce must pin, not those that are off or report-only."""
    text = PINS.format(pin=genuine.pin, host=API)
    extra = '[[host]]\nname = "off.example.com"\nmode = "off"\n[[host]]\nname = "r.example.com"\nkeys = ["api"]\n'
    Path("pins.toml").write_text(text + extra + 'mode = "report-only"\n')
    result = proxied("--all", *world, *app(OPEN, API))
    assert (result.code, result.stdout.count("(must pin)")) == (ExitCode.OK, 1)


def test_hosts_below_one_of_the_pin_file_must_pin(world: list[str], genuine: Identity) -> None:
    """A subdomain must pin if the pin file includes subdomains, and only then."""
    text = PINS.format(pin=genuine.pin, host="example.com")
    for included, code in ((False, ExitCode.BROKE), (True, ExitCode.NOT_PINNED)):
        Path("pins.toml").write_text(text + f"include-subdomains = {str(included).lower()}\n")
        assert proxied("--all", *world, *app(OPEN)).code == code


def test_a_list_of_hosts_is_read(world: list[str]) -> None:
    """The file has one host on each line, and comments after #."""
    Path("hosts.txt").write_text(f"# our hosts\n{API}:443  # the API\n\n")
    result = proxied("--must-pin-file", "hosts.txt", *world, *app(OPEN, API))
    assert (result.code, result.stdout.count("(must pin)")) == (ExitCode.OK, 1)


def test_an_app_that_is_passed_through_continues(world: list[str]) -> None:
    """A later attempt reaches the real host, whose authority the app still trusts."""
    tries = [API] * 20  # the first of them may overtake the news that another was refused
    result = proxied("--must-pin", API, "--pass-through-after-refusal", *world, *app(OPEN, *tries))
    assert result.code == ExitCode.OK
    texts = [line.rpartition(": ")[2] for line in result.stderr.splitlines()]
    outcomes = [word for word in texts if word in {r"b'ok\n'", "URLError"}]
    assert (len(outcomes), outcomes[0], outcomes[1], outcomes[-1]) == (21, r"b'ok\n'", "URLError", r"b'ok\n'")


def test_it_ends_once_all_is_seen(world: list[str]) -> None:
    """An app that would run for ever is ended after the last verdict."""
    Path("app.py").write_text(Path("app.py").read_text() + "import threading; threading.Event().wait()\n")
    result = proxied("--must-pin", API, "--until-seen", *world, *app(OPEN, API))
    assert result.code == ExitCode.OK


def test_it_ends_after_its_time(world: list[str]) -> None:
    """The time limit ends the command alone, and stops an app that still runs."""
    assert proxied("--for", "0.01", "--must-pin", API, *world).code == ExitCode.BROKE
    Path("app.py").write_text("import threading; threading.Event().wait()\n")
    result = proxied("--for", "0.2", "--must-pin", API, *world, *app())
    assert result.code == ExitCode.BROKE
    assert "did not end within the time limit and was stopped" in result.stderr


def test_nothing_secret_is_written_anywhere(world: list[str]) -> None:
    """No stream and no file contains what the app sent, or a key of the lab."""
    options = ("--output", "verdict.json", "--save-ca", "ca.pem", "--report", "report.html")
    result = proxied(*options, *world, *app(OPEN, API))
    files = ("verdict.json", "ca.pem", "report.html")
    written = result.stdout + result.stderr + "".join(Path(file).read_text() for file in files)
    assert SECRET[7:] not in written
    assert "PRIVATE KEY" not in written
    assert "GET /a HTTP/1.1" in written
    assert sorted(path.name for path in Path().iterdir()) == [
        "app.py",
        "app.toml",
        "ca.pem",
        "report.html",
        "root.pem",
        "verdict.json",
    ]
    assert "GET /a HTTP/1.1" in Path("report.html").read_text()


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["--file", "app.toml"], "--file does nothing without --all"),
        (["--until-seen"], "--until-seen needs a host that must pin"),
        (["--connect-to", "a.example.com"], "is not HOST:PORT=ADDRESS:PORT"),
        (["--connect-to", "a.example.com=127.0.0.1"], "is not HOST:PORT=ADDRESS:PORT"),
        (["--host", "localhost"], "is not an IP address: expected one of this machine"),
        (["--must-pin", API, "--control", API], "must be pinned, so it cannot be a control"),
        (["--output", "a.html", "--report", "./a.html"], "--output and --report name the same file, 'a.html'"),
        (["--upstream", "block", "--pass-through-after-refusal"], "clients cannot be passed through"),
    ],
)
def test_a_contradictory_command_line_is_refused(words: list[str], text: str) -> None:
    """The exit code is 2, and the command does not start to listen."""
    result = proxied(*words, "--for", "0.01")
    assert result.code == ExitCode.USAGE
    assert text in result.stderr
    assert "listening" not in result.stderr


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["--must-pin", "a..b"], "label is empty"),
        (["--must-pin-file", "empty.txt"], "empty.txt names no host"),
        (["--must-pin-file", "missing.txt"], "missing.txt"),
        (["--all", "--file", "void.toml"], "void.toml enforces no pins"),
        (["--cafile", "empty.txt"], "empty.txt"),
        (["--save-ca", "empty.txt/ca.pem"], "empty.txt"),
        (["--", "no-such-program-anywhere"], "no-such-program-anywhere"),
        (["--output", "empty.txt/verdict.json"], "empty.txt"),
    ],
)
def test_a_run_that_is_not_possible_is_an_error(words: list[str], text: str) -> None:
    """The exit code is 1; a list without hosts never passes."""
    Path("empty.txt").write_text("# nobody\n")
    Path("void.toml").write_text("version = 1\n")
    result = proxied("--for", "0.01", *words)
    assert result.code == ExitCode.BROKE
    assert text in result.stderr
    assert "--output" not in words or "listening" not in result.stderr


def test_a_port_in_use_is_an_error() -> None:
    """The error names the address and the port."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = proxied("--port", str(port), "--for", "0.01")
    assert (result.code, f"cannot listen on 127.0.0.1 port {port}" in result.stderr) == (ExitCode.BROKE, True)


def test_an_open_proxy_causes_a_warning() -> None:
    """Every machine that reaches the address may use the proxy."""
    result = proxied("--host", "0.0.0.0", "--for", "0.01")  # noqa: S104 - the very subject
    assert "warning: everybody who reaches 0.0.0.0 can use this proxy" in result.stderr
    assert "warning: whoever" not in proxied("--for", "0.01").stderr


def test_a_proxy_that_broke_passes_nothing(world: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy that failed may have missed an interception, so the run does not pass."""

    def broken(self: Interception, ahead: bytes) -> None:
        raise RuntimeError("a fault of ours")

    monkeypatch.setattr(Interception, "run", broken)
    result = proxied("--output", "verdict.json", *world, *app(OPEN))
    assert result.code == ExitCode.BROKE
    assert "the proxy itself failed: RuntimeError: a fault of ours" in result.stderr
    assert verdict_file()["ok"] is False


@pytest.mark.skipif(sys.platform == "win32", reason="not on Windows: no SIGINT for children")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_is_the_normal_end(world: list[str], number: int) -> None:
    """A session with a phone ends with Ctrl-C: verdicts are printed, and the exit code is that of the verdict."""
    code = "import sys; from pinsmith.cli import main; sys.exit(main())"
    files = ("--output", "verdict.json", "--report", "report.html")
    with subprocess.Popen(
        [sys.executable, "-c", code, "lab", "proxy", "--must-pin", API, *files, *world],
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stderr is not None
            port = int(process.stderr.readline().rpartition(":")[2])
            process.stderr.readline()

            class Endpoint:
                endpoint = ("127.0.0.1", port)

            assert say(Endpoint(), b"GET http://pinsmith.lab/ HTTP/1.1\r\n\r\n").startswith(b"HTTP/1.1 200 ")  # type: ignore[arg-type]
            process.send_signal(number)
            out, err = process.communicate(timeout=30)
        finally:
            process.kill()
            process.wait()
    assert process.returncode == ExitCode.BROKE
    assert f"not seen      {API}" in out
    assert "Traceback" not in err
    assert verdict_file()["mastg"]["outcome"] == "inconclusive"
    assert "1 of 1 host that it must pin had no verdict" in Path("report.html").read_text()
