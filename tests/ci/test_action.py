"""The GitHub Action: its steps, run as the runner runs them."""

from __future__ import annotations

import json
import re
import sys
from itertools import pairwise
from typing import TYPE_CHECKING

import click
import pytest
from markdown_it import MarkdownIt

from pinsmith.cli._command import load
from tests.ci.runner import ACTION, STEPS, Job
from tests.cli.support import run
from tests.formats.policy import pin

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="not on Windows: the stand-in for an environment is sh")

LINT, SYNC = "Find wrong pins", "Compare the files that are generated from pins.toml"
ONE_PIN = f"""version = 1
[keys.ours]
pin = "{pin("ours")}"
role = "leaf"
[[host]]
name = "api.example.com"
keys = ["ours"]
"""
TWO_PINS = f"""version = 1
[keys.ours]
pin = "{pin("ours")}"
role = "leaf"
[keys.standby]
pin = "{pin("standby")}"
role = "leaf"
standby = true
[[host]]
name = "api.example.com"
keys = ["ours", "standby"]
[[output]]
format = "curl"
path = "api.curlrc"
hosts = ["api.example.com"]
"""
# Every way to write a command, and signs of Markdown, HTML, shells and expressions.
HOSTILE = (
    "x\n::error::forged\r ::add-mask::a ##[add-mask]b | `c` <b>d</b> [e](https:f) $(touch pwned) "
    "${{ github.token }} *g* ![h](i)"
).replace("/", "\u2215")


@pytest.fixture
def job(tmp_path: Path) -> Job:
    """Make a job with an empty repository."""
    workspace, temporary = tmp_path / "my repository", tmp_path / "runner"
    workspace.mkdir()
    temporary.mkdir()
    return Job(workspace, temporary)


def _cells(summary: str) -> list[list[str]]:
    """Render *summary* as Markdown, and return the text of each row of its table; other structure fails."""
    tokens = MarkdownIt("commonmark").enable("table").parse(summary)
    inline = [child for token in tokens for child in token.children or ()]
    assert {child.type for child in inline} <= {"text", "text_special", "code_inline"}
    kinds = {token.type.removesuffix("_open").removesuffix("_close") for token in tokens}
    assert kinds <= {"heading", "inline", "paragraph", "table", "tbody", "td", "th", "thead", "tr"}
    rows: list[list[str]] = []
    for before, token in pairwise(tokens):
        if before.type == "tr_open":
            rows.append([])
        if before.type in {"td_open", "th_open"}:
            rows[-1].append("".join(child.content for child in token.children or ()))
    return rows


def test_findings_are_annotated_summarised_uploaded_and_fail_once(job: Job) -> None:
    """Lint fails the job; SARIF is uploaded all the same, and its upload cannot fail the job."""
    (job.workspace / "my pins.toml").write_text(ONE_PIN)
    (job.workspace / "others").mkdir()
    job.inputs = {"paths": "my pins.toml\nothers\n", "sarif": "true"}
    job.run()
    assert job.failed == [LINT]
    (command,) = job.commands()
    assert command.startswith("warning file=my pins.toml,line=5,title=missing-backup-pin::api.example.com: ")
    assert "1 finding: 1 medium" in job.summary
    assert [row[:3] for row in _cells(job.summary)] == [
        ["severity", "rule", "place"],
        ["medium", "missing-backup-pin", "my pins.toml:5"],
    ]
    (uploaded,) = job.uploads
    with open(uploaded, "rb") as file:  # noqa: PTH123 - the runner gives it as text
        (result,) = json.load(file)["runs"][0]["results"]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "my%20pins.toml"
    (upload,) = [step for step in STEPS if "upload-sarif" in step.get("uses", "")]
    assert upload["continue-on-error"] is True


def test_a_repository_without_findings_passes(job: Job) -> None:
    """The control: nothing fails and nothing is annotated, and the summary names the number of files."""
    (job.workspace / "pins.toml").write_text(TWO_PINS)
    job.run()
    assert (job.failed, job.commands(), job.uploads) == ([], [], [])
    assert "nothing found in 1 file with pins" in job.summary


@pytest.mark.parametrize(
    ("file", "content", "paths", "title"),
    [
        (f"{HOSTILE}/pins.toml", ONE_PIN, ".", "missing-backup-pin"),
        (
            f"{HOSTILE}/pins.toml",
            ONE_PIN.replace('role = "leaf"', "role = '\u2028::error::x ##[add-mask]|'"),
            ".",
            "invalid-pin-file",
        ),
        ("pins.toml", ONE_PIN, HOSTILE.replace("\n", "").replace("\r", ""), "pinsmith"),
    ],
    ids=["the name of a file", "the content of a file", "an input"],
)
def test_hostile_text_reaches_neither_the_runner_nor_markdown_nor_a_shell(
    job: Job, file: str, content: str, paths: str, title: str
) -> None:
    """A name can be read in the summary, and is never a command, a row, a link, an element or a program."""
    path = job.workspace / file
    path.parent.mkdir(exist_ok=True)
    path.write_text(content)
    job.inputs = {"paths": paths}
    job.run()
    assert job.failed == [LINT]
    (command,) = job.commands()
    assert f"title={title}::" in command
    assert [path for path in job.workspace.rglob("*") if path.is_file()] == [path]
    if title != "pinsmith":
        (row,) = _cells(job.summary)[1:]
        assert "${{ github.token }} *g* ![h](i)" in row[2]


