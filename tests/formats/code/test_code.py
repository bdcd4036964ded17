"""What every target of generated code promises; a new one is tested by existing."""

from __future__ import annotations

import inspect
import re
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from pinsmith.errors import ExportError, FormatError
from pinsmith.formats import CODE, LOSSES, export
from pinsmith.formats.code._target import GENERATED, code_format
from pinsmith.formats.code._view import Text
from pinsmith.policy import HostPins, Policy
from tests.formats.code.test_literal import HOSTILE
from tests.formats.policy import AUTHORITIES, FULL, LEAF, PLAIN, certificate, certified

if TYPE_CHECKING:
    from pinsmith.formats import Format

TARGETS = pytest.mark.parametrize("target", CODE, ids=lambda each: each.id)

NAMES = ("a.example.com", "b.example.com")
USED = {
    "curl-shell": ("curl", "tr", "printf", "echo", "eval"),
    "jsse-java": ("Entry", "String", "Set", "MismatchException", "java"),
    "ktor-cio": ("Entry", "String", "Set", "CertificateException"),
    "okhttp-java": ("CertificatePinner", "OkHttpClient", "SSLSocket", "String"),
    "okhttp-kotlin": ("CertificatePinner", "Interceptor", "SSLSocket", "String"),
    "php-curl": ("HOSTS",),
    "qt-cpp": ("std", "emit", "detail", "QNetworkAccessManager", "QUrl", "Host", "Mismatch"),
    "qt-pyside": ("_HOSTS", "QUrl", "hashlib", "bool", "Final"),
    "retrofit-kotlin": ("Retrofit", "CertificatePinner"),
    "ruby-net-http": ("OpenSSL", "HOSTS", "IOError", "App::OpenSSL"),
}
"""Names that the code of a target declares, imports or calls."""


def _write(policy: Policy, target: Format, options: dict[str, Any] | None = None, **more: Any) -> str:  # noqa: ANN401 - as in `export`
    """Write a policy, or another if the target takes nothing but authorities."""
    told = dict(target.example_options) | {"accept-loss": tuple(LOSSES)} | (options or {})
    fitting = certified(policy) if target.can.takes != "pin" else policy
    ders = dict.fromkeys((key.name for key in fitting.keys), certificate(LEAF.name))
    return export(fitting, target, options=told, certificates=ders, **more).text


def _plain(target: Format) -> Policy:
    return AUTHORITIES if target.can.matches == "anchors" else PLAIN


@TARGETS
def test_its_header_names_the_source_and_the_limits(target: Format) -> None:
    """Whoever opens the file learns not to edit it, what to edit instead, and what is not protected."""
    text = _write(_plain(target), target, source="app/pins.toml")
    head = text[: text.index("DO NOT EDIT.") + 400]
    assert f"{GENERATED} app/pins.toml. DO NOT EDIT." in head
    assert "Edit app/pins.toml and run `pinsmith sync`." in head
    assert "Limits:" in text


@TARGETS
def test_its_header_does_not_send_anybody_to_a_file_that_sync_never_reads(target: Format) -> None:
    """`pinsmith convert` makes code of files of other platforms, which are not synced."""
    text = _write(_plain(target), target, source="network_security_config.xml")
    assert f"{GENERATED} network_security_config.xml. DO NOT EDIT." in text
    assert "pinsmith sync" not in text


@TARGETS
def test_its_header_says_when_pins_expire(target: Format) -> None:
    """It names the day, the hosts, and what becomes of them then."""
    policy = Policy(tuple(replace(_plain(target).hosts[0], host=name, expires=date(2031, 5, 1)) for name in NAMES))
    for required in (False, True):
        text = _plain_words(_write(replace(policy, require_pins=required), target))
        then = (
            "connections are refused (require-pins)" if required and target.can.require_pins else "any trusted key is"
        )
        told = f"The pins of {NAMES[0]} and 1 more expire on 2031-05-01 (00:00 UTC). From then on {then}"
        assert (told in text) is target.can.expiry


def _plain_words(text: str) -> str:
    """Take signs of remarks and line ends out."""
    return " ".join(re.sub(r"(?m)^ *(//|#|/?\*)+", " ", text).split())


@TARGETS
def test_its_header_says_whether_compromised_authorities_are_accepted(target: Format) -> None:
    """Where a key above the leaf may be the pinned one and nobody refuses the chain, the reader is warned."""
    text = _plain_words(_write(PLAIN if target.can.matches == "leaf" else AUTHORITIES, target))
    warning = "A chain that contains a compromised authority is accepted if another key of the chain is pinned."
    assert (warning in text) is (target.can.compromised not in {"refused", "leaf"})
    assert target.can.matches == "leaf" or target.can.compromised != "leaf"
    if target.can.compromised not in {"refused", "leaf", "accepted"}:
        assert f"{target.can.compromised} refuse the authorities that they know to be compromised." in text


@pytest.mark.parametrize("target", [each for each in CODE if each.can.matches == "chain"], ids=lambda each: each.id)
def test_compromised_authorities_do_not_matter_where_leaves_are_pinned(target: Format) -> None:
    """No authority has the key of a leaf, so the warning would be noise."""
    assert "compromised" not in _plain_words(_write(PLAIN, target)).partition("api.example.com")[0]


