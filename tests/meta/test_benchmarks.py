"""The command that runs benchmarks, and what those of retrieval and scans compute and refuse."""

from __future__ import annotations

import io
import subprocess
import sys
from types import SimpleNamespace

import pytest

from benchmarks.__main__ import main
from benchmarks.retrieval import Answer, ratios, read_lines, read_ndjson, require_equal
from benchmarks.scan import require_each_once


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> list[str]:
    """Run the command without its benchmarks, and return those that it would have run."""
    begun: list[str] = []

    def begin(command: list[str], **_: object) -> object:
        begun.append(command[-1].removeprefix("benchmarks."))
        return SimpleNamespace(returncode=0)

    monkeypatch.setattr(subprocess, "run", begin)
    monkeypatch.setattr(sys, "argv", ["benchmarks", *arguments])
    assert main() == 0
    return begun


def test_names_choose_benchmarks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a name, all of them run."""
    assert run(monkeypatch, "startup") == ["startup"]
    assert {"startup", "ingestion", "retrieval", "scan"} <= set(run(monkeypatch))


@pytest.mark.parametrize("argument", ["--help", "nothing"])
def test_what_is_not_a_name_runs_nothing(
    argument: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Help and a misspelt name end the command, and both list the names or say what is wrong."""
    with pytest.raises(SystemExit):
        run(monkeypatch, argument)
    printed = capsys.readouterr()
    assert "startup" in printed.out or "unknown benchmark: nothing" in printed.err


WHOLE = Answer(("leaf", "intermediate"), ("leaf", "intermediate", "root"))


def test_outputs_of_contenders_are_read() -> None:
    """Lines and JSON give the same pins, and a contender that verifies nothing has no verified ones."""
    lines = "a.example.com\tleaf,intermediate\tleaf,intermediate,root\nb.example.com\tleaf\t\n"
    assert read_lines(lines) == {"a.example.com": WHOLE, "b.example.com": Answer(("leaf",))}
    chain = ",".join(
        f'{{"pin": "{pin}", "presented": {presented}, "verified": true}}'
        for pin, presented in (("leaf", "true"), ("intermediate", "true"), ("root", "false"))
    )
    assert read_ndjson(f'{{"host": "a.example.com", "chain": [{chain}]}}\n') == {"a.example.com": WHOLE}


@pytest.mark.parametrize(
    "found",
    [
        {},
        {"a.example.com": Answer(())},
        {"a.example.com": Answer(("other",))},
        {"a.example.com": Answer(("leaf",), ("leaf", "other"))},
        {"a.example.com": WHOLE, "b.example.com": WHOLE},
    ],
)
def test_other_pins_end_the_comparison(found: dict[str, Answer]) -> None:
    """A missing host, no pins and other pins fail; a contender that sees only the leaf passes."""
    require_equal("right", {"a.example.com": Answer(("leaf",))}, {"a.example.com": WHOLE})
    with pytest.raises(SystemExit, match="wrong: "):
        require_equal("wrong", found, {"a.example.com": WHOLE})


def test_contenders_that_verify_are_compared_whole() -> None:
    """A contender that verifies has to find all of both chains, not only the beginning."""
    expected = {"a.example.com": WHOLE}
    require_equal("right", expected, expected, whole=True)
    for found in (Answer(("leaf",)), Answer(WHOLE.presented), Answer(WHOLE.presented, WHOLE.verified[:2])):
        require_equal("right", {"a.example.com": found}, expected)
        with pytest.raises(SystemExit, match="wrong: "):
            require_equal("wrong", {"a.example.com": found}, expected, whole=True)


def test_ratios_compare_medians() -> None:
    """A contender that needs half of the base's median is 2 times cheaper; without the base there are no ratios."""
    costs = {"shell": [4.0, 2.0, 90.0], "cli": [2.0, 2.0, 1.0]}
    assert ratios(costs, "shell") == {"shell": 1.0, "cli": 2.0}
    assert ratios(costs, "go") == {}


LINE = b'{"version":1,"host":"host-%d.example","trusted":%s}\n'


@pytest.mark.parametrize(
    "lines",
    [
        [LINE % (0, b"true")],
        [LINE % (0, b"true"), LINE % (0, b"true")],
        [LINE % (0, b"true"), LINE % (1, b"false")],
    ],
    ids=["missing", "twice", "not trusted"],
)
def test_a_scan_that_is_not_whole_ends_the_measurement(lines: list[bytes]) -> None:
    """A host that is missing, printed twice or not trusted fails; the hosts may come in any order."""
    require_each_once(io.BytesIO(LINE % (1, b"true") + LINE % (0, b"true")), 2)
    with pytest.raises(SystemExit, match=r"host-|1 of 2 names"):
        require_each_once(io.BytesIO(b"".join(lines)), 2)
