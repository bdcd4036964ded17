"""
No host is unpinned and nobody new is accepted, unless the user consents to that loss by name.

Every command has an entry in `ATTEMPTS`, so a new command fails here until it gets one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

from pinsmith import pinfile
from pinsmith.cli._app import COMMANDS
from pinsmith.exit_code import ExitCode
from pinsmith.formats import find
from pinsmith.lab.pki.identity import Identity
from tests.cli.conftest import HOST
from tests.cli.support import run

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pinsmith.formats._format import Found
    from pinsmith.policy import Policy
    from tests.cli.conftest import World

SPARE: Final = Identity.self_signed("spare.example.com").pin
PARTNER: Final = Identity.self_signed("partner.example.org").pin
STOLEN: Final = Identity.self_signed("stolen.example.com").pin
NSC: Final = "network_security_config.xml"

PIN_FILE: Final = f"""\
version = 1

[defaults]
require-pins = true
refuse-compromised = true

[keys.api]
pin = "{{leaf}}"
role = "leaf"

[keys.spare]
pin = "{SPARE}"
role = "leaf"
standby = true

[compromised.stolen]
pin = "{STOLEN}"

[[host]]
name = "{HOST}"
keys = ["api", "spare"]
include-subdomains = true
expires = 2031-01-01

[[host]]
name = "log.{HOST}"
keys = ["spare"]
mode = "report-only"

[[host]]
name = "static.{HOST}"
mode = "off"

[[output]]
format = "android-nsc"
path = "{NSC}"
accept-loss = ["report-only-dropped", "require-pins-dropped", "refuse-compromised-dropped", "exemptions-dropped"]
"""

# The file of a platform that somebody else wrote, with a host of a partner, an expiry and subdomains.
ADOPTED: Final = f"""\
<?xml version="1.0" encoding="utf-8"?>
<network-security-config>
    <domain-config>
        <domain includeSubdomains="true">partner.example.org</domain>
        <pin-set expiration="2030-06-01">
            <pin digest="SHA-256">{PARTNER.removeprefix("sha256/")}</pin>
            <pin digest="SHA-256">{SPARE.removeprefix("sha256/")}</pin>
        </pin-set>
    </domain-config>
</network-security-config>
"""

# Commands of a user who does not name any loss.
ATTEMPTS: Final[dict[str, tuple[str, ...]]] = {
    "fetch": (f"{HOST} --connect {{www}} --cafile {{ca}}",),
    "show": ("{chain-file}",),
    "explain": ("api", HOST, "{leaf-pin}"),
    "init": (f"{HOST} --connect {{www}} --cafile {{ca}} --no-backup",),
    "add": (
        f"{HOST} --connect {{renewed}} --cafile {{ca}} --no-backup",
        f"{HOST} --connect {{api}} --cafile {{ca}} --include-subdomains",
        f"{HOST} --connect {{api}} --cafile {{ca}} --pins-only",
        f"{HOST} --key api={{renewed-pin}}",
    ),
    "remove": (f"{HOST} --key api --connect {{api}} --cafile {{ca}}", f"{HOST} --key api --offline"),
    "check": (
        f"{HOST} --connect {{api}} --cafile {{ca}} --fix-roles",
        f"{HOST} --connect {{www}} --cafile {{ca}} --fix-roles",
        "--certificate {renewed-file}",
    ),
    "key": (
        "certificate api {chain-file}",
        "certificate spare {chain-file}",
        "certificate api",
        "request api {key-file}",
        "list",
        "new next",
        "import next {key-file}",
        "retire spare --offline",
        "retire api --override served --override released --override unread --connect {api} --cafile {ca}",
    ),
    "rotate": (
        "log",
        f"plan {HOST}",
        f"status {HOST}",
        f"next {HOST} --certificate {{renewed-file}} --connect {{api}} --cafile {{ca}}",
        f"request {HOST} --with lego --request {{csr-file}} --key {{key-file}} --certificate-to a --key-to b",
        "deploy --certificate {chain-file} --key {key-file} --certificate-to a --key-to b --cafile {ca}",
        f"abort {HOST} --connect {{api}} --cafile {{ca}}",
    ),
    "bundle": (
        "init --key a={key-file} --online {key-file}",
        "sign --offline",
        f"suspend {HOST} --until 2026-06-20 --reason x",
        "show",
    ),
    "release": ("add android 4.2", "list", "share shares.csv --app android", "end android 4.2"),
    "formats": ("",),
    "setup": ("--check", "--yes --fix", "--yes --fix --prefer android-nsc --accept-loss {losses}"),
    "export": (f"android-nsc -o {NSC}", f"android-nsc -o {NSC} " + "--accept-loss {losses}"),
    "import": (f"{NSC}", "other.xml --into pins.toml", "other.xml --into pins.toml --keep", ". --into pins.toml"),
    "convert": (f"other.xml {NSC}", f"other.xml {NSC} --to android-nsc"),
    "audit": (".", f"{NSC} --against pins.toml"),
    "lint": (".", f"{NSC} --persona auditor", ". --fix --persona auditor --min-severity info"),
    "sync": ("", "--check", "--outside"),
    "lab": ("list",),
    "report": ("parse report.json", "consume --settings service.toml"),
    "mcp": ("--help",),
    "scan": ("--help",),
    "worker": ("--help",),
    "serve": ("--help",),
    "selftest": ("--help",),
    "demo": ("--help",),
}


def _words(text: str, world: World) -> list[str]:
    losses = "report-only-dropped"
    return text.format(**{**world.values, "losses": losses}).split()


def _loosened(before: Policy, after: Policy) -> Iterator[str]:
    """Name everything that *before* enforces and *after* does not, and every key that only *after* accepts."""
    now = {entry.host: entry for entry in after}
    for entry in before:
        left = now.get(entry.host)
        if left is None:
            yield f"{entry.host} is gone"
            continue
        if {key.pin for key in left.keys} != {key.pin for key in entry.keys}:
            yield f"the pins of {entry.host} changed"
        for field in ("mode", "include_subdomains", "expires", "trust", "trust_anchors", "check_host_name"):
            if getattr(left, field) != getattr(entry, field):
                yield f"{field} of {entry.host} changed"
    yield from (f"{host} is new" for host in now.keys() - {entry.host for entry in before})
    for field in ("require_pins", "refuse_compromised", "compromised"):
        if getattr(after, field) != getattr(before, field):
            yield f"{field} changed"


def _pinned(path: Path) -> tuple[Found, ...]:
    of = find("android-nsc")
    assert of.read is not None
    return of.read(path.read_bytes(), path.name).hosts


@pytest.fixture
def project(here: Path, world: World) -> Path:
    """Make a pin file, a platform's file that somebody else wrote, and one that pins the host differently."""
    (here / "pins.toml").write_text(PIN_FILE.format(leaf=world.values["leaf-pin"]))
    (here / NSC).write_text(ADOPTED)
    (here / "other.xml").write_text(
        ADOPTED.replace("partner.example.org", HOST)
        .replace("2030-06-01", "2040-06-01")
        .replace(' includeSubdomains="true"', "")
    )
    return here


