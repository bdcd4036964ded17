"""
Metrics in the text format of Prometheus, which the textfile collector of node_exporter reads.

Source:
    https://prometheus.io/docs/instrumenting/exposition_formats/ and the guidelines on names in
    https://prometheus.io/docs/practices/naming/
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from pinsmith._clean import clean

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Labels: TypeAlias = tuple[tuple[str, str], ...]
"""Names and values."""


@dataclass(frozen=True, slots=True)
class Gauge:
    """
    One metric with its samples.

    Attributes:
        name: Letters, digits and underscores, with the unit at the end.
        help: One line.
        samples: The value for each set of labels.
    """

    name: str
    help: str
    samples: Mapping[Labels, float]


def exposition(gauges: Sequence[Gauge]) -> str:
    """Write *gauges*. Control characters in labels become escapes, so that no label can add a sample."""
    return "\n".join(line for gauge in gauges for line in _lines(gauge))


def _lines(gauge: Gauge) -> list[str]:
    head = [f"# HELP {gauge.name} {gauge.help}", f"# TYPE {gauge.name} gauge"]
    return [*head, *(f"{gauge.name}{_labels(labels)} {value!r}" for labels, value in gauge.samples.items())]


def _labels(labels: Labels) -> str:
    if not labels:
        return ""
    quoted = (f'{name}="{_escaped(value)}"' for name, value in labels)
    return f"{{{','.join(quoted)}}}"


def _escaped(value: str) -> str:
    return clean(value).replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
