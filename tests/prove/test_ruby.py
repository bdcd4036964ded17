"""Test the code for Ruby beyond the lab: an object that had a connection before it was pinned."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pinsmith import pinfile
from pinsmith.formats import export, find
from pinsmith.lab.servers.site import OK, Site
from pinsmith.lab.stage import Stage
from tests.prove.ruby import RUBY
from tests.prove.subject import PROGRAMS, run
from tests.prove.variant import PKIS

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.prove, pytest.mark.timeout(120)]


@pytest.mark.parametrize("is_rogue", [True, False], ids=["rogue", "genuine"])
def test_a_session_from_before_is_not_resumed(tmp_path: Path, is_rogue: bool) -> None:  # noqa: FBT001 - a case
    """The session from before is dropped, because Net::HTTP would resume it, and then no key would be compared."""
    pki = PKIS.of("ec-p256")
    pins, cafile = tmp_path / "pins.rb", tmp_path / "trusted.pem"
    cafile.write_text(pki.trusted_pem)
    with Stage(pki) as stage:
        pins.write_text(export(pinfile.parse(stage.pinning().pin_file()), find("ruby-net-http")).text)
        identity = pki.impostor() if is_rogue else pki.genuine()
        server = stage.serve(identity, speak=Site(lambda _: OK, keeps_open=False))
        url = f"https://localhost:{server.port}/"
        printed = run([RUBY.find(), PROGRAMS / "ruby" / "used_before.rb", pins, url, cafile], tmp_path)
        server.settled()
        received = server.received
    assert b"GET /first " in received
    assert (b"GET /second " in received) is not is_rogue
    assert ("application verification failure" in printed) is is_rogue
