"""Pin files that no scenario needs, compiled and formatted with the others: many hosts, few hosts, hostile names."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Final

from pinsmith.errors import ExportError
from pinsmith.formats import LOSSES, export, find
from pinsmith.policy import HostPins, Key, Policy
from tests.formats.code.test_literal import HOSTILE
from tests.formats.policy import BACKUP, INTERMEDIATE, LEAF, ROOT, certificates, certified
from tests.prove.variant import Variant

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pinsmith.formats import Exported
    from pinsmith.pinfile import Option

_LONG: Final = ".".join(["x" * 60] * 3 + ["example", "com"])
_NAMES: Final = tuple(name for name in HOSTILE if name)


def _named(key: Key, name: str) -> Key:
    return replace(key, name=name)


_POLICIES: Final = {
    "one": Policy((HostPins("api.example.com", (LEAF, BACKUP)),)),
    "authorities": Policy((HostPins("api.example.com", (INTERMEDIATE, ROOT), include_subdomains=True),)),
    "ending": Policy((HostPins("api.example.com", (LEAF, BACKUP), expires=date(2031, 5, 1)),)),
    "reported": Policy((HostPins("api.example.com", (LEAF, BACKUP), mode="report-only"),)),
    "strict": Policy((HostPins("api.example.com", (LEAF, BACKUP)),), require_pins=True),
    "everything": Policy(
        (
            HostPins("example.com", (LEAF, BACKUP), include_subdomains=True, expires=date(2031, 5, 1)),
            HostPins("static.example.com", (), mode="off"),
            HostPins("cdn.static.example.com", (), mode="off", include_subdomains=True),
            HostPins(_LONG, (LEAF, BACKUP, INTERMEDIATE, ROOT), include_subdomains=True),
            HostPins("xn--mnchen-3ya.example.org", (LEAF, BACKUP), expires=date(2040, 12, 31)),
            HostPins(
                "log.example.org",
                (LEAF, BACKUP),
                mode="report-only",
                report_uris=("https://reports.example.net/a?b'c",),
            ),
        ),
        require_pins=True,
    ),
    "hostile": Policy(
        tuple(
            HostPins(f"h{number}.example.com", (_named(LEAF, name), _named(BACKUP, f"{name} standby")))
            for number, name in enumerate(_NAMES)
        )
    ),
}


@dataclass(frozen=True, slots=True)
class OddVariant(Variant):
    """A pin file that is compiled but never run; the export drops all that the target cannot express."""

    @property
    def policy(self) -> Policy:
        """The policy of the pin file."""
        return _POLICIES[self.text]

    def export(self, target: str, options: Mapping[str, Option] | None = None) -> Exported:
        """Export the policy with every loss accepted, from a pin file with a hostile name."""
        of = find(target)
        policy = certified(self.policy) if of.can.takes != "pin" else self.policy
        merged = {"accept-loss": tuple(LOSSES)} | dict(options or {})
        source = "*/ ${a} \\u000a #{b} pins.toml"
        return export(policy, of, options=merged, source=source, certificates=certificates(policy))


def odd_variants(target: str) -> Iterator[Variant]:
    """Yield the odd pin files that the target does not refuse."""
    for name in _POLICIES:
        variant = OddVariant(f"odd{name}", name)
        try:
            variant.export(target, dict(find(target).example_options))
        except ExportError:
            continue
        yield variant
