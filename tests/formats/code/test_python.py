"""The policy that stands in generated Python is the policy that was exported, down to the last field."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings

from pinsmith.errors import ExportError, ExportRefusedError
from pinsmith.formats import export, find
from pinsmith.policy import HostPins, Policy, TrustAnchor
from tests.formats.code.test_literal import HOSTILE
from tests.formats.policy import AUTHORITIES, BACKUP, FULL, INTERMEDIATE, LEAF, PLAIN, ROOT, key, pin, policies

if TYPE_CHECKING:
    from types import CodeType

CLIENTS = {
    "ssl": set(),
    "aiohttp": {"session"},
    "http-client": {"connection"},
    "httpx": {"client", "async_client"},
    "httpx2": {"client", "async_client"},
    "niquests": {"session", "async_session"},
    "requests": {"session"},
    "urllib": {"opener"},
    "urllib3": {"pool_manager", "proxy_manager"},
}
ODD = Policy(
    (
        HostPins("private.example.com", (LEAF, BACKUP), trust="pins-only", check_host_name=False, port=8443),
        HostPins(
            "api.example.com",
            (
                replace(
                    LEAF, name="with all", subject="CN=a\"b'c", not_after=date(2030, 1, 31), certificate="certs/a.pem"
                ),
                key("no algorithm", "leaf", None, standby=True),
            ),
            trust_anchors=(TrustAnchor("certs/our root.pem", pin("our root")),),
            report_uris=("https://reports.example.net/pins", "https://reports.example.org/pins"),
        ),
        HostPins("192.0.2.1", (LEAF, INTERMEDIATE)),
        HostPins("2001:db8::1", (), mode="off"),
    ),
    keys=(ROOT, *(key(f"{number} {name}") for number, name in enumerate(HOSTILE))),
    require_pins=True,
)


def _run(policy: Policy, client: str = "ssl") -> dict[str, Any]:
    code: CodeType = compile(export(policy, find("python"), options={"client": client}).text, "pins.py", "exec")
    made: dict[str, Any] = {"__name__": "pins"}
    exec(code, made)  # noqa: S102 - it is what is tested
    return made


@pytest.mark.parametrize("policy", [PLAIN, FULL, ODD], ids=["plain", "full", "odd"])
def test_it_is_the_same_policy(policy: Policy) -> None:
    """Keys that no host uses, anchors, ports and what people wrote about keys are there too."""
    made = _run(policy)["POLICY"]
    assert made == policy
    assert set(made.keys) == set(policy.keys)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(policy=policies())
def test_any_policy_is_the_same(policy: Policy) -> None:
    """Whatever is in it."""
    assert _run(policy)["POLICY"] == policy


@pytest.mark.parametrize("client", CLIENTS)
def test_it_makes_what_its_client_needs_and_no_more(client: str) -> None:
    """Each client has its own functions, besides the context that all have."""
    made = _run(PLAIN, client)
    functions = {name for name, value in made.items() if callable(value) and getattr(value, "__module__", "") == "pins"}
    assert {name for name in functions if not name.startswith("_")} == {"context"} | CLIENTS[client]


def test_every_client_is_offered() -> None:
    """The table above is that of the target."""
    (option,) = find("python").options
    assert set(option.choices) == set(CLIENTS)
    with pytest.raises(ExportError, match="one of 'ssl'"):
        export(PLAIN, find("python"), options={"client": "curl"})


@pytest.mark.parametrize("name", ["127.0.0.01", "127.1", "example.2"])
def test_what_only_openssl_takes_for_an_address_is_refused(name: str) -> None:
    """It would be looked up as a name, which has no pins."""
    made: dict[str, Any] = {"__name__": "pins"}
    exec(export(PLAIN, find("python-standalone")).text, made)  # noqa: S102 - it is what is tested
    with pytest.raises(made["PinMismatchError"], match=f"{name} is not a host name"):
        made["_canonical"](name)
    assert made["_canonical"]("API.example.com.") == "api.example.com"


def _refusal(policy: Policy, target: str) -> str:
    with pytest.raises(ExportRefusedError) as caught:
        export(policy, find(target))
    return "; ".join(reason.summary for reason in caught.value.reasons)


@pytest.mark.parametrize("target", ["python-standalone", "qt-cpp", "qt-pyside"])
def test_a_server_that_nobody_vouches_for_needs_the_package(target: str) -> None:
    """The others pin in addition to trust, never instead of it."""
    private = Policy((ODD.hosts[0],))
    assert "pins-only" in _refusal(private, target)
    assert export(private, find("python")).losses == ()


@pytest.mark.parametrize("target", ["qt-cpp", "qt-pyside"])
def test_qt_is_not_given_pins_of_authorities(target: str) -> None:
    """It compares the leaf's key, so a host that pins nothing else would be locked out."""
    assert "only the leaf" in _refusal(AUTHORITIES, target)


def test_grpc_is_not_given_pins_without_certificates() -> None:
    """It takes certificates, and has no use for a hash."""
    assert "the certificate of root is needed" in _refusal(AUTHORITIES, "grpc-python")
