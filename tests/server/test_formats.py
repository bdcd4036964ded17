"""Files for platforms, by the API and on pages: what `pinsmith export` refuses is refused here as well."""

from __future__ import annotations

import asyncio
import html
import json
import threading
from typing import TYPE_CHECKING, Any

import pytest

from pinsmith import formats, sync
from pinsmith.pinfile import parse
from pinsmith.server import exports
from tests.checks.sample import HOST
from tests.server.asking import Answer, ask_within
from tests.server.filled import FILE, PINS, filled

if TYPE_CHECKING:
    from pathlib import Path

API = "/api/v1/formats"
EXPIRING = PINS + "expires = 2027-06-20\n"
ENDING = PINS + "expires = 2026-06-20\n"


def asked(folder: Path, *paths: str, **service: Any) -> list[Answer]:  # noqa: ANN401 - as `filled` takes it
    """Send requests to a service."""

    async def run() -> list[Answer]:
        async with filled(folder, **service) as app:
            return [await ask_within(app, path) for path in paths]

    return asyncio.run(run())


def test_a_format_is_made_as_by_export(tmp_path: Path) -> None:
    """The text is that of `pinsmith export`, by the name of the pin file or of a host, as a document and as a file."""
    by_file, by_host, download = asked(
        tmp_path,
        f"{API}/okhttp-kotlin/pins.toml?package=com.example.app",
        f"{API}/okhttp-kotlin/{HOST}?package=com.example.app",
        f"{API}/okhttp-kotlin/pins.toml/files/0?package=com.example.app",
    )
    options = {"package": "com.example.app"}
    made = sync.export(parse(PINS), formats.find("okhttp-kotlin"), tmp_path / "pins.toml", options=options)
    document = json.loads(by_file.body)
    assert (document["pin_file"], document["hosts"]) == (FILE, [HOST])
    assert [(file["name"], file["text"]) for file in document["files"]] == [("Pins.kt", made.text)]
    assert json.loads(by_host.body)["files"] == document["files"]
    assert download.body == made.text.encode()
    assert download.headers["content-type"] == "text/plain; charset=utf-8"
    assert download.headers["content-disposition"] == 'attachment; filename="Pins.kt"'
    assert download.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("format_", "text", "consent", "rule"),
    [
        ("apple-ats", EXPIRING, "accept-loss=expiry-dropped", "expiry-dropped"),
        ("android-nsc", ENDING, "allow-ending=true", "pins-expire"),
    ],
)
def test_nothing_is_lost_without_consent(format_: str, text: str, consent: str, rule: str, tmp_path: Path) -> None:
    """A loss or an early end is refused with its reason, by the API and on the page, until it is accepted by name."""
    paths = (
        f"{API}/{format_}/pins.toml",
        f"{API}/{format_}/pins.toml/files/0",
        f"/formats/{format_}?pin-file=pins.toml",
    )
    refused, download, page = asked(tmp_path, *paths, files={FILE: text})
    assert (refused.status, download.status, page.status) == (422, 422, 200)
    assert [found["rule"] for found in json.loads(refused.body)["findings"]] == [rule]
    assert "sha256" not in refused.body.decode() + download.body.decode()
    shown = page.body.decode()
    assert '<p class="word">Refused</p>' in shown
    assert f": {rule}</p>" in shown
    assert "Download" not in shown
    name, value = consent.split("=")
    assert f'name="{name}" value="{value}">' in shown

    given = [f"{path}{'&' if '?' in path else '?'}{consent}" for path in paths]
    document, download, page = asked(tmp_path, *given, files={FILE: text})
    assert (document.status, download.status) == (200, 200)
    found = json.loads(document.body)
    assert [one["rule"] for one in (*found["losses"], *found["ending"])] == [rule]
    shown = page.body.decode()
    assert f": {rule}</p>" in shown
    assert f'name="{name}" value="{value}" checked>' in shown


def test_a_page_shows_the_files_and_leads_to_them(tmp_path: Path) -> None:
    """The preview is the file that the link downloads, with the options of the form."""
    query = "pin-file=pins.toml&module=&types=true"
    page, *files = asked(
        tmp_path,
        f"/formats/axios?{query}",
        *(f"{API}/axios/pins.toml/files/{number}?module=&types=true" for number in (0, 1)),
    )
    shown = html.unescape(page.body.decode())
    assert [file.headers["content-disposition"] for file in files] == [
        'attachment; filename="pins.mjs"',
        'attachment; filename="pins.d.mts"',
    ]
    for number, file in enumerate(files):
        assert f'href="{API}/axios/pins.toml/files/{number}?module=&types=true"' in shown
        assert file.body.decode() in shown


