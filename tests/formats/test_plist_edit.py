"""An edit of any damaged property list is either correct or refused."""

from __future__ import annotations

import plistlib
import random
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import settings

from pinsmith.errors import FormatError
from pinsmith.formats import LOSSES, apple_ats, export, trustkit_ios
from tests.formats.policy import FULL

if TYPE_CHECKING:
    from pinsmith.formats import Format
    from pinsmith.formats._format import Found

SAMPLES = Path(__file__).parent / "samples"
OPTIONS = {"accept-loss": tuple(LOSSES)}
PIECES = ("<dict>", "</dict>", "<dict/>", "<true/>", "<key>", "</key>", "<!--", "-->", "<array/>", " ", "\n", "&lt;")


def _texts() -> list[Path]:
    found = [
        path for target in ("apple-ats", "trustkit-ios") for path in sorted((SAMPLES / target / "valid").iterdir())
    ]
    return [path for path in found if path.stem not in {"binary", "utf-16"}]


def _load(text: str) -> dict[str, Any]:
    found: dict[str, Any] = plistlib.loads(text.removeprefix("\ufeff").encode(), fmt=plistlib.FMT_XML)
    return found


def _content(found: Found) -> tuple[object, ...]:
    how = (found.include_subdomains, found.expires, found.report_only, found.exempt, set(found.report_uris))
    return ({pin.pin for pin in found.pins}, *how)


@pytest.mark.parametrize("target", [apple_ats.FORMAT, trustkit_ios.FORMAT], ids=lambda target: target.id)
@pytest.mark.parametrize("path", _texts(), ids=lambda path: path.name)
def test_a_damaged_list_is_edited_rightly_or_refused(target: Format, path: Path) -> None:
    """The pins are those of the policy, other settings stay, and a second edit changes nothing."""
    rng = random.Random(path.name)  # noqa: S311 - the same damage every time
    text = path.read_bytes().decode()
    plain = plistlib.loads(export(FULL, target, options=OPTIONS).text.encode())
    for _ in range(settings().max_examples):
        at = rng.randrange(len(text))
        damaged = text[:at] + rng.choice(PIECES) + text[at + rng.randrange(12) :]
        try:
            edited = export(FULL, target, options=OPTIONS, existing=damaged).text
        except FormatError:
            continue
        assert export(FULL, target, options=OPTIONS, existing=edited).text == edited
        assert target.read is not None
        found = target.read(edited.encode(), "Info.plist").hosts
        expected = target.read(plistlib.dumps(plain), "Info.plist").hosts
        assert {entry.host: _content(entry) for entry in found} == {entry.host: _content(entry) for entry in expected}
        before, after = (_load(text_of_list) for text_of_list in (damaged, edited))
        for key in before.keys() - {"NSAppTransportSecurity", "TSKConfiguration", "TSKPinnedDomains"}:
            assert after[key] == before[key]
