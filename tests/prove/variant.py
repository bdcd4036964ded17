"""Every pin file that the lab's scenarios ask for, as files of a target: made before, for what is compiled once."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Final

from pinsmith import pinfile
from pinsmith.errors import ExportError, ExportRefusedError, LossError
from pinsmith.formats import export, find
from pinsmith.lab.scenario import ALL_KEYS
from pinsmith.lab.stage import Stage
from pinsmith.lab.world import Worlds

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from pinsmith.formats import Exported
    from pinsmith.lab.key import KeyKind
    from pinsmith.lab.scenario import Scenario
    from pinsmith.pinfile._document import Option
    from pinsmith.policy import Key, KeyRole, Policy

WORLDS: Final = Worlds()
"""The same keys for all of a run, so that a pin file of one scenario is the same whenever it is asked for."""


class NotSaidError(Exception):
    """A target cannot say what a scenario asks for; the text names the losses or the refusal."""


@dataclass(frozen=True, slots=True)
class Variant:
    """
    One pin file of the lab.

    Attributes:
        name: A word for any language: a letter and hexadecimal digits.
        text: The pin file.
        sabotage: What is replaced in what is written, and by what.
    """

    name: str
    text: str
    sabotage: tuple[str, str] | None = None

    @classmethod
    def of_text(cls, text: str) -> Variant:
        """Name a pin file by what it holds."""
        return cls(f"v{hashlib.sha256(text.encode()).hexdigest()[:10]}", text)

    @property
    def policy(self) -> Policy:
        """What it says."""
        return pinfile.parse(self.text)

    def export(self, target: str, options: Mapping[str, Option] | None = None) -> Exported:
        """
        Export it, accepting what concerns no scenario.

        Raises:
            NotSaidError: Something that a scenario asks for would be lost.
        """
        accepted: tuple[str, ...] = ("parent-pins-joined",)
        policy = self.policy
        if find(target).can.takes != "pin":
            # The certificate of a server is another one each time, and nobody presents the backup.
            accepted, policy = (*accepted, "leaf-pins-dropped"), _certified(policy)
        told: dict[str, Option] = {"accept-loss": accepted} | dict(options or {})
        try:
            return export(policy, find(target), options=told, der_of=_der_of)
        except LossError as error:
            raise NotSaidError(", ".join(dict.fromkeys(loss.id for loss in error.losses))) from error
        except ExportRefusedError as error:
            raise NotSaidError("; ".join(error.reasons)) from error
        except ExportError as error:
            raise AssertionError(f"the options of {target} are wrong: {error}") from error

    def write(self, folder: Path, file: str, target: str, options: Mapping[str, Option] | None = None) -> Path:
        """Export it to *file*, ``{name}`` being its name, and what belongs to it beside it."""
        made = self.export(target, options)
        path = folder / file.replace("{name}", self.name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(self._sabotaged(made.text), "utf-8", newline="\n")
        for name, content in made.attachments.items():
            (path.parent / name).write_bytes(content)
        return path

    def _sabotaged(self, text: str) -> str:
        if self.sabotage is None:
            return text
        assert self.sabotage[0] in text, f"there is no {self.sabotage[0]!r} to replace"
        return text.replace(*self.sabotage)


def _certified(policy: Policy) -> Policy:
    """Tell of each key that is an authority's in the lab that it is, and that there is a certificate."""
    known = {pin: role for pin, (role, _) in _authorities().items()}
    hosts = []
    for entry in policy.hosts:
        keys = [
            replace(key, role=known[str(key.pin)], certificate=f"{key.name}.pem") if str(key.pin) in known else key
            for key in entry.keys
        ]
        hosts.append(replace(entry, keys=tuple(keys)))
    return replace(policy, hosts=tuple(hosts), keys=())


def _der_of(key: Key) -> bytes:
    return _authorities()[str(key.pin)][1]


def _authorities() -> dict[str, tuple[KeyRole, bytes]]:
    known: dict[str, tuple[KeyRole, bytes]] = {}
    for kind in ALL_KEYS:
        world = WORLDS.of(kind)
        known[world.intermediate.pin] = ("intermediate", world.intermediate.der)
        known[world.root.pin] = ("root", world.root.der)
    return known


def variants_of(trials: Iterable[tuple[Scenario, KeyKind]]) -> dict[Variant, None]:
    """Collect the pin files of all acts of *trials*, each once."""
    return {variant: None for scenario, kind in trials for variant in _variants(scenario, kind)}


@cache
def _variants(scenario: Scenario, kind: KeyKind) -> tuple[Variant, ...]:
    with Stage(WORLDS.of(kind)) as stage:
        return tuple(Variant.of_text(act.pinning.pin_file()) for act in scenario.set(stage).acts)
