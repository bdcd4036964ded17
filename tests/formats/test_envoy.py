"""Envoy's contexts: exact text, and YAML in the style of others."""

from __future__ import annotations

import builtins
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from ruamel.yaml import YAML

from pinsmith.errors import ExportRefusedError, FormatError, LossError
from pinsmith.formats import envoy, export
from pinsmith.policy import HostPins, Policy
from tests.formats.note import line_of
from tests.formats.policy import BACKUP, INTERMEDIATE, LEAF, PLAIN

if TYPE_CHECKING:
    from pinsmith.formats._format import Reading

SAMPLES = Path(__file__).parent / "samples" / "envoy"
CONTEXT = f"""validation_context:
  trusted_ca: {{filename: ca.pem}}
  match_typed_subject_alt_names: [{{san_type: DNS, matcher: {{exact: a.test}}}}]
  verify_certificate_spki: ["{LEAF.pin.base64}"]
"""


def _read(text: str) -> Reading:
    assert envoy.FORMAT.read is not None
    return envoy.FORMAT.read(text.encode(), "envoy.yaml")


def test_the_file_in_full() -> None:
    """The secret of a host contains its name, its trust and its pins, which Envoy requires together."""
    assert export(PLAIN, envoy.FORMAT).text == (
        "# The pins here are written by pinsmith from pins.toml. Edit that file and run `pinsmith sync`.\n"
        "# Name this file in validation_context_sds_secret_config of the cluster, and set sni to the host.\n"
        "resources:\n"
        '- "@type": "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret"\n'
        '  name: "api.example.com"\n'
        "  validation_context:\n"
        "    trusted_ca:\n"
        '      filename: "/etc/ssl/certs/ca-certificates.crt"\n'
        "    match_typed_subject_alt_names:\n"
        "    - san_type: DNS\n"
        "      matcher:\n"
        '        exact: "api.example.com"\n'
        "    verify_certificate_spki:\n"
        f'    - "{LEAF.pin.base64}"  # leaf\n'
        f'    - "{BACKUP.pin.base64}"  # standby\n'
    )


def test_an_address_is_another_kind_of_name() -> None:
    """Envoy compares it with the addresses in the certificate."""
    text = export(Policy((HostPins("192.0.2.1", (LEAF,)),)), envoy.FORMAT).text
    (secret,) = YAML(typ="safe").load(text)["resources"]
    assert secret["validation_context"]["match_typed_subject_alt_names"] == [
        {"san_type": "IP_ADDRESS", "matcher": {"exact": "192.0.2.1"}}
    ]


def test_a_file_that_envoy_would_not_load_is_refused() -> None:
    """Names without trusted authorities are refused, and so are secrets of two hosts in one file."""
    untrusted = HostPins("a.test", (LEAF,), trust="pins-only")
    for hosts in ((untrusted,), (*PLAIN.hosts, HostPins("b.test", (LEAF,)))):
        with pytest.raises(ExportRefusedError):
            export(Policy(hosts), envoy.FORMAT)


@pytest.mark.parametrize("hostile", ['a"\nb: c', "\\", "'", "{a: b}", "# c", "\u202e\u2028\u0085", "*x", "!!x", "😀"])
def test_an_option_cannot_leave_its_quotes(hostile: str) -> None:
    """Any path is read back as that path."""
    text = export(PLAIN, envoy.FORMAT, options={"trusted-ca": hostile}, source=hostile).text
    (secret,) = YAML(typ="safe").load(text)["resources"]
    assert secret["validation_context"]["trusted_ca"] == {"filename": hostile}


def test_pins_of_authorities_are_a_loss() -> None:
    """Envoy checks only the leaf."""
    with pytest.raises(LossError) as caught:
        export(Policy((HostPins("a.test", (LEAF, INTERMEDIATE)),)), envoy.FORMAT)
    assert [loss.rule for loss in caught.value.losses] == ["ca-pins-dropped"]


def test_a_configuration_of_others_is_read() -> None:
    """Clusters with anchors, lists in brackets and inexact names are read, and notes have their line."""
    reading = _read((SAMPLES / "valid" / "cluster.yaml").read_text("utf-8"))
    assert [(found.host, len(found.pins), found.line) for found in reading.hosts] == [
        ("api.example.com", 2, 17),
        ("other.example.com", 1, 31),
    ]
    assert [(line_of(note), note.text.split(",")[0]) for note in reading.notes] == [
        (18, "verify_certificate_hash pins certificates"),
        (16, "a name that is not exact is left out"),
        (27, "the context demands no name"),
        (31, "the context demands no trusted chain"),
    ]


def test_a_file_of_others_is_not_edited() -> None:
    """Pins need a file of their own."""
    with pytest.raises(FormatError) as caught:
        export(PLAIN, envoy.FORMAT, existing=CONTEXT, name="envoy.yaml")
    assert str(caught.value).startswith("envoy.yaml: ")


@pytest.mark.parametrize(
    ("change", "problem", "line"),
    [
        ((f'"{LEAF.pin.base64}"', f'"{LEAF.pin}"'), "as a pin", 4),
        ((f'["{LEAF.pin.base64}"]', LEAF.pin.base64), "is not a list", 4),
        (("exact: a.test", 'exact: "*.test"'), "is not a host", 3),
        (("  trusted_ca", "  b: *a\n  trusted_ca"), "there is no anchor 'a' above", 2),
        (("  trusted_ca", "  <<: {}\n  trusted_ca"), "the merge key << is not read", 2),
        (("  trusted_ca", "  ? [a]\n  : b\n  trusted_ca"), "as a name is not read", 2),
        (("filename: ca.pem", "a: &x [*x]"), "there is no anchor 'x' above", 2),
        (("ca.pem", "[" * 70 + "]" * 70), "nested deeper than 64 levels", 2),
        (("ca.pem", "a, filename: b"), "is defined twice (also in line 2)", 2),
        (("  trusted_ca", "\ttrusted_ca"), "it is not YAML", 2),
    ],
)
def test_a_fault_is_reported_with_its_line(change: tuple[str, str], problem: str, line: int) -> None:
    """Refused are files that Envoy refuses, and files that could be misread."""
    assert change[0] in CONTEXT
    with pytest.raises(FormatError) as caught:
        _read(CONTEXT.replace(*change))
    assert problem in caught.value.problem
    assert caught.value.line == line


def test_a_large_file_is_refused_before_it_is_parsed() -> None:
    """The parser is slow."""
    with pytest.raises(FormatError, match="larger than"):
        _read(CONTEXT + "# x\n" * 200_000)


def test_without_a_parser_the_error_names_the_package_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """Writing needs no parser."""
    true_import = builtins.__import__

    def refuse(name: str, *arguments: Any, **options: Any) -> object:  # noqa: ANN401 - as __import__ takes
        if name.startswith("ruamel"):
            raise ImportError(name)
        return true_import(name, *arguments, **options)

    for name in [name for name in sys.modules if name.startswith("ruamel")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(builtins, "__import__", refuse)
    assert export(replace(PLAIN), envoy.FORMAT).text
    with pytest.raises(FormatError) as caught:
        _read(CONTEXT)
    assert "pinsmith[yaml]" in (caught.value.hint or "")
