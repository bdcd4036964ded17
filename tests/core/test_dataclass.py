"""Values are what `dataclasses` would have made of the same classes."""

from __future__ import annotations

import copy
import dataclasses
import datetime as dt
import importlib.util
import inspect
import pickle
import sys
from typing import TYPE_CHECKING, Any

import pytest

from pinsmith import _dataclass
from pinsmith.authorities import Compromised, Vouched
from pinsmith.certificate import Certificate, Chain, UnreadableCertificate
from pinsmith.errors import PolicyError
from pinsmith.lab.pki.authority import Authority
from pinsmith.pin import Pin, Spelling
from pinsmith.policy import CompromisedKey, HostPins, Key, Policy, TrustAnchor
from pinsmith.tls.event import MismatchEvent
from pinsmith.verdict import Matched, Mismatched, NotPinned

if TYPE_CHECKING:
    from types import ModuleType

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


@pytest.fixture(scope="module")
def twins() -> dict[type, Any]:
    """Map each of our values to what `dataclasses` makes of the same source."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_dataclass, "dataclass", dataclasses.dataclass)
        patch.setattr(_dataclass, "field", dataclasses.field)
        modules = {name: _load_again(name) for name in {cls.__module__ for cls in _SAMPLES}}
    return {cls: getattr(modules[cls.__module__], cls.__name__) for cls in _SAMPLES}


def _load_again(name: str) -> ModuleType:
    spec = importlib.util.find_spec(name)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_value_of_the_library_has_a_sample() -> None:
    """A value that is made by our decorator is compared below."""
    made = {
        value
        for name, module in sorted(sys.modules.items())
        if name.startswith("pinsmith")
        for value in vars(module).values()
        if isinstance(value, type) and value.__module__ == name and "__dataclass_fields__" in vars(value)
        if getattr(value.__eq__, "__module__", "") == "pinsmith._dataclass"
    }
    assert made == set(_SAMPLES)


@pytest.mark.parametrize("cls", _SAMPLES, ids=_key)
def test_the_class_looks_like_one_of_dataclasses(cls: type, twins: dict[type, Any]) -> None:
    """Constructor, fields, parameters, slots and match patterns are those that the library makes."""
    twin = twins[cls]
    assert twin is not cls
    assert inspect.signature(cls) == inspect.signature(twin)
    assert [_described(each) for each in dataclasses.fields(cls)] == [
        _described(each) for each in dataclasses.fields(twin)
    ]
    assert repr(cls.__dataclass_params__) == repr(twin.__dataclass_params__)  # type: ignore[attr-defined]
    for name in ("__slots__", "__match_args__", "__doc__", "__qualname__", "__module__"):
        assert getattr(cls, name, None) == getattr(twin, name, None), name
    assert {name for name in vars(twin) if not name.startswith("__")} == {
        name for name in vars(cls) if not name.startswith("__")
    }


def _described(field: dataclasses.Field[Any]) -> dict[str, Any]:
    return {name: getattr(field, name) for name in ("name", "type", "default", "init", "repr", "compare", "hash")}


@pytest.mark.parametrize("cls", _SAMPLES, ids=_key)
def test_values_behave_like_those_of_dataclasses(cls: type, twins: dict[type, Any]) -> None:
    """Text, hash and equality are those that the library makes."""
    one, same, twin = cls(**_SAMPLES[cls]), cls(**_SAMPLES[cls]), twins[cls](**_SAMPLES[cls])
    assert repr(one) == repr(twin)
    assert hash(one) == hash(same) == hash(twin)
    assert one == same
    assert not one != same  # noqa: SIM202 - the operator is under test
    assert one != twin
    assert one.__eq__(twin) is NotImplemented


@pytest.mark.parametrize("cls", _SAMPLES, ids=_key)
def test_each_compared_field_counts(cls: type) -> None:
    """A value with another value in one compared field is another value; what is derived does not count."""
    one = cls(**_SAMPLES[cls])
    for each in dataclasses.fields(cls):
        other = copy.copy(one)
        object.__setattr__(other, each.name, object())
        assert (other == one) is not each.compare, each.name


@pytest.mark.parametrize("cls", _SAMPLES, ids=_key)
def test_values_are_frozen(cls: type) -> None:
    """Nothing is assigned or deleted, as with the library."""
    value = cls(**_SAMPLES[cls])
    name = dataclasses.fields(cls)[0].name
    with pytest.raises(dataclasses.FrozenInstanceError, match=f"cannot assign to field '{name}'"):
        setattr(value, name, None)
    with pytest.raises(dataclasses.FrozenInstanceError, match="cannot assign to field 'stranger'"):
        value.stranger = None
    with pytest.raises(dataclasses.FrozenInstanceError, match=f"cannot delete field '{name}'"):
        delattr(value, name)


@pytest.mark.parametrize("cls", _SAMPLES, ids=_key)
def test_values_are_copied_pickled_and_replaced(cls: type) -> None:
    """Copies are equal, `dataclasses.replace` makes and validates a new value, and so does ``__replace__``."""
    value = cls(**_SAMPLES[cls])
    assert copy.copy(value) == copy.deepcopy(value) == value
    for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
        assert pickle.loads(pickle.dumps(value, protocol)) == value  # noqa: S301 - our own
    assert dataclasses.replace(value) == value
    assert value.__replace__() == value
    assert dataclasses.is_dataclass(value)


def test_replacing_validates() -> None:
    """A replaced field goes through the constructor."""
    assert dataclasses.replace(_KEYS[0], name="c").name == "c"
    with pytest.raises(PolicyError, match="there is no port 0"):
        dataclasses.replace(_ENTRY, port=0)
    with pytest.raises((TypeError, ValueError), match="by_digest"):  # TypeError from Python 3.13 on
        dataclasses.replace(_ENTRY, by_digest={})


def test_pins_are_ordered_by_digest() -> None:
    """All four comparisons, and none with strangers."""
    low, high = Pin(bytes(32)), Pin(b"\xff" * 32)
    assert low < high
    assert low <= high
    assert high > low
    assert high >= low
    assert low <= Pin(bytes(32))
    assert not high < low
    with pytest.raises(TypeError, match="'<' not supported"):
        low < "sha256/"  # type: ignore[operator]  # noqa: B015 - it raises


def test_only_frozen_values_are_made() -> None:
    """What needs more of `dataclasses` takes it from there."""
    with pytest.raises(TypeError, match="values are frozen"):
        _dataclass.dataclass(frozen=False)
