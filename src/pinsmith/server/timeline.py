"""
The timeline of a host: places for its states, keys, issuers and certificates. A template draws it as SVG.

Colour alone says nothing: a worse state is a higher bar, an unknown key has a dashed bar, and each bar has a title.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final, Literal

from pinsmith.certificate import Certificate
from pinsmith.errors import CertificateError
from pinsmith.monitor.status import WORSE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from pinsmith.monitor.observation import Sight
    from pinsmith.store import Span

Group = Literal["State", "Key", "Issuer", "Certificate"]

WIDTH: Final = 860
_MARGIN: Final = 10
_ROW: Final = 34  # of a lane: its label, and its bar below
_LABEL: Final = 12  # from the top of a lane to the foot of its label
_TALL: Final = 12  # height of a bar
_FOOT: Final = 24  # room for the dates
_MIN_BAR: Final = 3
_MAX_LANES: Final = 8  # of a group
_MAX_LABEL: Final = 90  # characters
_LEAST_FUTURE: Final = timedelta(days=30)
_MAX_TICKS: Final = 7
_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
_STEPS: Final = (
    *(number * _HOUR for number in (1, 3, 6, 12)),
    *(number * _DAY for number in (1, 2, 7, 14, 30, 90, 180, 365, 730, 1825, 3650)),
)


@dataclass(frozen=True, slots=True)
class Period:
    """
    A time within a lane.

    Attributes:
        x: Where its bar begins.
        y: The top of its bar.
        width: Of its bar; periods that reach beyond the picture are cut.
        height: Of its bar.
        kind: The state, or ``matched``, ``unknown``, ``issuer`` or ``valid``.
        begins: Aware.
        ends: Aware.
    """

    x: float
    y: float
    width: float
    height: float
    kind: str
    begins: datetime
    ends: datetime


@dataclass(frozen=True, slots=True)
class Lane:
    """One thing and its periods, the oldest first; the label stands at *x* and *y*."""

    group: Group
    label: str
    x: float
    y: float
    periods: tuple[Period, ...]


@dataclass(frozen=True, slots=True)
class Tick:
    """A date of the axis, and where it stands."""

    x: float
    label: str


@dataclass(frozen=True, slots=True)
class Timeline:
    """
    A timeline.

    Attributes:
        width: Of the picture.
        height: Of the picture.
        foot: Where the axis stands.
        lanes: From above, by group.
        ticks: Of the axis.
        now: Where now stands.
        states: The states that it shows, from good to bad, with the height of their bars.
        older: How many lanes are left out, because they ended before the others.
    """

    width: int
    height: int
    foot: int
    lanes: tuple[Lane, ...]
    ticks: tuple[Tick, ...]
    now: float
    states: tuple[tuple[str, float], ...]
    older: int


@dataclass(frozen=True, slots=True)
class _Scale:
    begins: datetime
    ends: datetime

    def x(self, at: datetime) -> float:
        at = min(max(at, self.begins), self.ends)
        return round(_MARGIN + (WIDTH - 2 * _MARGIN) * ((at - self.begins) / (self.ends - self.begins)), 1)

    def ticks(self) -> Iterator[Tick]:
        whole = self.ends - self.begins
        step = next((step for step in _STEPS if whole / step <= _MAX_TICKS), whole)
        midnight = self.begins.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        for number in range(1, int((self.ends - midnight) / step) + 1):
            at = midnight + number * step
            if at > self.begins + step / 2 and at < self.ends - step / 3:
                yield Tick(self.x(at), f"{at:%Y-%m-%d}" if step >= _DAY else f"{at:%m-%d %H:%M}")


_Raw = tuple[Group, str, list[tuple[str, datetime, datetime]]]


def timeline(spans: Sequence[Span], certificates: Mapping[str, bytes], *, now: datetime) -> Timeline | None:
    """
    Draw what a host has presented.

    Args:
        spans: From `Store.timeline`.

        certificates: From `Store.certificates`: those of the leaves.

        now: Aware.

    Returns:
        None if nothing was seen yet.
    """
    if not spans:
        return None
    spans = sorted(spans, key=lambda span: span.first_seen)
    validities = dict(_validities(spans, certificates))
    begins = min(spans[0].first_seen, now - _HOUR)
    future = max(now - begins, _LEAST_FUTURE)
    ends = min(max([now, *(end for _, end in validities.values())]), now + future) + (now - begins) / 20
    scale = _Scale(begins, ends)
    raw, older = _newest(_lanes(spans, validities))
    lanes = tuple(_placed(lane, index * _ROW, scale) for index, lane in enumerate(raw))
    foot = len(lanes) * _ROW + _LABEL
    states = sorted({span.state for span in spans}, key=lambda state: WORSE[state])
    return Timeline(
        width=WIDTH,
        height=foot + _FOOT,
        foot=foot,
        lanes=lanes,
        ticks=tuple(scale.ticks()),
        now=scale.x(now),
        states=tuple((state, _tall(state)) for state in states),
        older=older,
    )


def _lanes(spans: Sequence[Span], validities: Mapping[str, tuple[datetime, datetime]]) -> list[_Raw]:
    """List everything that is drawn, in the order in which it was seen first."""
    lanes: dict[tuple[Group, str], list[tuple[str, datetime, datetime]]] = {}
    before: datetime | None = None
    for span in spans:
        lanes.setdefault(("State", "State"), []).append((span.state, span.first_seen, span.last_seen))
        for group, label, kind in dict.fromkeys(thing for sight in span.observation.sights for thing in _things(sight)):
            periods = lanes.setdefault((group, label), [])
            # A key that the span before had, too, has lasted.
            if periods and (periods[-1][0], periods[-1][2]) == (kind, before):
                periods[-1] = (kind, periods[-1][1], span.last_seen)
            else:
                periods.append((kind, span.first_seen, span.last_seen))
        before = span.last_seen
    for sha256, (begins, ends) in validities.items():
        lanes["Certificate", f"{sha256[:16]}…, until {ends:%Y-%m-%d}"] = [("valid", begins, ends)]
    order: tuple[Group, ...] = ("State", "Key", "Issuer", "Certificate")
    return [(group, label, lanes[group, label]) for wanted in order for group, label in lanes if group == wanted]


def _things(sight: Sight) -> Iterator[tuple[Group, str, str]]:
    """Name the key and the issuer of a sight, and whether a pin matched."""
    if sight.matched_key:
        yield "Key", f"{sight.matched_key} (pinned)", "matched"
    elif sight.pins and sight.pins[0]:
        yield "Key", f"{sight.pins[0]} (not pinned)", "unknown"
    if sight.issuer:
        yield "Issuer", sight.issuer, "issuer"


def _validities(
    spans: Iterable[Span], certificates: Mapping[str, bytes]
) -> Iterator[tuple[str, tuple[datetime, datetime]]]:
    """Return the validity of each leaf, by its SHA-256; certificates that cannot be read have none."""
    leaves = (sight.certificates[0] for span in spans for sight in span.observation.sights if sight.certificates)
    for sha256 in dict.fromkeys(leaves):
        try:
            certificate = Certificate(certificates[sha256])
            yield sha256, (certificate.not_before, certificate.not_after)
        except (KeyError, CertificateError):
            continue


def _newest(lanes: Sequence[_Raw]) -> tuple[list[_Raw], int]:
    """Keep the lanes of each group that ended last, in their order; count the others."""
    kept: list[_Raw] = []
    for group in dict.fromkeys(lane[0] for lane in lanes):
        members = [lane for lane in lanes if lane[0] == group]
        newest = sorted(members, key=lambda lane: lane[2][-1][2], reverse=True)[:_MAX_LANES]
        kept += [lane for lane in members if lane in newest]
    return kept, len(lanes) - len(kept)


def _placed(lane: _Raw, top: float, scale: _Scale) -> Lane:
    group, label, periods = lane
    bottom = top + _LABEL + 4 + _TALL
    placed = []
    for kind, begins, ends in periods:
        x, tall = min(scale.x(begins), WIDTH - _MARGIN - _MIN_BAR), _tall(kind)
        width = round(max(scale.x(ends) - x, _MIN_BAR), 1)
        placed.append(Period(x, bottom - tall, width, tall, kind, begins, ends))
    short = label if len(label) <= _MAX_LABEL else f"{label[: _MAX_LABEL - 1]}…"
    return Lane(group, short, _MARGIN, top + _LABEL, tuple(placed))


def _tall(kind: str) -> float:
    """Return the height of a bar: the worse a state, the higher."""
    ranks = {str(state): rank for state, rank in WORSE.items()}
    return 2 * (ranks[kind] + 1) if kind in ranks else _TALL
