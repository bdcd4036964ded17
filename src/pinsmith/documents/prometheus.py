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
class Metric:
    """
    One metric with its samples.

    Attributes:
        name: Letters, digits and underscores, with the unit at the end.
        help: One line.
        samples: The value for each set of labels.
        is_counter: Whether the value only grows.
    """

    name: str
    help: str
    samples: Mapping[Labels, float]
    is_counter: bool = False


def exposition(metrics: Sequence[Metric]) -> str:
    """Write *metrics*. Control characters in labels become escapes, so that no label can add a sample."""
    return "\n".join(line for metric in metrics for line in _lines(metric))


def _lines(metric: Metric) -> list[str]:
    kind = "counter" if metric.is_counter else "gauge"
    head = [f"# HELP {metric.name} {metric.help}", f"# TYPE {metric.name} {kind}"]
    return [*head, *(f"{metric.name}{_labels(labels)} {value!r}" for labels, value in metric.samples.items())]


def _labels(labels: Labels) -> str:
    if not labels:
        return ""
    quoted = (f'{name}="{_escaped(value)}"' for name, value in labels)
    return f"{{{','.join(quoted)}}}"


def _escaped(value: str) -> str:
    return clean(value).replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
