"""Every step of the published guides is done by the command that docs/guide-steps.md names."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from docs.generate import guide_steps
from pinsmith import pinfile
from pinsmith.lab.pki.authority import Authority
from pinsmith.lab.pki.identity import Identity
from pinsmith.lab.pki.key import PrivateKey

if TYPE_CHECKING:
    from docs.generate.guide_steps import Guide, Step
    from tests.walkthroughs.desk import Desk

HOST: Final = "api.example.com"
OTHER: Final = "www.example.com"
APP: Final = f"""\
#!{sys.executable}
import os, ssl, urllib.request
from pathlib import Path

import pinsmith

cafile = os.environ["SSL_CERT_FILE"]
context = ssl.create_default_context(cafile=cafile)
if Path("pins.toml").exists():
    context = pinsmith.PinnedSSLContext(pinsmith.load("pins.toml"), cafile=cafile)
for host in ("{OTHER}", "{HOST}"):
    try:
        urllib.request.urlopen(f"https://{{host}}/", context=context, timeout=20)
    except OSError:
        pass
"""


@pytest.fixture(autouse=True)
def _provided(desk: Desk) -> None:
    """Provide what the guides take for granted: two hosts below an intermediate, files of certificates, and an app."""
    issuer = desk.network.root.intermediate("Issuing CA")
    for host in (HOST, OTHER):
        desk.network.serve(host, issuer.issue(host))
    desk.write("my-certificate.crt", desk.network.identity(OTHER).presented_pem())
    desk.write("renewed.pem", issuer.issue(HOST, key=desk.network.identity(HOST).key).presented_pem())
    for name in ("backup.crt", "next.pem"):
        desk.write(name, Identity.self_signed(HOST).pem)
    desk.write("other-issuer.pem", Authority.root("Other").intermediate("Other Issuing CA").pem)
    pin = Identity.self_signed(OTHER).pin
    desk.write("dummy.json", f'{{"hosts": [{{"host": "{OTHER}", "hashes": ["{pin}", "sha256/dummy"]}}]}}')
    desk.write("app", APP)
    Path("app").chmod(0o700)


def _rotate(desk: Desk) -> None:
    """Let the host present its standby key, as the guide does in the middle of a step."""
    key = load_pem_private_key(desk.standby_key().read_bytes(), None)
    assert isinstance(key, PrivateKey)
    desk.network.serve(HOST, desk.network.root.issue(HOST, key=key))


@pytest.mark.thorough
@pytest.mark.skipif(sys.platform == "win32", reason="not on Windows: the app is a script")
@pytest.mark.parametrize("guide", guide_steps.GUIDES, ids=lambda guide: guide.id)
def test_every_command_of_the_page_does_its_step(desk: Desk, guide: Guide) -> None:
    """The commands of a guide are typed in order; each ends as it should, and shows or writes what its step asks."""
    for step in guide.steps:
        if step.edit:
            desk.replace("pins.toml", f'name = "{HOST}"\n', f'name = "{HOST}"\n{step.edit}\n')
        if step.asks.startswith("rotate"):
            _rotate(desk)
        try:
            _do(desk, step)
        except BaseException as error:
            error.add_note(f"{guide.title}: {step.asks}")
            raise


def _do(desk: Desk, step: Step) -> None:
    shown = ""
    for command in step.commands:
        is_last = command is step.commands[-1]
        first = desk.keys_of(HOST)[0] if "api-2026" in command else ""  # its name contains the year of its certificate
        answer = desk.type(command.replace("api-2026", first), step.exit_code if is_last else 0)
        shown = (answer.out + answer.err + _written(shlex.split(command))).replace(first or "\0", "api-2026")
    assert step.shows in shown, shown
    assert not step.writes or list(Path.cwd().glob(step.writes))


def _written(words: list[str]) -> str:
    """Return the output of an export, which contains every pin, or the names of files with its first digits."""
    if "-o" not in words:
        return ""
    text = Path(words[words.index("-o") + 1]).read_text("utf-8")
    for key in pinfile.load(words[words.index("-f") + 1] if "-f" in words else "pins.toml").keys:
        assert str(key.pin).removeprefix("sha256/") in text or key.pin.hex[:8] in text, key.name
    return text


def test_the_page_is_up_to_date() -> None:
    """The page has every step; `python -m docs.generate.guide_steps` writes it."""
    assert guide_steps.PAGE.read_text("utf-8") == guide_steps.page()


def test_every_step_that_pinsmith_does_not_do_says_why() -> None:
    """A step without a command is outside pinsmith, or left out on purpose, and has a reason."""
    left_out = [step for guide in guide_steps.GUIDES for step in guide.steps if not step.commands]
    assert all(step.remarks.startswith(("Outside pinsmith: ", "Not with pinsmith: ")) for step in left_out)