def test_every_command_is_tried() -> None:
    """A new command needs an entry in `ATTEMPTS`."""
    assert set(ATTEMPTS) == set(COMMANDS)


@pytest.mark.parametrize(
    ("command", "words"), [(command, words) for command, attempts in ATTEMPTS.items() for words in attempts]
)
def test_without_a_consent_by_name_every_pin_stays(command: str, words: str, project: Path, world: World) -> None:
    """Neither the pin file nor the file of the platform loses or gains a pin, whatever the command answers."""
    before = pinfile.load(project / "pins.toml")
    pinned = _pinned(project / NSC)
    answer = run(command, *_words(words, world))
    assert list(_loosened(before, pinfile.load(project / "pins.toml"))) == [], answer.stderr
    assert _pinned(project / NSC) == pinned, answer.stderr


@pytest.mark.parametrize("words", [("sync",), ("export", "android-nsc", "-o", NSC)], ids=" ".join)
def test_each_loss_is_named(words: tuple[str, ...], project: Path) -> None:
    """The refusal names the host and its pins, and both ways to continue."""
    losses = "report-only-dropped", "require-pins-dropped", "refuse-compromised-dropped", "exemptions-dropped"
    more = [word for loss in losses for word in ("--accept-loss", loss)] if words[0] == "export" else []
    answer = run(*words, *more)
    assert answer.code != 0
    for word in ("partner.example.org", PARTNER, "pinsmith import ", "--into pins.toml", "--drop-foreign"):
        assert word in answer.stderr


def test_named_consent_is_enough(project: Path) -> None:
    """Control of the tests above: with consent, the same command writes the file."""
    assert run("sync", "--drop-foreign").code == 0
    assert [found.host for found in _pinned(project / NSC)] != ["partner.example.org"]


STRICT: Final = f"""\
version = 1
[defaults]
require-pins = true
refuse-compromised = true
[keys.spare]
pin = "{SPARE}"
[compromised.stolen]
pin = "{STOLEN}"
[[host]]
name = "{HOST}"
keys = ["spare"]
"""


@pytest.fixture
def strict(here: Path) -> Path:
    """Write a whole policy as JSON, and a pin file with the same host that is less strict."""
    (here / "strict.toml").write_text(STRICT)
    (here / "strict.policy.json").write_text(run("export", "policy-json", "-f", "strict.toml").stdout)
    (here / "pins.toml").write_text(
        f'version = 1\n[keys.spare]\npin = "{SPARE}"\n[[host]]\nname = "{HOST}"\nkeys = ["spare"]\n'
    )
    return here


def test_a_stricter_setting_for_all_hosts_is_not_lost_by_import(strict: Path) -> None:
    """A stricter setting for all hosts is printed as a difference, and nothing changes until the user decides."""
    before = (strict / "pins.toml").read_bytes()
    answer = run("import", "strict.policy.json", "--into", "pins.toml")
    assert answer.code == ExitCode.MISMATCH
    for word in ("require-pins = true", "refuse-compromised = true", STOLEN):
        assert word in answer.stdout
    assert (strict / "pins.toml").read_bytes() == before


def test_a_stricter_setting_for_all_hosts_can_be_taken(strict: Path) -> None:
    """With --take, the stricter setting is written into the pin file."""
    assert run("import", "strict.policy.json", "--into", "pins.toml", "--take").code == ExitCode.OK
    assert list(_loosened(pinfile.load(strict / "strict.toml"), pinfile.load(strict / "pins.toml"))) == []


def test_sync_does_not_overwrite_a_stricter_policy(strict: Path) -> None:
    """A policy as JSON that somebody else wrote keeps its settings for all hosts."""
    with (strict / "pins.toml").open("a") as file:
        file.write('[[output]]\nformat = "policy-json"\npath = "strict.policy.json"\n')
    before = (strict / "strict.policy.json").read_bytes()
    answer = run("sync")
    assert answer.code == ExitCode.BROKE
    for word in ("require-pins = true", "refuse-compromised = true", STOLEN):
        assert word in answer.stderr
    assert (strict / "strict.policy.json").read_bytes() == before
