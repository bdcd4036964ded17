"""Refusals and losses of every format follow from its flags; a new format is tested too."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import pytest

from pinsmith.errors import ExportRefusedError, LossError
from pinsmith.formats import FORMATS, LOSSES, export
from pinsmith.policy import HostPins, Policy
from tests.formats.policy import BACKUP, INTERMEDIATE, LEAF, PLAIN, ROOT, certificates, certified, key, signing

if TYPE_CHECKING:
    from pinsmith.formats import Format

ALL = tuple(LOSSES)
WRITERS = [target for target in FORMATS if target.write is not None]
HOST = "api.example.com"


def _export(policy: Policy, target: Format, accept: tuple[str, ...] = ALL, *, with_certificates: bool = True) -> None:
    if with_certificates and target.can.takes != "pin":
        policy = certified(policy)
    options = dict(target.example_options) | {"accept-loss": accept}
    export(policy, target, options=options, certificates=certificates(policy), **signing(target))


def _refusal(policy: Policy, target: Format, *, with_certificates: bool = True) -> str:
    """Return the reason for a refusal that no consent lifts."""
    with pytest.raises(ExportRefusedError) as caught:
        _export(policy, target, with_certificates=with_certificates)
    assert all(str(reason.place) == HOST for reason in caught.value.reasons)
    return "; ".join(reason.summary for reason in caught.value.reasons)


def _lost(policy: Policy, target: Format) -> set[str]:
    """Return the losses that need consent; nothing is written without it."""
    try:
        _export(policy, target, accept=())
    except LossError as error:
        return {loss.rule for loss in error.losses}
    return set()


def _usual(target: Format) -> HostPins:
    """Return an entry that the format can express."""
    keys = (INTERMEDIATE, ROOT) if target.can.matches == "anchors" else (LEAF, BACKUP)
    return HostPins(HOST, keys)


def _ids(target: Format) -> str:
    return target.id


@pytest.mark.parametrize("target", [target for target in WRITERS if target.can.matches == "leaf"], ids=_ids)
def test_authorities_alone_are_refused_where_the_leaf_is_checked(target: Format) -> None:
    """The platform would refuse every server."""
    assert "only authorities are pinned" in _refusal(Policy((HostPins(HOST, (INTERMEDIATE, ROOT)),)), target)


@pytest.mark.parametrize("target", [target for target in WRITERS if target.can.takes != "pin"], ids=_ids)
def test_a_key_without_a_certificate_is_refused_where_one_is_needed(target: Format) -> None:
    """A certificate cannot be made from the hash of a key."""
    refusal = _refusal(Policy((_usual(target),)), target, with_certificates=False)
    assert "certificate" in refusal or "no authority is pinned" in refusal


@pytest.mark.parametrize("target", [target for target in WRITERS if target.can.least_pins > 1], ids=_ids)
def test_fewer_pins_than_the_library_requires_are_refused(target: Format) -> None:
    """The app would crash at its start."""
    assert "distinct pins" in _refusal(Policy((HostPins(HOST, (LEAF,)),)), target)


@pytest.mark.parametrize("target", [target for target in WRITERS if target.can.algorithms is not None], ids=_ids)
def test_keys_that_the_platform_does_not_support_are_refused(target: Format) -> None:
    """If other keys remain, such keys are left out, with consent."""
    assert target.can.algorithms is not None
    unfit = next(name for name in ("EC brainpoolP320r1", "Ed25519") if name not in target.can.algorithms)
    odd = tuple(key(name, algorithm=unfit) for name in ("odd", "odder"))
    assert "does not support these types of keys" in _refusal(Policy((HostPins(HOST, odd),)), target)
    assert "algorithms-dropped" in _lost(Policy((HostPins(HOST, (LEAF, BACKUP, *odd)),)), target)


@pytest.mark.parametrize("target", WRITERS, ids=_ids)
def test_a_host_without_a_trusted_chain_is_refused_where_the_format_cannot_express_it(target: Format) -> None:
    """The platform would refuse its chain."""
    policy = Policy((replace(PLAIN.hosts[0], trust="pins-only"),))
    if target.can.pins_only:
        _export(policy, target)
    else:
        assert "pins-only" in _refusal(policy, target) or target.can.matches == "anchors"


@pytest.mark.parametrize("target", WRITERS, ids=_ids)
def test_settings_that_cannot_be_expressed_need_consent(target: Format) -> None:
    """Expiry, subdomains, report-only hosts and mixed roles need consent exactly where the flags demand it."""
    usual, can = _usual(target), target.can
    always = _lost(Policy((usual,)), target)
    assert always <= {"subdomains-widened", "expo-fetch-unpinned", "standby-certificate-only"}
    has_standby_key = any(key.standby for key in usual.keys)
    compares_certificates = can.takes != "pin" and not can.compares_keys
    assert ("standby-certificate-only" in always) is (has_standby_key and compares_certificates)
    assert ("expo-fetch-unpinned" in always) is can.misses_expo_fetch
    lost = _lost(Policy((replace(usual, expires=date(2031, 5, 1)),)), target)
    assert ("expiry-dropped" in lost) is not can.expiry
    lost = _lost(Policy((replace(usual, include_subdomains=True),)), target)
    dropped = can.subdomains == "none" and can.hosts != "none"
    assert ("subdomains-dropped" in lost) is dropped
    assert ("subdomains-narrowed" in lost) is (can.subdomains == "one-label")
    if can.hosts == "many":
        trial = replace(usual, host="log.example.org", mode="report-only")
        assert ("report-only-dropped" in _lost(Policy((usual, trial)), target)) is not can.report_only
    if can.matches == "leaf-or-ca":
        assert "roles-merged" in _lost(Policy((HostPins(HOST, (LEAF, ROOT)),)), target)
