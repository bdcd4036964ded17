"""`pinsmith sync` and `export -o` refuse files that somebody else pinned, name the losses, and accept consent."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pinsmith.exit_code import ExitCode
from tests.cli.support import run
from tests.formats.policy import pin

OURS, STANDBY, THEIRS, OTHER = (pin(name) for name in ("ours", "standby", "theirs", "other"))
ACCEPTED = 'accept-loss = ["expo-fetch-unpinned"]'
PIN_FILE = f"""version = 1
[keys.ours]
pin = "{OURS}"
role = "leaf"
[keys.standby]
pin = "{STANDBY}"
role = "leaf"
[[host]]
name = "api.example.com"
keys = ["ours", "standby"]
"""
NSC = f"""<?xml version="1.0" encoding="utf-8"?>
<network-security-config>
    <domain-config>
        <domain includeSubdomains="true">partner.example.org</domain>
        <pin-set expiration="2031-05-01">
            <pin digest="SHA-256">{THEIRS.base64}</pin>
            <pin digest="SHA-256">{OTHER.base64}</pin>
        </pin-set>
    </domain-config>
</network-security-config>
"""
WAVEMAKER = {
    "name": "shop",
    "sslPinning": {
        "enabled": False,
        "domains": {
            "partner.example.org": {
                "includeSubdomains": False,
                "publicKeyHashes": [THEIRS.base64, OTHER.base64],
            },
            "learns.example.org": {"loadOnStartup": True},
        },
    },
}


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".git").mkdir()


def _pin_file(of: str, path: str, *more: str, text: str = PIN_FILE) -> None:
    output = ["[[output]]", f'format = "{of}"', f'path = "{path}"']
    output += [ACCEPTED, *more] if of == "wavemaker" else more
    Path("pins.toml").write_text(text + "\n".join([*output, ""]))


def test_the_host_of_a_partner_is_not_lost() -> None:
    """A host that pins.toml lacks is named with its pins, its expiry and its subdomains, and the file stays."""
    Path("nsc.xml").write_text(NSC)
    _pin_file("android-nsc", "nsc.xml")
    answer = run("sync")
    assert answer.code == ExitCode.BROKE
    assert answer.stderr.splitlines() == [
        "pinsmith: error[foreign-pins]: nsc.xml contains pinning that is not in pins.toml and would be lost",
        "  partner.example.org: the host would be removed (it includes subdomains, its pins end on 2031-05-01)",
        *sorted(f"  partner.example.org: the pin {pin} would be removed" for pin in (THEIRS, OTHER)),
        (
            "pinsmith: hint: keep it with `pinsmith import nsc.xml --from android-nsc --into pins.toml`, "
            "or drop all of it with --drop-foreign"
        ),
    ]
    assert answer.stdout == ""
    assert Path("nsc.xml").read_text() == NSC
    assert not Path("pins.lock").exists()


@pytest.mark.parametrize(
    ("of", "name", "text"),
    [
        ("android-nsc", "nsc.xml", NSC.replace(THEIRS.base64, "short").replace(OTHER.base64, "broken")),
        ("rn-ssl-manager", "ssl_config.json", '{"sha256Keys": {"partner.example.org": ["sha256/short", "sha256/x"]}}'),
        ("tlsa", "example.zone", "_443._tcp.partner.example.org. IN TLSA 3 1 1 abcd\n"),
    ],
)
def test_a_host_whose_pins_are_broken_is_not_lost(of: str, name: str, text: str) -> None:
    """Pins that cannot be read are somebody's all the same: their host is named, and the file stays."""
    Path(name).write_text(text)
    _pin_file(of, name)
    answer = run("sync")
    assert answer.code == ExitCode.BROKE
    assert "error[foreign-pins]" in answer.stderr
    assert "partner.example.org" in answer.stderr
    assert Path(name).read_text() == text


def test_the_hint_keeps_everything() -> None:
    """After the import in the hint, sync writes the file and the partner's host is pinned as before."""
    Path("nsc.xml").write_text(NSC)
    _pin_file("android-nsc", "nsc.xml")
    assert run("import", "nsc.xml", "--from", "android-nsc", "--into", "pins.toml").code == ExitCode.OK
    assert run("sync").code == ExitCode.OK
    text = Path("nsc.xml").read_text()
    assert '<domain includeSubdomains="true">partner.example.org</domain>' in text
    assert '<pin-set expiration="2031-05-01">' in text
    assert THEIRS.base64 in text
    assert OURS.base64 in text


