"""The documented snippets for other libraries pin their connections, also after redirects."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from pinsmith import pinfile
from pinsmith.formats import export, find
from pinsmith.formats.code.php_curl import GUZZLE
from pinsmith.formats.code.ruby_net_http import FARADAY
from pinsmith.lab.servers.speaker import redirecting_to
from pinsmith.lab.stage import Stage
from tests.prove.php import PHP
from tests.prove.ruby import RUBY
from tests.prove.variant import PKIS

if TYPE_CHECKING:
    from collections.abc import Callable

    from pinsmith.lab.pki.identity import Identity
    from pinsmith.lab.servers.server import RecordingServer

    Ask = Callable[[str], str]

pytestmark = [pytest.mark.prove, pytest.mark.timeout(120)]

AUTOLOAD: Final = Path("/usr/share/php/GuzzleHttp/autoload.php")
WITH_GUZZLE: Final = f"""\
<?php
[, $url, $cafile] = $argv;
require '{AUTOLOAD}';
require './pins.php';
{GUZZLE}
try {{
    echo $client->get($url, ['verify' => $cafile, 'timeout' => 5])->getStatusCode();
}} catch (Exception $error) {{
    echo $error->getMessage();
}}
"""
WITH_FARADAY: Final = f"""\
require 'faraday'
require './pins'
url, cafile = ARGV
{FARADAY.replace("'https://api.example.com/'", "url, ssl: { ca_file: cafile }")}
begin
  print connection.get.status
rescue Faraday::Error => e
  print e.message
end
"""
NEITHER_SENDS: Final = {"guzzle": "public key does not match", "faraday": "application verification failure"}


@pytest.fixture(params=["guzzle", "faraday"])
def library(request: pytest.FixtureRequest) -> str:
    """Return the name of a library, which the session `servers` installs."""
    name: str = request.param
    return name


def _ask(library: str, folder: Path, server: RecordingServer) -> str:
    """Ask a server with the pins of the lab; return the status or the text of the error."""
    world = PKIS.of("ec-p256")
    (folder / "trusted.pem").write_text(world.trusted_pem)
    target, file = ("php-curl", "pins.php") if library == "guzzle" else ("ruby-net-http", "pins.rb")
    with Stage(world) as stage:
        (folder / file).write_text(export(pinfile.parse(stage.pinning().pin_file()), find(target)).text)
    (folder / "ask").write_text(WITH_GUZZLE if library == "guzzle" else WITH_FARADAY)
    program = PHP.find() if library == "guzzle" else RUBY.find()
    command = [program, "ask", f"https://localhost:{server.port}/", "trusted.pem"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=60)
    assert not done.returncode, done.stderr
    return done.stdout


@pytest.mark.parametrize("is_rogue", [True, False], ids=["rogue", "genuine"])
def test_another_key_gets_no_request(library: str, tmp_path: Path, is_rogue: bool) -> None:  # noqa: FBT001 - a case
    """A server with the pinned key gets the request, and a server with another key gets nothing."""
    world = PKIS.of("ec-p256")
    with Stage(world) as stage:
        server = stage.serve(_identity(is_rogue=is_rogue))
        answer = _ask(library, tmp_path, server)
        server.settled()
        assert (server.disclosed_size == 0) is is_rogue
    assert (NEITHER_SENDS[library] in answer) is is_rogue


@pytest.mark.parametrize("library", ["guzzle"], indirect=True)  # Faraday follows no redirects by itself
@pytest.mark.parametrize("is_rogue", [True, False], ids=["rogue", "genuine"])
def test_a_redirect_gets_the_pins_of_its_host(library: str, tmp_path: Path, is_rogue: bool) -> None:  # noqa: FBT001
    """Guzzle calls the middleware for each hop, so a rogue at the end of a redirect gets nothing."""
    world = PKIS.of("ec-p256")
    with Stage(world) as stage:
        last = stage.serve(_identity(is_rogue=is_rogue))
        first = stage.serve(world.genuine(), speak=redirecting_to(f"https://localhost:{last.port}/"))
        answer = _ask(library, tmp_path, first)
        last.settled()
        assert first.disclosed_size
        assert (last.disclosed_size == 0) is is_rogue
    assert (NEITHER_SENDS[library] in answer) is is_rogue


def _identity(*, is_rogue: bool) -> Identity:
    world = PKIS.of("ec-p256")
    return world.impostor() if is_rogue else world.genuine()
