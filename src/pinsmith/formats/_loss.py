"""What an export would lose, and what it refuses: one rule for every format."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from pinsmith.errors import ExportRefusedError, LossError
from pinsmith.formats._format import Entry
from pinsmith.host import ancestors, is_address

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date

    from pinsmith.formats._format import Can, Format, Matches
    from pinsmith.policy import HostPins, Key, Policy

Roles = Literal["leaf", "ca"]
LOSSES: Final[dict[str, str]] = {
    "expiry-dropped": "pins that end on a day are enforced for ever",
    "subdomains-dropped": "subdomains of the host are not pinned",
    "subdomains-narrowed": "only the first label below the host is pinned",
    "subdomains-widened": "subdomains of the host are pinned too, on some of the devices",
    "report-only-dropped": "hosts that only report are left out",
    "exemptions-dropped": "subdomains that the policy exempts, or only reports, are pinned like their parent",
    "exemptions-narrowed": "only the subdomain itself is exempted, what is below it is pinned like its parent",
    "parent-pins-joined": "a host takes the pins of its parent too, where the policy replaces them",
    "ca-pins-dropped": "pins of authorities are left out, for the platform looks at the leaf alone",
    "leaf-pins-dropped": "pins of leaves are left out, for the platform takes certificates and there is none of them",
    "roles-merged": "leaf pins and authority pins cannot both be listed, for the platform would demand both",
    "trust-anchors-dropped": "the chain may end in any authority that the platform trusts",
    "report-uris-dropped": "failures are not reported",
    "algorithms-dropped": "keys of a kind that the platform does not take are left out",
    "require-pins-dropped": "hosts without pins are let pass",
    "refuse-compromised-dropped": "chains that contain a key which the policy lists as compromised are not refused",
    "expo-fetch-unpinned": "requests of Expo's own `fetch`, the global one since Expo SDK 56, are not pinned",
}
"""What can be lost, by the id that accepts it."""

_NOTED: Final = frozenset({"report-uris-dropped"})
_EXPO_FETCH: Final = (
    "the library does not pin requests of Expo's own fetch, the global one since Expo SDK 56; accept this if the app "
    "is built without Expo or with EXPO_PUBLIC_USE_RN_FETCH=1, and otherwise export expo-nsc and expo-ats"
)


@dataclass(frozen=True, slots=True)
class Loss:
    """
    Something that a format cannot say.

    Attributes:
        id: One of `LOSSES`.
        host: Whose entry loses it.
        text: What exactly, the format being the subject.
    """

    id: str
    host: str
    text: str

    @property
    def needs_consent(self) -> bool:
        """Whether it changes what is enforced; others are told, not asked."""
        return self.id not in _NOTED

    def __str__(self) -> str:
        return f"{self.host}: {self.text} ({self.id})"


@dataclass(frozen=True, slots=True)
class Selection:
    """What is left of a policy for one format, and what was lost on the way."""

    entries: tuple[Entry, ...]
    losses: tuple[Loss, ...]


def select(
    policy: Policy, target: Format, *, accept: Iterable[str] = (), hosts: Iterable[str] = (), roles: Roles | None = None
) -> Selection:
    """
    Cut *policy* down to what a format can say, or refuse.

    Args:
        policy: The pins.

        target: The format.

        accept: Ids of losses that the user agreed to.

        hosts: Nothing but these entries, by canonical host; all by default.

        roles: For formats that list leaves or authorities: which. Leaves by default, where every host has one.

    Raises:
        ExportRefusedError: The output would lock users out, or pin nothing; no consent helps.
        LossError: Something would be lost that the user did not agree to.
    """
    chosen = [entry for entry in policy.hosts if not hosts or entry.host in set(hosts)]
    cutter = _Cutter(target, chosen, roles or _usual_roles(chosen))
    entries = tuple(entry for each in chosen for entry in cutter.cut(each))
    cutter.join(entries)
    if policy.require_pins and not (target.can.require_pins or target.can.whole or target.can.hosts != "many"):
        text = "require-pins refuses all other hosts, and this will let them pass"
        cutter.losses.append(Loss("require-pins-dropped", "defaults", text))
    if (policy.refuse_compromised or policy.compromised) and not target.can.whole:
        text = "the policy refuses chains with compromised keys, and this platform knows no such list"
        cutter.losses.append(Loss("refuse-compromised-dropped", "defaults", text))
    if target.can.misses_expo_fetch:
        cutter.losses.append(Loss("expo-fetch-unpinned", "all hosts", _EXPO_FETCH))
    if target.can.hosts != "many" and len(entries) > 1:
        names = ", ".join(entry.host for entry in entries)
        cutter.refusals.append(f"it holds one host, the policy has {len(entries)}: {names}; choose one")
    if not entries and not cutter.refusals:
        cutter.refusals.append("no host is left to pin")
    if cutter.refusals:
        raise ExportRefusedError(target.id, cutter.refusals)
    refused = [loss for loss in cutter.losses if loss.needs_consent and loss.id not in set(accept)]
    if refused:
        raise LossError(target.id, refused)
    return Selection(entries, tuple(cutter.losses))


def _usual_roles(entries: Iterable[HostPins]) -> Roles:
    pinned = [entry for entry in entries if entry.mode != "off"]
    return "leaf" if all(any(not key.is_authority for key in entry.keys) for entry in pinned) else "ca"


class _Cutter:
    """Cuts the entries of one export; what is lost and what must not be gathers here."""

    def __init__(self, target: Format, chosen: Iterable[HostPins], roles: Roles) -> None:
        self.losses: list[Loss] = []
        self.refusals: list[str] = []
        self._can: Can = target.can
        self._by_host = {entry.host: entry for entry in chosen}
        self._roles = roles

    def cut(self, entry: HostPins) -> Iterator[Entry]:
        if entry.mode == "off":
            yield from self._exempt(entry)
            return
        if entry.mode == "report-only" and not self._can.report_only:
            self._lose("report-only-dropped", entry, "is report-only, and is left out")
            yield from self._exempt(entry)
            return
        keys = self._keys(entry)
        if keys is None:
            return
        yield Entry(
            entry.host,
            keys,
            include_subdomains=self._subdomains(entry),
            expires=self._expiry(entry),
            report_only=entry.mode == "report-only",
            report_uris=self._report_uris(entry),
            pins_only=self._trust(entry),
        )

    def _lose(self, loss: str, entry: HostPins, text: str) -> None:
        self.losses.append(Loss(loss, entry.host, text))

    def _refuse(self, entry: HostPins, text: str) -> None:
        self.refusals.append(f"{entry.host}: {text}")

    def join(self, entries: Iterable[Entry]) -> None:
        """Say which hosts the platform gives more pins than their own."""
        if not self._can.joins_parent:
            return
        by_host = {entry.host: entry for entry in entries}
        for host, entry in by_host.items():
            for parent in (by_host[name] for name in self._reaching(host) if name in by_host):
                if parent.include_subdomains and not entry.exempt and not parent.exempt:
                    self._join(entry, parent)

    def _join(self, entry: Entry, parent: Entry) -> None:
        own = self._by_host[entry.host]
        roles, others = ({key.is_authority for key in each.keys} for each in (entry, parent))
        if self._can.matches == "leaf-or-ca" and roles != others:
            self._refuse(own, f"the platform would demand the pins of {parent.host} too, which are of other roles")
        elif more := [key for key in parent.keys if key.pin not in {each.pin for each in entry.keys}]:
            self._lose("parent-pins-joined", own, f"takes {_names(more)} of {parent.host} too")

    def _reaching(self, host: str) -> tuple[str, ...]:
        """Return the parents whose pins for subdomains would reach *host*."""
        return tuple(ancestors(host))[: 1 if self._can.subdomains == "one-label" else None]

    def _exempt(self, entry: HostPins) -> Iterator[Entry]:
        if self._can.whole:
            yield Entry(entry.host, (), include_subdomains=entry.include_subdomains, exempt=True)
            return
        parent = self._pinning(entry.host)
        if parent is None:
            return  # nothing pins it, so nothing need exempt it
        if not self._can.exempts:
            why = "is exempted" if entry.mode == "off" else "is report-only"
            self._lose("exemptions-dropped", entry, f"{why}, and will be pinned like {parent.host}")
            return
        if entry.include_subdomains and not self._can.exempts_below:
            self._lose("exemptions-narrowed", entry, f"is exempted with its subdomains; they keep {parent.host}'s pins")
        yield Entry(
            entry.host, (), include_subdomains=entry.include_subdomains and self._can.exempts_below, exempt=True
        )

    def _pinning(self, host: str) -> HostPins | None:
        """Return the entry whose pins the platform would apply to *host* if the output did not name it."""
        for parent in ancestors(host):
            entry = self._by_host.get(parent)
            reaches = entry is not None and entry.include_subdomains and self._can.subdomains != "none"
            if entry is not None and reaches:
                if entry.mode == "enforce" or (entry.mode == "report-only" and self._can.report_only):
                    return entry
                if self._can.exempts and self._can.exempts_below:
                    return None
            if self._can.subdomains == "one-label":
                return None
        return None

    def _keys(self, entry: HostPins) -> tuple[Key, ...] | None:
        before = len(self.refusals)
        if is_address(entry.host) and not self._can.addresses and self._can.hosts != "none":
            self._refuse(entry, "IP addresses cannot be pinned")
        keys = self._hashable(entry, self._of_roles(entry, entry.keys))
        if self._can.takes != "pin":
            for key in keys:
                if key.certificate is None:
                    self._refuse(entry, f"the certificate of {key.name} is needed: name its file in [keys.{key.name}]")
        distinct = len({key.pin for key in keys})
        least = self._can.least_pins if entry.mode == "enforce" else 1
        if len(self.refusals) == before and distinct < least:
            self._refuse(
                entry, f"{distinct} of at least {least} distinct pins; the platform would not start with fewer"
            )
        return keys if len(self.refusals) == before else None

    def _of_roles(self, entry: HostPins, keys: tuple[Key, ...]) -> tuple[Key, ...]:
        if self._can.matches != "chain" and (unknown := [key for key in keys if key.role == "unknown"]):
            self._refuse(entry, _unknown(unknown, self._can.matches))
            return keys
        leaves = tuple(key for key in keys if not key.is_authority)
        authorities = tuple(key for key in keys if key.is_authority)
        if self._can.matches == "leaf":
            if not leaves:
                self._refuse(entry, "only authorities are pinned, and the platform looks at the leaf alone")
            elif authorities:
                self._lose("ca-pins-dropped", entry, f"leaves out {_names(authorities)}")
            return leaves
        if self._can.matches == "leaf-or-ca" and leaves and authorities:
            kept, left = (leaves, authorities) if self._roles == "leaf" else (authorities, leaves)
            self._lose("roles-merged", entry, f"leaves out {_names(left)}")
            return kept
        without = tuple(key for key in leaves if key.certificate is None)
        if self._can.matches == "anchors" and without:
            if not authorities:
                self._refuse(entry, "the platform trusts what it is given, and no authority is pinned")
            else:
                self._lose("leaf-pins-dropped", entry, f"leaves out {_names(without)}")
            return tuple(key for key in keys if key not in without)
        return keys

    def _hashable(self, entry: HostPins, keys: tuple[Key, ...]) -> tuple[Key, ...]:
        known = self._can.algorithms
        if known is None:
            return keys
        odd = tuple(key for key in keys if key.algorithm is not None and key.algorithm not in known)
        if not odd:
            return keys
        told = ", ".join(f"{key.name} ({key.algorithm})" for key in odd)
        if len(odd) == len(keys):
            self._refuse(entry, f"the platform takes no key such as {told}")
        else:
            self._lose("algorithms-dropped", entry, f"leaves out {told}")
        return tuple(key for key in keys if key not in odd)

    def _subdomains(self, entry: HostPins) -> bool:
        if not entry.include_subdomains:
            if self._can.widens and not is_address(entry.host):
                self._lose("subdomains-widened", entry, "is pinned alone, and its subdomains will be too")
            return False
        if self._can.subdomains == "none" and self._can.hosts != "none":
            self._lose("subdomains-dropped", entry, "includes subdomains, and will not")
        elif self._can.subdomains == "one-label":
            self._lose("subdomains-narrowed", entry, "includes subdomains at any depth, and will at one label only")
        return self._can.subdomains != "none"

    def _expiry(self, entry: HostPins) -> date | None:
        if entry.expires is not None and not self._can.expiry:
            self._lose("expiry-dropped", entry, f"expires on {entry.expires}, and never will")
            return None
        return entry.expires

    def _report_uris(self, entry: HostPins) -> tuple[str, ...]:
        if entry.report_uris and not self._can.report_uris:
            self._lose("report-uris-dropped", entry, "reports failures, and will not")
            return ()
        return entry.report_uris

    def _trust(self, entry: HostPins) -> bool:
        if entry.trust_anchors and not self._can.whole:
            self._lose("trust-anchors-dropped", entry, "demands certain trust anchors, and will not")
        if entry.trust == "pins-only" and not self._can.pins_only:
            self._refuse(entry, 'trust = "pins-only" cannot be said; the platform would refuse its chain')
        return entry.trust == "pins-only"


def _unknown(keys: list[Key], matches: Matches) -> str:
    where = {"leaf": "at the leaf alone", "anchors": "at authorities"}.get(matches, "at one place of the chain")
    first = keys[0].name
    return (
        f"the role of {_names(keys)} is unknown, and this platform looks {where}, so a wrong guess would lock users "
        f'out. Run `pinsmith check --fix-roles`, or write role = "leaf", "intermediate" or "root" into [keys.{first}]; '
        "`import` and `convert` take --online and --role PIN=leaf"
    )


def _names(keys: Iterable[Key]) -> str:
    return ", ".join(key.name for key in keys)