def test_consent_is_given_by_name() -> None:
    """With --drop-foreign the file is written, and belongs to pinsmith from then on."""
    Path("nsc.xml").write_text(NSC)
    _pin_file("android-nsc", "nsc.xml")
    assert run("sync", "--drop-foreign").code == ExitCode.OK
    assert "partner" not in Path("nsc.xml").read_text()
    _pin_file("android-nsc", "nsc.xml", text=PIN_FILE.replace('["ours", "standby"]', '["standby"]'))
    assert run("sync").code == ExitCode.OK
    assert OURS.base64 not in Path("nsc.xml").read_text()


def test_ci_names_each_loss() -> None:
    """`sync --check` exits with 3 and names the foreign pins, and nothing is written."""
    Path("nsc.xml").write_text(NSC)
    _pin_file("android-nsc", "nsc.xml")
    answer = run("sync", "--check")
    assert answer.code == ExitCode.MISMATCH
    assert "error[foreign-pins]" in answer.stderr
    assert f"partner.example.org: the pin {THEIRS} would be removed" in answer.stderr
    assert Path("nsc.xml").read_text() == NSC


def test_wavemaker_is_not_switched_on_unasked() -> None:
    """The disabled block, its hosts and its hosts with trust on first use are named, and the file stays."""
    before = json.dumps(WAVEMAKER, indent=2)
    Path("wm_rn_config.json").write_text(before)
    _pin_file("wavemaker", "wm_rn_config.json")
    answer = run("sync")
    assert answer.code == ExitCode.BROKE
    assert "this would change: sslPinning is not enabled, so the app pins none of these hosts" in answer.stderr
    assert "partner.example.org: the host would be removed" in answer.stderr
    assert f"partner.example.org: the pin {OTHER} would be removed" in answer.stderr
    assert "this would change: loadOnStartup of learns.example.org" in answer.stderr
    assert Path("wm_rn_config.json").read_text() == before
    assert run("sync", "--drop-foreign").code == ExitCode.OK
    assert json.loads(Path("wm_rn_config.json").read_text())["sslPinning"]["enabled"] is True


def test_a_switch_that_somebody_turned_off_stays_off() -> None:
    """If a user switched pinning off in a written file, sync asks before it switches pinning on again."""
    _pin_file("wavemaker", "wm_rn_config.json")
    assert run("sync").code == ExitCode.OK
    path = Path("wm_rn_config.json")
    path.write_text(path.read_text().replace('"enabled": true', '"enabled": false'))
    answer = run("sync")
    assert answer.code == ExitCode.BROKE
    assert "sslPinning is not enabled" in answer.stderr
    assert '"enabled": false' in path.read_text()


def test_a_new_project_is_switched_on() -> None:
    """The block that the studio makes pins no host, so switching it on is not a loss."""
    Path("wm_rn_config.json").write_text('{"sslPinning": {"enabled": false, "domains": {}}}')
    _pin_file("wavemaker", "wm_rn_config.json")
    assert run("sync").code == ExitCode.OK


def test_a_file_with_another_layout_is_still_ours() -> None:
    """The digest covers only the pins, so a rotation needs no consent after the file was formatted."""
    _pin_file("wavemaker", "wm_rn_config.json")
    assert run("sync").code == ExitCode.OK
    path = Path("wm_rn_config.json")
    path.write_text(json.dumps(json.loads(path.read_text()), indent=8, sort_keys=True))
    text = PIN_FILE.replace(str(OURS), str(OTHER))
    _pin_file("wavemaker", "wm_rn_config.json", text=text)
    assert run("sync").code == ExitCode.OK
    assert OURS.base64 not in path.read_text()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (('"includeSubdomains": false', '"includeSubdomains": true'), "its subdomains would no longer be covered"),
        (
            ('"includeSubdomains": false', '"includeSubdomains": false, "expirationDate": "2031-05-01"'),
            "its pins end on 2031-05-01 and would never end",
        ),
    ],
    ids=["subdomains", "expiry"],
)
def test_a_setting_that_was_made_by_hand_is_named(change: tuple[str, str], message: str) -> None:
    """A stricter or more lenient setting that was made by hand is not reset without consent."""
    _pin_file("wavemaker", "wm_rn_config.json")
    assert run("sync").code == ExitCode.OK
    path = Path("wm_rn_config.json")
    path.write_text(path.read_text().replace(*change))
    answer = run("sync")
    assert answer.code == ExitCode.BROKE
    assert f"api.example.com: {message}" in answer.stderr


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("<<<<<<< ours\nversion = 1\n=======\n>>>>>>> theirs\n", "contains a merge conflict"),
        ("version = 1\n[outputs]\n'nsc.xml' = 'yes'\n", "is damaged"),
        ("\x00", "is damaged"),
        ("version = 2\n", "has version 2, but this pinsmith reads version 1"),
    ],
    ids=["conflict", "no digest", "binary", "version"],
)
def test_a_broken_lock_is_not_a_consent(content: str, problem: str) -> None:
    """A broken lock causes a warning and counts as no consent; consent to the file makes the lock anew."""
    _pin_file("android-nsc", "nsc.xml")
    assert run("sync").code == ExitCode.OK
    Path("pins.lock").write_text(content)
    _pin_file("android-nsc", "nsc.xml", text=PIN_FILE.replace(str(OURS), str(OTHER)))
    answer = run("sync")
    assert answer.code == ExitCode.BROKE
    assert f"pinsmith: warning: pins.lock {problem}" in answer.stderr
    assert f"the pin {OURS} would be removed" in answer.stderr
    assert run("sync", "--drop-foreign").code == ExitCode.OK
    assert "warning" not in run("sync", "--check").stderr


