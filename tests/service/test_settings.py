"""The settings of the service: what is accepted, and which sentence each mistake gets."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from pinsmith.errors.service import SettingsError
from pinsmith.service.bundle_settings import BundleSettings
from pinsmith.service.report_settings import ClickHouseSettings, KafkaSettings
from pinsmith.service.settings import DEFAULT, Apprise, Command, Digest, Mail, Maintenance, Webhook, load_settings
from tests.meta.source import ROOT

if TYPE_CHECKING:
    from pathlib import Path

FULL = """
version = 1

[monitor]
interval = 60
vantage = "home"

[[channel]]
kind = "webhook"
name = "ops"
url = "https://hooks.example.com"
states = ["lockout"]

[[channel]]
kind = "command"
name = "run"
run = ["sh"]

[lab]
results = ["android.json"]

[[maintenance]]
start = 2026-12-24T20:00:00Z
end = 2026-12-24T22:00:00Z
hosts = ["api.example.com"]
"""
MAILING = """
version = 1
[[channel]]
kind = "mail"
name = "team"
server = "mail.example.com"
tls = "none"
sender = "a@example.com"
to = ["b@example.com"]
"""


def test_a_full_file_is_read(tmp_path: Path) -> None:
    """Every table has its values, and what is missing has a default."""
    (tmp_path / "service.toml").write_text(FULL)
    settings = load_settings(tmp_path / "service.toml")
    assert [channel.name for channel in settings.channel] == ["ops", "run"]
    assert settings.monitor.timeout == DEFAULT.monitor.timeout
    (window,) = settings.maintenance
    assert window.covers("api.example.com", datetime(2026, 12, 24, 21, tzinfo=UTC))
    assert not window.covers("api.example.com", datetime(2026, 12, 24, 22, tzinfo=UTC))
    assert not window.covers("www.example.com", datetime(2026, 12, 24, 21, tzinfo=UTC))


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("version = 2", "version"),
        ("version = 1\nmonitro = 1", "monitro"),
        ("version = 1\n[monitor]\ninterval = 0", r"monitor\.interval"),
        ('version = 1\n[monitor]\nvantage = "fra1/x"', r"monitor\.vantage: 'fra1/x' cannot be the name of a place"),
        (f'version = 1\n[monitor]\nvantage = "{"x" * 33}"', r"monitor\.vantage: 'x+' cannot be the name"),
        ('version = 1\n[inspect]\nallow = ["10.0.0.1/8"]', r"inspect\.allow: '10\.0\.0\.1/8' is not a network"),
        ("version = 1\n[inspect]\nports = [0]", r"inspect\.ports"),
        ('version = 1\n[[channel]]\nkind = "pigeon"\nname = "x"', "pigeon"),
        ('version = 1\n[[channel]]\nkind = "command"\nname = "x"\nrun = []', r"channel\[0\]\.run"),
        ("version = ", "not valid TOML"),
        (FULL.replace('"run"', '"ops"', 1), "two channels have the name ops"),
        (FULL.replace("22:00:00Z", "19:00:00Z"), "ends before it starts"),
        (FULL.replace("22:00:00Z", "22:00:00"), "no time zone"),
        (FULL.replace('states = ["lockout"]', 'secret = { env = "NOT_THERE" }'), "NOT_THERE contains nothing"),
        (FULL.replace('states = ["lockout"]', 'digest = "8:00"'), r"channel\[0\]\.digest"),
        (FULL.replace('states = ["lockout"]', 'digest = "24:00"'), r"channel\[0\]\.digest"),
        (
            FULL.replace('states = ["lockout"]', 'digest = { at = "08:00", zone = "Mars" }'),
            r"digest\.zone: there",
        ),
        (
            FULL.replace('states = ["lockout"]', 'digest = { at = "08:00", zone = "../x" }'),
            r"digest\.zone: there",
        ),
        (FULL.replace('states = ["lockout"]', 'digest = { at = "08:00", days = ["Monday"] }'), r"digest\.days"),
        (MAILING, r"channel\[0\]\.tls: mail\.example\.com would get alerts without TLS"),
        (FULL.replace("https://hooks.example.com", "hooks.example.com"), r"channel\[0\]\.url: its URL is not valid"),
        (FULL.replace("https:", "http:"), r"channel\[0\]\.url: hooks\.example\.com would get the alert without TLS"),
        (FULL.replace("[monitor]", '[monitor]\nheartbeat = { file = "service.toml" }'), r"monitor\.heartbeat: its URL"),
        (FULL.replace('states = ["lockout"]', "secret = {}"), "either a file or a variable"),
        (FULL.replace('states = ["lockout"]', 'secret = { file = "none" }'), "does not exist"),
    ],
)
def test_a_mistake_names_the_setting(text: str, problem: str, tmp_path: Path) -> None:
    """Each error begins with the file and says which setting is wrong."""
    path = tmp_path / "service.toml"
    path.write_text(text)
    with pytest.raises(SettingsError, match=problem) as caught:
        load_settings(path)
    assert str(caught.value).startswith(str(path))


@pytest.mark.parametrize(
    ("text", "problem", "hint"),
    [
        ("version = 1\nmonitro = 1", "monitro: there is no such setting here", "did you mean 'monitor'?"),
        (FULL.replace("vantage", "vantag"), "monitor.vantag: there is no such setting here", "did you mean 'vantage'?"),
        (FULL.replace("url =", "link ="), "channel[0].link: there is no such", "settings here: name, states, kinds, "),
        (
            FULL.replace('"webhook"', '"web"'),
            "channel[0].kind: expected one of webhook, mail, ",
            "did you mean 'webhook'?",
        ),
        (FULL.replace('"lockout"', '"lockd"'), "channel[0].states[0]: expected one of ", "did you mean 'lock"),
        (FULL.replace('states = ["lockout"]', 'digest = { at = "8:00" }'), "digest.at: '8:00' is not", "such as 08:00"),
        (
            FULL.replace('states = ["lockout"]', 'secret = "hunter2"'),
            "secret: a secret must not stand",
            "write { env =",
        ),
        (
            FULL.replace("interval = 60", 'interval = "1m"'),
            "monitor.interval: expected a number, got a text in quotes",
            "",
        ),
        (FULL.replace("interval = 60", "interval = 0"), "monitor.interval: expected a number > 0.0", ""),
        ("version = 2", "version: expected 1, got 2", ""),
        (FULL.replace('url = "https://hooks.example.com"', ""), "channel[0]: url is missing", ""),
        (FULL.replace('run = ["sh"]', "run = []"), "channel[1].run: it contains nothing", ""),
        (
            FULL.replace('run = ["sh"]', 'run = ["notify-no-one"]'),
            "channel[1].run: there is no program notify-no-one",
            "install it, or write its whole path",
        ),
        ("version = 1\nchannel = 5", "channel: expected an array, got a whole number", ""),
    ],
)
def test_a_mistake_comes_with_its_correction(text: str, problem: str, hint: str, tmp_path: Path) -> None:
    """Names and choices that do not exist get the nearest one, and no secret is repeated."""
    path = tmp_path / "service.toml"
    path.write_text(text)
    with pytest.raises(SettingsError) as caught:
        load_settings(path)
    assert problem in str(caught.value)
    assert hint in (caught.value.hint or "")
    assert "hunter2" not in f"{caught.value}{caught.value.hint}"


def test_every_setting_is_documented() -> None:
    """The page of the service names each setting, in its text or in an example."""
    page = (ROOT / "docs" / "operate.md").read_text()
    tables = [*(getattr(DEFAULT, name) for name in ("monitor", "access", "reports", "inspect", "lab"))]
    kinds = [type(table) for table in tables] + [
        Webhook,
        Mail,
        Command,
        Apprise,
        Digest,
        Maintenance,
        BundleSettings,
        KafkaSettings,
        ClickHouseSettings,
    ]
    names = {name for kind in kinds for name in kind.__struct_encode_fields__}
    assert {name for name in names if f"`{name}`" not in page and f"{name} = " not in page} == set()