@pytest.mark.parametrize(
    ("fail_on", "fails"),
    [
        ("medium", True),
        ("high", False),
        pytest.param("info", True, marks=pytest.mark.thorough),
        pytest.param("never", False, marks=pytest.mark.thorough),
    ],
)
def test_the_job_fails_from_the_chosen_severity_on(job: Job, fail_on: str, fails: bool) -> None:  # noqa: FBT001 - a table
    """A finding below it is still annotated."""
    (job.workspace / "pins.toml").write_text(ONE_PIN)
    job.inputs = {"fail-on": fail_on}
    job.run()
    assert bool(job.failed) is fails
    assert len(job.commands()) == 1


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("fail-on", "hihg"),
        ("min-severity", "hihg"),
        pytest.param("online", "yes", marks=pytest.mark.thorough),
        pytest.param("paths", " \n", marks=pytest.mark.thorough),
        pytest.param("paths", "--explain=missing-backup-pin", marks=pytest.mark.thorough),
        pytest.param("persona", "--online", marks=pytest.mark.thorough),
        pytest.param("sarif", "True", marks=pytest.mark.thorough),
        ("baseline", "none.json"),
    ],
)
def test_an_input_that_is_not_understood_fails(job: Job, name: str, value: str) -> None:
    """A typing error never makes the action look at less, even if no finding could fail the job."""
    (job.workspace / "pins.toml").write_text(TWO_PINS)
    job.inputs = {"fail-on": "never", name: value}
    job.run()
    assert job.failed == [LINT]
    assert job.commands()[-1].startswith("error title=pinsmith::")


def test_a_release_has_the_form_of_a_release(job: Job) -> None:
    """Nothing but a number reaches pip."""
    job.inputs = {"version": "0.1 --index-url=https://example.test"}
    job.run(install=True)
    assert job.failed == ["Install pinsmith"]
    assert job.commands() == [
        "error title=pinsmith::the input version of the action must be a release such as 0.1.0, or empty"
    ]


def test_a_file_that_was_edited_by_hand_fails_sync(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the input `sync`, the same repository passes."""
    (job.workspace / "pins.toml").write_text(TWO_PINS)
    monkeypatch.chdir(job.workspace)
    assert run("sync").code == 0
    (job.workspace / "api.curlrc").write_text("silent\n")
    job.inputs = {"paths": "pins.toml"}
    job.run()
    assert job.failed == []
    job = Job(job.workspace, job.temporary / "again", {"paths": "pins.toml", "sync": "true"})
    job.temporary.mkdir()
    job.run()
    assert job.failed == [SYNC]
    assert job.commands()[0].startswith("error file=api.curlrc,line=1,title=out-of-sync::")
    assert _cells(job.summary)[-1][2] == "api.curlrc:1"


def test_modules_of_the_repository_are_not_imported(job: Job) -> None:
    """A repository that contains a module of pinsmith or of Python changes nothing."""
    (job.workspace / "pins.toml").write_text(TWO_PINS)
    for name in ("pinsmith", "click", "re", "venv", "pip"):
        (job.workspace / f"{name}.py").write_text("raise SystemExit(0)")
    job.run()
    assert job.failed == []
    assert "nothing found in 1 file with pins" in job.summary


def test_inputs_stand_in_no_command_and_other_actions_are_pinned() -> None:
    """Commands read inputs from variables, and every other action is named by the hash of a commit."""
    assert not [step for step in STEPS if "${{" in step.get("run", "")]
    used = [step["uses"] for step in STEPS if "uses" in step]
    assert used
    assert [name for name in used if not re.fullmatch(r"[\w/-]+@[0-9a-f]{40}", name)] == []


def test_every_input_has_an_effect_and_the_defaults_of_lint() -> None:
    """Each input is passed on, and those that lint has too have the same default."""
    steps = json.dumps(STEPS)
    assert [name for name in ACTION["inputs"] if f"inputs.{name} " not in steps] == []
    defaults = {option.name: option.default for option in load("lint").params if isinstance(option, click.Option)}
    for name in ("min-severity", "persona"):
        assert ACTION["inputs"][name]["default"] == defaults[name.replace("-", "_")]
