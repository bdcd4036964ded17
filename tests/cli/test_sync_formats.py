"""`pinsmith sync --check --format` reports to programs and to CI what the text reports to people."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from pinsmith.exit_code import ExitCode
from tests.cli.support import run
from tests.formats.policy import pin

OURS, STANDBY, THEIRS = (pin(name) for name in ("ours", "standby", "theirs"))
PIN_FILE = f"""version = 1
[keys.ours]
pin = "{OURS}"
role = "leaf"
[keys.standby]
pin = "{STANDBY}"
role = "leaf"
[[host]]
name = "api.example.com"
keys = ["ours", "standby"]
[[output]]
format = "curl"
path = "api.curlrc"
[[output]]
format = "wget"
path = "api.wgetrc"
"""


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".git").mkdir()
    Path("pins.toml").write_text(PIN_FILE)
    assert run("sync").code == ExitCode.OK


def _findings() -> list[tuple[object, ...]]:
    answer = run("sync", "--check", "--json")
    document = json.loads(answer.stdout)
    assert document["ok"] == (answer.code == ExitCode.OK)
    return [
        (found["rule"], found["severity"], found["place"].get("file"), found["place"].get("line"))
        for found in document["findings"]
    ]


def test_a_good_tree_has_no_findings() -> None:
    """The document lists every file as up to date, each file has a passed case, and nothing is annotated."""
    assert json.loads(run("sync", "--check", "--json").stdout) == {
        "version": 1,
        "ok": True,
        "files": [
            {"path": "api.curlrc", "format": "curl", "up_to_date": True},
            {"path": "api.wgetrc", "format": "wget", "up_to_date": True},
        ],
        "findings": [],
    }
    report = ET.fromstring(run("sync", "--check", "--format", "junit").stdout)  # noqa: S314 - ours
    assert (report.get("tests"), report.get("failures")) == ("2", "0")
    assert run("sync", "--check", "--format", "github").stdout == ""


def test_the_finding_names_the_first_line_that_differs() -> None:
    """A file that was edited is named with the line, one that is missing without, and both fail."""
    Path("api.wgetrc").unlink()
    edited = Path("api.curlrc")
    edited.write_text(edited.read_text().replace(STANDBY.base64, THEIRS.base64))
    (line,) = (number for number, text in enumerate(edited.read_text().splitlines(), 1) if THEIRS.base64 in text)
    assert _findings() == [
        ("out-of-sync", "high", "api.curlrc", line),
        ("out-of-sync", "high", "api.wgetrc", None),
        ("foreign-pins", "high", "api.curlrc", None),
    ]
    annotations = run("sync", "--check", "--format", "github").stdout.splitlines()
    assert [text.partition("::it ")[0] for text in annotations] == [
        f"::error file=api.curlrc,line={line},title=out-of-sync",
        "::error file=api.wgetrc,title=out-of-sync",
        "::error file=api.curlrc,title=foreign-pins",
    ]
    assert str(THEIRS) in annotations[2]
    cases = ET.fromstring(run("sync", "--check", "--format", "junit").stdout).findall(".//testcase")  # noqa: S314 - ours
    assert [(case.get("name"), len(case)) for case in cases] == [("api.curlrc", 1), ("api.wgetrc", 1)]


def test_pins_that_end_are_findings_about_their_host() -> None:
    """Pins that are over fail the check, under the rule that `sync` refuses them by."""
    text = PIN_FILE.replace("[[output]]", "expires = 2020-01-01\n[[output]]", 1)
    Path("pins.toml").write_text(text.replace("path =", 'accept-loss = ["expiry-dropped"]\npath ='))
    answer = run("sync", "--check", "--json")
    assert answer.code == ExitCode.MISMATCH
    (found,) = json.loads(answer.stdout)["findings"]
    assert (found["rule"], found["severity"], found["place"]["host"]) == ("pins-ended", "high", "api.example.com")
    assert "--allow-ending" in found["fix"]
    cases = ET.fromstring(run("sync", "--check", "--format", "junit").stdout).findall(".//testcase")  # noqa: S314 - ours
    assert [(case.get("name"), len(case)) for case in cases][-1] == ("api.example.com", 1)


def test_a_lock_that_is_out_of_date_warns() -> None:
    """Without pins.lock the check passes, and the finding says to commit it."""
    Path("pins.lock").unlink()
    assert _findings() == [("lock-out-of-date", "medium", "pins.lock", None)]
    assert run("sync", "--check", "--json").code == ExitCode.OK
    assert run("sync", "--check", "--format", "github").stdout.startswith("::warning file=pins.lock,")


def test_a_format_without_the_check_is_a_mistake() -> None:
    """`sync --format json` would write files without printing them, so it is refused."""
    answer = run("sync", "--format", "json")
    assert answer.code == ExitCode.USAGE
    assert "--format json needs --check" in answer.stderr
