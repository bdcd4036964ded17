"""`pinsmith lint --fix` writes only what it may, and says what it did."""

from __future__ import annotations

import codecs
import json
from pathlib import Path
from typing import Any

import pytest

from pinsmith import rules
from pinsmith.exit_code import ExitCode
from tests.cli.support import run
from tests.rules.repairs import GOOD, MISTYPED, NSC, ONE, TWO

XML = "network_security_config.xml"
PINNING = GOOD["pinning.json"]
BROKEN = NSC.replace('"SHA-256">' + ONE.base64, '"sha256">' + ONE.base64)
RISKY = BROKEN.replace("shop.example.com", "shop.example.com/")
REPORT = "--min-severity", "info", "--persona", "auditor"


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def _sarif(*arguments: str) -> list[dict[str, Any]]:
    results: list[dict[str, Any]] = json.loads(run("lint", *arguments, "--format", "sarif").stdout)["runs"][0][
        "results"
    ]
    return results


def test_the_summary_names_what_was_fixed_and_what_remains() -> None:
    """Safe repairs are counted by rule, and lint says how many more need consent; the exit code is of what remains."""
    Path(XML).write_text(RISKY)
    answer = run("lint")
    assert answer.code == ExitCode.FOUND_HIGH
    assert answer.stderr.endswith("pinsmith: `--fix` repairs 1 of them, and 1 more with `--unsafe-fixes`\n")
    answer = run("lint", "--fix")
    assert answer.code == ExitCode.FOUND_HIGH
    assert "unusable-part" not in answer.stdout
    assert answer.stderr.splitlines() == [
        f"pinsmith: ok: fixed 1 unusable-part in {XML}",
        "pinsmith: 1 finding: 1 high",
        "pinsmith: `--fix --unsafe-fixes` repairs 1 of them, and changes what is accepted",
    ]
    answer = run("lint", "--fix", "--unsafe-fixes")
    assert (answer.code, answer.stdout, Path(XML).read_text()) == (ExitCode.OK, "", NSC)
    assert answer.stderr.splitlines() == [
        f"pinsmith: ok: fixed 1 host-never-matches in {XML}",
        "pinsmith: ok: nothing found in 1 file with pins",
    ]
    assert run("lint", "--fix", "--unsafe-fixes").stderr == "pinsmith: ok: nothing found in 1 file with pins\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (BROKEN.replace("\n", "\r\n").encode(), NSC.replace("\n", "\r\n").encode()),
        (codecs.BOM_UTF8 + BROKEN.encode(), codecs.BOM_UTF8 + NSC.encode()),
        (
            codecs.BOM_UTF16_LE + BROKEN.replace("utf-8", "utf-16").encode("utf-16-le"),
            codecs.BOM_UTF16_LE + NSC.replace("utf-8", "utf-16").encode("utf-16-le"),
        ),
        (BROKEN.rstrip().encode(), NSC.rstrip().encode()),
    ],
    ids=["CRLF", "UTF-8 with a mark", "UTF-16", "no line end"],
)
def test_all_other_bytes_stay(before: bytes, after: bytes) -> None:
    """Line ends, byte order mark and encoding stay, and no other file is left behind."""
    path = Path(XML)
    path.write_bytes(before)
    path.chmod(0o640)
    assert run("lint", "--fix").code == ExitCode.OK
    assert path.read_bytes() == after
    assert path.stat().st_mode & 0o777 == 0o640
    assert [other.name for other in Path().iterdir()] == [XML]


@pytest.mark.parametrize("accepted", ["comment", "table", "baseline", "severity"])
def test_only_what_is_reported_is_repaired(accepted: str) -> None:
    """A finding that is accepted, known or not shown is not repaired."""
    text = PINNING.replace(f'"{TWO}"', f'"{TWO}", "{ONE}"')
    path, arguments = Path("pinning.json"), ["--fix", "--unsafe-fixes"]
    if accepted == "comment":
        path = Path(XML)
        text = RISKY.replace(
            "<!-- the shop", "<!-- pinsmith: allow[host-never-matches, unusable-part] later -->\n<!-- the"
        )
        text = text.replace("        <!-- the", "").replace(">\n            <pin", "><pin")
        text = RISKY.replace(
            "<domain includeSub", "<!-- pinsmith: allow[host-never-matches] later --> <domain includeSub"
        )
        text = text.replace('"sha256"', '"SHA-256"')
    path.write_text(text)
    if accepted == "table":
        allow = '[[lint.allow]]\nrule = "duplicate-pin"\nreason = "later"\n'
        Path("pins.toml").write_text(GOOD["pins.toml"] + allow)
    elif accepted == "baseline":
        run("lint", "--baseline", "known.json", "--write-baseline")
        arguments += ["--baseline", "known.json"]
    elif accepted == "severity":
        arguments += ["--min-severity", "medium"]
    answer = run("lint", *arguments)
    assert (path.read_text(), "fixed" in answer.stderr) == (text, False), answer