def test_ci_reports_a_lock_that_was_not_committed() -> None:
    """The check passes because the files are right, and the warning prevents a question at the next rotation."""
    _pin_file("android-nsc", "nsc.xml")
    assert run("sync").code == ExitCode.OK
    Path("pins.lock").unlink()
    answer = run("sync", "--check")
    assert answer.code == ExitCode.OK
    assert "pins.lock does not record these pins: run `pinsmith sync`, and commit pins.lock" in answer.stderr


def test_the_lock_has_a_line_for_each_existing_output() -> None:
    """Branches that add outputs can be merged, and an output whose file was deleted leaves the lock."""
    _pin_file("android-nsc", "nsc.xml", '[[output]]\nformat = "wavemaker"\npath = "wm_rn_config.json"', ACCEPTED)
    assert run("sync").code == ExitCode.OK
    lines = Path("pins.lock").read_text().splitlines()
    assert [line.partition(" = ")[0] for line in lines if " = " in line] == [
        "version",
        '"nsc.xml"',
        '"wm_rn_config.json"',
    ]
    Path("wm_rn_config.json").unlink()
    _pin_file("android-nsc", "nsc.xml")
    assert run("sync").code == ExitCode.OK
    assert "wm_rn_config" not in Path("pins.lock").read_text()


def test_export_onto_a_file_asks_too() -> None:
    """`export -o` refuses the same losses as sync, takes the same consent, and recognises its own file."""
    Path("nsc.xml").write_text(NSC)
    Path("pins.toml").write_text(PIN_FILE)
    answer = run("export", "android-nsc", "-o", "nsc.xml")
    assert answer.code == ExitCode.BROKE
    assert f"partner.example.org: the pin {THEIRS} would be removed" in answer.stderr
    assert Path("nsc.xml").read_text() == NSC
    assert run("export", "android-nsc", "-o", "nsc.xml", "--drop-foreign").code == ExitCode.OK
    Path("pins.toml").write_text(PIN_FILE.replace(str(OURS), str(OTHER)))
    assert run("export", "android-nsc", "-o", "nsc.xml").code == ExitCode.OK
    assert OURS.base64 not in Path("nsc.xml").read_text()


def test_a_file_outside_the_repository_is_not_recorded(tmp_path_factory: pytest.TempPathFactory) -> None:
    """A file that exists on one machine only is not recorded in the lock that all machines share."""
    Path("pins.toml").write_text(PIN_FILE)
    target = tmp_path_factory.mktemp("home") / "nsc.xml"
    assert run("export", "android-nsc", "-o", target).code == ExitCode.OK
    assert not Path("pins.lock").exists()


def test_export_advises_its_own_option() -> None:
    """The hint of `export -o` names --accept-loss, and not an [[output]] that does not exist."""
    Path("pins.toml").write_text(PIN_FILE + "expires = 2031-05-01\n")
    answer = run("export", "curl", "-o", "a.curlrc")
    assert answer.code == ExitCode.BROKE
    assert "if you accept what is lost, add --accept-loss expiry-dropped" in answer.stderr
    assert "[[output]]" not in answer.stderr
