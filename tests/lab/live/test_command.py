from __future__ import annotations

import json
import re
import signal
import socket
import ssl
import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import httpx
import pytest

import pinsmith
from pinsmith.exit_code import ExitCode
from pinsmith.lab.live.page import OPEN_WARNING
from pinsmith.lab.live.watch import Watch
from tests.cli.support import run
from tests.lab.client import REQUEST, ask
from tests.lab.live.serving import download

if TYPE_CHECKING:
    from pathlib import Path

    from pinsmith.lab.live.event import Event

BLOCKS = "█▀▄"


@pytest.mark.skipif(sys.platform == "win32", reason="not on Windows: no SIGINT for children")
def test_it_serves_until_ctrl_c_and_leaves_nothing_behind(start: Any) -> None:  # noqa: ANN401 - a factory
    """A client that does not pin is reported at once. After Ctrl-C all ports are closed and no file is left."""
    serving = start()
    urls = {name: serving.until(rf"^{name} +\w+ +(https://localhost:(\d+)/)$") for name in ("leaf-pin", "wrong-key")}
    roots = serving.until(r"^roots +(http://localhost:(\d+)/lab-roots\.pem)$")
    context = ssl.create_default_context(cadata=download(roots[1]))
    for name, result in (("leaf-pin", "correct"), ("wrong-key", "ACCEPTS A ROGUE")):
        ask(("127.0.0.1", int(urls[name][2])), context, "localhost")
        reported = serving.until(rf"^\d\d:\d\d:\d\d {name}: 127\.0\.0\.1:\d+ (.*)$")
        assert reported[1] == f"sent {len(REQUEST)} bytes (GET /secret) -> {result}"
    assert serving.process.poll() is None
    code, out, err = serving.interrupt()
    assert code == ExitCode.OK
    assert out.split("\n") == [
        "",
        "leaf-pin   1 x correct",
        "wrong-key  1 x ACCEPTS A ROGUE",
        "clients visited every scenario",
        "",
    ]
    assert err == "pinsmith: waiting for clients; press Ctrl-C to end\n"
    for port in (urls["leaf-pin"][2], urls["wrong-key"][2], roots[2]):
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", int(port)), timeout=10).close()
    assert list(serving.folder.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="not on Windows: no SIGINT for children")
def test_json_is_one_document_on_each_line(start: Any) -> None:  # noqa: ANN401 - a factory
    """
    The first document lists the scenarios, then follows one for each event, and then the summary.

    All have a version.
    """
    serving = start("--format", "json", "--key", "rsa-2048")
    opened = json.loads(serving.line())
    leaf_pin, wrong_key = opened["scenarios"]
    assert (opened["version"], opened["host"], opened["address"]) == (1, "localhost", "127.0.0.1")
    assert (leaf_pin["id"], leaf_pin["expected"], leaf_pin["key"]) == ("leaf-pin", "accept", "rsa-2048")
    assert leaf_pin["pins"][0] in download(leaf_pin["pin_file"])
    context = ssl.create_default_context(cadata=download(opened["files"]["roots"]))
    ask(("127.0.0.1", int(wrong_key["url"].split(":")[2].strip("/"))), context, "localhost")
    line = json.loads(serving.line())
    event = line["event"]
    assert (line["version"], event["scenario"], event["result"]) == (1, "wrong-key", "accepts-a-rogue")
    assert (event["bytes_received"], event["request"]) == (len(REQUEST), "GET /secret")
    code, out, err = serving.interrupt()
    results = [{"id": "leaf-pin", "results": {}}, {"id": "wrong-key", "results": {"accepts-a-rogue": 1}}]
    assert (code, err) == (ExitCode.OK, "")
    assert json.loads(out) == {"version": 1, "seen": results}


@pytest.mark.skipif(sys.platform == "win32", reason="not on Windows: no SIGTERM for children")
def test_sigterm_also_prints_the_summary(start: Any) -> None:  # noqa: ANN401 - a factory
    """A script that ends its background process with SIGTERM receives the summary too."""
    serving = start()
    serving.until("^roots ")
    serving.process.send_signal(signal.SIGTERM)
    out, _ = serving.process.communicate(timeout=30)
    assert (serving.process.returncode, out) == (ExitCode.OK, "\nclients did not visit 2 of 2 scenarios\n")