def test_a_file_that_sync_writes_is_not_edited() -> None:
    """An output of a pin file, or a file with the comment of sync, is left alone, and lint says where to edit."""
    Path("pins.toml").write_text(GOOD["pins.toml"] + '\n[[output]]\nformat = "outsystems"\npath = "out/pinning.json"\n')
    Path("out").mkdir()
    Path("out/pinning.json").write_text(text := PINNING.replace(f'"{TWO}"', f'"{TWO}", "{ONE}"'))
    for arguments in ([], ["out"], ["out/pinning.json"]):
        answer = run("lint", "--fix", "--unsafe-fixes", *arguments)
        assert "pins.toml, and run `pinsmith sync`, which writes this file" in answer.stdout, answer
        assert Path("out/pinning.json").read_text() == text
    comment = (
        "<!-- The pins here are written by pinsmith from ../our pins.toml. Edit that file and run `pinsmith sync`. -->"
    )
    Path(XML).write_text(marked := BROKEN.replace("<!-- the shop", f"{comment}<!-- the shop"))
    answer = run("lint", "--fix", XML)
    assert "fix: change ../our pins.toml, and run `pinsmith sync`" in answer.stdout
    assert Path(XML).read_text() == marked
    findings = json.loads(run("lint", XML, "--json").stdout)["findings"]
    assert [finding["fixable"] for finding in findings if finding["rule"] == "unusable-part"] == [None]


def test_nothing_is_written_behind_a_link(tmp_path: Path) -> None:
    """A link to a file elsewhere is not followed; one inside the folder is."""
    Path("project").mkdir()
    outside = tmp_path / XML
    outside.write_text(BROKEN)
    Path("project/linked.xml").symlink_to(outside)
    answer = run("lint", "--fix", "project/linked.xml")
    assert answer.code == ExitCode.FOUND_HIGH
    assert f"warning: project/linked.xml was not repaired: it is a link to {outside}" in answer.stderr
    run("lint", "--fix", "project")
    assert outside.read_text() == BROKEN
    Path("project/real.xml").write_text(BROKEN)
    Path("project/near.xml").symlink_to("real.xml")
    run("lint", "--fix", "project")
    assert (Path("project/real.xml").read_text(), Path("project/near.xml").is_symlink()) == (NSC, True)
    assert outside.read_text() == BROKEN


def test_a_file_that_cannot_be_written_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    """If a file was changed meanwhile, it is left as it is, the others are repaired, and the finding remains."""
    Path(XML).write_text(BROKEN)
    Path("pinning.json").write_text(PINNING.replace(f'"{TWO}"', f'"{TWO}", "{ONE}"'))
    mend = rules.mend

    def changed(*arguments: Any, **options: Any) -> Any:  # noqa: ANN401 - passed on
        Path(XML).write_text(BROKEN + "\n")
        return mend(*arguments, **options)

    monkeypatch.setattr(rules, "mend", changed)
    answer = run("lint", "--fix")
    assert f"warning: {XML} was not repaired: {XML} was changed meanwhile" in answer.stderr
    assert "ok: fixed 1 duplicate-pin in pinning.json" in answer.stderr
    assert (Path(XML).read_text(), Path("pinning.json").read_text()) == (BROKEN + "\n", PINNING)
    assert (answer.code, "unusable-part" in answer.stdout) == (ExitCode.FOUND_HIGH, True)


def test_documents_name_the_repair() -> None:
    """JSON names the kind of repair, and the edits in SARIF lead to the repaired file."""
    Path(XML).write_text(RISKY)
    findings = json.loads(run("lint", "--json").stdout)["findings"]
    assert {finding["rule"]: finding["fixable"] for finding in findings} == {
        "host-never-matches": "unsafe",
        "unusable-part": "safe",
    }
    lines = RISKY.splitlines(keepends=True)
    for result in json.loads(run("lint", "--format", "sarif").stdout)["runs"][0]["results"]:
        (fix,) = result["fixes"]
        ((change),) = fix["artifactChanges"]
        assert change["artifactLocation"] == {"uri": XML}
        for replacement in change["replacements"]:
            region = replacement["deletedRegion"]
            assert region["startLine"] == region["endLine"]
            line = lines[region["startLine"] - 1]
            start, end = region["startColumn"] - 1, region["endColumn"] - 1
            lines[region["startLine"] - 1] = line[:start] + replacement["insertedContent"]["text"] + line[end:]
    assert "".join(lines) == NSC
    run("lint", "--fix", "--unsafe-fixes", "--report", "sarif", "after.sarif")
    assert json.loads(Path("after.sarif").read_text())["runs"][0]["results"] == []


def test_machine_output_is_only_the_document() -> None:
    """With --json, what was fixed is printed on the other stream."""
    Path(XML).write_text(NSC.replace(TWO.base64, MISTYPED))
    answer = run("lint", "--fix", "--unsafe-fixes", "--json")
    assert json.loads(answer.stdout)["findings"] == []
    assert "fixed 1 near-miss-pin" in answer.stderr


@pytest.mark.parametrize("arguments", [["--unsafe-fixes"], ["--fix", "--baseline", "x", "--write-baseline"]])
def test_options_that_do_not_fit_are_refused(arguments: list[str]) -> None:
    """Unsafe repairs need both options, and a baseline is not written of a file that changes."""
    Path(XML).write_text(RISKY)
    assert run("lint", *arguments).code == ExitCode.USAGE
    assert Path(XML).read_text() == RISKY
