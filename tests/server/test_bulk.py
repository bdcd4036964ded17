"""The page that inspects many hosts."""

from __future__ import annotations

import base64
import csv
import io
import json
import re
from typing import TYPE_CHECKING

import pytest

from pinsmith.documents.inspected_row import InspectedRow, csv_of
from pinsmith.lab.servers.server import RecordingServer
from tests.server.inspecting import END, NOW, ROOT, START, Names, Shop

if TYPE_CHECKING:
    from pathlib import Path

HOST = "www.example.com"
LEAF = ROOT.issue(HOST, not_before=START, not_after=END)


def _download(page: str, name: str) -> str:
    found = re.search(rf'href="data:[^;]+;base64,([^"]*)" download="{name}"', page)
    assert found is not None
    return base64.b64decode(found[1]).decode()


def test_many_hosts_have_a_line_each_and_downloads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A host that is refused and a text that is not a host stop no other one; a host that comes twice is one line."""
    Names({HOST: [["127.0.0.1"]], "inner.example.com": [["10.0.0.1"]]}).install(monkeypatch)
    with RecordingServer(LEAF) as server:
        shop, name = Shop(tmp_path, ports=[443, server.port]), f"{HOST}:{server.port}"
        typed = f"{name}\n# a comment\n{name}\ninner.example.com\nhttp://<b>\n"
        (answer,) = shop.visit({"path": "/bulk", "fields": {"hosts": typed}})
    page = answer.body.decode()
    assert answer.status == 200
    assert "<b>" not in page
    rows = list(csv.DictReader(io.StringIO(_download(page, "hosts.csv"))))
    assert [(row["host"], row["verdict"]) for row in rows] == [
        (name, "not-pinned"),
        ("inner.example.com", "not-asked"),
        ("http://<b>", "not-asked"),
    ]
    assert (rows[0]["pins"], rows[0]["days_left"]) == (LEAF.pin, str((END - NOW).days))
    assert "is not public" in rows[1]["error"]
    hosts = json.loads(_download(page, "hosts.json"))["hosts"]
    assert [host["chain"][0]["pin"] if host["chain"] else host["error"]["code"] for host in hosts] == [
        LEAF.pin,
        "out-of-reach",
        "invalid-host",
    ]


@pytest.mark.parametrize("typed", ["", "# nothing"])
def test_a_list_has_hosts(typed: str, tmp_path: Path) -> None:
    """An empty list is an error that says what to write."""
    (answer,) = Shop(tmp_path, ports=[443]).visit({"path": "/bulk", "fields": {"hosts": typed}})
    assert answer.status == 400
    assert "write one host on each line" in answer.body.decode()


def test_a_list_is_bounded_and_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """More hosts than are asked at once are refused before anything is looked up, and so is a second list too soon."""
    names = Names().install(monkeypatch)
    shop = Shop(tmp_path, ports=[443], per_minute=100)
    hundred = "\n".join(f"host{number}.example.com" for number in range(100))
    long, first, second = shop.visit(
        {"path": "/bulk", "fields": {"hosts": f"{hundred}\nmore.example.com"}},
        {"path": "/bulk", "fields": {"hosts": "host1.example.com"}},
        {"path": "/bulk", "fields": {"hosts": hundred}},
    )
    assert (long.status, first.status, second.status) == (403, 200, 429)
    assert names.asked == ["host1.example.com"]


def test_a_server_cannot_put_formulas_into_a_spreadsheet() -> None:
    """A text that would be calculated gets an apostrophe; a number stays a number."""
    row = InspectedRow(
        host="www.example.com:443",
        verdict="matched",
        trusted=True,
        pins=[],
        issuers=["=HYPERLINK(1)"],
        days_left=-3,
        error="@x",
    )
    (line,) = csv_of([row]).splitlines()[1:]
    assert line == "www.example.com:443,matched,true,,'=HYPERLINK(1),-3,'@x"
