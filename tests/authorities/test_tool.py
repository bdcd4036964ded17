"""`tools/authorities` writes the tables of known authorities from lists, and verifies every line of them."""

from __future__ import annotations

import base64
import gzip
import hashlib
import runpy
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tests.meta import source

if TYPE_CHECKING:
    from pathlib import Path

TOOL = source.ROOT / "tools" / "authorities"
ROOTS = ("id", "certificate_sha256", "pin", "subject", "algorithm", "not_before", "not_after", "ski", "spki")
INTERMEDIATES = ("certificate_sha256", "pin", "subject", "issuer", "algorithm", "not_before", "not_after", "spki")
STORES = ("store", "version", "read_on", "roots", "unknown_certificates_sha256")
OLD, NEW, CROSS, OWN, ISSUING, GLOBAL, LONELY = (str(digit) * 64 for digit in range(7))


def _pin(key: str) -> str:
    return base64.b64encode(hashlib.sha256(key.encode()).digest()).decode()


def _spki(key: str) -> str:
    return base64.b64encode(key.encode()).decode()


def _root(number: str, certificate: str, key: str, subject: str, days: str) -> tuple[str, ...]:
    return (number, certificate, _pin(key), subject, "RSA 2048", *days.split(), "", _spki(key))


def _intermediate(certificate: str, key: str, subject: str, issuer: str, days: str) -> tuple[str, ...]:
    return (certificate, _pin(key), subject, issuer, "RSA 2048", *days.split(), _spki(key))


def _lists() -> dict[str, list[tuple[str, ...]]]:
    """
    Make the rows of the three lists, headers first.

    The key ``a`` has two certificates of its own and a cross-signed one; ``b`` is a root that no store holds; ``c`` is
    an intermediate; ``d`` is a root whose CN says nothing.
    """
    new, old = "CN=A\\, new,O=A Inc.,C=US", "OU=A,O=A Inc.,C=US"
    common = "CN=D,O=D,OU=D Root - R2"
    return {
        "roots.tsv": [
            ROOTS,
            _root("0", OLD, "a", old, "2001-01-01 2020-12-31"),
            _root("1", NEW, "a", new, "2011-01-01 2030-12-31"),
            _root("2", GLOBAL, "d", common, "2011-01-01 2030-12-31"),
        ],
        "intermediates.tsv": [
            INTERMEDIATES,
            _intermediate(CROSS, "a", "CN=A cross", "CN=B", "2005-01-01 2031-06-30"),
            _intermediate(OWN, "b", "CN=B", "CN=B", "2005-01-01 2025-01-01"),
            _intermediate(ISSUING, "c", "OU=C 1,OU=C Trust,O=C Ltd.", "CN=B", "2015-01-01 2025-01-01"),
        ],
        "stores.tsv": [
            STORES,
            ("android", "17", "2026-06-21", "0,2", ""),
            ("mozilla", "", "2026-07-19", "1", "f" * 64),
        ],
    }


def _write(folder: Path, lists: dict[str, list[tuple[str, ...]]]) -> Path:
    folder.mkdir(exist_ok=True)
    for name, rows in lists.items():
        (folder / name).write_bytes("".join("\t".join(row) + "\n" for row in rows).encode())
    return folder


def _run(lists: Path, into: Path) -> subprocess.CompletedProcess[str]:
    into.mkdir(exist_ok=True)
    command = [sys.executable, str(TOOL), str(lists), "--into", str(into)]
    return subprocess.run(command, capture_output=True, text=True, check=False, encoding="utf-8")


@pytest.fixture(scope="module")
def tool() -> dict[str, Any]:
    """Load the names of the tool, because a process for each bad line would take long."""
    return runpy.run_path(str(TOOL))


def _rows(content: bytes) -> list[tuple[str, ...]]:
    return [tuple(line.split("\t")) for line in content.decode().splitlines() if not line.startswith("#")]


