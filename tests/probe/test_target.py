from __future__ import annotations

import pytest

from pinsmith.errors import HostError, StartTLSError
from pinsmith.pin import Pin
from pinsmith.policy import HostPins, Key, Policy
from pinsmith.probe import Target, parse_target
from pinsmith.probe.target import policy_targets


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [
        ("example.com", "example.com", 443),
        ("example.com:8443", "example.com", 8443),
        (" Example.COM. ", "example.com", 443),
        ("bücher.example:1", "xn--bcher-kva.example", 1),
        ("127.0.0.1", "127.0.0.1", 443),
        ("127.0.0.1:65535", "127.0.0.1", 65535),
        ("[::1]", "::1", 443),
        ("[::1]:8443", "::1", 8443),
        ("::1", "::1", 443),
        ("2001:DB8:0:0::1", "2001:db8::1", 443),
    ],
)
def test_what_users_write_becomes_host_and_port(text: str, host: str, port: int) -> None:
    """Names become canonical hosts, ports are split off, and IPv6 addresses keep their colons."""
    assert parse_target(text) == Target(host, port)


@pytest.mark.parametrize(
    "text",
    [
        "",
        ":443",
        "example.com:",
        "example.com:https",
        "example.com:0",
        "example.com:65536",
        "example.com:99999999999999999999",
        "example.com:-1",
        "example.com:٤٤٣",
        "[::1",
        "[::1]:",
        "[::1]8443",
        "1:2:3",
        "a b",
        "*.example.com",
    ],
)
def test_an_invalid_target_is_refused(text: str) -> None:
    """Everything else raises HostError and is never guessed."""
    with pytest.raises(HostError):
        parse_target(text)


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("https://example.com", "example.com:443"),
        ("https://example.com/", "example.com:443"),
        ("HTTPS://Example.com:8443/a/b?c=d:1#e", "example.com:8443"),
        ("wss://example.com?token=a@b.test", "example.com:443"),
        ("https://example.com#@other.test", "example.com:443"),
        ("https://example.com\\@other.test", "example.com:443"),
        ("https://user:pass@example.com:8443/", "example.com:8443"),
        ("https://other.test@example.com", "example.com:443"),
        ("https://[2001:db8::1]:8443/", "[2001:db8::1]:8443"),
        ("https://[2001:db8::1]", "[2001:db8::1]:443"),
    ],
)
def test_a_pasted_url_gives_its_host_and_port(url: str, target: str) -> None:
    """The rest of the URL is ignored, and the host is the one that a browser would contact."""
    assert str(parse_target(url)) == target


@pytest.mark.parametrize("url", ["http://example.com", "ftp://example.com", "://example.com", "a b://example.com"])
def test_a_url_of_another_scheme_is_refused(url: str) -> None:
    """Plain HTTP has no key, and for other schemes the protocol must be named."""
    with pytest.raises(HostError, match="expected https or wss") as caught:
        parse_target(url)
    assert "host:port" in (caught.value.hint or "")


@pytest.mark.parametrize(
    "url", ["https://", "https:///path", "https://a b/", "https://user@", "https://example.com:x/"]
)
def test_a_url_without_a_host_is_refused(url: str) -> None:
    """Hosts and ports in a URL are checked like those without one."""
    with pytest.raises(HostError):
        parse_target(url)


def test_the_port_follows_from_the_text_then_the_argument_then_the_protocol() -> None:
    """A port in the text takes precedence over the argument, which takes precedence over the protocol's usual port."""
    assert parse_target("mail.test", starttls="smtp").port == 25
    assert parse_target("mail.test", starttls="smtp", port=587).port == 587
    assert parse_target("mail.test:2525", starttls="smtp", port=587).port == 2525
    assert parse_target("mail.test").port == 443


def test_a_target_checks_its_values() -> None:
    """A target accepts only ports in range and known protocols."""
    with pytest.raises(HostError, match="70000 is not a port"):
        Target("example.com", connect_port=70000)
    with pytest.raises(StartTLSError, match="the STARTTLS protocol 'smpt'") as caught:
        Target("example.com", starttls="smpt")
    assert caught.value.hint == "did you mean smtp?"


def test_a_target_prints_as_it_is_written() -> None:
    """The printed form of a target can be parsed again."""
    for text in ("example.com:443", "[::1]:8443"):
        assert str(parse_target(text)) == text


_KEY = Key("a", Pin(bytes(range(32))))
POLICY = Policy(
    (
        HostPins("api.example.com", (_KEY,), port=8443),
        HostPins("example.org", (_KEY,), include_subdomains=True, port=9443),
        HostPins("off.example.com", mode="off"),
    )
)
NAMED = {
    "the port of the entry": (["api.example.com"], None, ["api.example.com:8443"]),
    "the port in the name": (["api.example.com:7"], None, ["api.example.com:7"]),
    "the entry of a parent is ignored": (["a.example.org"], None, ["a.example.org:443"]),
    "a host that nobody pinned": (["example.net"], None, ["example.net:443"]),
    "the port of the protocol": (["api.example.com"], "smtp", ["api.example.com:25"]),
    "a host named twice": (["api.example.com", "API.example.com:8443"], None, ["api.example.com:8443"]),
    "an entry that is off, by its name": (["off.example.com"], None, ["off.example.com:443"]),
    "no names": ([], None, ["api.example.com:8443", "example.org:9443"]),
}


@pytest.mark.parametrize(("names", "starttls", "expected"), NAMED.values(), ids=NAMED)
def test_targets_of_a_policy(names: list[str], starttls: str | None, expected: list[str]) -> None:
    """The port comes from the name as typed, else from the host's own entry, else from the protocol."""
    assert [str(target) for target in policy_targets(POLICY, names, starttls=starttls)] == expected


def test_the_same_address_is_dialled_for_every_host_of_a_policy() -> None:
    """An address that replaces the host is used for named and unnamed hosts."""
    for names in ([], ["api.example.com"]):
        target = policy_targets(POLICY, names, address="192.0.2.7", connect_port=7, starttls="smtp")[0]
        assert (target.address, target.connect_port, target.starttls) == ("192.0.2.7", 7, "smtp")


@pytest.mark.parametrize("text", ["https://user:hunter/2@example.com", "https://user:hunter?2@example.com/"])
def test_a_password_with_a_slash_is_not_shown(text: str) -> None:
    """The part before the slash looks like a host with a port."""
    with pytest.raises(HostError, match="may contain a password") as caught:
        parse_target(text)
    assert "hunter" not in str(caught.value)


def test_a_path_may_contain_an_at_sign() -> None:
    """Only a host with a colon looks like a user with a password."""
    assert parse_target("https://example.com/@user").host == "example.com"
