"""Texts that others have chosen, in certificates and reports, do nothing in a browser."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pinsmith.lab.pki.identity import pem_of
from tests.extended.browser.pages import PAGES, paths
from tests.extended.browser.scene import IMAGE, SCRIPT
from tests.extended.browser.visit import overflow, violations

if TYPE_CHECKING:
    from tests.extended.browser.scene import Scene
    from tests.extended.browser.visit import Visitor
    from tests.service.process import ServiceProcess

pytestmark = pytest.mark.extended

# The first words of each attack, as a person must see them. Names in certificates are cut at 64 characters.
SHOWN = {
    "/hosts/nasty.example.com:443": [SCRIPT],
    "/hosts/proxied.example.com:443": [IMAGE],
    "/reports": [IMAGE],
    "/rotations/nasty.example.com": [SCRIPT, IMAGE],
    "/releases": [SCRIPT, IMAGE],
    "/reports/{group}": [SCRIPT, IMAGE],
}


@pytest.mark.parametrize("name", PAGES)
def test_no_text_acts(name: str, visitor: Visitor, service: ServiceProcess) -> None:
    """No page runs a script or loads a picture that a certificate or a report names."""
    texts = []
    for path in paths(name, service):
        page = visitor.open(path)
        page.wait_for_load_state("networkidle")
        assert page.evaluate("window.hacked === undefined")
        assert page.locator("main img, main script").count() == 0
        texts.append(page.locator("main").inner_text())
    assert visitor.problems == []
    for attack in SHOWN.get(name, ()):
        assert attack in "".join(texts).replace('\\"', '"').replace("\\;", ";").replace("\\<", "<").replace("\\>", ">")


def test_pasted_certificates_do_not_act(visitor: Visitor, scene: Scene, axe: str) -> None:
    """A person pastes the chain of an attacker, and sees its texts and no barrier."""
    page = visitor.open("/inspect")
    page.locator("summary").click()
    page.get_by_label("Certificates as PEM").fill(pem_of(scene.stranger.chain))
    page.locator("form:has(#pem) button").click()
    page.wait_for_url("**/inspect/certificates")
    assert SCRIPT[: len("<script>window.hacked=1")] in page.locator("main").inner_text().replace("\\", "")
    assert page.evaluate("window.hacked === undefined")
    assert (violations(page, axe), overflow(page), visitor.problems) == ([], 0, [])


def test_the_attacks_work_where_nothing_stops_them(visitor: Visitor) -> None:
    """The control: as a page of its own, each attack sets the flag and opens a dialog."""
    for attack in (SCRIPT, IMAGE):
        page = visitor.page()
        page.set_content(attack)
        page.wait_for_function("window.hacked === 1")
    assert [problem for problem in visitor.problems if problem.startswith("dialog")]
