"""The middleware hpkp, the usual one for HPKP, writes the same header for a policy as pinsmith."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from pinsmith.formats import export, find
from pinsmith.policy import HostPins, Policy
from tests.formats.policy import BACKUP, LEAF, ROOT

if TYPE_CHECKING:
    from tests.extended.plugins.node import Packages

pytestmark = [pytest.mark.extended, pytest.mark.timeout(300)]
HOST = HostPins("example.com", (LEAF, ROOT, BACKUP), include_subdomains=True)
REPORTS = "https://reports.example.net/pins"


def _ours(host: HostPins) -> str:
    lines = export(Policy((host,)), find("hpkp"), options={"force": True, "max-age": 5000}).text.splitlines()
    (line,) = (line for line in lines if not line.startswith("#"))
    return line


def _theirs(packages: Packages, host: HostPins) -> str:
    options: dict[str, Any] = {
        "maxAge": 5000,
        "sha256s": [key.pin.base64 for key in host.keys],
        "includeSubDomains": host.include_subdomains,
        "reportOnly": host.mode == "report-only",
    }
    if host.report_uris:
        options["reportUri"] = host.report_uris[0]
    return packages.header(json.dumps(options)).strip()


@pytest.mark.parametrize(
    "host",
    [
        HOST,
        replace(HOST, include_subdomains=False),
        replace(HOST, report_uris=(REPORTS,)),
        replace(HOST, mode="report-only", report_uris=(REPORTS,)),
    ],
    ids=["subdomains", "alone", "reports", "report only"],
)
def test_the_header_is_the_same(packages: Packages, host: HostPins) -> None:
    """Both headers have exactly the same name and value."""
    assert _theirs(packages, host) == _ours(host)


def test_another_policy_has_another_header(packages: Packages) -> None:
    """The control: the comparison notices the header of another policy."""
    assert _theirs(packages, HOST) != _ours(replace(HOST, keys=(LEAF, BACKUP)))


def test_one_pin_is_refused_by_both(packages: Packages) -> None:
    """The middleware and the format both require a second pin."""
    assert find("hpkp").can.least_pins == 2
    with pytest.raises(RuntimeError, match="at least two SHA-256s"):
        _theirs(packages, replace(HOST, keys=(LEAF,)))
