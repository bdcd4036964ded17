"""
Reports of pinning failures: sending them, reading them, grouping them, and saying what probably happened.

A report that arrives is an unauthenticated hint: anybody who knows the address can send one, with any content. So
nothing here raises an alarm, nothing is fetched, and a class that accuses an authority rests on signatures that were
verified.
Only `Sender` has a socket and a clock.

Everything is loaded on first use, because a program that only sends reports needs none of the parsers.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pinsmith.reports._build import anonymous as anonymous
    from pinsmith.reports._case import (
        CLASSES as CLASSES,
        Class as Class,
        Classified as Classified,
        Sightings as Sightings,
    )
    from pinsmith.reports._classify import classify as classify
    from pinsmith.reports._facts import Facts as Facts, facts_of as facts_of
    from pinsmith.reports._group import group_key as group_key
    from pinsmith.reports._json import MAX_BODY_BYTES as MAX_BODY_BYTES
    from pinsmith.reports._parse import MAX_FILE_BYTES as MAX_FILE_BYTES, Entry as Entry
    from pinsmith.reports._reading import (
        FORMATS as FORMATS,
        parse as parse,
        parse_body as parse_body,
        parse_members as parse_members,
    )
    from pinsmith.reports._report import Reason as Reason, Report as Report
    from pinsmith.reports._sender import Sender
    from pinsmith.reports._summary import Group as Group, summarise as summarise

# The other names are for pinsmith's own shells.
__all__ = ["Sender"]

_HOMES: Final = {
    "CLASSES": "_case",
    "Class": "_case",
    "Classified": "_case",
    "Entry": "_parse",
    "FORMATS": "_reading",
    "Facts": "_facts",
    "Group": "_summary",
    "MAX_BODY_BYTES": "_json",
    "MAX_FILE_BYTES": "_parse",
    "Reason": "_report",
    "Report": "_report",
    "Sender": "_sender",
    "Sightings": "_case",
    "anonymous": "_build",
    "classify": "_classify",
    "facts_of": "_facts",
    "group_key": "_group",
    "parse": "_reading",
    "parse_body": "_reading",
    "parse_members": "_reading",
    "summarise": "_summary",
}


def __getattr__(name: str) -> object:
    if name in _HOMES:
        return getattr(import_module(f"pinsmith.reports.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
