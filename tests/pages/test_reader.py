"""The reader does what a page says, and notices a page that is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.pages.page import steps

if TYPE_CHECKING:
    from pathlib import Path

    from tests.pages.reader import Reader

PAGE = """\
# A page

## 1. Begin

Write `a/note.txt`, and read it:

```text
one
```

Later. Add to `a/note.txt`:

```text
two
```

```console
$ pinsmith init www.example.com --no-backup
$ pinsmith check unknown.example.org  # exit code 4
$ pinsmith fetch \\
      api.example.com --format json > chain.json
```

```sh
npm install nothing
```

## Then

```python
import pathlib
assert pathlib.Path("chain.json").read_text().startswith("{")
pathlib.Path("done").touch()
```
"""


def _page(folder: Path, text: str) -> Path:
    (folder / "page.md").write_text(text)
    return folder / "page.md"


def test_a_page_is_followed_in_its_order(reader: Reader, tmp_path: Path) -> None:
    """Files, commands with their exit codes, redirections and programs; blocks of `sh` are only shown."""
    page = _page(tmp_path, PAGE)
    assert reader.follow(page) == 6
    assert (reader.folder / "a" / "note.txt").read_text() == "one\n\ntwo\n"
    assert (reader.folder / "done").exists()
    assert [step.line for step in steps(page, "Then")] == [30]
    assert len(steps(page, "Begin")) == 5


@pytest.mark.parametrize(
    ("block", "reason"),
    [
        ("```console\n$ pinsmith check\n```\n", "ended with 1 instead of 0"),
        ("```console\n$ npm install\n```\n", "cannot start 'npm'"),
        ("```console\npinned\n```\n", "show output in a block of `text`"),
        ("Write `trusted.pem`:\n\n```text\n```\n\nWrite `trusted.pem`:\n\n```text\n```\n", "would overwrite"),
    ],
    ids=["a command fails", "another program", "output in a block of commands", "a file is written twice"],
)
def test_a_wrong_page_fails(block: str, reason: str, reader: Reader, tmp_path: Path) -> None:
    """A page whose step cannot be done as it stands makes the test fail."""
    with pytest.raises(AssertionError, match=reason):
        reader.follow(_page(tmp_path, block))


def test_a_host_may_change_its_key(reader: Reader) -> None:
    """A host presents what a test gives it from then on, and the machine of the reader trusts it."""
    reader.type("pinsmith init api.example.com --no-backup")
    reader.network.serve("api.example.com", reader.network.root.issue("api.example.com"))
    reader.type("pinsmith check", exit_code=3)
