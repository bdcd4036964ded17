"""A renewal matters for the hosts of its certificate that are enforced by pins of leaves alone."""

from __future__ import annotations

from datetime import date

import pytest

from pinsmith.rules import lint, read
from pinsmith.rules.renewal_replaces_key import RULE
from tests.formats.policy import pin

TODAY = date(2027, 1, 1)
ISRG_ROOT_X1 = "sha256/C5+lpZ7tcVwmwQIMcRtPbsQtWLABXhQzejna0wHFr8M="


def _keys(role: str) -> str:
    return f'version = 1\n[keys.root]\npin = "{ISRG_ROOT_X1}"\nrole = "{role}"\n[keys.api]\npin = "{pin("api")}"\n'


def _found(certificate: str, *hosts: str, role: str = "root") -> list[str | None]:
    conf = "\n".join(["[renewalparams]", "[[webroot_map]]", f"{certificate} = /var/www", ""])
    texts = {"pins.toml": "\n".join([_keys(role), *hosts]), "other.conf": conf}
    files = [read(text.encode(), name, today=TODAY) for name, text in texts.items()]
    return [finding.host for finding in lint(files, [RULE])]


def _host(name: str, *lines: str, keys: str = '"api"') -> str:
    return "\n".join(["[[host]]", f'name = "{name}"', f"keys = [{keys}]", *lines, ""])


@pytest.mark.parametrize(
    ("host", "found"),
    [
        (_host("api.example.com"), True),
        (_host("api.example.com", "expires = 2028-01-01"), True),
        (_host("www.example.com"), False),
        (_host("api.example.com", 'mode = "report-only"'), False),
        (_host("api.example.com", "expires = 2026-12-31"), False),
        (_host("api.example.com", keys='"api", "root"'), False),
        (_host("example.com"), False),
        (_host("example.com", "include-subdomains = true"), True),
    ],
    ids=["its own", "not over", "another", "reported", "over", "an authority", "the parent", "a parent for it"],
)
@pytest.mark.parametrize("certificate", ["api.example.com", "*.example.com"])
def test_a_host_is_found_if_its_pins_lock_clients_out(certificate: str, host: str, found: bool) -> None:  # noqa: FBT001
    """A certificate of the host itself and a wildcard for it are treated alike, except for other hosts below it."""
    is_below = certificate == "*.example.com" and 'name = "www.' in host
    assert bool(_found(certificate, host)) == (found or is_below)


def test_the_closest_entry_decides() -> None:
    """A host with an entry of its own is not judged by that of its parent."""
    parent = _host("example.com", "include-subdomains = true")
    assert _found("api.example.com", parent, _host("api.example.com", keys='"root"')) == []
    assert _found("www.example.com", parent, _host("api.example.com", keys='"root"')) == ["example.com"]


def test_a_known_authority_counts_without_its_role() -> None:
    """A key whose role is unknown is an authority if the table knows it, as in files of platforms."""
    assert _found("api.example.com", _host("api.example.com", keys='"root"'), role="unknown") == []
    assert _found("api.example.com", _host("api.example.com", keys='"api"'), role="unknown") == ["api.example.com"]


def test_a_wildcard_reaches_one_label() -> None:
    """A wildcard is for the hosts directly below it, so deeper ones have other certificates."""
    assert _found("*.example.com", _host("a.b.example.com")) == []
    assert _found("*.b.example.com", _host("example.com", "include-subdomains = true")) == ["example.com"]
