"""Prints explanations as text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.cli._explain_stores import doubts, store_lines
from pinsmith.cli._output import Mark
from pinsmith.explaining.host import HostExplanation
from pinsmith.explaining.pin import PinExplanation

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import date

    from pinsmith.authorities.calendar import Event
    from pinsmith.cli._output import Line
    from pinsmith.explaining.asked import Explanation
    from pinsmith.explaining.key import KeyExplanation
    from pinsmith.explaining.pin import Carrier

_MAX_BELOW: Final = 10  # authorities; JSON lists them all


def lines(found: Explanation, today: date) -> Iterator[Line]:
    """Describe a pin or keys in full, or each pin of a host in short."""
    if isinstance(found, PinExplanation):
        yield from _pin(found, today)
    elif isinstance(found, HostExplanation):
        yield from _host(found)
    else:
        for known in found:
            yield from _key(known)
            yield ""
            yield from _pin(known.pin, today, is_leaf=known.key.role == "leaf")


def _host(known: HostExplanation) -> Iterator[Line]:
    entry = known.entry
    covered = "" if entry.host == known.host else f", covered by {entry.host}"
    ends = f", pins end on {entry.expires}" if entry.expires else ""
    yield [Mark(known.host, "strong"), f"  {entry.mode}{covered}{ends}"]
    for of_key in known.keys:
        yield ""
        yield from _key(of_key, hosts=False)
        yield from _short(of_key.pin, is_leaf=of_key.key.role == "leaf")
    for other in known.others:
        yield ""
        yield "pinned by releases alone"
        yield from _short(other)
    for release, released in known.releases:
        yield ""
        yield [Mark(release.who, "strong"), f"  {released.mode}, pins {', '.join(released.pins) or 'nothing'}"]


def _key(known: KeyExplanation, *, hosts: bool = True) -> Iterator[Line]:
    yield ["key ", Mark(known.key.name, "strong"), f"  {known.key.what}"]
    if hosts:
        yield f"  pinned for: {', '.join(known.hosts) or 'no host of the file'}"
        for released in known.releases:
            yield f"  pinned by {released.release.who} for: {', '.join(released.hosts)}"
        if not known.releases:
            yield "  pinned by no release in use that pins.releases.toml lists"
    if known.proof is not None:
        place = f", kept in: {known.proof.custody}" if known.proof.custody else ""
        yield f"  private key proven on {known.proof.time[:10]}{place}"
    elif known.key.standby:
        yield ["  private key ", Mark("never proven", "warn")]


def _short(known: PinExplanation, *, is_leaf: bool = False) -> Iterator[Line]:
    """Describe a pin without what is as expected."""
    yield from (
        ["  ", *([line] if isinstance(line, str | Mark) else line)] for line in _identity(known, is_leaf=is_leaf)
    )
    if known.authority is not None:
        yield f"    admits the certificates of {len(known.admitted)} or more authorities below it"
        yield from (["    ", *line] for line in doubts(known.stores))


def _pin(known: PinExplanation, today: date, *, is_leaf: bool = False) -> Iterator[Line]:
    yield from _identity(known, is_leaf=is_leaf)
    if known.authority is not None:
        yield from _section("certificates with this key", _carriers(known.carriers))
        yield from _section("admits", _admits(known))
        yield from _section("trust stores", store_lines(known.stores))
    if known.advice is not None:
        text = known.advice.ca_set if known.authority else known.advice.own_key
        yield from _section("advice of the issuer", [text, [Mark(known.advice.source, "faint")]])
    if known.events:
        yield from _section("calendar of public authorities", _events(known.events, today))


def _identity(known: PinExplanation, *, is_leaf: bool) -> Iterator[Line]:
    authority = known.authority
    yield [Mark(str(known.pin), "strong"), f"  {authority.name}, {_role(authority.role)}" if authority else ""]
    if authority is not None:
        yield f"  {authority.subject}"
    if known.compromised is not None:
        yield ["  ", Mark(f"COMPROMISED: anybody may hold the private key of {known.compromised}", "bad")]
        yield f"  source: {known.compromised.source}"
    if known.vouched is not None:
        yield ["  ", Mark(f"warning: {known.vouched.why}", "bad")]
        yield f"  source: {known.vouched.source}"
    if known.placeholder is not None:
        yield ["  ", Mark(known.placeholder, "bad")]
    elif authority is None and known.compromised is None:
        yield from _unknown(known, is_leaf=is_leaf)


def _unknown(known: PinExplanation, *, is_leaf: bool) -> Iterator[Line]:
    if near := known.near:
        yield ["  ", Mark(f"warning: the pin differs in one character from {near.pin} of {near.name}", "warn")]
    if is_leaf:
        yield "  The key of a server. A pin of it admits only those who hold the private key."
        yield "  It survives changes of authorities and trust stores for as long as the server keeps the key."
    else:
        yield "  unknown: pinsmith knows no public authority with this key. It may be the key of a server, of a private"
        yield "  authority, or of a new public one. So the trust stores in which it survives are unknown, too."


def _role(role: str) -> str:
    return "a root" if role == "root" else "an intermediate"


def _section(title: str, found: Iterable[Line]) -> Iterator[Line]:
    yield ""
    yield [Mark(title, "strong")]
    yield from (["  ", *([line] if isinstance(line, str | Mark) else line)] for line in found)


def _carriers(carriers: Sequence[Carrier]) -> Iterator[Line]:
    for carrier in carriers:
        is_dated = carrier.first_day or carrier.last_day
        days = f"{carrier.first_day or '?'} to {carrier.last_day or '?'}" if is_dated else "of unknown days"
        signer = f"signed by {carrier.issuer}" if carrier.issuer else "self-signed"
        yield [f"{days}, {signer}", Mark(f"  SHA-256 {carrier.sha256}" if carrier.sha256 else "", "faint")]


def _admits(known: PinExplanation) -> Iterator[Line]:
    yield "Every certificate, for any name, of this authority and of the authorities below it."
    below = known.admitted
    if below:
        yield f"pinsmith knows {len(below)} below it whose certificates have not ended. There may be more:"
    else:
        yield "pinsmith knows none below it whose certificate has not ended. There may be some."
    # The worst and the nearest first: compromised ones, then roots.
    shown = sorted(below, key=lambda admitted: (admitted.compromised is None, admitted.authority.role != "root"))
    for admitted in shown[:_MAX_BELOW]:
        until = f"until {admitted.last_day}" if admitted.last_day else "until an unknown day"
        warning = f"  COMPROMISED: {admitted.compromised}" if admitted.compromised else ""
        yield [f"  {admitted.authority.name}, {_role(admitted.authority.role)}, {until}", Mark(warning, "bad")]
    if len(shown) > _MAX_BELOW:
        yield f"  and {len(shown) - _MAX_BELOW} more, which --json lists"
    if known.ends_at:
        yield "A client that trusts one of these roots ends its chain there, so this pin does not match:"
        yield from (f"  {root.name}" for root in known.ends_at)


def _events(events: Iterable[Event], today: date) -> Iterator[Line]:
    for event in events:
        yield [Mark(event.when or str(event.day), "faint" if event.day < today else "strong"), f"  {event.what}"]
        yield f"  {event.effect}"
        yield ["  ", Mark(event.source, "faint")]
