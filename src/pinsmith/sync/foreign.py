"""Find the pinning of a file that its new content would lose."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinsmith.sync.pinned import Pinned, Rules

_MODES: Final = {"enforce": "enforced", "report-only": "report-only", "off": "exempted from pinning"}


@dataclass(frozen=True, slots=True)
class Foreign:
    """
    A setting or pin of a file that its new text does not have.

    Attributes:
        host: The host that it belongs to; empty if the file names none.
        text: The effect of the loss, to be read after the host or the file.
        pin: The pin that would be lost, as ``sha256/...``; None if it is something else.
    """

    host: str
    text: str
    pin: str | None = None

    def __str__(self) -> str:
        return f"{self.host}: {self.text}" if self.host else self.text


def lost(before: Pinned, after: Pinned) -> Iterator[Foreign]:
    """
    Yield everything that *before* has and *after* does not have. Additions are not yielded.

    Args:
        before: The pins of the file now.

        after: The pins of its new text.
    """
    for host, rules in before.hosts.items():
        new = after.covering(host)
        if new is None:
            yield from _lost_host(host, rules)
            continue
        yield from _lost_pins(host, rules, new)
        yield from _changed(host, rules, new, is_own=host in after.hosts)
    for setting in before.settings:
        if setting not in after.settings:
            yield Foreign("", f"this would change: {setting}")
    for name in before.names:
        if name not in after.names:
            yield Foreign(name, "the name would no longer be listed")


def _lost_host(host: str, rules: Rules) -> Iterator[Foreign]:
    more = [f"it is {_MODES[rules.mode]}"] if rules.mode != "enforce" else []
    more += ["it includes subdomains"] if rules.include_subdomains else []
    more += [f"its pins end on {rules.expires}"] if rules.expires else []
    told = f" ({', '.join(more)})" if more else ""
    if host:
        yield Foreign(host, f"the host would be removed{told}")
    yield from (Foreign(host, f"the pin {pin} would be removed", pin) for pin in rules.pins)


def _lost_pins(host: str, old: Rules, new: Rules) -> Iterator[Foreign]:
    if new.mode == "off":  # `_changed` names that
        return
    for pin in old.pins:
        if pin not in new.pins:
            yield Foreign(host, f"the pin {pin} would be removed", pin)


def _changed(host: str, old: Rules, new: Rules, *, is_own: bool) -> Iterator[Foreign]:
    if old.mode != new.mode:
        yield Foreign(host, f"the host is {_MODES[old.mode]} and would become {_MODES[new.mode]}")
    if old.expires != new.expires and "off" not in {old.mode, new.mode}:
        now = f"its pins end on {old.expires}" if old.expires else "its pins do not end"
        then = f"would end on {new.expires}" if new.expires else "would never end"
        yield Foreign(host, f"{now} and {then}")
    if is_own and old.include_subdomains and not new.include_subdomains:
        yield Foreign(host, "its subdomains would no longer be covered")
    for uri in old.report_uris:
        if uri not in new.report_uris:
            yield Foreign(host, f"failures would no longer be reported to {uri}")
    for setting in old.more:
        if is_own and setting not in new.more:
            yield Foreign(host, f"this would be removed: {setting}")