def test_every_format_has_a_page(tmp_path: Path) -> None:
    """Each one is listed, and its page can be made; one that cannot be written has no form."""
    overview, *pages = asked(tmp_path, "/formats", *(f"/formats/{member.id}" for member in formats.FORMATS))
    listed = overview.body.decode()
    for member, page in zip(formats.FORMATS, pages, strict=True):
        assert f'href="/formats/{member.id}"' in listed
        assert page.status == 200, member.id
        assert ('class="options"' in page.body.decode()) == (member.write is not None), member.id


def test_no_request_reaches_a_private_key(tmp_path: Path) -> None:
    """The name of a file in a request is neither opened nor answered differently if there is such a file."""
    (tmp_path / "there.pem").write_text("x")
    names = ("there.pem", "not-there.pem")
    answers = asked(tmp_path, *(f"{API}/wultra/pins.toml?signing-key={tmp_path}/{name}" for name in names))
    assert [answer.status for answer in answers] == [422, 422]
    assert answers[0].body == answers[1].body
    assert "does not sign" in answers[0].body.decode()


def test_pin_files_have_names_of_their_own(tmp_path: Path) -> None:
    """Of two files with one name, the second has a number, also if the first could not be read."""
    other = PINS.replace(HOST, "other.example.com")
    two = {FILE: None, "/srv/other/pins.toml": other}
    first, second, page = asked(
        tmp_path, f"{API}/csv/pins.toml", f"{API}/csv/pins.toml~2", "/formats/csv?pin-file=pins.toml~2", files=two
    )
    assert (first.status, first.headers["retry-after"]) == (503, "10")
    assert json.loads(second.body)["hosts"] == ["other.example.com"]
    assert "/srv/pins.toml (not read yet)" in page.body.decode()
    both = {FILE: PINS, "/srv/other/pins.toml": PINS}
    (ambiguous,) = asked(tmp_path, f"{API}/csv/{HOST}", files=both)
    assert ambiguous.status == 409


WRONG = (
    "nothing=1",
    "hosts=nobody.example.com",
    "package=<script>alert(1)</script>",
    f"package={'x' * 2000}",
)


def test_what_cannot_be_made_is_refused(tmp_path: Path) -> None:
    """An unknown option, an unknown host, and values that would not be code, are named and cannot act."""
    api = asked(tmp_path, *(f"{API}/okhttp-kotlin/pins.toml?{query}" for query in WRONG))
    pages = asked(tmp_path, *(f"/formats/okhttp-kotlin?{query}" for query in WRONG))
    assert [answer.status for answer in api] == [422] * len(WRONG)
    assert all('<p class="word">Refused</p>' in page.body.decode() for page in pages)
    assert not any("<script" in page.body.decode() for page in pages)


def test_texts_of_a_pin_file_cannot_act(tmp_path: Path) -> None:
    """The names of keys stand in the preview as text, and hidden characters are visible."""
    nasty = PINS.replace('role = "leaf"\n', 'role = "leaf"\nsubject = "CN=</code><script>alert(1)</script>\u202e"\n', 1)
    (page,) = asked(tmp_path, "/formats/markdown", files={FILE: nasty})
    shown = page.body.decode()
    assert "<script" not in shown
    assert "\u202e" not in shown


def test_few_requests_wait(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When many outputs are asked for at once, the service says when to come back, and goes on to answer others."""
    begun, go_on = threading.Event(), threading.Event()

    def slow(*_: object) -> exports.Output:
        begun.set()
        assert go_on.wait(240)
        return exports.Output((exports.OutputFile("x", b"", "text/plain"),), (), (), ())

    monkeypatch.setattr(exports, "make", slow)

    async def run() -> tuple[int, int, list[int]]:
        async with filled(tmp_path) as app:
            waiting = [asyncio.create_task(ask_within(app, f"{API}/csv/pins.toml")) for _ in range(8)]
            await asyncio.to_thread(begun.wait, 30)
            refused = await ask_within(app, f"{API}/csv/pins.toml")
            other = await ask_within(app, "/api/v1/hosts")
            go_on.set()
            return refused.status, other.status, [answer.status for answer in await asyncio.gather(*waiting)]

    assert asyncio.run(run()) == (503, 200, [200] * 8)
