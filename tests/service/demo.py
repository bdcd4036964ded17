# ruff: noqa: T201 - a demonstration prints
"""
Watch the service notice a lock-out: ``make demo-service``.

It starts a host, a webhook and a mail server on the loopback, and `pinsmith serve` as a process. Then the host gets
another key, and an app reports that it refused the host. Each step is waited for, and the program fails if one does not
happen. Nothing leaves the machine.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pinsmith.lab.pki.authority import Authority
from pinsmith.lab.pki.identity import Identity, pem_of
from pinsmith.lab.servers.server import RecordingServer
from tests.service.process import ServiceProcess
from tests.service.receivers import Hook, MailServer

if TYPE_CHECKING:
    from collections.abc import Callable

HOST: Final = "api.example.com"
_PATIENCE_SECONDS: Final = 120
_PINS: Final = """\
version = 1

[keys.api-2026]
pin = "{live}"
role = "leaf"

[keys.api-standby]
pin = "{spare}"
role = "leaf"
standby = true

[[host]]
name = "{host}"
connect = "127.0.0.1:{port}"
cafile = "root.pem"
keys = ["api-2026", "api-standby"]
"""
_SETTINGS: Final = """\
version = 1

[monitor]
interval = 2
vantage = "this machine"

[[channel]]
kind = "webhook"
name = "on-call"
url = "{hook}"

[[channel]]
kind = "mail"
name = "team"
server = "127.0.0.1"
port = {mail}
tls = "none"
sender = "pinsmith@example.com"
to = ["team@example.com"]
"""


def main() -> int:
    """Play the story; return 0 if every step happened."""
    root = Authority.root("Example Root")
    live, new, spare = root.issue(HOST), root.issue(HOST), Identity.self_signed(HOST)
    with tempfile.TemporaryDirectory() as name, Hook() as hook, MailServer() as mail:
        folder = Path(name)
        (folder / "root.pem").write_text(root.pem)
        (folder / "service.toml").write_text(_SETTINGS.format(hook=hook.url, mail=mail.port))
        with RecordingServer(live) as server, RecordingServer(new) as moved:
            pins = folder / "pins.toml"
            values = {"live": live.pin, "spare": spare.pin, "host": HOST}
            pins.write_text(_PINS.format(port=server.port, **values))
            with ServiceProcess(folder) as service:
                _tell(service, hook, mail, lambda: pins.write_text(_PINS.format(port=moved.port, **values)), new)
    print("Every step happened.")
    return 0


def _tell(service: ServiceProcess, hook: Hook, mail: MailServer, move: Callable[[], object], new: Identity) -> None:
    print(f"pinsmith serves at {service.url}\n")
    until("the host is well", lambda: service.states() == ["ok"])
    print(f"1. {HOST} presents the pinned key: ok")
    move()
    print("2. the host moves to a server with a key that nobody pinned")
    until("the alert arrives", lambda: bool(hook.requests and mail.mails))
    _show_alert(json.loads(hook.requests[0][3]), mail.mails[0])
    service.post("/reports", _report(new))
    until("the report is classified", lambda: bool(service.classes()))
    print(f"4. an app reports that it refused the host: {service.classes()[0]}\n")
    if sys.stdin.isatty():
        input(f"Look at {service.url}; press Enter to end. ")


def until(what: str, happened: Callable[[], bool]) -> None:
    """Wait until *happened* says yes."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not happened():
        if time.monotonic() > deadline:
            raise SystemExit(f"{what} was expected within {_PATIENCE_SECONDS} s, and did not happen")
        time.sleep(0.1)


def _show_alert(alert: dict[str, Any], mail: str) -> None:
    print(f"3. the webhook gets {alert['kind']}: {alert['title']}")
    for finding in alert["findings"]:
        print(f"     {finding['message']}\n     what to do: {finding['fix']}")
    subject = next(line for line in mail.splitlines() if line.startswith("Subject: "))
    print(f"   the mail server gets {subject}")


def _report(served: Identity) -> bytes:
    """Write the report that TrustKit on iOS sends."""
    chain = [pem_of([certificate]) for certificate in served.chain]
    pin = Identity.self_signed(HOST).pin.removeprefix("sha256/")
    return json.dumps(
        {
            "app-bundle-id": "com.example.bank",
            "app-version": "4.2",
            "app-vendor-id": "00000000-0000-4000-8000-000000000000",
            "app-platform": "IOS",
            "trustkit-version": "3.0.7",
            "date-time": "2026-12-01T08:00:00Z",
            "hostname": HOST,
            "port": 0,
            "noted-hostname": HOST,
            "include-subdomains": False,
            "enforce-pinning": True,
            "validation-result": 1,
            "validated-certificate-chain": chain,
            "known-pins": [f'pin-sha256="{pin}"'],
        }
    ).encode()


if __name__ == "__main__":
    sys.exit(main())
