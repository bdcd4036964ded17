"""`pinsmith lint` searches, reports in every format, and exits with the severity of the worst finding."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from pinsmith.exit_code import ExitCode
from pinsmith.limit import MAX_BYTES
from tests.cli.support import run
from tests.formats.policy import pin

OURS, STANDBY, OLD = pin("ours"), pin("standby"), pin("old")
PIN_FILE = f"""version = 1
[keys.ours]
pin = "{OURS}"
role = "leaf"
[keys.standby]
pin = "{STANDBY}"
role = "leaf"
standby = true
[[host]]
name = "api.example.com"
keys = ["ours", "standby"]
"""
NSC = """<network-security-config><domain-config>
<domain>api.example.com</domain>
<pin-set><pin digest="SHA-256">{}</pin><pin digest="SHA-256">{}</pin></pin-set>
</domain-config></network-security-config>
"""


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make a project whose Android file has another pin than its pin file, and one pin file that is right."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pins.toml").write_text(PIN_FILE)
    for folder, second in (("app/res/xml", OLD), ("node_modules/copy", OLD), (".hidden", OLD)):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "network_security_config.xml").write_text(NSC.format(OURS.base64, second.base64))
    (tmp_path / "tsconfig.json").write_text('{"name": "spinner", "version": "1.0.0"}')
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "pinned"\n')


def test_a_folder_is_searched_and_its_files_are_compared() -> None:
    """The file with another pin is named with the pins; copies in folders of dependencies are not read."""
    answer = run("lint")
    assert answer.code == ExitCode.FOUND_MEDIUM
    assert answer.stdout.splitlines() == [
        (
            "app/res/xml/network_security_config.xml:2: medium[pins-out-of-step]: api.example.com: its pins differ "
            f"from those in pins.toml:9: this file lacks {STANDBY} and also has {OLD}"
        ),
        "  fix: decide which pins are right, and write all files from one pin file with `pinsmith sync`",
    ]
    assert answer.stderr == "pinsmith: 1 finding: 1 medium\n"
    document = json.loads(run("lint", "--json").stdout)
    assert document["files"] == ["pins.toml", "app/res/xml/network_security_config.xml"]


def test_a_right_file_is_quiet() -> None:
    """A file without findings exits with 0 and says so, and machine formats print nothing bad."""
    answer = run("lint", "pins.toml")
    assert (answer.code, answer.stdout) == (ExitCode.OK, "")
    assert answer.stderr == "pinsmith: ok: nothing found in 1 file with pins\n"
    assert json.loads(run("lint", "pins.toml", "--json").stdout)["ok"] is True
    assert run("lint", "pins.toml", "--format", "github").stdout == ""


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (('keys = ["ours", "standby"]', 'keys = ["ours", "standby"]\nexpires = 2020-01-01'), ExitCode.FOUND_HIGH),
        (('keys = ["ours", "standby"]', 'keys = ["ours"]'), ExitCode.FOUND_MEDIUM),
        (("[[host]]", '[[host]]\nreport-uris = ["http://reports.example.net/"]'), ExitCode.FOUND_LOW),
        (("[[host]]", '[[host]]\nmode = "report-only"'), ExitCode.FOUND_INFO),
        (("version = 1", "version = 2"), ExitCode.FOUND_HIGH),
        (("", ""), ExitCode.OK),
    ],
    ids=["high", "medium", "low", "info", "broken", "nothing"],
)
def test_the_exit_code_names_the_worst_finding(change: tuple[str, str], code: ExitCode) -> None:
    """The exit code is that of the worst finding, and a file that cannot be read is a high one."""
    Path("pins.toml").write_text(PIN_FILE.replace(*change, 1))
    answer = run("lint", "pins.toml", "--persona", "auditor", "--min-severity", "info")
    assert answer.code == code, answer
    for least in ("low", "medium", "high"):
        quiet = run("lint", "pins.toml", "--persona", "auditor", "--min-severity", least)
        is_below = 0 < code - 10 <= ["info", "low", "medium", "high"].index(least)
        assert quiet.code == (ExitCode.OK if is_below else code)


def test_reports_for_ci_have_every_finding() -> None:
    """SARIF has the rule, the place and the level; JUnit fails the file; GitHub gets an annotation."""
    sarif = json.loads(run("lint", "--format", "sarif").stdout)["runs"][0]
    (result,) = sarif["results"]
    assert (result["ruleId"], result["level"]) == ("pins-out-of-step", "warning")
    assert result["locations"][0]["physicalLocation"]["region"] == {"startLine": 2}
    assert [rule["id"] for rule in sarif["tool"]["driver"]["rules"]] == ["pins-out-of-step"]
    cases = ET.fromstring(run("lint", "--format", "junit").stdout).findall(".//testcase")  # noqa: S314 - ours
    assert [(case.get("name"), len(case)) for case in cases] == [
        ("pins.toml", 0),
        ("app/res/xml/network_security_config.xml", 1),
    ]
    (line,) = run("lint", "--format", "github").stdout.splitlines()
    assert line.startswith("::warning file=app/res/xml/network_security_config.xml,line=2,title=pins-out-of-step::")


def test_a_file_that_was_named_must_be_readable() -> None:
    """A file of no format, or one that is missing, is an error and not a success."""
    assert run("lint", "tsconfig.json").code == ExitCode.USAGE
    assert run("lint", "missing.xml").code == ExitCode.BROKE


def test_a_folder_without_pins_is_not_called_good() -> None:
    """Where no file has pins, lint warns, because the folder may be the wrong one."""
    Path("empty").mkdir()
    answer = run("lint", "empty")
    assert answer.code == ExitCode.OK
    assert answer.stderr == (
        "pinsmith: warning: no file with pins was found; name a file, or a folder that contains pins\n"
    )


def test_a_search_follows_no_links() -> None:
    """A link to a folder above does not lead the search out of the folder, or around in a circle."""
    Path("app/up").symlink_to("..", target_is_directory=True)
    assert json.loads(run("lint", "app", "--json").stdout)["files"] == ["app/res/xml/network_security_config.xml"]


def test_a_file_that_cannot_be_read_is_found_in_a_folder() -> None:
    """A file that is too large for lint is a finding, because it may have pins that nobody looked at."""
    path = Path("app/res/xml/network_security_config.xml")
    with path.open("ab") as file:
        file.truncate(MAX_BYTES + 1)
    answer = run("lint", "app")
    assert (answer.code, str(path) in answer.stdout) == (ExitCode.FOUND_HIGH, True), answer


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("\n<domain>", "\n\n<domain>"),  # the comment is in line 1, and the finding in line 3
        ("\n<domain>", "\r\r\r\r<domain>"),
    ],
)
@pytest.mark.parametrize("comment", ["<!--\u2028{} -->{}", "<!--\x85{} -->{}", "{1}\n<!-- {0} -->"])
def test_a_comment_accepts_nothing_in_a_distant_line(before: str, after: str, comment: str) -> None:
    """Characters that end a line only for some readers do not move a comment to a finding far away."""
    path = Path("app/res/xml/network_security_config.xml")
    text = comment.format("pinsmith: allow[pins-out-of-step] far away", path.read_text().replace(before, after, 1))
    path.write_text(text, newline="")
    findings = json.loads(run("lint", "--json").stdout)["findings"]
    assert "pins-out-of-step" in [finding["rule"] for finding in findings], findings


def test_a_comment_with_a_reason_accepts_a_finding() -> None:
    """The comment stands in the line or above it; without a reason it does nothing, and lint says so."""
    path = Path("app/res/xml/network_security_config.xml")
    text = path.read_text()
    comment = "<!-- pinsmith: allow[pins-out-of-step] the old app, until June -->\n<domain>"
    path.write_text(text.replace("<domain>", comment))
    assert run("lint").code == ExitCode.OK
    path.write_text(text.replace("<domain>", comment.replace(" the old app, until June", "")))
    rules = [finding["rule"] for finding in json.loads(run("lint", "--json").stdout)["findings"]]
    assert rules == ["allow-without-reason", "pins-out-of-step"]
    path.write_text(text.replace("<domain>", comment.replace("out-of-step", "ended")))
    rules = [
        finding["rule"] for finding in json.loads(run("lint", "--json", "--min-severity", "info").stdout)["findings"]
    ]
    assert rules == ["unused-allow", "pins-out-of-step"]


def test_the_pin_file_accepts_findings_of_all_files() -> None:
    """`[[lint.allow]]` holds for its rule and host, in every file, even if only that file is looked at."""
    allow = '[[lint.allow]]\nrule = "{}"\nhost = "{}"\nreason = "the old app"\n'
    one_pin = NSC.replace('<pin digest="SHA-256">{}</pin></pin-set>', "</pin-set>").format(OURS.base64)
    Path("app/res/xml/network_security_config.xml").write_text(one_pin)
    Path("pins.toml").write_text(PIN_FILE + allow.format("missing-backup-pin", "api.example.com"))
    assert "missing-backup-pin" not in run("lint").stdout
    assert run("lint", "app").code == ExitCode.OK
    Path("pins.toml").write_text(PIN_FILE + allow.format("missing-backup-pin", "www.example.com"))
    assert "missing-backup-pin" in run("lint", "app").stdout
    document = json.loads(run("lint", "--json", "--min-severity", "info").stdout)
    (unused,) = (finding for finding in document["findings"] if finding["rule"] == "unused-allow")
    assert unused["place"] == {"kind": "file", "file": "pins.toml", "line": 12, "column": None}


def test_a_baseline_knows_findings_wherever_they_move() -> None:
    """A finding of the baseline is left out, also from another line of another file; a second such finding is new."""
    assert run("lint", "--baseline", "known.json", "--write-baseline").code == ExitCode.OK
    assert json.loads(Path("known.json").read_text()) == {
        "version": 1,
        "findings": [
            {
                "rule": "pins-out-of-step",
                "host": "api.example.com",
                "pin": f"{STANDBY} {OLD}",
                "message": None,
                "file": None,
            }
        ],
    }
    assert run("lint", "--baseline", "known.json").code == ExitCode.OK
    moved = Path("lib/network_security_config.xml")
    moved.parent.mkdir()
    text = "\n\n" + Path("app/res/xml/network_security_config.xml").read_text()
    moved.write_text(text.lstrip("\n"))
    assert run("lint", "--baseline", "known.json").code == ExitCode.FOUND_MEDIUM
    Path("app/res/xml/network_security_config.xml").unlink()
    assert run("lint", "--baseline", "known.json").code == ExitCode.OK
    moved.unlink()
    assert "1 of the findings in known.json are gone" in run("lint", "--baseline", "known.json").stderr


@pytest.mark.parametrize(
    "content", ["", "[]", '{"version": 2, "findings": []}', '{"version": 1, "findings": [{}]}', "\xff"]
)
def test_a_broken_baseline_accepts_nothing(content: str) -> None:
    """A file that is not a baseline of this version is an error, and not an empty baseline."""
    Path("known.json").write_text(content, "latin-1")
    answer = run("lint", "--baseline", "known.json")
    assert answer.code == ExitCode.BROKE
    assert "error[invalid-file]: known.json: " in answer.stderr
    assert run("lint", "--baseline", "missing.json").code == ExitCode.BROKE
    assert run("lint", "--write-baseline").code == ExitCode.USAGE
    assert run("lint", "--baseline", "b", "--write-baseline", "--report", "json", "a").code == ExitCode.USAGE


CONF = "cert = /etc/letsencrypt/live/api.example.com/cert.pem\n[renewalparams]\nauthenticator = nginx\n"


def test_renewals_are_searched_and_compared_with_the_pins() -> None:
    """A renewal that replaces the key is found in a folder, with the fix for its tool; a comment accepts it."""
    Path("app/res/xml/network_security_config.xml").unlink()
    for folder in ("deploy", ".acme.sh"):
        Path(folder).mkdir()
        Path(folder, "api.example.com.conf").write_text(CONF)
    Path("deploy/Caddyfile").write_text("www.example.com {\n}\n")
    answer = run("lint")
    assert answer.code == ExitCode.FOUND_MEDIUM
    assert answer.stdout.splitlines() == [
        (
            "deploy/api.example.com.conf:2: medium[renewal-replaces-key]: api.example.com: the next renewal replaces "
            "its key, and pins.toml:9 pins no authority: certbot makes a new key without `reuse_key = True`"
        ),
        "  fix: write `reuse_key = True` below [renewalparams], as `certbot certonly --reuse-key` does",
    ]
    comment = "# pinsmith: allow[renewal-replaces-key] the app is gone by then\n[renewalparams]"
    Path("deploy/api.example.com.conf").write_text(CONF.replace("[renewalparams]", comment))
    answer = run("lint")
    assert (answer.code, answer.stderr) == (ExitCode.OK, "pinsmith: ok: nothing found in 1 file with pins\n")


def test_renewals_without_pins_are_not_called_good() -> None:
    """Where lint reads renewals alone, it compares them with no pins, and warns."""
    Path("renewal").mkdir()
    Path("renewal/api.example.com.conf").write_text(CONF)
    answer = run("lint", "renewal")
    assert answer.code == ExitCode.OK
    assert "no file with pins was found" in answer.stderr


CERTIFICATE = "apiVersion: cert-manager.io/v1\nkind: Certificate\nspec: {dnsNames: [api.example.com]}\n"


@pytest.mark.parametrize(
    ("text", "missing", "rule", "severity"),
    [
        (CERTIFICATE, None, "renewal-replaces-key", "medium"),
        (CERTIFICATE, "ruamel.yaml", "renewal-not-read", "low"),
        ("{{ if .Values.tls }}\n" + CERTIFICATE, None, "renewal-not-read", "info"),
    ],
    ids=["read", "without the extra", "a template"],
)
def test_yaml_that_cannot_be_read_stops_nothing(
    monkeypatch: pytest.MonkeyPatch, text: str, missing: str | None, rule: str, severity: str
) -> None:
    """A file of cert-manager that cannot be read is a finding, and a louder one if an extra would help."""
    Path("certificate.yaml").write_text(text)
    if missing:
        monkeypatch.setitem(sys.modules, missing, None)
    answer = run("lint", "pins.toml", "certificate.yaml", "--json", "--min-severity", "info")
    (found,) = json.loads(answer.stdout)["findings"]
    assert (found["rule"], found["severity"]) == (rule, severity)
    assert ("pinsmith[yaml]" in (found["fix"] or "")) == (missing is not None)


def test_reports_are_written_beside_the_output(tmp_path: Path) -> None:
    """Each report holds what `--format` would have printed, whether or not there are findings."""
    reports = [word for form in ("sarif", "junit", "markdown") for word in ("--report", form, f"out/pins.{form}")]
    answer = run("lint", *reports)
    assert answer.code == ExitCode.FOUND_MEDIUM
    assert answer.stdout == run("lint").stdout
    for form in ("sarif", "junit", "markdown"):
        assert (tmp_path / "out" / f"pins.{form}").read_text("utf-8") == run("lint", "--format", form).stdout
    assert run("lint", "pins.toml", "--report", "markdown", "out/pins.markdown").code == ExitCode.OK
    assert "nothing found in 1 file with pins" in (tmp_path / "out" / "pins.markdown").read_text("utf-8")


def test_a_baseline_does_not_know_another_key() -> None:
    """A known difference of pins is a new finding when a file pins a key that nobody has accepted."""
    assert run("lint", "--baseline", "known.json", "--write-baseline").code == ExitCode.OK
    path = Path("app/res/xml/network_security_config.xml")
    path.write_text(NSC.format(OURS.base64, pin("theirs").base64))
    assert run("lint", "--baseline", "known.json").code == ExitCode.FOUND_MEDIUM


def test_a_baseline_replaces_no_other_file() -> None:
    """A wrong name does not cost a file its pins; an earlier baseline is replaced."""
    answer = run("lint", "--baseline", "pins.toml", "--write-baseline")
    assert (answer.code, Path("pins.toml").read_text()) == (ExitCode.BROKE, PIN_FILE), answer
    for _ in range(2):
        assert run("lint", "--baseline", "known.json", "--write-baseline").code == ExitCode.OK


def test_a_long_line_does_not_hide_code() -> None:
    """A file of code with a line that is too long to read is a finding, although it lies in a folder."""
    code = f"import okhttp3.CertificatePinner\n// {'x' * 10_000}\nval p = CertificatePinner.Builder()\n"
    Path("app/Pins.kt").write_text(code)
    answer = run("lint", "app/Pins.kt", "app")
    assert (answer.code, "app/Pins.kt: high[invalid-file]: a line is" in answer.stdout) == (ExitCode.FOUND_HIGH, True)


def test_a_link_that_leads_out_of_the_folder_is_a_finding(tmp_path: Path) -> None:
    """A file that was replaced by a link to elsewhere is not read, and lint does not pass over it in silence."""
    elsewhere = tmp_path / "elsewhere.xml"
    elsewhere.write_text(NSC.format(OURS.base64, STANDBY.base64))
    (tmp_path / "project").mkdir()
    (tmp_path / "project" / "network_security_config.xml").symlink_to(elsewhere)
    answer = run("lint", "project")
    assert answer.code == ExitCode.FOUND_HIGH
    assert "project/network_security_config.xml: high[file]: it is a link to a file elsewhere" in answer.stdout


def test_findings_that_are_not_shown_are_counted() -> None:
    """Where everything found is below the limit, lint does not say that there is nothing, but how to see it."""
    call = 'CertificatePinner.Builder().add("a.test", BuildConfig.PIN).build()'
    Path("Pins.kt").write_text(f"import okhttp3.CertificatePinner\nval pinner = {call}\n")
    answer = run("lint", "Pins.kt")
    assert answer.code == ExitCode.OK
    assert "1 finding is less severe than low, and not shown: `--min-severity info` shows all" in answer.stderr
    assert "value-elsewhere" in run("lint", "Pins.kt", "--min-severity", "info").stdout


def test_a_baseline_knows_a_broken_file_by_its_name() -> None:
    """A finding without host and pin is known in a file of that name, and a broken file of another name is new."""
    Path("app/res/xml/network_security_config.xml").unlink()
    Path("pins.toml").unlink()
    broken = NSC.format(OURS.base64, STANDBY.base64).replace("</pin-set>", "")
    for name in ("first.xml", "moved/first.xml", "second.xml"):
        path = Path(name)
        path.parent.mkdir(exist_ok=True)
        path.write_text(broken)
        if name == "first.xml":
            assert run("lint", "--baseline", "known.json", "--write-baseline").code == ExitCode.OK
        code = run("lint", "--baseline", "known.json").code
        assert code == (ExitCode.FOUND_HIGH if name == "second.xml" else ExitCode.OK)
        path.unlink()
