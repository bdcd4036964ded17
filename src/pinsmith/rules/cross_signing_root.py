"""
Only roots are pinned, and one of them signed roots where clients may end the chain before it.

A host that also pins one of those roots is quiet: then the owner knows of both paths.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.authorities import cross_signed_by, find, memberships, vouched
from pinsmith.finding import Severity
from pinsmith.pin import Pin
from pinsmith.rules._example import API, host_table, key_table, pin_file
from pinsmith.rules._rule import Defect, Example, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinsmith.policy import Key
    from pinsmith.rules._rule import PinnedFile

_SERVICES: Final = Pin.parse("sha256/KwccWaCgrnaw6tsrrSO61FgLacNgG2MMLq8GE6+oP5I=")  # Starfield Services Root, G2
_AMAZON: Final = Pin.parse("sha256/++MBgDH5WGvL9Bcn5Be30cRcL0f5O+NyoXuWtQdX1aI=")  # Amazon Root CA 1
_MAX_NAMES: Final = 3


def _check(file: PinnedFile) -> Iterator[Defect]:
    for site in file.sites:
        if not all(map(_is_root, site.entry.keys)):
            continue
        pinned = {key.pin for key in site.entry.keys}
        for key in site.entry.keys:
            root = find(key.pin)
            if root is None or root.last_day < file.today or vouched(key.pin):
                continue  # other rules find roots that have ended, and those that vouched for compromised ones
            signed = cross_signed_by(key.pin, today=file.today)
            trusted = [pin for pin in signed if _is_trusted(pin) and not vouched(pin)]
            if trusted and not pinned & set(trusted):
                message = f"the pin {key.name} is of {root.name}, but clients that trust {_list(trusted)} "
                yield Defect(site, message + "may end the chain there, where nothing is pinned", key.pin)


def _is_root(key: Key) -> bool:
    known = find(key.pin)
    return known.role == "root" if known is not None else key.role == "root"


def _is_trusted(pin: Pin) -> bool:
    return any(store.is_current and store.gone is None for store in memberships(pin))


def _list(pins: list[Pin]) -> str:
    names = sorted(root.name for pin in pins if (root := find(pin)) is not None)
    more = len(names) - _MAX_NAMES
    return ", ".join(names[:_MAX_NAMES]) + (f" or {more} other roots that it signed" if more > 0 else "")


RULE = Rule(
    id="cross-signing-root",
    severity=Severity.MEDIUM,
    title="a pinned root that signed other roots, without a pin of those",
    effect=(
        "A client that trusts one of the other roots ends the chain there, and a server may stop to send the "
        "certificate that leads further. Then the chain does not contain the pinned root, and the client is locked out."
    ),
    fix="also pin the root that your authority issues from, or a key of your own",
    example=Example(
        pin_file(
            key_table("services", 'role = "root"', of=_SERVICES),
            key_table("other", 'role = "root"'),
            host_table(API, "services other"),
        ),
        pin_file(
            key_table("services", 'role = "root"', of=_SERVICES),
            key_table("amazon", 'role = "root"', of=_AMAZON),
            host_table(API, "services amazon"),
        ),
    ),
    references=("https://letsencrypt.org/certificates/",),
    check=_check,
)
