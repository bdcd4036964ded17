"""
The pins of a file, in a form that does not depend on its layout.

No file, no clock: contents are arguments. A file is read with the reader of its format. If the format has no reader, or
the reader refuses the file, everything that looks like a pin or a host counts.
"""

from __future__ import annotations

import hashlib
import json
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Final

from pinsmith import formats
from pinsmith.errors import ExportError, FormatError, UnknownFormatError
from pinsmith.formats.code import CODE
from pinsmith.host import ancestors, is_address
from pinsmith.sync.search import hosts_in, pins_in
from pinsmith.syntax.position import SyntaxLimitError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pinsmith.formats import Format, Found, Reading
    from pinsmith.policy import HostPins, Policy


FEWER: Final = 'name fewer hosts in its [[output]], as in hosts = ["api.example.com"]'


@dataclass(frozen=True, slots=True)
class Rules:
    """
    The pinning of one host in a file.

    Attributes:
        pins: Sorted, as ``sha256/...``.
        mode: As `pinsmith.policy.HostPins.mode`.
        include_subdomains: As there.
        expires: An ISO day; empty if the pins do not end.
        report_uris: Sorted.
        more: Settings that only a whole policy can have, such as ``trust = "pins-only"``.
    """

    pins: tuple[str, ...] = ()
    mode: str = "enforce"
    include_subdomains: bool = False
    expires: str = ""
    report_uris: tuple[str, ...] = ()
    more: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Pinned:
    """
    The pins of a file, in a form that does not depend on its layout.

    Attributes:
        hosts: By canonical host; an empty one stands for a file that names none.
        settings: Settings of the file that a policy cannot hold; sorted.
        names: Names that look like hosts, if the file could not be read; sorted.
    """

    hosts: Mapping[str, Rules] = field(default_factory=dict)
    settings: tuple[str, ...] = ()
    names: tuple[str, ...] = ()

    def digest(self) -> str:
        """Return the SHA-256 of the canonical form, with its prefix; equal for files that pin the same."""
        canonical = json.dumps(asdict(self), sort_keys=True, separators=(",", ":"))
        return f"sha256:{hashlib.sha256(canonical.encode()).hexdigest()}"

    def covering(self, host: str) -> Rules | None:
        """Return the rules of a host: its own, else those of the nearest parent that includes subdomains."""
        own = self.hosts.get(host)
        if own is not None or not host or is_address(host):
            return own
        parents = (self.hosts.get(parent) for parent in ancestors(host))
        return next((rules for rules in parents if rules is not None and rules.include_subdomains), None)


def read_both(target: Format, before: Sequence[bytes], after: Sequence[bytes]) -> tuple[Pinned, Pinned]:
    """
    Return the pins that an output has now, and those that it would have.

    Args:
        target: The format.

        before: The present contents: first those of the files beside the output, which some readers take too, and last
            that of the output.

        after: The new contents, in the same order.

    Raises:
        ExportError: If the new contents exceed the limits of the reader, so that the next sync would fail.
    """
    old, new = b"".join(before), b"".join(after)
    try:
        now = _read(target, old)
        return now, now if old == new else _read(target, new)
    except FormatError as error:
        _require_within_limits(target, new, error)
    is_code = target in CODE
    seen, left = (_look(_revealed(target, contents[-1:]), is_code=is_code) for contents in (before, after))
    if not seen.hosts and set(seen.names) <= set(left.names):
        # A reader also refuses a file of another purpose that has no pins yet, such as an app.json. But a file with
        # broken pins names a host that would be lost.
        with suppress(FormatError):
            return Pinned(), _read(target, new)
    return seen, left


def read_both_beside(name: str, before: bytes, after: bytes) -> tuple[Pinned, Pinned]:
    """
    Return the same for a file beside an output, of any kind.

    Args:
        name: The name of the file.

        before: The present content.

        after: The new content.
    """
    try:
        target = formats.recognise(after, name)
        return _read(target, before), _read(target, after)
    except (FormatError, UnknownFormatError):
        return _look(before, is_code=False), _look(after, is_code=False)


