"""The files of `deploy/` fit to the service: settings are read, and rules and dashboards name metrics that exist."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from pinsmith.cli.serve import serve
from pinsmith.documents.watch_metrics import Reported, Watched, watch_metrics
from pinsmith.monitor.observation import Observation
from pinsmith.monitor.outcome import Memory, Service
from pinsmith.monitor.status import MEANINGS
from pinsmith.monitor.watch import Watch
from pinsmith.service.settings import load_settings
from tests.meta.source import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

DEPLOY = ROOT / "deploy"
NOON = datetime(2026, 6, 15, 12, tzinfo=UTC)


def test_the_settings_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The example has every table, and its secrets come from the environment."""
    text = (DEPLOY / "service.toml").read_text()
    for name in re.findall(r'env = "([A-Z_]+)"', text):
        monkeypatch.setenv(name, "https://secret.example.com")
    settings = load_settings(DEPLOY / "service.toml")
    assert [channel.name for channel in settings.channel] == ["on-call", "team"]
    assert settings.reports.keys == ["app"]


def test_rules_and_dashboard_name_metrics_that_exist() -> None:
    """A metric that is renamed would silence the rules without a word."""
    service = Service("/etc/pinsmith/pins.toml", "api.example.com", 443)
    answer = Observation("api.example.com", 443, ())
    host = Watched(service, "fra1", Memory(Watch("ok", NOON), answer, NOON), NOON, None)
    metrics = watch_metrics([host], {}, now=NOON, problems=0, undelivered=0, disagreements=[], reports=Reported({}, {}))
    exposed = set(re.findall(r"# TYPE (\w+)", metrics))
    for name in ("pinsmith-rules.yml", "grafana-dashboard.json"):
        text = (DEPLOY / name).read_text()
        assert set(re.findall(r"\bpinsmith_[a-z_]+\b", text)) <= exposed, name
        states = {state for found in re.findall(r'state=~?\\?"([a-z|-]+)', text) for state in found.split("|")}
        assert states <= set(MEANINGS), name
    assert json.loads((DEPLOY / "grafana-dashboard.json").read_text())["panels"]


def test_the_unit_and_the_image_start_the_command_as_it_is() -> None:
    """Every option that they pass exists."""
    known = {name for option in serve.params for name in option.opts}
    for name in ("pinsmith.service", "Containerfile"):
        lines = [
            line for line in (DEPLOY / name).read_text().splitlines() if line.startswith(("ExecStart", "ENTRYPOINT"))
        ]
        assert len(lines) == 1
        assert set(re.findall(r"--[a-z-]+", lines[0])) <= known, name
