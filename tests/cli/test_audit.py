"""`pinsmith audit` answers first, then lists findings, and exits with the severity of the worst one."""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path
from typing import Final
from xml.etree import ElementTree as ET

import pytest

import pinsmith
from pinsmith import workers
from pinsmith._clean import clean
from pinsmith.exit_code import ExitCode
from tests.audit.packages.android import NAMED, NSC, PATH, apk, axml
from tests.audit.packages.make import saved
from tests.cli.support import run
from tests.cli.test_report import text_of
from tests.formats.policy import pin

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


def test_a_package_and_its_source_are_answered_together(tmp_path: Path) -> None:
    """A host that both contain has one answer, with the mechanisms of both, the best first."""
    saved(tmp_path, apk(NAMED, {PATH: axml(NSC)}), "shop.apk")
    (host, *_) = json.loads(run("audit", ".", "shop.apk", "--json").stdout)["hosts"]
    assert (host["host"], host["answer"]) == ("api.example.com", "yes")
    assert [mechanism["place"] for mechanism in host["mechanisms"]] == ["shop.apk!/res/xml/pins.xml", "Net.kt:3"]


def test_a_report_identifies_the_package(tmp_path: Path) -> None:
    """The report of an app package has its digest."""
    path = saved(tmp_path, apk(NAMED, {PATH: axml(NSC)}), "shop.apk")
    run("audit", "shop.apk", "--report", "html", "a.html")
    assert f"SHA-256 of shop.apk {hashlib.sha256(path.read_bytes()).hexdigest()}" in text_of("a.html")


def test_pins_of_a_package_cannot_be_imported(tmp_path: Path) -> None:
    """--format pins-toml says that it needs the source."""
    saved(tmp_path, apk(NAMED, {PATH: axml(NSC)}), "shop.apk")
    answer = run("audit", "shop.apk", "--format", "pins-toml")
    assert answer.code == ExitCode.USAGE
    assert "shop.apk is an app package, which cannot be imported" in answer.stderr


def test_a_damaged_package_is_an_error(tmp_path: Path) -> None:
    """A package that cannot be read ends the audit with its reason."""
    (tmp_path / "shop.apk").write_bytes(b"PK\x03\x04 and nothing else")
    answer = run("audit", "shop.apk")
    assert answer.code == ExitCode.BROKE
    assert "shop.apk" in answer.stderr


def test_a_report_for_people_answers_first(tmp_path: Path) -> None:
    """The report answers for each host, then lists findings and circumstances, and the output stays the same."""
    (tmp_path / "Open.kt").write_text(CODE + VOID)
    plain = run("audit")
    answer = run("audit", "--report", "html", "out/audit.html", "--subject", "Bank <4.2>")
    assert (answer.code, answer.stdout) == (plain.code, plain.stdout)
    assert answer.stderr.splitlines() == ["pinsmith: wrote the report to out/audit.html", *plain.stderr.splitlines()]
    text = text_of("out/audit.html")
    sentences = (
        "Are the hosts of Bank &lt;4.2&gt; pinned?",
        "In part Of 2 hosts, 1 has code that may pin it and 1 is not pinned.",
        "api.example.com code present, unproven OkHttp, Kotlin Net.kt:3 no end 2 keys only the lab can prove",
        "www.example.com no only mentioned Net.kt:1 nothing that was read pins it",
        "pins-without-name-check high: pins beside a check of the host&#39;s name that is off",
        "To fix it, remove it: pins come on top",
        "Catalogues: CWE-297, MASWE-0028, MASTG-TEST-0242.",
        "Open.kt:4:53: a certificate of any other host is accepted",
        "docs.example.org no only mentioned Net.kt:2",
        f"pinsmith {pinsmith.__version__}, Python 3.",
        "Nothing was run",
        "MASVS-NETWORK-2",
    )
    places = [text.find(sentence) for sentence in sentences]
    assert -1 not in places, sentences[places.index(-1)]
    assert places == sorted(places)


def test_a_summary_of_a_job_begins_with_the_answers() -> None:
    """The Markdown has a row for each mechanism or unpinned host, then the findings."""
    lines = run("audit", "--format", "markdown").stdout.splitlines()
    assert lines[2] == "| host | pinned | by | place | until | keys |"
    assert [line.replace("&#46;", ".").split(" | ")[:2] for line in lines[4:6]] == [
        ["| api.example.com", "code present, unproven"],
        ["| www.example.com", "no"],
    ]
    assert lines[lines.index("#### Findings") + 2] == "nothing found in 1 file with pins"


def test_a_host_without_pins_is_no_failure_for_ci(tmp_path: Path) -> None:
    """JUnit passes only what is pinned for sure, skips other hosts, and fails the files with findings."""
    (tmp_path / "Open.kt").write_text(CODE + VOID)
    root = ET.fromstring(run("audit", "--format", "junit").stdout)  # noqa: S314 - it is our own
    results = {case.get("name"): [child.tag for child in case] for case in root.iter("testcase")}
    assert results == {
        "api.example.com": ["skipped"],
        "www.example.com": ["skipped"],
        "Net.kt": [],
        "Open.kt": ["failure"],
    }


