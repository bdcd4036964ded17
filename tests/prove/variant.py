"""Collect every pin file of the lab's scenarios in advance, so that a program is compiled once with all of them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Final

from pinsmith import pinfile
from pinsmith.errors import ExportError, ExportRefusedError, LossError
from pinsmith.formats import export, find
from pinsmith.lab.pki.lab_pki import PKICache
from pinsmith.lab.scenario import ALL_KEYS
from pinsmith.lab.stage import Stage
from pinsmith.pin import Pin
from pinsmith.policy import Key

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from pinsmith.formats import Exported
    from pinsmith.lab.pki.authority import Authority
    from pinsmith.lab.pki.key import KeyKind
    from pinsmith.lab.scenario import Scenario
    from pinsmith.pinfile import Option
    from pinsmith.policy import KeyRole, Policy

PKIS: Final = PKICache()
"""The keys of the whole run, so that a scenario always has the same pin file."""


class NotExpressibleError(Exception):
    """A target cannot express the pin file of a scenario; the text names the losses or the refusal."""


@dataclass(frozen=True, slots=True)
class Variant:
    """
    A pin file of the lab.

    Attributes:
        name: An identifier that is valid in any language: a letter and hexadecimal digits.
        text: The text of the pin file.
        sabotage: A piece of the exported code, and its replacement.
    """

    name: str
    text: str
    sabotage: tuple[str, str] | None = None

    @classmethod
    def of_text(cls, text: str) -> Variant:
        """Return a pin file that is named by its content."""
        return cls(f"v{hashlib.sha256(text.encode()).hexdigest()[:10]}", text)

    @property
    def policy(self) -> Policy:
        """The policy of the pin file."""
        return pinfile.parse(self.text)

    def sabotaged(self, sabotage: tuple[str, str]) -> Variant:
        """Return the same pin file under another name, in code that pins nothing."""
        return replace(self, name=f"u{self.name[1:]}", sabotage=sabotage)

    def export(self, target: str, options: Mapping[str, Option] | None = None) -> Exported:
        """
        Export the policy, and accept the losses that do not matter to any scenario.

        Raises:
            NotExpressibleError: if something that the scenario needs would be lost.
        """
        accepted: tuple[str, ...] = ("parent-pins-joined",)
        policy = self.policy
        if find(target).can.takes != "pin":
            # No server presents the backup key, so it has no certificate.
            accepted, policy = (*accepted, "leaf-pins-dropped"), _certified(policy)
        merged: dict[str, Option] = {"accept-loss": accepted} | dict(options or {})
        try:
            return export(policy, find(target), options=merged, certificates=_certificates(policy))
        except LossError as error:
            raise NotExpressibleError(", ".join(dict.fromkeys(loss.rule for loss in error.losses))) from error
        except ExportRefusedError as error:
            raise NotExpressibleError("; ".join(reason.summary for reason in error.reasons)) from error
        except ExportError as error:
            raise AssertionError(f"the options of {target} are wrong: {error}") from error

    def write(self, folder: Path, file: str, target: str, options: Mapping[str, Option] | None = None) -> Path:
        """Export the policy to *file*, which may contain ``{name}``, and write the attachments beside it."""
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
    """
    Replace keys by those that have a certificate in the lab.

    The certificate of the host's key is a new one each time, so its authority is pinned instead.
    """
    known = {str(key.pin): key for key in _authorities()}
    known |= {pki.pin: known[pki.intermediate.pin] for pki in map(PKIS.of, ALL_KEYS)}
    hosts = []
    for entry in policy.hosts:
        keys = (replace(known.get(str(key.pin), key), name=key.name) for key in entry.keys)
        hosts.append(replace(entry, keys=tuple({key.pin: key for key in keys}.values())))
    return replace(policy, hosts=tuple(hosts), keys=())


def _certificates(policy: Policy) -> dict[str, bytes]:
    ders = {key.pin: der for key, der in _authorities().items()}
    return {key.name: ders[key.pin] for key in policy.keys if key.pin in ders}


def _authorities() -> dict[Key, bytes]:
    found = {}
    for pki in map(PKIS.of, ALL_KEYS):
        roles: tuple[tuple[KeyRole, Authority], ...] = (("intermediate", pki.intermediate), ("root", pki.root))
        for role, authority in roles:
            found[Key(role, Pin.parse(authority.pin), role, certificate=f"{role}.pem")] = authority.der
    return found


def variants_of(trials: Iterable[tuple[Scenario, KeyKind]]) -> dict[Variant, None]:
    """Collect the pin files of all acts of *trials*, without repetition."""
    return {variant: None for scenario, kind in trials for variant in _variants(scenario, kind)}


@cache
def _variants(scenario: Scenario, kind: KeyKind) -> tuple[Variant, ...]:
    with Stage(PKIS.of(kind)) as stage:
        return tuple(Variant.of_text(act.pinning.pin_file()) for act in scenario.set(stage).acts)
