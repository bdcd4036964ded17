"""The policy in generated Python equals the exported policy in every field."""

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
    """Unused keys, anchors, ports and remarks about keys are kept too."""
    made = _run(policy)["POLICY"]
    assert made == policy
    assert set(made.keys) == set(policy.keys)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(policy=policies())
def test_any_policy_is_kept(policy: Policy) -> None:
    """Every policy is kept."""
    assert _run(policy)["POLICY"] == policy


@pytest.mark.parametrize("client", CLIENTS)
def test_only_the_functions_of_the_client_are_written(client: str) -> None:
    """Every client has its own functions, and the context exists for all."""
    made = _run(PLAIN, client)
    functions = {name for name, value in made.items() if callable(value) and getattr(value, "__module__", "") == "pins"}
    assert {name for name in functions if not name.startswith("_")} == {"context"} | CLIENTS[client]


def test_every_client_is_offered() -> None:
    """The table above lists all clients of the target."""
    (option,) = find("python").options
    assert set(option.choices) == set(CLIENTS)
    with pytest.raises(ExportError, match="one of 'ssl'"):
        export(PLAIN, find("python"), options={"client": "curl"})


@pytest.mark.parametrize("name", ["127.0.0.01", "127.1", "example.2"])
def test_an_address_that_only_openssl_recognises_is_refused(name: str) -> None:
    """OpenSSL takes it for an address, but the code would look it up as a name, which has no pins."""
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
    """Other clients can only pin in addition to trust, not instead of it."""
    private = Policy((ODD.hosts[0],))
    assert "pins-only" in _refusal(private, target)
    assert export(private, find("python")).losses == ()


@pytest.mark.parametrize("target", ["qt-cpp", "qt-pyside"])
def test_qt_is_not_given_pins_of_authorities(target: str) -> None:
    """Qt compares only the leaf's key, so a host with pins of authorities alone would be locked out."""
    assert "only the leaf" in _refusal(AUTHORITIES, target)


def test_grpc_is_not_given_pins_without_certificates() -> None:
    """Certificates are the only input of gRPC, which cannot use a hash."""
    assert "the certificate of root is needed" in _refusal(AUTHORITIES, "grpc-python")
