"""A repository whose programs in Go and Python pin the same host: compared by `lint`, and adopted by `import`."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from pinsmith import pinfile
from pinsmith.exit_code import ExitCode
from tests.cli.support import run
from tests.formats.policy import BACKUP, LEAF, PLAIN, pin

GO: Final = f"""package internal

var pins = map[string][]string{{
	"api.example.com": {{"{LEAF.pin.base64}", "{BACKUP.pin.base64}"}},
}}

func verify(state tls.ConnectionState) error {{
	return compare(pins[state.ServerName], sha256.Sum256(state.VerifiedChains[0][0].RawSubjectPublicKeyInfo))
}}
"""
CURL: Final = """import pycurl
c = pycurl.Curl()
c.setopt(c.URL, "https://api.example.com/v1")
c.setopt(c.PINNEDPUBLICKEY, "sha256//{};sha256//{}")
"""
PRINT: Final = 'session.mount("https://cdn.example.com/", FingerprintAdapter("00:11"))\n'


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make a repository with a pin file, a program in Go with the same pins, and one in Python with another."""
    monkeypatch.chdir(tmp_path)
    Path("internal").mkdir()
    Path("tools").mkdir()
    Path("pins.toml").write_text(pinfile.write(PLAIN))
    Path("internal/pins.go").write_text(GO)
    Path("tools/fetch.py").write_text(CURL.format(LEAF.pin.base64, pin("old").base64))
    Path("tools/cdn.py").write_text(PRINT)


def test_programs_out_of_step_are_found() -> None:
    """The file that differs from pins.toml is a finding; after it is corrected there is none."""
    answer = run("lint", "internal", "tools/fetch.py", "pins.toml")
    assert answer.code == ExitCode.FOUND_MEDIUM
    assert "tools/fetch.py:4: medium[pins-out-of-step]: api.example.com: its pins differ" in answer.stdout
    assert "internal/pins.go" not in answer.stdout
    Path("tools/fetch.py").write_text(CURL.format(LEAF.pin.base64, BACKUP.pin.base64))
    assert run("lint", "internal", "tools/fetch.py", "pins.toml").code == ExitCode.OK
    Path("internal/pins.go").write_text(GO.replace(BACKUP.pin.base64, pin("old").base64))
    assert (
        "internal/pins.go:4: medium[pins-out-of-step]" in run("lint", "internal", "tools/fetch.py", "pins.toml").stdout
    )


def test_programs_are_adopted_beside_their_code() -> None:
    """Differences must be settled, code that people wrote keeps its file, and what was left out is named."""
    assert run("import", ".").code == ExitCode.MISMATCH
    result = run("import", ".", "--prefer", "pins.toml", "--into", "pins.toml")
    assert result.code == ExitCode.OK
    assert "tools/cdn.py was left out: FingerprintAdapter compares the certificate of cdn.example.com" in result.stderr
    outputs = {output.format: output for output in pinfile.load_file("pins.toml").outputs}
    assert (outputs["go"].path, outputs["go"].options["package"]) == ("internal/pinsmith_pins.go", "internal")
    assert outputs.keys() == {"go"}
    assert "pins stay in tools/fetch.py by hand: pinsmith writes no code for its library" in result.stderr
    assert run("sync").code == run("sync", "--check").code == ExitCode.OK
    assert run("lint", ".").stdout.count("pins-out-of-step") == 1
