"""Pinned hosts and the renewals of their certificates."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinsmith.authorities import find
from pinsmith.host import ancestors
from pinsmith.policy import Policy
from pinsmith.rules._rule import Site

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pinsmith.policy import HostPins
    from pinsmith.renewal import Renewal
    from pinsmith.rules._rule import PinnedFile


def at_risk(files: Sequence[PinnedFile]) -> Iterator[tuple[Renewal, Site, Site]]:
    """
    Yield each renewal that matters for enforced pins: those of a host without a pinned authority.

    A key whose role is unknown is taken for that of a leaf, unless the table of authorities knows it.

    Returns:
        The renewal, the host at the place of the renewal, and the host at the place of its pins. If several files pin
        the host, the first of them stands for all.
    """
    pinned = [(Policy(tuple(site.entry for site in file.sites)), _at_risk(file)) for file in files]
    for file in files:
        for renewal in file.renewals:
            seen: dict[str, Site] = {}
            for policy, sites in pinned:
                for name in renewal.hosts:
                    for site in _covered(name, policy, sites):
                        seen.setdefault(site.entry.host, site)
            for site in seen.values():
                yield renewal, Site(site.entry, renewal.place), site


def _at_risk(file: PinnedFile) -> dict[str, Site]:
    return {
        site.entry.host: site
        for site in file.sites
        if site.entry.mode == "enforce" and not _is_over(site.entry, file) and _has_leaves_only(site.entry)
    }


def _covered(name: str, policy: Policy, sites: Mapping[str, Site]) -> Iterator[Site]:
    """Yield those of *sites* whose pins decide about a certificate for *name*, which may be a wildcard."""
    parent = name.removeprefix("*.")
    if name == parent:
        entry = policy.find(name)
        if entry is not None and entry.host in sites:
            yield sites[entry.host]
        return
    above = {parent, *ancestors(parent)}
    for host, site in sites.items():
        if host.partition(".")[2] == parent or (site.entry.include_subdomains and host in above):
            yield site


def _has_leaves_only(entry: HostPins) -> bool:
    return all(key.role == "leaf" or (key.role == "unknown" and find(key.pin) is None) for key in entry.keys)


def _is_over(entry: HostPins, file: PinnedFile) -> bool:
    return entry.expires is not None and entry.expires <= file.today
