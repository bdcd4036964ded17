"""Alerts reach a webhook, a mail server, a program and Apprise, and a failure says why."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import sys
from datetime import UTC, datetime
from email import message_from_string
from email.policy import default
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pinsmith.documents.alert import alert_out
from pinsmith.errors.service import DeliveryError
from pinsmith.finding import Finding, HostPlace, Severity
from pinsmith.monitor.watch import Alert
from pinsmith.service import settings
from pinsmith.service.channels import sender
from pinsmith.service.secret import Secret
from tests.service.receivers import Hook, MailServer

if TYPE_CHECKING:
    from pinsmith.documents.alert import AlertOut

NOON = datetime(2026, 6, 15, 12, tzinfo=UTC)
FINDING = Finding(
    "clients-refused", Severity.HIGH, HostPlace("api.example.com"), "no pinned key", "run `pinsmith check`"
)


def alert(message: str = "no pinned key") -> AlertOut:
    """Make an alert of a lock-out."""
    finding = Finding("clients-refused", Severity.HIGH, HostPlace("api.example.com"), message, "run `pinsmith check`")
    return alert_out(Alert("raised", "api.example.com", 443, "ok", "lockout", NOON, NOON, (finding,)), "home")


def send(channel: settings.Channel, told: AlertOut | None = None) -> None:
    """Send one alert."""
    sender(channel, Path())(told or alert(), "pinsmith-1", NOON)


def mail_to(server: MailServer) -> settings.Mail:
    """Set up a mail channel."""
    to = ["b@example.com"]
    return settings.Mail(name="mail", server="127.0.0.1", port=server.port, tls="none", sender="a@example.com", to=to)


def test_a_webhook_gets_signed_json(monkeypatch: pytest.MonkeyPatch) -> None:
    """The signature is over id, time and body, with the bytes of the secret."""
    key = b"a key of thirty-two bytes exactly"
    monkeypatch.setenv("HOOK_SECRET", f"whsec_{base64.b64encode(key).decode()}")
    with Hook() as hook:
        send(settings.Webhook(name="hook", url=f"{hook.url}/x?y=1", secret=Secret(env="HOOK_SECRET")))
    ((method, path, headers, body),) = hook.requests
    assert (method, path, json.loads(body)["state"]) == ("POST", "/x?y=1", "lockout")
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    expected = base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
    assert headers["webhook-signature"] == f"v1,{expected}"


@pytest.mark.parametrize(
    ("status", "problem"), [(500, "status 500"), (302, "status 302")], ids=["a failure", "a redirect"]
)
def test_a_webhook_that_does_not_succeed_is_an_error(status: int, problem: str) -> None:
    """A redirect is not followed, because it could lead the alert to somebody else."""
    with Hook(status) as hook, pytest.raises(DeliveryError, match=problem):
        send(settings.Webhook(name="hook", url=hook.url))
    assert len(hook.requests) == 1


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("http://hooks.example.com/secret", "hooks.example.com would get the alert without TLS"),
        ("ftp://hooks.example.com", "not valid"),
        ("https://user:secret@hooks.example.com", "not valid"),
        ("https://[secret", "not valid"),
        ("https://hooks.example.com/sécret", "not valid"),
        (f"https://{'x' * 64}.example.com/secret", "cannot be reached"),
    ],
)
def test_a_url_that_is_not_safe_is_refused_without_showing_it(url: str, problem: str) -> None:
    """URLs of webhooks are often secrets."""
    with pytest.raises(DeliveryError, match=problem) as caught:
        send(settings.Webhook(name="hook", url=url))
    assert "secret" not in str(caught.value)


def test_a_mail_says_what_is_wrong_and_what_to_do() -> None:
    """The subject names the state, and the text the reason and the next command."""
    with MailServer() as server:
        send(mail_to(server))
    mail = message_from_string(server.mails[0], policy=default)
    assert mail["Subject"] == "[pinsmith] lockout: api.example.com:443: clients are locked out"
    assert "what to do: run `pinsmith check`" in mail.get_content()


def test_a_mail_server_that_refuses_is_an_error() -> None:
    """The message names the server."""
    with MailServer(refuses=True) as server, pytest.raises(DeliveryError, match=r"127\.0\.0\.1 did not take the mail"):
        send(mail_to(server))


def test_a_program_gets_the_alert_and_its_failure_is_told(tmp_path: Path) -> None:
    """JSON arrives at its standard input; what it says before it fails is in the error, without control characters."""
    kept = tmp_path / "alert.json"
    write = "import sys, pathlib; pathlib.Path(sys.argv[1]).write_bytes(sys.stdin.buffer.read())"
    send(settings.Command(name="run", run=[sys.executable, "-c", write, str(kept)]))
    assert json.loads(kept.read_bytes())["host"] == "api.example.com"
    fail = r"import sys; sys.stdin.read(); sys.exit('no \x1b[31m paper')"
    with pytest.raises(DeliveryError, match=r"ended with 1: no .*paper") as caught:
        send(settings.Command(name="run", run=[sys.executable, "-c", fail]))
    assert "\x1b" not in str(caught.value)
    with pytest.raises(DeliveryError, match="cannot be started"):
        send(settings.Command(name="run", run=[str(tmp_path / "nothing")]))
