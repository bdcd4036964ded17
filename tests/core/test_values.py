"""Values of enforcement are frozen, and compared, copied, pickled and replaced by their arguments."""

from __future__ import annotations

import copy
import dataclasses
import datetime as dt
import pickle
from typing import Any

import pytest

from pinsmith.authorities import Compromised, Vouched
from pinsmith.certificate import Certificate, Chain, UnreadableCertificate
from pinsmith.errors import PolicyError
from pinsmith.lab.pki.authority import Authority
from pinsmith.pin import Pin, Spelling
from pinsmith.policy import CompromisedKey, HostPins, Key, Policy, TrustAnchor
from pinsmith.tls.event import MismatchEvent
from pinsmith.verdict import Matched, Mismatched, NotPinned

_DAY = dt.date(2030, 1, 1)
_KEYS = (Key("a", Pin(bytes(range(32)))), Key("b", Pin(bytes(range(1, 33))), role="leaf", standby=True, not_after=_DAY))
_ENTRY = HostPins("example.com", _KEYS, expires=_DAY, trust_anchors=(TrustAnchor("root.pem", _KEYS[0].pin),))
_CHAIN = Chain((UnreadableCertificate(b"der", "it is short"),))
_SAMPLES: dict[type, dict[str, Any]] = {
    Pin: {"digest": bytes(range(32))},
    Spelling: {"pin": _KEYS[0].pin, "style": "hexadecimal"},
    Key: {"name": "a", "pin": _KEYS[0].pin, "subject": "CN=a"},
    Compromised: {"name": "Example CA", "since": _DAY},
    Vouched: {"name": "Example CA", "why": "it signed", "source": "CVE-2030-1"},
    CompromisedKey: {"name": "stolen", "pin": _KEYS[0].pin},
    TrustAnchor: {"path": "root.pem", "pin": _KEYS[0].pin},
    HostPins: {"host": "example.com", "keys": _KEYS, "port": 8443},
    Policy: {"hosts": (_ENTRY,), "require_pins": True},
    Certificate: {"der": Authority.root("Root").issue("example.com").der},
    UnreadableCertificate: {"der": b"der", "reason": "it is short"},
    Chain: {"certificates": _CHAIN.certificates},
    Matched: {"host": "example.com", "entry": _ENTRY, "key": _KEYS[0], "depth": 1},
    Mismatched: {"host": "example.com", "entry": _ENTRY, "chain": _CHAIN, "reason": "no-pinned-key"},
    NotPinned: {"host": "example.com", "reason": "no-entry"},
    MismatchEvent: {
        "time": dt.datetime(2030, 1, 1, tzinfo=dt.UTC),
        "host": "example.com",
        "port": None,
        "entry": _ENTRY,
        "reason": "no-pinned-key",
        "presented": _CHAIN,
        "verified": None,
        "suppressed": 0,
        "enforced": True,
    },
}


def _key(cls: type) -> str:
    return cls.__name__


@pytest.mark.parametrize("cls", _SAMPLES, ids=_key)
def test_each_compared_field_counts(cls: type) -> None:
    """Values that differ in one compared field are different; derived fields do not count."""
    one = cls(**_SAMPLES[cls])
    for field in dataclasses.fields(cls):
        other = copy.copy(one)
        object.__setattr__(other, field.name, object())
        assert (other == one) is not field.compare, field.name


@pytest.mark.parametrize("cls", _SAMPLES, ids=_key)
def test_values_are_frozen(cls: type) -> None:
    """No attribute can be assigned or deleted."""
    value = cls(**_SAMPLES[cls])
    name = dataclasses.fields(cls)[0].name
    with pytest.raises(dataclasses.FrozenInstanceError, match=f"cannot assign to field '{name}'"):
        setattr(value, name, None)
    with pytest.raises(dataclasses.FrozenInstanceError, match=f"cannot delete field '{name}'"):
        delattr(value, name)


@pytest.mark.parametrize("cls", _SAMPLES, ids=_key)
def test_values_are_copied_pickled_and_replaced(cls: type) -> None:
    """Copies are equal, for every protocol of pickle, and `dataclasses.replace` makes an equal value."""
    value = cls(**_SAMPLES[cls])
    assert copy.copy(value) == copy.deepcopy(value) == value
    for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
        assert pickle.loads(pickle.dumps(value, protocol)) == value  # noqa: S301 - our own
    assert dataclasses.replace(value) == value


def test_replacing_validates() -> None:
    """A replaced field is validated by the constructor."""
    assert dataclasses.replace(_KEYS[0], name="c").name == "c"
    with pytest.raises(PolicyError, match="port is 0, which is not a valid port"):
        dataclasses.replace(_ENTRY, port=0)
    with pytest.raises((TypeError, ValueError), match="by_digest"):  # TypeError since Python 3.13
        dataclasses.replace(_ENTRY, by_digest={})


def test_pins_are_ordered_by_digest() -> None:
    """Pins are ordered, so that lists of pins read the same wherever they come from."""
    assert sorted([Pin(b"\xff" * 32), Pin(bytes(32))]) == [Pin(bytes(32)), Pin(b"\xff" * 32)]
