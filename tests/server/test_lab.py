"""The page with results of the lab: what it shows of good, bad, broken and hostile files."""

from __future__ import annotations

import asyncio
import json
import os
from typing import TYPE_CHECKING

from pinsmith.server import lab_results
from tests.server.asking import Answer, ask_within
from tests.server.filled import filled

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def trial(verdict: str = "pass", *, expected: str = "refuse", reason: str = "") -> dict[str, object]:
    """Describe a trial."""
    told = {"id": "wrong-key", "key": "ec-p256", "expected": expected, "outcome": "refused", "verdict": verdict}
    return {**told, "bytes_received": 0, "seconds": 0.1, "reason": reason}


def document(*trials: dict[str, object]) -> str:
    """Write the result of a run."""
    ok = all(one["verdict"] == "pass" for one in trials)
    return json.dumps({"version": 1, "ok": ok, "profile": "chain", "scenarios": trials})


def shown(folder: Path, files: dict[str, str]) -> str:
    """Show files that the settings name."""
    for name, text in files.items():
        (folder / name).write_text(text)
    return look(folder, *(folder / name for name in files)).body.decode()


def look(folder: Path, *paths: Path, page: str = "/lab") -> Answer:
    """Ask for a page of a service with these results."""

    async def run() -> Answer:
        async with filled(folder, lab=paths) as app:
            return await ask_within(app, page)

    return asyncio.run(run())


def test_a_result_has_a_verdict_and_its_trials(tmp_path: Path) -> None:
    """A client has a sentence, the date of its file, and every trial; refusals alone prove nothing."""
    files = {
        "android.json": document(trial(), trial(expected="accept")),
        "ios.json": document(trial(), trial(expected="accept"), trial("accepts-a-rogue", reason="it sent 5 bytes")),
        "web.json": document(trial()),
    }
    text = shown(tmp_path, files)
    for sentence in (
        "The client passed all 2 trials.",
        "The client failed 1 of 3 trials.",
        "Nothing is proven:",
        "accepts a rogue",
        "it sent 5 bytes",
    ):
        assert sentence in text
    os.utime(tmp_path / "ios.json", (0, 0))
    assert "1970-01-01 00:00:00 UTC" in look(tmp_path, tmp_path / "ios.json").body.decode()


def test_a_file_that_cannot_be_used_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A missing, broken, foreign, newer, large or endless file costs only its own result."""
    monkeypatch.setattr(lab_results, "MAX_BYTES", 5000)
    os.mkfifo(tmp_path / "pipe.json")
    files = {
        "good.json": document(trial(), trial(expected="accept")),
        "broken.json": "{",
        "deep.json": "[" * 4000,
        "foreign.json": '{"version": 1}',
        "newer.json": document(trial()).replace('"version": 1', '"version": 2'),
        "large.json": " " * 5001,
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    names = (*files, "missing.json", "pipe.json")
    text = look(tmp_path, *(tmp_path / name for name in names)).body.decode()
    assert text.count("The result cannot be used") == 7
    assert "The client passed all 2 trials." in text
    for words in ("it does not exist", "it is not a file", "it has version 2", "it is larger than 4 KiB"):
        assert words in text


def test_texts_of_a_result_cannot_act(tmp_path: Path) -> None:
    """A result may come from a machine that somebody else controls."""
    text = shown(tmp_path, {"x.json": document(trial("<script>", reason="<script>alert(1)</script>\u202e"))})
    assert "<script" not in text
    assert "\u202e" not in text


def test_only_a_service_with_results_leads_to_them(tmp_path: Path) -> None:
    """Without the setting there is neither a link nor a page."""
    assert 'href="/lab"' in look(tmp_path, tmp_path / "x.json", page="/alerts").body.decode()
    assert 'href="/lab"' not in look(tmp_path, page="/alerts").body.decode()
    assert look(tmp_path).status == 404
