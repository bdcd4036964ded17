"""Files of renewal automation are recognised, and are read for hosts and for what happens to the key."""

from __future__ import annotations

import random
from typing import Final

import pytest

from pinsmith import renewal
from pinsmith.finding import FilePlace
from pinsmith.syntax.position import SyntaxFaultError
from tests.renewal.samples import SAMPLES, Said, Sample

_IDS: Final = [f"{sample.tool}-{number}" for number, sample in enumerate(SAMPLES)]
# The beginning of a file, and parts that each begin something that never ends. Quadratic time would be hours.
_LONG: Final = {
    "acm": ('resource "aws_acm_certificate" "a" { ', ['\\"', "<<A\n", "/*", '"${', "<<A\nA\n"]),
    "acme-sh": ("Le_Domain=", ["Le_Domain=a\n", "'", "a,"]),
    "caddy": ("", ['"', "a,\n", "{ ", "a {\n", "`"]),
    "certbot": ("[renewalparams]\n", ["[", " = ", " \t", "a=b\n"]),
    "lego": ("lego renew -d a\n", ["lego renew ", "lego renew -d a \\\n", "lego '\n", "lego renew\n"]),
}


def test_every_tool_has_samples() -> None:
    """The samples contain each tool, with a renewal that keeps the key and one that does not."""
    found = {(sample.tool, said.keeps_key) for sample in SAMPLES for said in sample.said}
    assert found >= {(tool.id, keeps) for tool in renewal.TOOLS for keeps in (True, False)}


@pytest.mark.parametrize("sample", SAMPLES, ids=_IDS)
def test_a_file_is_read_by_its_tool_alone(sample: Sample) -> None:
    """Only the tool recognises its file; hosts, the fate of the key and the line are those that the file shows."""
    tools = [tool for tool in renewal.TOOLS if tool.recognises(sample.text, sample.name)]
    assert [tool.id for tool in tools] == [sample.tool]
    assert renewal.is_name(sample.name)
    assert renewal.may_renew(sample.text.encode(), sample.name)
    found = renewal.read(sample.text, sample.name) or ()
    assert tuple(Said(one.hosts, one.keeps_key, one.place.line or 0) for one in found) == sample.said
    assert all(one.place.file == sample.name and one.why and one.fix for one in found)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("issuer.yaml", "apiVersion: cert-manager.io/v1\nkind: ClusterIssuer\nspec: {}\n"),
        ("app.conf", "[server]\nreuse_key = True\n"),
        ("build.sh", "#!/bin/sh\necho lego bricks; cargo run\n"),
        ("main.tf", 'resource "aws_acm_certificate_validation" "api" {}\n'),
        ("values.yaml", "kind: Ingress\nhost: api.example.com\n"),
    ],
)
def test_other_files_are_of_no_tool(name: str, text: str) -> None:
    """Files that resemble those of the tools are not recognised."""
    assert renewal.read(text, name) is None


@pytest.mark.parametrize("sample", SAMPLES, ids=_IDS)
def test_a_damaged_file_raises_nothing_else(sample: Sample) -> None:
    """A damaged file is read, or raises the one error of syntax."""
    source = random.Random(sample.text)  # noqa: S311 - nothing secret
    for _ in range(25):
        at = source.randrange(len(sample.text))
        damage = source.choice(["", '"', "{", "}", "'", "\n", "[", "*.", "\x00", "é", "="])
        try:
            renewal.read(sample.text[:at] + damage + sample.text[at + source.randrange(3) :], sample.name)
        except SyntaxFaultError:
            assert sample.tool == "cert-manager"


@pytest.mark.thorough
@pytest.mark.parametrize("tool", _LONG)
def test_a_hostile_file_takes_linear_time(tool: str) -> None:
    """A file of the greatest length that begins thousands of things is read before the test times out."""
    name = next(sample.name for sample in SAMPLES if sample.tool == tool)
    start, parts = _LONG[tool]
    for part in parts:
        text = (start + part * 1_000_000)[:1_000_000]
        assert renewal.read(text, name) == renewal.read(text, name), part


def test_a_file_of_a_tool_that_is_too_large_is_refused() -> None:
    """A file above the limit is refused, and not cut off; another large file is of no tool."""
    with pytest.raises(SyntaxFaultError, match="larger than 1024 KiB"):
        renewal.read("[renewalparams]\n" + "#" * 1024 * 1024, "a.conf")
    assert renewal.read("#" * 2 * 1024 * 1024, "a.conf") is None


def test_a_renewal_is_placed_in_its_file() -> None:
    """The place is that of the file as it was named."""
    (found,) = renewal.read("[renewalparams]\n", "renewal/api.example.com.conf") or ()
    assert found.place == FilePlace("renewal/api.example.com.conf", 1)
