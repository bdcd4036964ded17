"""`pinsmith audit` answers first, then lists findings, and exits with the severity of the worst one."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

import pytest

from pinsmith.exit_code import ExitCode
from tests.audit.packages.android import NAMED, NSC, PATH, apk, axml
from tests.audit.packages.make import saved
from tests.cli.support import run
from tests.formats.policy import pin

if TYPE_CHECKING:
    from pathlib import Path

CODE: Final = f"""\
val base = "https://www.example.com/"
val docs = "https://docs.example.org/"
val p = CertificatePinner.Builder().add("api.example.com", "{pin("one")}", "{pin("two")}").build()
"""
VOID: Final = "val c = OkHttpClient.Builder().certificatePinner(p).hostnameVerifier { _, _ -> true }.build()\n"


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make a project whose code pins."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "Net.kt").write_text(CODE)


def test_each_own_host_has_an_answer() -> None:
    """The answer of each host of the owner comes first, and hosts of others are counted."""
    answer = run("audit")
    assert answer.code == ExitCode.OK
    assert answer.stdout.splitlines()[:4] == [
        "api.example.com: code present, unproven",
        "  OkHttp, Kotlin in Net.kt:3, 2 keys: only the lab can prove that it refuses attackers",
        "www.example.com: no",
        "  mentioned in Net.kt:1",
    ]
    assert "docs.example.org" not in answer.stdout
    assert "1 host of others is mentioned" in answer.stderr


def test_a_finding_gives_the_exit_code(tmp_path: Path) -> None:
    """The exit code is that of the worst finding."""
    (tmp_path / "Open.kt").write_text(CODE + VOID)
    answer = run("audit")
    assert answer.code == ExitCode.FOUND_HIGH
    assert "high[pins-without-name-check]" in answer.stdout


def test_the_document_has_hosts_and_findings() -> None:
    """The JSON document lists every host that is shown, with its mechanisms, and the findings."""
    document = json.loads(run("audit", "--domains", "--format", "json").stdout)
    assert [(host["host"], host["answer"], host["own"]) for host in document["hosts"]] == [
        ("api.example.com", "code present, unproven", True),
        ("docs.example.org", "no", False),
        ("www.example.com", "no", True),
    ]
    assert document["hosts"][0]["mechanisms"][0]["pins"] == [str(pin("one")), str(pin("two"))]
    assert document["findings"] == []


def test_a_pin_file_elsewhere_is_compared(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """--against finds that the code has other pins than a pin file."""
    other = tmp_path_factory.mktemp("other") / "pins.toml"
    other.write_text(
        f'version = 1\n[keys.a]\npin = "{pin("one")}"\n[keys.b]\npin = "{pin("three")}"\nstandby = true\n'
        '[[host]]\nname = "api.example.com"\nkeys = ["a", "b"]\n'
    )
    answer = run("audit", "--against", str(other), "--format", "json")
    assert [finding["rule"] for finding in json.loads(answer.stdout)["findings"]] == ["pins-out-of-step"]


def test_a_domain_can_be_named() -> None:
    """--domain shows the hosts of a domain in which nothing is pinned."""
    assert "docs.example.org: no" in run("audit", "--domain", "example.org").stdout


def test_an_empty_folder_is_said(tmp_path: Path) -> None:
    """Without any host, the command says so and how to name one's own."""
    (tmp_path / "Net.kt").unlink()
    answer = run("audit")
    assert answer.code == ExitCode.OK
    assert answer.stdout.startswith("no host of your own was found")


def test_an_app_package_is_answered(tmp_path: Path) -> None:
    """A package is read instead of searched, and its declaration is compared with a pin file."""
    saved(tmp_path, apk(NAMED, {PATH: axml(NSC)}), "shop.apk")
    answer = run("audit", "shop.apk", "--min-severity", "medium")
    assert answer.code == ExitCode.OK
    assert answer.stdout.splitlines()[:2] == [
        "api.example.com: yes",
        "  network security config in shop.apk!/res/xml/pins.xml, 2 keys, until 2031-05-01",
    ]


def test_a_damaged_package_is_an_error(tmp_path: Path) -> None:
    """A package that cannot be read ends the audit with its reason."""
    (tmp_path / "shop.apk").write_bytes(b"PK\x03\x04 and nothing else")
    answer = run("audit", "shop.apk")
    assert answer.code == ExitCode.BROKE
    assert "shop.apk" in answer.stderr