def test_a_target_must_say_what_becomes_of_compromised_authorities() -> None:
    """There is no default, so a new target cannot forget the question."""
    assert inspect.signature(code_format).parameters["compromised"].default is inspect.Parameter.empty


@pytest.mark.parametrize("target", [each for each in CODE if each.can.least_pins == 1], ids=lambda each: each.id)
@pytest.mark.parametrize("hostile", HOSTILE, ids=range(len(HOSTILE)))
def test_names_of_keys_and_files_cannot_become_code(target: Format, hostile: str) -> None:
    """A key or a pin file may be called anything; what is generated differs in that name alone."""

    def named(name: str) -> Policy:
        keys = [replace(key, name=name or "x") for key in _plain(target).hosts[0].keys]
        return Policy((replace(_plain(target).hosts[0], keys=(keys[0],)), HostPins("b.example.com", (keys[0],))))

    text, tame = (_write(named(name), target, source=f"{name}/pins.toml") for name in (hostile, "tame"))
    assert len(text.splitlines()) == len(tame.splitlines())
    unseen = [char for char in text if not char.isprintable() and char not in "\n\t"]
    assert not unseen
    assert len(hostile) < 2 or hostile.isprintable() or hostile not in text


@TARGETS
def test_a_name_that_is_no_name_is_refused(target: Format) -> None:
    """Packages and classes stand in the code as they are, so they can be nothing else."""
    for option in target.options:
        if option.pattern:
            for bad in ("a b", "a;b", 'x"', "x\ny", "../x", "1x", ""):
                with pytest.raises(ExportError, match=option.name):
                    _write(_plain(target), target, {option.name: bad})


@TARGETS
def test_a_name_that_the_code_itself_uses_is_refused(target: Format) -> None:
    """A class called as another of the same file hides it, or does not compile; who syncs learns it, not who builds."""
    default = _write(_plain(target), target)
    declared = set(re.findall(r"^\s*(?:[a-z]+ )*(?:class|fun|func|function|def|struct) (\w+)", default, re.MULTILINE))
    names = declared | set(USED.get(target.id, ()))
    for option in target.options:
        if not option.pattern or option.name == "package":
            continue
        assert names - {option.default}
        for name in names - {option.default}:
            with pytest.raises(ExportError, match=f"{option.name!r} of {target.id} is '{name}', "):
                _write(_plain(target), target, {option.name: name})


@TARGETS
def test_other_names_are_as_good_as_the_default(target: Format) -> None:
    """Words of remarks and texts are no names, nor are members of other classes; a package hides nothing."""
    for option in target.options:
        if option.pattern:
            for name in ("Edit", "Api", "TrustedKeys"):
                told = name[:1].lower() + name[1:] if str(option.default)[:1].islower() else name
                assert re.search(rf"\b{told}\b", _write(_plain(target), target, {option.name: told}))
            for name in ("host", "com.example.security", "com.example.pins") if option.name == "package" else ():
                if re.fullmatch(option.pattern, name):
                    assert f"package {name}" in _write(_plain(target), target, {option.name: name})


@TARGETS
def test_a_file_that_somebody_else_wrote_is_not_overwritten(target: Format) -> None:
    """Generated code has a file of its own; a path that was mistyped costs nobody his work."""
    with pytest.raises(FormatError, match="not generated by pinsmith"):
        _write(_plain(target), target, existing="main code of the app")


@TARGETS
def test_what_was_generated_before_is_replaced_as_a_whole(target: Format) -> None:
    """Nothing of the file before is kept, edits by hand neither."""
    before = _write(_plain(target), target)
    assert _write(_plain(target), target, existing=f"{before}\nan edit") == before


@pytest.mark.parametrize("target", [each for each in CODE if each.can.takes == "pin"], ids=lambda each: each.id)
def test_every_pin_of_every_host_is_there(target: Format) -> None:
    """No host and no pin is forgotten, unless a loss says so."""
    policy = FULL
    from pinsmith.formats import select

    text = _write(policy, target)
    entries = select(policy, target, accept=tuple(LOSSES)).entries
    assert entries
    for entry in entries:
        assert entry.host in text
        for key in entry.keys:
            assert key.pin.base64 in text or key.pin.hex in text


@TARGETS
def test_its_reference_is_named(target: Format) -> None:
    """Who reviews the code can look up what it calls."""
    assert target.spec.startswith("https://")
    assert target.remarks


def test_a_text_that_a_template_forgets_to_escape_is_an_error() -> None:
    """No template can write a host or the name of a key as it stands."""
    from pinsmith.formats.code._language import GO
    from pinsmith.formats.code._target import _environment

    with pytest.raises(TypeError, match="without a filter"):
        _environment(GO).from_string("{{ name }}").render(name=Text("x"))
    with pytest.raises(TypeError, match="without a filter"):
        _environment(GO).from_string("{{ name ~ '.' }}").render(name=Text("x"))
    assert _environment(GO).from_string("{{ name | literal }}").render(name=Text("x")) == '"x"'