@pytest.mark.skipif(sys.platform == "win32", reason="not on Windows: no SIGTERM for children")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_end_writes_the_report(start: Any, number: int, tmp_path_factory: pytest.TempPathFactory) -> None:  # noqa: ANN401 - a factory
    """An interrupt writes what was seen, without the query and the headers of a request."""
    path = tmp_path_factory.mktemp("reports") / "report.html"
    serving = start("--report", str(path), "--subject", "Bank 4.2", "--format", "json")
    opened = json.loads(serving.line())
    wrong_key = opened["scenarios"][1]
    context = ssl.create_default_context(cadata=download(opened["files"]["roots"]))
    ask(("127.0.0.1", int(wrong_key["url"].split(":")[2].strip("/"))), context, "localhost")
    serving.line()
    serving.process.send_signal(number)
    _, err = serving.process.communicate(timeout=30)
    assert (serving.process.returncode, err) == (ExitCode.OK, f"pinsmith: wrote the report to {path}\n")
    html = path.read_text()
    assert "Bank 4.2 does not pin reliably: in 1 of 1 scenario, a client sent data to a rogue server." in html
    assert f"sent {len(REQUEST)} bytes (GET /secret)" in html
    assert REQUEST.decode().splitlines()[1] not in html


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_waits_until_events_are_taken(number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """An interrupt inside `Watch.take` could leave its lock taken, and then the service would never end."""
    whole: list[bool] = []
    take = Watch.take

    def interrupted(watch: Watch) -> tuple[Event, ...]:
        if not whole:
            signal.raise_signal(number)
        events = take(watch)
        whole.append(True)
        return events

    monkeypatch.setattr(Watch, "take", interrupted)
    answer = run("lab", "serve", "--scenario", "leaf-pin")
    assert (answer.code, len(whole)) == (ExitCode.OK, 2)
    assert "clients did not visit 1 of 1 scenarios" in answer.stdout


def test_an_open_network_causes_a_warning(briefly: None) -> None:
    """The command warns if other machines can reach the servers, and does not warn on the loopback."""
    answer = run("lab", "serve", "--scenario", "leaf-pin", "--host", "0.0.0.0", "--name", "localhost")  # noqa: S104
    assert answer.code == ExitCode.OK
    assert f"pinsmith: warning: {OPEN_WARNING[0].lower()}{OPEN_WARNING[1:]}" in answer.stderr
    assert "Remove them afterwards" in answer.stderr
    assert "warning" not in run("lab", "serve", "--scenario", "leaf-pin").stderr


def test_it_prints_qr_codes_on_a_terminal_if_there_are_few(briefly: None) -> None:
    """
    A terminal shows codes for the page and for each of a few scenarios; with many, only the page's.

    A file gets none.
    """
    few = run("lab", "serve", "--scenario", "leaf-pin", tty=True).stdout
    many = run("lab", "serve", tty=True).stdout
    asked = run("lab", "serve", "--scenario", "leaf-pin", "--qr").stdout
    corner = "\n██ ▄▄▄▄▄ █"  # each code contains this text twice, at its left edge
    assert [text.count(corner) // 2 for text in (few, many, asked)] == [2, 1, 2]
    for words in (("--scenario", "leaf-pin"), ("--no-qr",)):
        assert not set(BLOCKS) & set(run("lab", "serve", *words, tty="--no-qr" in words).stdout)


def test_without_the_library_for_qr_codes_there_is_a_hint(briefly: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the library, the links are printed, and a hint names the extra to install."""
    monkeypatch.setitem(sys.modules, "segno", None)
    answer = run("lab", "serve", "--scenario", "leaf-pin", "--qr")
    assert "https://localhost:" in answer.stdout
    assert "pip install 'pinsmith[lab]'" in answer.stderr


def test_it_lists_scenarios_that_are_left_out(briefly: None) -> None:
    """Each scenario that is left out is printed with its reason."""
    answer = run("lab", "serve", "--scenario", "leaf-pin", "--scenario", "unpinned-host", "--name", "10.0.2.2")
    assert "https://10.0.2.2:" in answer.stdout
    assert (
        "left out: unpinned-host: a device that connects to 10.0.2.2 would reach itself at 127.0.0.1" in answer.stderr
    )


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (("--scenario", "wrong-kee"), "did you mean wrong-key?"),
        (("--host", "lab.test"), "--host 'lab.test'"),
        (("--host", "0.0.0.0"), "devices also need a name"),  # noqa: S104 - that is what is tested
        (("--name", "no host"), "'no host'"),
        (("--key", "rsa-1"), "'rsa-1'"),
        (("--scenario", "unpinned-host", "--name", "10.0.2.2"), "no scenario is left to serve"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_a_wrong_option_is_a_usage_error(words: tuple[str, ...], text: str, briefly: None) -> None:
    """The error quotes the wrong value, and the command serves nothing."""
    answer = run("lab", "serve", *words)
    assert (answer.code, answer.stdout) == (ExitCode.USAGE, "")
    assert text in answer.stderr


def test_an_address_of_another_machine_is_an_error(briefly: None) -> None:
    """The error names the address on which it cannot listen, and a hint says what to do."""
    answer = run("lab", "serve", "--host", "192.0.2.1")
    assert (answer.code, answer.stdout) == (ExitCode.BROKE, "")
    assert "error[lab-broken]: cannot listen on 192.0.2.1: " in answer.stderr
    assert "hint: choose an address of this machine" in answer.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="not on Windows: no SIGINT for children")
def test_with_a_state_directory_an_app_is_built_once(start: Any, tmp_path: Path) -> None:  # noqa: ANN401 - a factory
    """After a restart, an app with the pins and roots of the first run reaches the good host and refuses the rogue."""
    state = tmp_path / "state"
    serving = start("--format", "json", "--state", str(state))
    first = json.loads(serving.line())
    roots, pins = download(first["files"]["roots"]), tmp_path / "pins.toml"
    certificate = download(first["scenarios"][0]["certificate"])
    pins.write_text(download(first["pin_file"]))
    app = pinsmith.PinnedSSLContext(pinsmith.load(pins), cadata=roots)
    code, _, err = serving.interrupt()
    assert code == ExitCode.OK
    assert f"made new keys in {state / 'lab-serve-ec-p256.json'}; " in err

    serving = start("--format", "json", "--state", str(state))
    second = json.loads(serving.line())
    assert (second["host"], second["roots_end"]) == ("lab.example.com", first["roots_end"])
    assert download(second["scenarios"][0]["certificate"]) == certificate
    with httpx.Client(verify=app, proxy=f"http://{second['proxy']}", trust_env=False) as client:
        assert client.get(second["scenarios"][0]["url"]).text == "ok\n"
        with pytest.raises(httpx.ConnectError, match="presented no pinned key"):
            client.get(second["scenarios"][1]["url"])
    # Before the interrupt, because the end of a connection is seen after its client has gone.
    assert [json.loads(serving.line())["event"]["result"] for _ in range(2)] == ["pass", "pass"]
    code, _, err = serving.interrupt()
    assert (code, err) == (ExitCode.OK, "")


def test_people_see_how_to_set_the_proxy(briefly: None, tmp_path: Path) -> None:
    """The table is followed by the proxy, and by commands for each kind of device that can reach it."""
    words = ("lab", "serve", "--scenario", "leaf-pin", "--state", str(tmp_path / "state"))
    local, everywhere = run(*words), run(*words, "--host", "0.0.0.0")  # noqa: S104 - that is what is tested
    found = re.search(r"^proxy +127\.0\.0\.1:(\d+)$", local.stdout, re.MULTILINE)
    assert found is not None
    assert f"adb shell settings put global http_proxy 10.0.2.2:{found[1]}" in local.stdout
    assert "adb shell settings put global http_proxy :0" in local.stdout
    assert "Wi-Fi" in everywhere.stdout
    assert "Wi-Fi" not in local.stdout
    assert "They may certify only hosts below lab.example.com" in everywhere.stderr


def test_a_renewal_and_its_end_are_announced(briefly: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing changes without being asked for: near the end there is a warning, and `--renew` keeps the pins."""
    words = ("lab", "serve", "--scenario", "leaf-pin", "--state", str(tmp_path / "state"))
    first = run(*words)
    with monkeypatch.context() as time:
        time.setattr("tests.cli.support.NOW", datetime.now(UTC) + timedelta(days=27))
        late = run(*words)
        time.setattr("tests.cli.support.NOW", datetime.now(UTC) + timedelta(days=31))
        ended = run(*words)
    assert "warning: the authorities in " in late.stderr
    assert "start it once with `--renew`" in late.stderr
    assert (ended.code, ended.stdout) == (ExitCode.BROKE, "")
    assert "error[lab]: the authorities in " in ended.stderr
    renewed = run(*words, "--renew", "--no-qr")
    assert "the pins stay, and devices need the new ones" in renewed.stderr
    pins = [re.findall(r"sha256/\S+", answer.stdout) for answer in (first, late, renewed)]
    assert pins[0] == pins[1] == pins[2]


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (("--renew",), "--renew needs --state"),
        (("--state", "state", "--name", "localhost"), "--name 'localhost' cannot be served"),
    ],
)
def test_options_that_contradict_a_state_directory_are_usage_errors(
    words: tuple[str, ...], text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The command makes no directory and serves nothing."""
    monkeypatch.chdir(tmp_path)
    answer = run("lab", "serve", *words)
    assert (answer.code, answer.stdout) == (ExitCode.USAGE, "")
    assert text in answer.stderr
    assert list(tmp_path.iterdir()) == []
