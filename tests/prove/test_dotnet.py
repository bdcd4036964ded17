"""What the target for .NET says of a header Host, and tells of hosts without pins."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING, Final

import pytest

from pinsmith.lab.stage import Stage
from tests.prove import dotnet
from tests.prove.variant import PKIS, Variant

if TYPE_CHECKING:
    from collections.abc import Callable

    from pinsmith.lab.pki.identity import Identity

    Ask = Callable[..., tuple[list[str], int]]

pytestmark = [pytest.mark.prove, pytest.mark.timeout(600)]

HEADER: Final = "other.test"


@pytest.fixture(scope="module")
def ask(tmp_path_factory: pytest.TempPathFactory) -> Ask:
    """Return what asks ``localhost`` with these pins, and tells what the hook heard, and how much was sent."""
    (subject,) = dotnet.SUBJECTS
    for tool in subject.tools:
        tool.find()
    folder = tmp_path_factory.mktemp("dotnet")
    pki = PKIS.of("ec-p256")
    (folder / "trusted.pem").write_text(pki.trusted_pem)
    with Stage(pki) as stage:
        plain = {each: stage.pinning(host=each).pin_file() for each in ("localhost", HEADER)}
    texts = plain | {"strict": plain[HEADER].replace("[keys", "[defaults]\nrequire-pins = true\n\n[keys", 1)}
    variants = {name: Variant.of_text(text) for name, text in texts.items()}
    built = subject.build(folder, [*variants.values()])

    def ask(pins: str, identity: Identity, *header: str) -> tuple[list[str], int]:
        with Stage(pki) as stage:
            server = stage.serve(identity)
            told = (variants[pins].name, f"https://localhost:{server.port}/", str(folder / "trusted.pem"), "", *header)
            done = subprocess.run([*built.command[:-4], *told], capture_output=True, text=True, check=False, timeout=60)
            server.settled()
            heard = [line for line in done.stderr.splitlines() if line.startswith("told: ")]
            return heard, server.disclosed_size

    return ask


def test_the_pins_are_those_of_the_name_in_the_header(ask: Ask) -> None:
    """As the limit says, a header Host has its name checked, and its pins enforced."""
    heard, sent = ask(HEADER, PKIS.of("ec-p256").impostor(HEADER), HEADER)
    assert heard == ["told: other.test, refused"]
    assert not sent


def test_the_pins_of_the_host_of_the_url_do_not_count_with_a_header(ask: Ask) -> None:
    """The limit is true; when this fails, take it away."""
    heard, sent = ask("localhost", PKIS.of("ec-p256").impostor(HEADER), HEADER)
    assert not heard
    assert sent


def test_the_pins_of_the_host_of_the_url_count_without_a_header(ask: Ask) -> None:
    """The control."""
    heard, sent = ask("localhost", PKIS.of("ec-p256").impostor())
    assert heard == ["told: localhost, refused"]
    assert not sent


def test_the_hook_is_told_of_hosts_that_are_refused_for_want_of_pins(ask: Ask) -> None:
    """Where pins are demanded, and only there."""
    heard, sent = ask("strict", PKIS.of("ec-p256").genuine())
    assert heard == ["told: localhost, refused without pins"]
    assert not sent
    heard, sent = ask(HEADER, PKIS.of("ec-p256").genuine())
    assert not heard
    assert sent
