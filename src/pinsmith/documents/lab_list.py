"""The document of ``pinsmith lab list``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from pinsmith.documents.document import Versioned

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pinsmith.lab.scenario import Scenario


class ScenarioOut(msgspec.Struct, frozen=True, kw_only=True):
    """One scenario."""

    id: str
    title: str
    expected: str
    protocol: str
    profiles: list[str]
    keys: list[str]
    needs: list[str]
    source: str
    description: str


class ScenarioDocument(Versioned, frozen=True, kw_only=True):
    """``pinsmith lab list --format json``."""

    scenarios: list[ScenarioOut]


def scenario_document(scenarios: Iterable[Scenario]) -> ScenarioDocument:
    """Describe *scenarios*."""
    return ScenarioDocument(
        scenarios=[
            ScenarioOut(
                id=scenario.id,
                title=scenario.title,
                expected=scenario.expected,
                protocol=scenario.protocol,
                profiles=sorted(scenario.profiles),
                keys=list(scenario.keys),
                needs=sorted(scenario.needs),
                source=scenario.source,
                description=scenario.plain_description,
            )
            for scenario in scenarios
        ]
    )
