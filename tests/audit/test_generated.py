"""Code that pinsmith generated is recognised and read back."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from pinsmith import audit, formats, importing
from pinsmith.certificate import Certificate
from pinsmith.formats.code import CODE
from pinsmith.policy import Policy
from tests.formats.policy import FULL, certificate, certificates, certified as certified_policy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinsmith.formats import Format
    from pinsmith.policy import HostPins, Key

READ = [
    target
    for target in CODE
    if audit.language_of(f"pins{target.suffixes[0]}") and target.id != "react-native-ssl-public-key-pinning"
]


def _held(target: Format) -> Iterator[HostPins]:
    """Yield the entries that a target can express, without the settings that it cannot express."""
    can = target.can
    for entry in FULL.hosts:
        if (entry.mode == "off" and not can.exempts) or (entry.mode == "report-only" and not can.report_only):
            continue
        yield replace(
            entry,
            include_subdomains=entry.include_subdomains and can.subdomains == "any-depth",
            expires=entry.expires if can.expiry else None,
            report_uris=entry.report_uris if can.report_uris else (),
            keys=tuple(_kept(entry, target)),
        )


def _kept(entry: HostPins, target: Format) -> Iterator[Key]:
    for key in entry.keys:
        if target.can.matches != "leaf" or key.role == "leaf":
            yield replace(key, standby=False) if target.can.matches == "anchors" else key


def _own(policy: Policy) -> Policy:
    """Give each key the pin of its certificate, for code that holds no pins."""

    def own(key: Key) -> Key:
        return replace(key, pin=Certificate(certificate(key.name)).pin, standby=False)

    return Policy(tuple(replace(entry, keys=tuple(map(own, entry.keys))) for entry in policy.hosts))


@pytest.mark.parametrize("target", READ, ids=lambda target: target.id)
def test_generated_code_is_read_back(target: Format) -> None:
    """Each target gives the hosts, pins and settings that were written, under its own id, and no note."""
    policy = Policy(tuple(_held(target)))
    certified = certified_policy(policy) if target.can.takes == "certificate" else policy
    policy = _own(policy) if target.id == "grpc-python" else policy
    options = {"share-keys-on-ios": True} if target.id == "react-native-ssl-pinning" else {}
    text = formats.export(certified, target, options=options, certificates=certificates(certified)).text
    file = importing.read(text.encode(), f"pins{target.suffixes[0]}")
    assert file.target.id == target.id
    read = {found.host: found for found in file.reading.hosts}
    assert {host: {found.pin for found in site.pins} for host, site in read.items()} == {
        entry.host: {key.pin for key in entry.keys} for entry in policy.hosts
    }
    assert [
        (read[entry.host].include_subdomains, read[entry.host].expires, read[entry.host].report_only)
        for entry in policy.hosts
    ] == [(entry.include_subdomains, entry.expires, entry.mode == "report-only") for entry in policy.hosts]
    assert [read[entry.host].exempt for entry in policy.hosts] == [entry.mode == "off" for entry in policy.hosts]
    assert file.reading.notes == ()