def _require_within_limits(target: Format, after: bytes, error: FormatError) -> None:
    """Raise if *error*, of one of two contents, is about a limit that *after* exceeds."""
    if not isinstance(error.__cause__, SyntaxLimitError) or target.read is None:
        return
    try:
        target.read(after, target.id)
    except FormatError as fault:
        if isinstance(fault.__cause__, SyntaxLimitError):
            raise ExportError(f"a later `pinsmith sync` could not read it: {fault.problem}", hint=FEWER) from fault


def _read(target: Format, content: bytes) -> Pinned:
    if target.read is None:
        raise FormatError("it cannot be read", file=target.id)
    if not content.strip():
        return Pinned()
    reading = target.read(content, target.id)
    if reading.problems:
        raise FormatError("a part of it cannot be read", file=target.id)
    settings = sorted(note.text for note in reading.settings)
    if reading.policy is not None:
        return Pinned(_of_policy(reading.policy), tuple(settings) + _defaults(reading.policy))
    return Pinned(_of_reading(reading, target), tuple(settings))


def _of_policy(policy: Policy) -> dict[str, Rules]:
    return {
        entry.host: Rules(
            tuple(sorted({str(key.pin) for key in entry.keys})),
            entry.mode,
            entry.include_subdomains,
            entry.expires.isoformat() if entry.expires else "",
            tuple(sorted(entry.report_uris)),
            tuple(_more(entry)),
        )
        for entry in policy.hosts
    }


def _more(entry: HostPins) -> Iterator[str]:
    yield from sorted(f"the trust anchor {anchor.pin}" for anchor in entry.trust_anchors)
    if entry.trust != "verified":
        yield f'trust = "{entry.trust}"'
    if not entry.check_host_name:
        yield "check-host-name = false"


def _defaults(policy: Policy) -> tuple[str, ...]:
    settings = {"require-pins = true": policy.require_pins, "refuse-compromised = true": policy.refuse_compromised}
    stolen = sorted(f"the compromised key {key.pin}" for key in policy.compromised)
    return (*(name for name, is_set in settings.items() if is_set), *stolen)


def _of_reading(reading: Reading, target: Format) -> dict[str, Rules]:
    if not reading.hosts:
        pins = tuple(sorted({str(found.pin) for found in reading.pins}))
        mode = "report-only" if reading.report_only else "enforce"
        if not pins:
            return {}
        return {"": Rules(pins, mode, reading.include_subdomains, "", tuple(sorted(reading.report_uris)))}
    by_host: dict[str, Rules] = {}
    for entry in reading.hosts:
        rules = _of_entry(entry)
        before = by_host.get(entry.host, rules)
        if replace(before, pins=()) != replace(rules, pins=()):
            raise FormatError(f"{entry.host} is listed twice with different settings", file=target.id)
        by_host[entry.host] = replace(rules, pins=tuple(sorted({*rules.pins, *before.pins})))
    return by_host


def _of_entry(entry: Found) -> Rules:
    return Rules(
        tuple(sorted({str(found.pin) for found in entry.pins})),
        "off" if entry.exempt else "report-only" if entry.report_only else "enforce",
        entry.include_subdomains,
        entry.expires.isoformat() if entry.expires else "",
        tuple(sorted(entry.report_uris)),
    )


def _revealed(target: Format, contents: Sequence[bytes]) -> bytes:
    content = b"".join(contents)
    return content if target.reveal is None else target.reveal(content.decode("utf-8", "replace")).encode()


def _look(content: bytes, *, is_code: bool) -> Pinned:
    """Find everything that looks like a pin or a host in a file that no reader understands."""
    pins = sorted(set(pins_in(content)))
    hosts = {"": Rules(tuple(pins))} if pins else {}
    return Pinned(hosts, names=tuple(sorted(set(hosts_in(content, quoted=is_code)))))
