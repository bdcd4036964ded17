"""The page of a pin."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from tests.checks.sample import HOST
from tests.server.filled import FILE, LEAF, PINS
from tests.server.test_formats import asked

if TYPE_CHECKING:
    from pathlib import Path

AAA = "sha256/vRU+17BDT2iGsXvOi76E7TQMcTLXAqj0+jGPdW7L1vM="
EMSIGN = "sha256/6+1kdcLC2A/LGZ8/6N1uazzmC3frFdTkLD3sDG9bUQU="


def test_the_page_of_an_authority_shows_what_it_admits_and_survives(tmp_path: Path) -> None:
    """The page has the authorities below, each standing in the trust stores, and the warning."""
    (page,) = asked(tmp_path, f"/pins?pin={quote(AAA)}")
    text = page.body.decode()
    assert page.status == 200
    for words in ("AAA Certificate Services", "six of the eight", "USERTrust RSA", "16 to 17", "not listed", "unknown"):
        assert words in text, words
    assert "No watched pin file has it." in text


def test_a_pin_of_the_pin_file_has_its_hosts(tmp_path: Path) -> None:
    """The page of a host leads to the page of each pin, which names the key, the pin file and its hosts."""
    host, page = asked(tmp_path, f"/hosts/{HOST}", f"/pins?pin={quote(LEAF.pin)}", files={FILE: PINS})
    assert f'href="/pins?pin={quote(LEAF.pin)}"' in host.body.decode()
    text = page.body.decode()
    assert f'live (leaf) in <code>{FILE}</code>, for <a class="tall" href="/hosts/{HOST}">{HOST}</a>' in text
    assert "the key of a server" in text


def test_a_compromised_key_is_explained(tmp_path: Path) -> None:
    """The page of a compromised key warns, although no pin file may contain it."""
    (page,) = asked(tmp_path, f"/pins?pin={quote(EMSIGN)}")
    assert "Anybody may hold the private key of emSign DV TLS CA" in page.body.decode()


def test_a_text_that_is_not_a_pin_is_refused(tmp_path: Path) -> None:
    """The refusal is safe to show, and without a text there is a form."""
    form, wrong = asked(tmp_path, "/pins", "/pins?pin=%3Cscript%3E")
    assert (form.status, wrong.status) == (200, 400)
    assert b'name="pin"' in form.body
    assert b"<script>" not in wrong.body
    assert b"not a pin" in wrong.body
