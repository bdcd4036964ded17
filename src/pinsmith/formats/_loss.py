"""The losses and refusals of an export, by one rule for every format."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from pinsmith.errors import ExportRefusedError, LossError
from pinsmith.finding import Finding, HostPlace, Severity
from pinsmith.formats._format import Entry
from pinsmith.host import ancestors, is_address

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date

    from pinsmith.formats._format import Can, Format, Matches
    from pinsmith.policy import HostPins, Key, Policy

Roles = Literal["leaf", "ca"]
LOSSES: Final[dict[str, str]] = {
    "expiry-dropped": "pins with an expiry date are enforced for ever",
    "subdomains-dropped": "subdomains of the host are not pinned",
    "subdomains-narrowed": "only subdomains one label below the host are pinned",
    "subdomains-widened": "subdomains of the host are also pinned, on some devices",
    "report-only-dropped": "report-only hosts are left out",
    "exemptions-dropped": "subdomains whose mode is off or report-only are pinned like their parent",
    "exemptions-narrowed": "only the subdomain itself is exempt, and hosts below it are pinned like its parent",
    "parent-pins-joined": "a host also accepts the pins of its parent, although its own entry should replace them",
    "ca-pins-dropped": "pins of authorities are left out, because the platform checks only the leaf",
    "leaf-pins-dropped": "pins of leaves are left out, because the platform needs certificates and these have none",
    "standby-certificate-only": (
        "the platform compares certificates, so it accepts a standby key only with the certificate made for that key"
    ),
    "placeholder-in-service": (
        "a key in service is accepted only with the certificate that was made for it when it was a standby key"
    ),
    "roles-merged": "pins of leaves or of authorities are left out, because the platform would demand one of each",
    "trust-anchors-dropped": "the chain may end in any authority that the platform trusts",
    "report-uris-dropped": "clients do not send reports to the report-uris by themselves",
    "algorithms-dropped": "keys of types that the platform does not support are left out",
    "require-pins-dropped": "hosts without pins are accepted",
    "refuse-compromised-dropped": "chains that contain a key which the policy lists as compromised are not refused",
    "expo-fetch-unpinned": "requests of Expo's own `fetch`, the global one since Expo SDK 56, are not pinned",
}
"""The effect of every possible loss, by the id that accepts it."""

_NOTED: Final = frozenset({"report-uris-dropped"})
_EXPO_FETCH: Final = (
    "the library does not pin requests of Expo's own fetch, the global one since Expo SDK 56; accept this if the app "
    "is built without Expo or with EXPO_PUBLIC_USE_RN_FETCH=1, otherwise export expo-nsc and expo-ats instead"
)
_UNTIL_ENFORCED: Final = (
    'add this output when a host has mode = "enforce"; until then, use a format with the ability report-only, which '
    "`pinsmith formats ID` shows"
)


def loss(rule: str, host: str | None, message: str) -> Finding:
    """
    Describe a setting of a policy that a format cannot express.

    Args:
        rule: One of `LOSSES`.

        host: The host whose entry has the setting; None for a setting of all hosts.

        message: The setting and the effect of losing it, as a clause without a final period.
    """
    severity = Severity.INFO if rule in _NOTED else Severity.MEDIUM
    return Finding(rule, severity, None if host is None else HostPlace(host), message)


def refusal(host: str | None, message: str) -> Finding:
    """
    Describe why an export would lock users out or pin nothing.

    Args:
        host: The host whose entry cannot be written; None if it is not about one host.

        message: The reason, as a clause without a final period.
    """
    return Finding(ExportRefusedError.code, Severity.HIGH, None if host is None else HostPlace(host), message)


def needs_consent(found: Finding) -> bool:
    """Return whether a loss changes what is enforced. Other losses are printed and need no consent."""
    return found.severity > Severity.INFO


@dataclass(frozen=True, slots=True)
class Selection:
    """The entries that a format can express, and the losses."""

    entries: tuple[Entry, ...]
    losses: tuple[Finding, ...]


def select(
    policy: Policy, target: Format, *, accept: Iterable[str] = (), hosts: Iterable[str] = (), roles: Roles | None = None
) -> Selection:
    """
    Cut *policy* down to the settings that a format can express, or refuse.

    Args:
        policy: The pins.

        target: The format.

        accept: Ids of losses that the user accepts.

        hosts: The canonical hosts to export; all by default.

        roles: The role of the pins to export, for formats that list either leaves or authorities. By default leaves,
            if every host has one.

    Raises:
        ExportRefusedError: if the output would lock users out or pin nothing. Consent does not help.
        LossError: if a setting would be lost that the user did not accept to lose.
    """
    chosen = [entry for entry in policy.hosts if not hosts or entry.host in set(hosts)]
    cutter = _Cutter(target, chosen, roles or _usual_roles(chosen))
    entries = tuple(cut for entry in chosen for cut in cutter.cut(entry))
    cutter.join(entries)
    if policy.require_pins and not (target.can.require_pins or target.can.whole or target.can.hosts != "many"):
        text = f"require-pins refuses hosts without pins, but {target.id} cannot, so they are accepted"
        cutter.losses.append(loss("require-pins-dropped", None, text))
    if (policy.refuse_compromised or policy.compromised) and not target.can.whole:
        text = f"the policy refuses chains with compromised keys, but {target.id} has no list of them and accepts them"
        cutter.losses.append(loss("refuse-compromised-dropped", None, text))
    if target.can.misses_expo_fetch:
        cutter.losses.append(loss("expo-fetch-unpinned", None, _EXPO_FETCH))
    if target.can.hosts != "many" and len(entries) > 1:
        names = ", ".join(entry.host for entry in entries)
        text = f"a file holds one host, but the policy has {len(entries)}: {names}; choose one"
        cutter.refusals.append(refusal(None, text))
    hint = None
    if not entries and not cutter.refusals:
        left_out = [found for found in cutter.losses if found.rule == "report-only-dropped"]
        hint = _UNTIL_ENFORCED if left_out else None
        cutter.refusals += [*left_out, refusal(None, "no host is left to pin")]
    if cutter.refusals:
        raise ExportRefusedError(target.id, cutter.refusals, hint=hint)
    refused = [found for found in cutter.losses if needs_consent(found) and found.rule not in set(accept)]
    if refused:
        raise LossError(target.id, refused)
    return Selection(entries, tuple(cutter.losses))


def _usual_roles(entries: Iterable[HostPins]) -> Roles:
    pinned = [entry for entry in entries if entry.mode != "off"]
    return "leaf" if all(any(not key.is_authority for key in entry.keys) for entry in pinned) else "ca"


class _Cutter:
    """Cuts the entries of one export, and collects losses and refusals."""

    def __init__(self, target: Format, chosen: Iterable[HostPins], roles: Roles) -> None:
        self.losses: list[Finding] = []
        self.refusals: list[Finding] = []
        self._can: Can = target.can
        self._id = target.id
        self._by_host = {entry.host: entry for entry in chosen}
        self._roles = roles

    def cut(self, entry: HostPins) -> Iterator[Entry]:
        if entry.mode == "off":
            yield from self._exempt(entry)
            return
        if entry.mode == "report-only" and not self._can.report_only:
            self._lose(
                "report-only-dropped", entry, f"it is report-only, which {self._id} cannot express, so it is left out"
            )
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

    def _lose(self, rule: str, entry: HostPins, text: str) -> None:
        self.losses.append(loss(rule, entry.host, text))

    def _refuse(self, entry: HostPins, text: str) -> None:
        self.refusals.append(refusal(entry.host, text))

    def join(self, entries: Iterable[Entry]) -> None:
        """Find the hosts to which the platform also applies the pins of a parent."""
        if not self._can.joins_parent:
            return
        by_host = {entry.host: entry for entry in entries}
        for host, entry in by_host.items():
            for parent in (by_host[name] for name in self._reaching(host) if name in by_host):
                if parent.include_subdomains and not entry.exempt and not parent.exempt:
                    self._join(entry, parent)

    def _join(self, entry: Entry, parent: Entry) -> None:
        own = self._by_host[entry.host]
        roles, others = ({key.is_authority for key in one.keys} for one in (entry, parent))
        if self._can.matches == "leaf-or-ca" and roles != others:
            self._refuse(
                own,
                f"the platform would refuse chains without a pin of {parent.host}, whose keys have other roles",
            )
        elif more := [key for key in parent.keys if key.pin not in {own_key.pin for own_key in entry.keys}]:
            self._lose("parent-pins-joined", own, f"{self._id} also accepts the pins of {parent.host}: {_names(more)}")

    def _reaching(self, host: str) -> tuple[str, ...]:
        """Return the parents whose pins for subdomains would reach *host*."""
        return tuple(ancestors(host))[: 1 if self._can.subdomains == "one-label" else None]

    def _exempt(self, entry: HostPins) -> Iterator[Entry]:
        if self._can.whole:
            yield Entry(entry.host, (), include_subdomains=entry.include_subdomains, exempt=True)
            return
        parent = self._pinning(entry.host)
        if parent is None:
            return  # no entry pins it, so no exemption is needed
        if not self._can.exempts:
            text = f"its mode is {entry.mode}, but {self._id} cannot exempt it, so it is pinned like {parent.host}"
            self._lose("exemptions-dropped", entry, text)
            return
        if entry.include_subdomains and not self._can.exempts_below:
            text = f"{self._id} exempts only this host, so its subdomains are pinned like {parent.host}"
            self._lose("exemptions-narrowed", entry, text)
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
            self._refuse(entry, f"{self._id} cannot pin IP addresses")
        keys = self._hashable(entry, self._of_roles(entry, entry.keys))
        if self._can.takes != "pin":
            self._require_certificates(entry, keys)
        distinct = len({key.pin for key in keys})
        least = self._can.least_pins if entry.mode == "enforce" else 1
        if len(self.refusals) == before and distinct < least:
            self._refuse(
                entry,
                f"it has {_count(distinct)}, but the platform needs at least {least} distinct pins to start",
            )
        return keys if len(self.refusals) == before else None

    def _require_certificates(self, entry: HostPins, keys: tuple[Key, ...]) -> None:
        for key in keys:
            if key.certificate is None:
                self._refuse(
                    entry,
                    f"the certificate of {key.name} is needed: write its path into [keys.{key.name}], "
                    f"as `pinsmith key certificate {key.name} FILE` does",
                )
            elif key.standby and not self._can.compares_keys:
                text = (
                    f"{self._id} compares certificates, so it accepts the standby key {key.name} only with "
                    f"{key.certificate}: when an authority issues the certificate that replaces it, ship that "
                    "certificate in an update before a server presents it"
                )
                self._lose("standby-certificate-only", entry, text)

    def _of_roles(self, entry: HostPins, keys: tuple[Key, ...]) -> tuple[Key, ...]:
        if self._can.matches != "chain" and (unknown := [key for key in keys if key.role == "unknown"]):
            self._refuse(entry, _unknown(unknown, self._can.matches))
            return keys
        leaves = tuple(key for key in keys if not key.is_authority)
        authorities = tuple(key for key in keys if key.is_authority)
        if self._can.matches == "leaf":
            if not leaves:
                self._refuse(entry, "only authorities are pinned, but the platform checks only the leaf")
            elif authorities:
                self._lose("ca-pins-dropped", entry, f"{self._id} checks only the leaf, so {_left_out(authorities)}")
            return leaves
        if self._can.matches == "leaf-or-ca" and leaves and authorities:
            kept, left = (leaves, authorities) if self._roles == "leaf" else (authorities, leaves)
            text = f"{self._id} would demand both a leaf and an authority, so {_left_out(left)}"
            self._lose("roles-merged", entry, text)
            return kept
        without = tuple(key for key in leaves if key.certificate is None)
        if self._can.matches == "anchors" and without:
            if not authorities:
                self._refuse(
                    entry, "the platform needs certificates, but no authority is pinned and the leaf keys have none"
                )
            else:
                self._lose("leaf-pins-dropped", entry, f"{self._id} needs certificates, so {_left_out(without)}")
            return tuple(key for key in keys if key not in without)
        return keys

    def _hashable(self, entry: HostPins, keys: tuple[Key, ...]) -> tuple[Key, ...]:
        known = self._can.algorithms
        if known is None:
            return keys
        odd = tuple(key for key in keys if key.algorithm is not None and key.algorithm not in known)
        if not odd:
            return keys
        listed = ", ".join(f"{key.name} ({key.algorithm})" for key in odd)
        if len(odd) == len(keys):
            self._refuse(entry, f"the platform does not support these types of keys: {listed}")
        else:
            self._lose(
                "algorithms-dropped",
                entry,
                f"the platform does not support these types of keys, so they are left out: {listed}",
            )
        return tuple(key for key in keys if key not in odd)

    def _subdomains(self, entry: HostPins) -> bool:
        if not entry.include_subdomains:
            if self._can.widens and not is_address(entry.host):
                self._lose("subdomains-widened", entry, f"{self._id} also pins its subdomains, on some devices")
            return False
        if self._can.subdomains == "none" and self._can.hosts != "none":
            self._lose("subdomains-dropped", entry, f"{self._id} cannot pin its subdomains, so they are not pinned")
        elif self._can.subdomains == "one-label":
            self._lose("subdomains-narrowed", entry, f"{self._id} pins subdomains one label below it, but none deeper")
        return self._can.subdomains != "none"

    def _expiry(self, entry: HostPins) -> date | None:
        if entry.expires is not None and not self._can.expiry:
            text = f"its pins expire on {entry.expires}, but {self._id} cannot express an expiry date"
            self._lose("expiry-dropped", entry, f"{text}, so they are enforced for ever")
            return None
        return entry.expires

    def _report_uris(self, entry: HostPins) -> tuple[str, ...]:
        if entry.report_uris and not self._can.report_uris:
            self._lose(
                "report-uris-dropped",
                entry,
                f"{self._id} cannot express report-uris, so clients send no reports by themselves",
            )
            return ()
        return entry.report_uris

    def _trust(self, entry: HostPins) -> bool:
        if entry.trust_anchors and not self._can.whole:
            text = f"{self._id} cannot express its trust anchors, so its chain may end in any trusted authority"
            self._lose("trust-anchors-dropped", entry, text)
        if entry.trust == "pins-only" and not self._can.pins_only:
            self._refuse(
                entry, f'{self._id} cannot express trust = "pins-only", and the platform would refuse its chain'
            )
        return entry.trust == "pins-only"


def _unknown(keys: list[Key], matches: Matches) -> str:
    where = {"leaf": "only the leaf", "anchors": "only authorities"}.get(matches, "leaf and authority pins separately")
    first = keys[0].name
    return (
        f"the role of {_names(keys)} is unknown, but this platform checks {where}, so a wrong guess would lock users "
        f'out. Run `pinsmith check --fix-roles`, or set role = "leaf", "intermediate" or "root" in [keys.{first}]. '
        "For `import` and `convert`, pass --online or --role PIN=leaf"
    )


def _left_out(keys: Iterable[Key]) -> str:
    """Finish the sentence that gives the reason."""
    names = [key.name for key in keys]
    return f"{', '.join(names)} {'is' if len(names) == 1 else 'are'} left out"


def _count(pins: int) -> str:
    return f"{pins} distinct pin{'' if pins == 1 else 's'}"


def _names(keys: Iterable[Key]) -> str:
    return ", ".join(key.name for key in keys)
