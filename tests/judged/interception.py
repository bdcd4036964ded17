"""
Run the same apps through a real mitmproxy and through ``pinsmith lab proxy``, and compare what both observed.

``MITMDUMP=/path/to/mitmdump python -m tests.judged.interception`` writes the table in docs/proxy.md.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

from pinsmith.lab.pki.lab_pki import LabPKI
from pinsmith.lab.scenario import Pinning
from pinsmith.lab.stage import Stage
from tests.judged.subject import CURL, GO, PROGRAMS, compiled

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tests.judged.subject import Tool

PINNED: Final = "api.test"
OPEN: Final = "open.test"
PAGE: Final = Path(__file__).parents[2] / "docs" / "proxy.md"
BEGIN: Final = "<!-- Measured: written by `python -m tests.judged.interception`. -->"
END: Final = "<!-- End of what was measured. -->"
_SECONDS: Final = 300.0


@dataclass(frozen=True, slots=True)
class App:
    """
    An intercepted app, which sends requests to `OPEN` and `PINNED`.

    Attributes:
        id: The name in test ids.
        title: The phrase in the table.
        command: A command for sh. ``$CA`` is the authority to trust, ``$PROXY`` the proxy; `_variables` has the others.
        pinned: The verdict about `PINNED` that both proxies must reach.
        opened: The verdict about `OPEN`.
        tools: The programs that must be installed.
    """

    id: str
    title: str
    command: str
    pinned: str
    opened: str
    tools: tuple[Tool, ...] = (CURL,)


_CURL: Final = 'curl -s -o /dev/null --max-time "$SECONDS_TO_WAIT" --proxy "$PROXY"'
_BOTH: Final = (f"https://{OPEN}/", f"https://{PINNED}/")
APPS: Final = (
    App(
        "curl-pins",
        "curl, `--pinnedpubkey` for one of the hosts",
        f'{_CURL} --cacert "$CA" {_BOTH[0]}; {_CURL} --cacert "$CA" --pinnedpubkey "$PIN_CURL" {_BOTH[1]}',
        "pinned",
        "not-pinned",
    ),
    App(
        "curl-does-not-pin",
        "curl without pins",
        f'{_CURL} --cacert "$CA" {_BOTH[0]}; {_CURL} --cacert "$CA" {_BOTH[1]}',
        "not-pinned",
        "not-pinned",
    ),
    App(
        "curl-does-not-trust",
        "curl without pins, which does not trust the proxy's authority",
        f'{_CURL} --cacert "$OTHER_CA" {_BOTH[0]}; {_CURL} --cacert "$OTHER_CA" {_BOTH[1]}',
        "inconclusive",
        "inconclusive",
    ),
    App(
        "go-pins",
        "Go, `VerifyConnection` for one of the hosts",
        f'"$GO" unpinned {_BOTH[0]} "$CA" "$PIN" "$PROXY"; "$GO" verify-connection {_BOTH[1]} "$CA" "$PIN" "$PROXY"',
        "pinned",
        "not-pinned",
        (GO,),
    ),
    App(
        "requests-pinsmith",
        "requests with pinsmith and a pins.toml",
        " ; ".join(f'"$PYTHON" "$PROGRAMS/requests_pinsmith.py" {url} "$POLICY" "$CA" "$PROXY"' for url in _BOTH),
        "pinned",
        "not-pinned",
        (),
    ),
    App(
        "guide-after-send",
        "the requests adapter of a guide, which compares after it has sent",
        f'"$PYTHON" "$PROGRAMS/requests_after_send.py" {_BOTH[1]} none "$CA"; {_CURL} --cacert "$CA" {_BOTH[0]}',
        "not-pinned",
        "not-pinned",
    ),
)


@dataclass(frozen=True, slots=True)
class Comparison:
    """
    One app, as both proxies saw it.

    Attributes:
        app: The app.
        shown: The events that mitmproxy reported, in its words, by host.
        by_hand: The verdict of a careful reader of these events, by host.
        verdicts: The verdict of ``pinsmith lab proxy``, by host.
    """

    app: App
    shown: Mapping[str, str]
    by_hand: Mapping[str, str]
    verdicts: Mapping[str, str]


def mitmdump() -> str:
    """Return the path of mitmdump; without it the test is skipped, which ``--no-skips`` makes a failure."""
    found = os.environ.get("MITMDUMP") or shutil.which("mitmdump")
    if found is None:
        pytest.skip("mitmdump is not installed: `nox -s clients` installs it in an environment of its own")
    return found


@cache
def compare(app: App) -> Comparison:
    """Run *app* through both proxies."""
    pki = LabPKI.of_kind("ec-p256")
    with tempfile.TemporaryDirectory(prefix="pinsmith-judged-") as name, Stage(pki) as stage:
        folder = Path(name)
        (folder / "real.pem").write_text(pki.trusted_pem, encoding="ascii")
        (folder / "pins.toml").write_text(Pinning((pki.pin, pki.backup_pin), PINNED).pin_file(), encoding="utf-8")
        routes = {host: stage.serve(pki.genuine(host)).port for host in (PINNED, OPEN)}
        variables = _variables(app, pki, folder)
        shown = _through_mitmproxy(app, variables, folder, routes)
        verdicts = _through_pinsmith(app, variables, folder, routes)
        by_hand = {host: _conclude(host, shown) for host in routes}
        return Comparison(app, {host: _words(events) for host, events in shown.items()}, by_hand, verdicts)


def _variables(app: App, pki: LabPKI, folder: Path) -> dict[str, str]:
    variables = {
        "PATH": os.environ["PATH"],
        "PIN": pki.pin,
        "PIN_CURL": pki.pin.replace("/", "//", 1),
        "POLICY": str(folder / "pins.toml"),
        "OTHER_CA": str(folder / "real.pem"),
        "PYTHON": sys.executable,
        "PROGRAMS": str(PROGRAMS),
        # No app of these waits for a silent server, so only a busy machine makes it wait.
        "SECONDS_TO_WAIT": "120",
    }
    return variables | {"GO": compiled()} if GO in app.tools else variables


def _through_pinsmith(app: App, variables: dict[str, str], folder: Path, routes: Mapping[str, int]) -> dict[str, str]:
    ways = [word for host, port in routes.items() for word in ("--connect-to", f"{host}:443=127.0.0.1:{port}")]
    command = [
        *(sys.executable, "-c", "from pinsmith.cli import main; main()", "lab", "proxy", "--format", "json"),
        *("--cafile", str(folder / "real.pem"), *ways),
        *("--", "/bin/sh", "-c", f'CA="$SSL_CERT_FILE" PROXY="$HTTPS_PROXY"; export CA PROXY; {app.command}'),
    ]
    done = subprocess.run(command, env=variables, capture_output=True, text=True, timeout=_SECONDS, check=False)
    found: dict[str, Any] = json.loads(done.stdout)
    return {host["host"]: host["verdict"] for host in found["hosts"]}


def _through_mitmproxy(
    app: App, variables: dict[str, str], folder: Path, routes: Mapping[str, int]
) -> dict[str, list[dict[str, str]]]:
    evidence, authority = folder / "evidence.jsonl", folder / "mitmproxy" / "mitmproxy-ca-cert.pem"
    command = [
        *(mitmdump(), "--listen-host", "127.0.0.1", "--listen-port", "0", "-s", f"{PROGRAMS}/mitmproxy_evidence.py"),
        *("--set", f"confdir={folder / 'mitmproxy'}"),
        *("--set", f"ssl_verify_upstream_trusted_ca={folder / 'real.pem'}"),
    ]
    environment = {
        "PATH": variables["PATH"],
        "HOME": str(folder),
        "PYTHONUNBUFFERED": "1",  # otherwise the line with its port stays in a buffer
        "EVIDENCE": str(evidence),
        "ROUTES": json.dumps(routes),
    }
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        try:
            assert process.stdout is not None
            proxy = f"http://127.0.0.1:{_port(process.stdout)}"
            variables = variables | {"CA": str(authority), "PROXY": proxy, "HTTPS_PROXY": proxy}
            subprocess.run(
                ["/bin/sh", "-c", app.command], env=variables, capture_output=True, timeout=_SECONDS, check=False
            )
            _until_all_left(process.stdout)
        finally:
            process.send_signal(signal.SIGTERM)
    events = [json.loads(line) for line in evidence.read_text("utf-8").splitlines()]
    return {host: [event for event in events if event["host"] == host] for host in routes}


def _port(output: Iterator[str]) -> str:
    printed = ""
    for line in output:
        printed += line
        if found := re.search(r"listening at \S*?:(\d+)", line):
            return found[1]
    raise RuntimeError(f"mitmdump did not listen:\n{printed}")


def _until_all_left(output: Iterator[str]) -> None:
    """Read on until mitmproxy has logged the ends of both connections, so that nothing is missing."""
    here, left = 0, 0
    for line in output:
        here += "client connect" in line
        left += "client disconnect" in line
        if left == here >= len(_BOTH):
            return


def _conclude(host: str, shown: Mapping[str, list[dict[str, str]]]) -> str:
    """Conclude as a careful reader does: a refusal proves pins only if requests to another host were read."""
    read = {name for name, events in shown.items() if any(event["event"] == "read" for event in events)}
    if host in read:
        return "not-pinned"
    if not shown[host]:
        return "not-seen"
    return "pinned" if read else "inconclusive"


def _words(events: list[dict[str, str]]) -> str:
    phrases = {"established": "handshake established", "read": "request read"}
    found = [
        phrases.get(event["event"]) or f"handshake failed: {event['words']}"
        for event in events
        if event["event"] != "asked"
    ]
    if not any(event["event"] in {"read", "failed"} for event in events):
        found.append("no request")
    return ", ".join(found)


def table(comparisons: list[Comparison]) -> str:
    """Return the measurements as a table in Markdown."""
    lines = [
        "| app | host | what mitmproxy reports | read by hand | `pinsmith lab proxy` |",
        "| - | - | - | - | - |",
    ]
    for comparison in comparisons:
        for host in (PINNED, OPEN):
            columns = (
                comparison.app.title,
                f"`{host}`",
                comparison.shown[host],
                comparison.by_hand[host],
                comparison.verdicts[host],
            )
            lines.append(f"| {' | '.join(columns)} |")
    return "\n".join(lines)


def section(comparisons: list[Comparison]) -> str:
    """Return the text of docs/proxy.md with a table of *comparisons*."""
    before, rest = PAGE.read_text("utf-8").split(BEGIN)
    return f"{before}{BEGIN}\n\n{table(comparisons)}\n\n{END}{rest.split(END)[1]}"


if __name__ == "__main__":
    PAGE.write_text(section([compare(app) for app in APPS]), "utf-8", newline="\n")
