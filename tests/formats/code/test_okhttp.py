"""What the targets made of OkHttp refuse and leave out: OkHttp joins the pins of all patterns that reach a host."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import pytest

from pinsmith.errors import ExportError, ExportRefusedError
from pinsmith.formats import export, find
from pinsmith.formats.code import CODE
from pinsmith.policy import HostPins, Policy
from tests.formats.policy import BACKUP, LEAF, PLAIN

if TYPE_CHECKING:
    from pinsmith.formats import Format

EARLY, LATE = date(2031, 5, 1), date(2032, 5, 1)
PARENT = HostPins("example.com", (LEAF, BACKUP), include_subdomains=True)
CHILD = HostPins("api.example.com", (LEAF, BACKUP))
TARGETS = pytest.mark.parametrize(
    "target", [each for each in CODE if each.id.startswith(("okhttp-", "retrofit-"))], ids=lambda each: each.id
)


@TARGETS
@pytest.mark.parametrize(
    ("parent", "child", "why"),
    [
        (PARENT, replace(CHILD, mode="report-only"), "it is report-only"),
        (PARENT, replace(CHILD, expires=EARLY), "expire on 2031-05-01"),
        (replace(PARENT, expires=LATE), replace(CHILD, expires=EARLY), "expire on 2031-05-01"),
    ],
    ids=["only reports", "ends", "ends before its parent"],
)
def test_a_parent_that_would_enforce_what_the_host_does_not_is_refused(
    target: Format, parent: HostPins, child: HostPins, why: str
) -> None:
    """OkHttp would hold a host to the pins of its parent though the pin file lets it go; users would be locked out."""
    with pytest.raises(ExportRefusedError) as caught:
        export(Policy((parent, child)), target)
    assert [str(each.place) == child.host and why in each.text for each in caught.value.reasons] == [True]


def test_so_it_is_with_react_native() -> None:
    """Its code leaves out pins that ended, and then those of a parent hold, on both platforms."""
    with pytest.raises(ExportRefusedError) as caught:
        export(Policy((PARENT, replace(CHILD, expires=EARLY))), find("react-native-ssl-public-key-pinning"))
    assert ["expire on 2031-05-01" in each.text for each in caught.value.reasons] == [True]


@TARGETS
@pytest.mark.parametrize(
    ("parent", "child"),
    [
        (replace(PARENT, include_subdomains=False), replace(CHILD, mode="report-only")),
        (replace(PARENT, mode="report-only"), CHILD),
        (replace(PARENT, expires=EARLY), replace(CHILD, expires=EARLY)),
        (replace(PARENT, expires=EARLY), CHILD),
    ],
    ids=["a parent alone", "a parent that reports", "the same day", "the parent ends first"],
)
def test_a_parent_that_lets_the_host_go_is_written(target: Format, parent: HostPins, child: HostPins) -> None:
    """What OkHttp does with both is what the pin file says, so it is no matter of consent."""
    assert child.host in export(Policy((parent, child)), target).text


@TARGETS
def test_a_name_with_a_dot_at_its_end_is_the_same_host(target: Format) -> None:
    """OkHttp keeps the dot of `https://api.example.com./`, and no pattern without it would match."""
    text = export(PLAIN, target).text
    assert '"$pattern."' in text or 'pattern + "."' in text


@TARGETS
def test_an_address_has_no_such_spelling(target: Format) -> None:
    """OkHttp throws at a pattern that is an IPv6 address with a dot, so none is made."""
    text = export(Policy((HostPins("::1", (LEAF, BACKUP)), *PLAIN.hosts)), target).text
    assert '"::1"' in text
    assert "':' !in pattern" in text or "pattern.indexOf(':') < 0" in text


@TARGETS
def test_what_no_host_needs_is_left_out(target: Format) -> None:
    """Without an end, a report or a demand for pins there is neither a clock nor what sees to them."""
    plain = export(PLAIN, target).text
    assert not [word for word in ("currentTimeMillis", "onMismatch", "isHttps") if word in plain]
    assert "isHttps" in export(replace(PLAIN, require_pins=True), target).text
    ending = export(Policy((replace(CHILD, expires=EARLY),)), target).text
    assert "expires 2031-05-01" in ending
    assert " < 1935360000000L" in ending


@TARGETS
@pytest.mark.parametrize("name", ["com.example.fun.new", "com.example.", "com..example", "com/example"])
def test_a_package_is_made_of_names(target: Format, name: str) -> None:
    """Words of the language and empty parts cannot be packages."""
    with pytest.raises(ExportError, match="package"):
        export(PLAIN, target, options={"package": name})


FAMILY = pytest.mark.parametrize("name", ["okhttp-java", "okhttp-kotlin", "retrofit-kotlin", "ktor"])


@FAMILY
def test_what_it_needs_and_replaces_is_said(name: str) -> None:
    """`findMatchingPins` is public since OkHttp 4.6.0; and a pinner of the app must not vanish unannounced."""
    target = find(name)
    text = export(Policy((replace(CHILD, mode="enforce"),)), target).text
    assert "findMatchingPins" in text
    assert [each for each in target.remarks if each.startswith("It needs OkHttp 4.6 or newer")]
    assert [each for each in target.remarks if "replaces a `CertificatePinner`" in each]
    documentation = text[text.index("is otherwise like") :].partition("*/")[0]
    assert "CertificatePinner" in documentation
    assert "it replaces" in documentation


@FAMILY
def test_what_does_not_hold_for_web_sockets_is_said(name: str) -> None:
    """OkHttp asks no network interceptor about them, so nobody sees a certificate that changes on an open one."""
    (remark,) = [each for each in find(name).remarks if "changes on an open connection" in each]
    assert "not on that of a web socket" in remark


def test_the_object_may_be_internal() -> None:
    """A library need not show its pins to its users."""
    text = export(PLAIN, find("okhttp-kotlin"), options={"visibility": "internal", "class": "ApiPins"}).text
    assert "\ninternal object ApiPins {\n" in text


@TARGETS
@pytest.mark.parametrize(("length", "below"), [(253, False), (250, True)])
def test_a_name_that_is_too_long_for_a_pattern_is_refused(target: Format, length: int, below: bool) -> None:  # noqa: FBT001
    """OkHttp 5 takes no pattern of more than 253 characters, and would then pin nothing and connect to nobody."""
    name = "example.com"
    while len(name) < length:
        name = f"{'x' * min(63, length - len(name) - 1)}.{name}"
    with pytest.raises(ExportRefusedError) as caught:
        export(Policy((HostPins(name, (LEAF, BACKUP), include_subdomains=below),)), target)
    assert [f"{name}: OkHttp accepts patterns of up to 253" in each.summary for each in caught.value.reasons] == [True]
    assert name[1:] in export(Policy((HostPins(name[1:], (LEAF, BACKUP), include_subdomains=below),)), target).text
