"""The OkHttp targets refuse and omit entries, because OkHttp joins the pins of all matching patterns."""

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
    "target",
    [target for target in CODE if target.id.startswith(("okhttp-", "retrofit-"))],
    ids=lambda target: target.id,
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
def test_a_parent_that_would_enforce_more_than_the_host_is_refused(
    target: Format, parent: HostPins, child: HostPins, why: str
) -> None:
    """OkHttp would apply the parent's pins to a host that the pin file releases, and lock users out."""
    with pytest.raises(ExportRefusedError) as caught:
        export(Policy((parent, child)), target)
    assert [str(reason.place) == child.host and why in reason.text for reason in caught.value.reasons] == [True]


def test_react_native_has_the_same_problem() -> None:
    """The React Native code omits ended pins, so a parent's pins would apply on both platforms."""
    with pytest.raises(ExportRefusedError) as caught:
        export(Policy((PARENT, replace(CHILD, expires=EARLY))), find("react-native-ssl-public-key-pinning"))
    assert ["expire on 2031-05-01" in reason.text for reason in caught.value.reasons] == [True]


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
    """OkHttp and the pin file agree on both entries, so no consent is needed."""
    assert child.host in export(Policy((parent, child)), target).text


@TARGETS
def test_a_name_with_a_dot_at_its_end_is_the_same_host(target: Format) -> None:
    """OkHttp keeps the dot of `https://api.example.com./`, and no pattern without it would match."""
    text = export(PLAIN, target).text
    assert '"$pattern."' in text or 'pattern + "."' in text


@TARGETS
def test_an_address_has_no_such_spelling(target: Format) -> None:
    """OkHttp throws if a pattern is an IPv6 address with a dot, so none is written."""
    text = export(Policy((HostPins("::1", (LEAF, BACKUP)), *PLAIN.hosts)), target).text
    assert '"::1"' in text
    assert "':' !in pattern" in text or "pattern.indexOf(':') < 0" in text


@TARGETS
def test_unneeded_parts_are_left_out(target: Format) -> None:
    """Without expiry, reports or required pins, no time is compared, and there is no code for them."""
    plain = export(PLAIN, target).text
    assert not [word for word in ("if (System", "reporter", "isHttps") if word in plain]
    assert "isHttps" in export(replace(PLAIN, require_pins=True), target).text
    ending = export(Policy((replace(CHILD, expires=EARLY),)), target).text
    assert "expires 2031-05-01" in ending
    assert " < 1935360000000L" in ending


@TARGETS
@pytest.mark.parametrize("name", ["com.example.fun.new", "com.example.", "com..example", "com/example"])
def test_a_package_is_made_of_names(target: Format, name: str) -> None:
    """Words of the language and empty parts cannot be in a package."""
    with pytest.raises(ExportError, match="package"):
        export(PLAIN, target, options={"package": name})


FAMILY = pytest.mark.parametrize("name", ["okhttp-java", "okhttp-kotlin", "retrofit-kotlin", "ktor"])


@FAMILY
def test_requirements_and_replacements_are_documented(name: str) -> None:
    """`findMatchingPins` needs OkHttp 4.6, and the code replaces an existing pinner, so both are documented."""
    target = find(name)
    text = export(Policy((replace(CHILD, mode="enforce"),)), target).text
    assert "findMatchingPins" in text
    assert [remark for remark in target.remarks if remark.startswith("It needs OkHttp 4.6 or newer")]
    assert [remark for remark in target.remarks if "replaces a `CertificatePinner`" in remark]
    documentation = text[text.index("is otherwise like") :].partition("*/")[0]
    assert "CertificatePinner" in documentation
    assert "it replaces" in documentation


@FAMILY
def test_the_limit_of_web_sockets_is_documented(name: str) -> None:
    """OkHttp calls no network interceptor for web sockets, so a changed certificate stays unnoticed there."""
    (remark,) = [remark for remark in find(name).remarks if "changes on an open connection" in remark]
    assert "not on that of a web socket" in remark


def test_the_object_may_be_internal() -> None:
    """A library can keep its pins internal."""
    text = export(PLAIN, find("okhttp-kotlin"), options={"visibility": "internal", "class": "ApiPins"}).text
    assert "\ninternal object ApiPins {\n" in text


@TARGETS
@pytest.mark.parametrize(("length", "below"), [(253, False), (250, True)])
def test_a_name_that_is_too_long_for_a_pattern_is_refused(target: Format, length: int, below: bool) -> None:  # noqa: FBT001
    """OkHttp 5 refuses patterns of more than 253 characters, and would then connect to no host."""
    name = "example.com"
    while len(name) < length:
        name = f"{'x' * min(63, length - len(name) - 1)}.{name}"
    with pytest.raises(ExportRefusedError) as caught:
        export(Policy((HostPins(name, (LEAF, BACKUP), include_subdomains=below),)), target)
    assert [f"{name}: OkHttp accepts patterns of up to 253" in reason.summary for reason in caught.value.reasons] == [
        True
    ]
    assert name[1:] in export(Policy((HostPins(name[1:], (LEAF, BACKUP), include_subdomains=below),)), target).text


@FAMILY
def test_a_host_is_exempted_by_clients_and_not_by_the_pinner(name: str) -> None:
    """Exempt hosts have no pins, and the nearest entry decides, so hosts that are pinned below them are named too."""
    parent, exempt = PARENT, replace(CHILD, host="static.example.com", keys=(), mode="off", include_subdomains=True)
    below = replace(CHILD, host="api.static.example.com")
    text = export(Policy((parent, exempt, below)), find(name), options={"accept-loss": ("parent-pins-joined",)}).text
    assert '"**.static.example.com"' not in text
    rules = text[text.index("rules =" if "rules =" in text else "RULES =") :]
    assert "static.example.com" in rules
    assert '"api.static.example.com"' in rules
    assert "CertificatePinner.DEFAULT" in text
    assert "hostnameVerifier(verifier)" in text
    assert "isExempt" not in export(Policy((parent, below)), find(name), options={"accept-loss": ()}).text


@TARGETS
def test_more_exemptions_than_a_class_can_hold_are_refused(target: Format) -> None:
    """The code of a method is limited, so more than 1,000 exemptions are refused."""
    few, many = (
        Policy((PARENT, *(replace(CHILD, host=f"h{at}.example.com", keys=(), mode="off") for at in range(count))))
        for count in (1000, 1001)
    )
    assert "h999.example.com" in export(few, target).text
    with pytest.raises(ExportRefusedError) as caught:
        export(many, target)
    assert ["more than 1000 hosts are exempt" in reason.summary for reason in caught.value.reasons] == [True]