def test_certificates_of_one_key_become_one_line(tmp_path: Path) -> None:
    """A cross-signed or self-issued root is a root, and the days span all certificates of the key."""
    done = _run(_write(tmp_path / "lists", _lists()), tmp_path / "tables")
    assert (done.returncode, done.stderr) == (0, "")
    rows = _rows((tmp_path / "tables" / "known.tsv").read_bytes())
    ours = {_pin(key) for key in "abcd"}
    assert rows == sorted(rows)
    assert [row for row in rows if row[0] in ours] == sorted(
        [
            (_pin("a"), "root", "2001-01-01", "2031-06-30", "A, new", "CN=A\\, new,O=A Inc.,C=US"),
            (_pin("b"), "root", "2005-01-01", "2025-01-01", "B", "CN=B"),
            (_pin("c"), "intermediate", "2015-01-01", "2025-01-01", "C Trust", "OU=C 1,OU=C Trust,O=C Ltd."),
            (_pin("d"), "root", "2011-01-01", "2030-12-31", "D Root - R2", "CN=D,O=D,OU=D Root - R2"),
        ]
    )


def test_certificates_that_another_key_signed_are_listed(tmp_path: Path) -> None:
    """A certificate gives a line with the pin of its signer, or with the subject of a signer that no list has."""
    lists = _lists()
    lists["intermediates.tsv"].append(_intermediate(LONELY, "e", "CN=E", "CN=Nobody", "2015-01-01 2025-01-01"))
    _run(_write(tmp_path / "lists", lists), tmp_path / "tables")
    rows = _rows((tmp_path / "tables" / "issued.tsv").read_bytes())
    ours = {_pin(key) for key in "ace"}
    assert sorted(row for row in rows if row[0] in ours) == sorted(
        [
            (_pin("a"), _pin("b"), "2005-01-01", "2031-06-30", ""),
            (_pin("c"), _pin("b"), "2015-01-01", "2025-01-01", ""),
            (_pin("e"), "", "2015-01-01", "2025-01-01", "CN=Nobody"),
        ]
    )
    assert len(rows) == 3 + 14, "the tool itself knows 14"


def test_certificates_that_only_the_tool_knows_are_added(tmp_path: Path, tool: dict[str, Any]) -> None:
    """Their keys are in the table, as roots if they signed themselves, and are found as issuers of listed ones."""
    own, roots = tool["MORE_SUBJECTS"], {"Root YE", "Root YR"}
    lists = _lists()
    for tables in ("without", "with"):
        _run(_write(tmp_path / "lists", lists), tmp_path / tables)
        rows = _rows((tmp_path / tables / "known.tsv").read_bytes())
        assert {row[0]: row[5] for row in rows if row[0] in own} == own
        assert {row[4] for row in rows if row[0] in own and row[1] == "root"} == roots
        signers = [row[1] for row in _rows((tmp_path / tables / "issued.tsv").read_bytes()) if row[0] == _pin("e")]
        assert all(own[signer] == "CN=Root YE,O=ISRG,C=US" for signer in signers)
        lists["intermediates.tsv"].append(
            _intermediate(LONELY, "e", "CN=E", "CN=Root YE,O=ISRG,C=US", "2025-09-03 2028-09-02")
        )
    assert signers


def test_roots_and_stores_are_kept_for_later(tmp_path: Path) -> None:
    """The second table has every root certificate with its key, and every version of a store with its day."""
    _run(_write(tmp_path / "lists", _lists()), tmp_path / "tables")
    roots = _rows(gzip.decompress((tmp_path / "tables" / "roots.tsv.gz").read_bytes()))
    assert ("1", NEW, "2011-01-01", "2030-12-31", "CN=A\\, new,O=A Inc.,C=US", _spki("a")) in roots
    assert sorted(row[0] for row in roots) == ["0", "1", "2"]
    assert _rows(gzip.decompress((tmp_path / "tables" / "stores.tsv.gz").read_bytes())) == _lists()["stores.tsv"][1:]


