"""Readers use only the bytes that they get: no file, no network and no other program."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pinsmith.errors import FormatError
from pinsmith.formats import FORMATS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinsmith.formats import Format

SAMPLES = Path(__file__).parent / "samples"
READERS = [target for target in FORMATS if target.read is not None]
LEAVING = ("open", "os.", "pathlib.", "shutil.", "socket.", "subprocess.", "urllib.", "http.", "ftplib.", "glob.")
_events: list[str] | None = None


def _hook(event: str, args: tuple[object, ...]) -> None:
    # ruamel.yaml looks for plug-ins in its own folder each time
    if _events is not None and event.startswith(LEAVING) and not str(*args[:1]).startswith(sys.prefix):
        _events.append(f"{event} {args[:1]}")


sys.addaudithook(_hook)


@contextmanager
def _watched() -> Iterator[list[str]]:
    """Collect all events of opening, connecting and starting."""
    global _events  # noqa: PLW0603 - a hook cannot be taken away again, so it looks here
    found: list[str] = []
    _events = found
    try:
        yield found
    finally:
        _events = None


def _read(target: Format, content: bytes, name: str) -> None:
    assert target.read is not None
    try:
        target.read(content, name)
    except FormatError:
        return


@pytest.mark.parametrize("target", READERS, ids=lambda target: target.id)
def test_a_reader_opens_nothing(target: Format) -> None:
    """Entities, includes and file names in a file are not followed, whether it is read or refused."""
    samples = [(path.read_bytes(), path.name) for path in sorted((SAMPLES / target.id).glob("*/*"))]
    hostile = f"<!DOCTYPE a [<!ENTITY x SYSTEM 'file://{SAMPLES}/x'>]><a>&x;</a>".encode()
    samples.append((hostile, "hostile.xml"))
    assert len(samples) > 2
    for content, name in samples:
        _read(target, content, name)  # modules are imported on first use, which opens their files
    with _watched() as found:
        for content, name in samples:
            _read(target, content, name)
    assert found == []


def test_the_watch_sees_an_opened_file() -> None:
    """Control of the test above: an opened file is noticed."""
    with _watched() as found:
        (SAMPLES / "curl" / "valid" / "two.curlrc").read_bytes()
    assert found
