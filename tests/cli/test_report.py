"""`--report` writes a report for people beside the result, and changes nothing else."""

from __future__ import annotations

import hashlib
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import pinsmith
from pinsmith.exit_code import ExitCode
from tests.cli.support import run

if TYPE_CHECKING:
    from tests.cli.support import Result

# A client that does not pin, and one that never connects.
CLIENT = """
import os, ssl, socket, sys
open("started", "w").close()
if "connect" in sys.argv:
    context = ssl.create_default_context(cafile=os.environ["PINSMITH_LAB_CAFILE"])
    place = os.environ["PINSMITH_LAB_ADDRESS"], int(os.environ["PINSMITH_LAB_PORT"])
    with socket.create_connection(place) as plain, context.wrap_socket(plain, server_hostname="localhost") as secure:
        secure.sendall(b"GET /?token=private-a HTTP/1.1\\r\\nAuthorization: private-b\\r\\n\\r\\n")
        assert secure.recv(100)
sys.exit("private-c <script>")
"""
FEW = ("--scenario", "leaf-pin", "--scenario", "wrong-key", "--key", "ec-p256")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Change to a folder with the client."""
    monkeypatch.chdir(tmp_path)
    Path("client.py").write_text(CLIENT)


def lab(*options: str, words: tuple[str, ...] = ("connect",)) -> Result:
    """Run the client in two scenarios."""
    return run("lab", "run", *FEW, *options, "--", sys.executable, "client.py", *words)


def text_of(path: str) -> str:
    """Return the text of a page, without its elements."""
    html = Path(path).read_text("utf-8")
    assert "<script" not in html
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", html.partition("<body>")[2]))


def test_the_report_says_what_was_tried_and_what_came_out() -> None:
    """The result and the exit code stay the same, and no secret of the command or of the client is in the file."""
    words = (
        "connect",
        "--password",
        "private-d",
        "-H",
        "Authorization: private-e",
        "https://joe:private-f@example.com/",
    )
    plain = lab(words=words)
    answer = lab("--report", "out/report.html", "--subject", "Bank <4.2>", words=words)
    assert (answer.code, answer.stdout) == (plain.code, plain.stdout)
    assert answer.stderr.splitlines() == ["pinsmith: wrote the report to out/report.html", *plain.stderr.splitlines()]
    text = text_of("out/report.html")
    assert "Fail Bank &lt;4.2&gt; does not pin reliably: in 1 of 2 trials it trusted a rogue server" in text
    assert "connect --password &#39;[removed]&#39; -H &#39;Authorization: [removed]&#39;" in text
    assert "private-" not in Path("out/report.html").read_text()
    assert f"pinsmith {pinsmith.__version__}, Python 3." in text
    assert "Started 2026-06-15 12:00:00 UTC" in text
    assert hashlib.sha256(Path(sys.executable).read_bytes()).hexdigest() in text
    assert "MASVS-NETWORK-2" in text


def test_a_client_that_never_connects_is_reported_as_not_proven() -> None:
    """The report does not accuse the client, and the error stays the same."""
    answer = lab("--report", "report.html", words=())
    assert answer.code == ExitCode.BROKE
    assert "never connected" in answer.stderr
    assert "Not proven It is not proven that python" in text_of("report.html")


@pytest.mark.parametrize("command", ["run", "serve", "proxy"])
@pytest.mark.parametrize(
    ("options", "code", "error"),
    [
        (("--report", "client.py/report.html"), ExitCode.BROKE, "client.py/report.html cannot be written: a part of"),
        (("--report", "report"), ExitCode.USAGE, "--report 'report' is not the name of an HTML file"),
        (("--report", "-"), ExitCode.USAGE, "--report '-' is not the name of an HTML file"),
        (("--subject", "a"), ExitCode.USAGE, "--subject does nothing without --report"),
    ],
    ids=["not writable", "without suffix", "standard output", "subject alone"],
)
def test_a_report_that_cannot_be_written_is_refused_first(
    command: str, options: tuple[str, ...], code: ExitCode, error: str
) -> None:
    """Nothing is started or served if the report could not be written afterwards."""
    words = {"serve": ()}.get(command, ("--", sys.executable, "client.py"))
    answer = run("lab", command, *options, *words)
    assert (answer.code, answer.stdout) == (code, "")
    assert error in answer.stderr
    assert [path.name for path in Path().iterdir()] == ["client.py"]