def test_the_same_lists_give_the_same_bytes(tmp_path: Path) -> None:
    """The tables do not depend on the clock or the machine, so a difference of the files is one of the facts."""
    lists = _write(tmp_path / "lists", _lists())
    for tables in ("one", "two"):
        _run(lists, tmp_path / tables)
    for file in (tmp_path / "one").iterdir():
        assert file.read_bytes() == (tmp_path / "two" / file.name).read_bytes()
        assert file.suffix != ".gz" or file.read_bytes()[4:10] == bytes(4) + b"\x02\xff"


# The fault: file, line from 1, column whose text is replaced, new text, message.
WRONG = {
    "the pin of another key": ("roots.tsv", 2, "pin", _pin("b"), "is not the SHA-256 of spki"),
    "a pin that is spelled otherwise": ("intermediates.tsv", 3, "pin", _pin("b").rstrip("="), "is not the SHA-256"),
    "another key": ("intermediates.tsv", 2, "spki", _spki("b"), "is not the SHA-256 of spki"),
    "not base64": ("roots.tsv", 3, "spki", "!", "spki is not base64"),
    "no day": ("roots.tsv", 2, "not_after", "20301231", "not_after '20301231' is not a day such as 2026-11-30"),
    "no such day": ("stores.tsv", 2, "read_on", "2026-02-30", "read_on '2026-02-30' is not a day"),
    "days in the wrong order": ("roots.tsv", 2, "not_before", "2031-01-01", "not_before is after not_after"),
    "no subject": ("intermediates.tsv", 2, "subject", "", "subject is empty or not printable"),
    "a subject of two lines": ("intermediates.tsv", 2, "subject", "CN=A\rB", "subject is empty or not printable"),
    "a subject without a name": ("roots.tsv", 2, "subject", "C=US", "subject 'C=US' has neither a CN nor an OU"),
    "no hash": ("roots.tsv", 2, "certificate_sha256", "00", "certificate_sha256 '00' is not 64"),
    "a certificate twice": ("roots.tsv", 3, "certificate_sha256", OLD, "stands in the list already"),
    "a number twice": ("roots.tsv", 3, "id", "0", "id '0' is not a number or not unique"),
    "a root that does not exist": ("stores.tsv", 3, "roots", "1,7", "the root '7' is not in roots.tsv"),
    "no store": ("stores.tsv", 2, "store", "", "store is empty"),
    "one tab too many": ("stores.tsv", 3, "version", "1\t2", "6 columns instead of 5"),
    "other columns": ("roots.tsv", 1, "ski", "key", "the columns must be id certificate_sha256 pin"),
}


@pytest.mark.parametrize("what", WRONG)
def test_one_bad_line_stops_the_tool(tmp_path: Path, tool: dict[str, Any], what: str) -> None:
    """The error names the file and the line, and nothing is written."""
    file, line, column, text, message = WRONG[what]
    lists = _lists()
    row = list(lists[file][line - 1])
    row[lists[file][0].index(column)] = text
    lists[file][line - 1] = tuple(row)
    folder = _write(tmp_path / "lists", lists)
    (tmp_path / "tables").mkdir()
    with pytest.raises(tool["BadListError"]) as caught:
        tool["write"](folder, tmp_path / "tables")
    assert str(caught.value).startswith(f"{folder / file}:{line}: ")
    assert message in str(caught.value)
    assert not list((tmp_path / "tables").iterdir())


@pytest.mark.parametrize("content", [None, b"\xff", "\t".join(ROOTS).encode()], ids=["missing", "not UTF-8", "empty"])
def test_a_list_that_cannot_be_read_stops_the_tool(tmp_path: Path, content: bytes | None) -> None:
    """The error names the unreadable or empty list, and nothing is written."""
    folder = _write(tmp_path / "lists", _lists())
    file = folder / "roots.tsv"
    file.unlink() if content is None else file.write_bytes(content)
    done = _run(folder, tmp_path / "tables")
    assert done.returncode == 1
    assert done.stderr.startswith(f"tools/authorities: error: {file}: ")
    assert not list((tmp_path / "tables").iterdir())
