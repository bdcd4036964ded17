"""The generated PHP class: its name, and the parts that it omits."""

from __future__ import annotations

from datetime import date

import pytest

from pinsmith.errors import ExportError
from pinsmith.formats import export, find
from pinsmith.policy import HostPins, Policy
from tests.formats.policy import PLAIN

OF = find("php-curl")


@pytest.mark.parametrize("name", ["Class", "PARENT", "string", "fn", "a\\b"])
def test_a_reserved_word_is_not_a_class_in_any_case(name: str) -> None:
    """PHP reads its keywords and types in any case."""
    with pytest.raises(ExportError, match="class"):
        export(PLAIN, OF, options={"class": name})


def test_a_namespace_has_backslashes() -> None:
    """A namespace is written as in PHP."""
    text = export(PLAIN, OF, options={"namespace": "App\\Http", "class": "Client"}).text
    assert "\nnamespace App\\Http;\n" in text
    assert "\nfinal class Client\n" in text
    with pytest.raises(ExportError, match="namespace"):
        export(PLAIN, OF, options={"namespace": "App\\Static"})


def test_unneeded_parts_are_left_out() -> None:
    """Without expiry, reports or subdomains there is no clock, no second attempt and no search for parents."""
    (host,) = PLAIN.hosts
    plain = export(Policy((HostPins(host.host, host.keys),)), OF).text
    assert not [word for word in ("time()", "enforced", "explode(") if word in plain]
    ending = export(Policy((HostPins(host.host, host.keys, expires=date(2031, 5, 1)),)), OF).text
    assert "'expires' => 1935360000, // 2031-05-01" in ending
    assert "time() < $entry['expires']" in ending


def test_a_host_is_read_without_a_locale() -> None:
    r"""In PHP, the locale changes the meaning of \w and \d, and so would change which host is pinned."""
    text = export(PLAIN, OF).text
    assert "([a-z0-9_.-]+|" in text
    assert not [word for word in ("\\w", "\\d") if word in text]