def test_a_baseline_accepts_the_findings_of_today(tmp_path: Path) -> None:
    """Later only new findings count, and the answers stay; the report says what was left out."""
    (tmp_path / "Open.kt").write_text(CODE + VOID)
    assert run("audit", "--write-baseline").code == ExitCode.USAGE
    assert run("audit", "--baseline", "b.json", "--write-baseline", "--report", "html", "a.html").code == ExitCode.USAGE
    assert run("audit", "--baseline", "b.json", "--write-baseline").code == ExitCode.OK
    later = run("audit", "--baseline", "b.json", "--report", "html", "a.html")
    assert later.code == ExitCode.OK
    assert later.stdout.startswith("api.example.com: code present, unproven")
    assert "without 1 that the baseline b.json accepts" in text_of("a.html")


def test_a_subject_needs_a_report_for_people() -> None:
    """--subject is refused where nothing would show it."""
    assert run("audit", "--subject", "x", "--report", "json", "a.json").code == ExitCode.USAGE


@pytest.mark.skipif(sys.platform != "linux", reason="only on Linux: a file name may be any bytes")
def test_names_of_a_hostile_repository_are_only_text() -> None:
    """No name becomes an element, a control character or a crash, whatever the format."""
    for name in (b"\xff.kt", b"<script>alert(1)<\\script>\x1b[2J\xe2\x80\xae.kt"):
        with open(name, "wb") as file:  # noqa: PTH123 - a Path has no names of bytes
            file.write(b'val u = "https://www.example.com/"\nval open = HostnameVerifier { _, _ -> true }\n')
    outputs = ("html", "json", "sarif", "junit", "github", "markdown")
    reports = [word for output in outputs for word in ("--report", output, f"out/{output}")]
    assert run("audit", *reports).code == ExitCode.FOUND_MEDIUM
    for output in outputs:
        text = Path("out", output).read_text("utf-8").replace("\n", "")
        assert clean(text) == text, output
        assert output in {"json", "sarif", "github"} or "<script" not in text
    assert run("audit", "--baseline", "b.json", "--write-baseline").code == ExitCode.OK
    assert run("audit", "--baseline", "b.json").code == ExitCode.OK


def test_pins_are_handed_over_as_import_prints_them() -> None:
    """--format pins-toml prints what `pinsmith import` prints for the same paths, and it is a pin file."""
    Path("more").mkdir()
    Path("more", "curl.sh").write_text(
        f"curl --pinnedpubkey '{str(pin('one')).replace('sha256/', 'sha256//')}' https://pay.example.com/\n"
    )
    for paths in ([], ["Net.kt"], [".", "more"]):
        answer, imported = run("audit", *paths, "--format", "pins-toml"), run("import", *(paths or ["."]))
        assert answer == imported
        Path("out.toml").write_text(answer.stdout)
        assert pinsmith.load("out.toml").entry_of("api.example.com")
        Path("out.toml").unlink()


def test_pins_that_differ_are_left_to_import(tmp_path: Path) -> None:
    """Where places differ, no pin file is printed, the exit code is 3, and import is named as the way to settle it."""
    (tmp_path / "Other.kt").write_text(CODE.replace(str(pin("two")), str(pin("three"))))
    answer = run("audit", "--format", "pins-toml")
    assert answer.code == ExitCode.MISMATCH
    assert "version = 1" not in answer.stdout
    assert answer.stderr.splitlines()[-1] == (
        "pinsmith: `pinsmith import` takes the same paths, with --prefer or --union, and settles the differences"
    )


@pytest.mark.parametrize("words", ["--domains", "--report html a.html", "--min-severity high", "--against pins.toml"])
def test_an_option_that_import_lacks_is_refused(words: str) -> None:
    """Nothing that the user asked for is silently left out of a pin file."""
    answer = run("audit", *words.split(), "--format", "pins-toml")
    assert answer.code == ExitCode.USAGE
    assert f"{words.split(maxsplit=1)[0]} does nothing with --format pins-toml" in answer.stderr
    assert not Path("a.html").exists()


def test_reports_in_the_project_are_not_read_as_pins() -> None:
    """A report and a baseline of an earlier audit cause no finding, and import leaves them out."""
    Path("One.kt").write_text(CODE.replace(f', "{pin("two")}"', ""))  # a finding with a host
    before = run("audit", "--report", "json", "a.json", "--report", "sarif", "a.sarif")
    assert run("audit", "--baseline", "b.json", "--write-baseline").code == ExitCode.OK
    after = run("audit")
    assert (after.stdout, after.code) == (before.stdout, before.code)
    assert "invalid-file" not in run("import", ".", "--union").stderr


def test_code_that_crashes_a_parser_is_an_answer_and_a_finding(tmp_path: Path) -> None:
    """The command goes on, hosts that nothing else pins are "cannot tell", and the exit code is that of the finding."""
    nested = 'val a = "${ "${\n' * (workers.LARGE // 10)  # the grammar of ast-grep-py 0.51 aborts the process
    (tmp_path / "Nested.kt").write_text(f"// CertificatePinner.Builder()\n{nested}")
    answer = run("audit", "--domain", "example.com")
    assert answer.code == ExitCode.FOUND_HIGH
    lost = "the parser crashed, so it is not known what this file pins"
    assert f"www.example.com: cannot tell\n  code in Nested.kt: {lost}" in answer.stdout
    assert f"Nested.kt: high[code-not-read]: {lost}" in answer.stdout
    assert "api.example.com: code present, unproven" in answer.stdout
