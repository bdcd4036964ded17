"""
The first months of a mobile engineer at a bank: an app for Android and iOS, partly in React Native, and one API.

The bank makes the key of its API, and renews its certificate with the same key.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from pinsmith.exit_code import ExitCode
from pinsmith.lab.pki.key import PrivateKey

if TYPE_CHECKING:
    from pinsmith.lab.pki.identity import Identity
    from tests.walkthroughs.desk import Desk

HOST: Final = "api.example.com"
NSC: Final = "android/app/src/main/res/xml/network_security_config.xml"
PLIST: Final = "ios/Bank/Info.plist"
FETCH: Final = "app/src/pins.ts"
TRUSTKIT: Final = f"""
[[output]]
format = "trustkit-ios"
path = "{PLIST}"
"""
ENFORCING: Final = f"""
[[output]]
format = "android-nsc"
path = "{NSC}"
lead-time = 45

[[output]]
format = "react-native-ssl-pinning"
path = "{FETCH}"
"""


@pytest.mark.thorough
def test_the_first_months(desk: Desk) -> None:
    """The engineer pins, begins with reports, ships, renews, refuses a bad deployment, and rotates."""
    _look_for_the_formats(desk)
    _pin_the_api_with_a_standby_key(desk)
    _begin_with_reports(desk)
    _enforce(desk)
    _let_ci_refuse_an_edit_by_hand(desk)
    first = desk.network.identity(HOST)
    _renew_with_the_same_key(desk, first)
    _stop_a_deployment_that_would_lock_users_out(desk)
    _rotate_to_the_standby_key(desk)
    _make_the_next_standby_key(desk)
    _remove_the_old_key(desk)


def _look_for_the_formats(desk: Desk) -> None:
    """Find the formats by the names of platforms. A format says where its file goes and what else to add."""
    assert "android-nsc" in desk.type("pinsmith formats android").out
    assert "trustkit-ios" in desk.type("pinsmith formats ios").out
    assert "react-native-ssl-pinning" in desk.type("pinsmith formats react-native").out
    page = desk.type("pinsmith formats android-nsc").out
    assert '<application android:networkSecurityConfig="@xml/network_security_config">' in page


def _pin_the_api_with_a_standby_key(desk: Desk) -> None:
    """Pin with one command, which explains its choice and puts the standby key outside the project."""
    seen = desk.type(f"pinsmith init {HOST} --generate-backup")
    assert "pinned the server's own key" in seen.err
    assert f"the private key of api-standby is in {desk.standby_key()}, not encrypted" in seen.err
    assert not desk.standby_key().is_relative_to(Path.cwd())
    assert desk.keys_of(HOST) == [_first_key(), "api-standby"]
    assert desk.type("pinsmith check").out == f"ok  {HOST}:443 (192.0.2.1) presents {_first_key()}\n"


def _first_key() -> str:
    """Name the key as pinsmith does: after the host and the year in which its certificate began."""
    return f"api-{datetime.now(UTC).year}"


def _begin_with_reports(desk: Desk) -> None:
    """Report with TrustKit before anything is enforced. Android's file cannot do that, so it is refused, with a fix."""
    desk.replace("pins.toml", "version = 1\n", 'version = 1\n\n[defaults]\nmode = "report-only"\n')
    desk.reader.append("pins.toml", TRUSTKIT)
    assert f"wrote {PLIST}" in desk.type("pinsmith sync").err
    assert "<key>TSKEnforcePinning</key>\n\t\t\t\t<false/>" in Path(PLIST).read_text("utf-8")
    trial = Path("pins.toml").read_text("utf-8")
    desk.reader.append("pins.toml", ENFORCING)
    refused = desk.type("pinsmith sync", ExitCode.BROKE).err
    assert f"{HOST}: it is report-only, which android-nsc cannot express, so it is left out" in refused
    assert 'hint: add this output when a host has mode = "enforce"' in refused
    assert not Path(NSC).exists()
    desk.write("pins.toml", trial)


def _enforce(desk: Desk) -> None:
    """Enforce after a release without reports, and write the files of all platforms at once."""
    desk.replace("pins.toml", 'mode = "report-only"', 'mode = "enforce"')
    desk.reader.append("pins.toml", ENFORCING)
    seen = desk.type("pinsmith sync")
    for path in (NSC, PLIST, FETCH):
        assert f"wrote {path}" in seen.err
    assert "recorded the pins in pins.lock; commit it with pins.toml" in seen.err
    assert "<key>TSKEnforcePinning</key>\n\t\t\t\t<true/>" in Path(PLIST).read_text("utf-8")
    assert len(list(Path("app/src/certificates").glob("*.cer"))) == 2
    assert desk.type("pinsmith check --strict").err == ""


def _let_ci_refuse_an_edit_by_hand(desk: Desk) -> None:
    """Run the check of the printed job, which shows what somebody changed, and fails."""
    assert "sync --check" in desk.type("pinsmith sync --print-ci github").out
    assert desk.start("pinsmith", "sync", "--check").last == "pinsmith: ok: all 5 files are up to date with pins.toml"
    desk.replace(NSC, 'includeSubdomains="false"', 'includeSubdomains="true"')
    refused = desk.start("pinsmith", "sync", "--check", exit_code=ExitCode.MISMATCH)
    assert f'-        <domain includeSubdomains="true">{HOST}</domain>' in refused.out
    assert f"{NSC} (android-nsc)" in refused.err
    assert refused.last == "pinsmith: hint: run `pinsmith sync`; to change pins, edit the pin file and not these files"
    desk.replace(NSC, 'includeSubdomains="true"', 'includeSubdomains="false"')
    desk.start("pinsmith", "sync", "--check")


def _renew_with_the_same_key(desk: Desk, first: Identity) -> None:
    """Renew with the same key: the pins survive, and pinsmith says so before the deployment."""
    renewed = desk.network.root.issue(HOST, key=first.key)
    desk.write("renewed.pem", renewed.presented_pem())
    answer = desk.type("pinsmith check --certificate renewed.pem")
    assert answer.out == f"ok  {HOST} would present {_first_key()}\n"
    desk.network.serve(HOST, renewed)
    desk.type("pinsmith check --strict")
    assert "wrote certs/" in desk.type(f"pinsmith key certificate {_first_key()} renewed.pem").err
    desk.type("pinsmith sync --check", ExitCode.MISMATCH)  # the certificate that the app bundles is the old one
    desk.type("pinsmith sync")


def _stop_a_deployment_that_would_lock_users_out(desk: Desk) -> None:
    """Ask about the certificate with a new key that somebody ordered for Friday. The answer is clear."""
    desk.write("friday.pem", desk.network.root.issue(HOST).presented_pem())
    answer = desk.start("pinsmith", "check", "--certificate", "friday.pem", exit_code=ExitCode.MISMATCH)
    assert answer.out.startswith(f"MISMATCH  {HOST} would present no pinned key\n")
    assert "  hint: do not deploy this certificate\n" in answer.out


def _rotate_to_the_standby_key(desk: Desk) -> None:
    """Deploy a certificate of the standby key, which every app accepts, and let the pin file learn what happened."""
    key = load_pem_private_key(desk.standby_key().read_bytes(), None)
    assert isinstance(key, PrivateKey)
    rotated = desk.network.root.issue(HOST, key=key)
    desk.write("rotated.pem", rotated.presented_pem())
    assert desk.type("pinsmith check --certificate rotated.pem").out == f"ok  {HOST} would present api-standby\n"
    desk.network.serve(HOST, rotated)
    warned = desk.type("pinsmith check --strict", ExitCode.WARNED)
    assert "the standby key api-standby is now in service" in warned.out
    fixed = desk.type("pinsmith check --fix-roles")
    assert fixed.err.splitlines() == [
        "pinsmith: wrote pins.toml: api-standby: no longer a standby key",
        f"pinsmith: make a new standby key with `pinsmith add {HOST} --generate-backup`",
    ]
    assert "api-standby is now in service" not in fixed.out


def _make_the_next_standby_key(desk: Desk) -> None:
    """Make the next standby key with the command of the note. The app then has three pins."""
    used = desk.standby_key()
    seen = desk.type(f"pinsmith add {HOST} --generate-backup")
    assert desk.standby_key() != used
    assert f"is in {desk.standby_key()}, not encrypted" in seen.err
    desk.type("pinsmith key certificate api-standby rotated.pem")
    desk.type("pinsmith sync")
    assert Path(NSC).read_text("utf-8").count("<pin digest=") == 3


def _remove_the_old_key(desk: Desk) -> None:
    """Remove the old key when the release is out. Its certificate must not stay in the app, and sync insists."""
    live = desk.type("pinsmith check").out
    assert f"pinsmith remove {HOST} --key {_first_key()}" in live
    desk.type(f"pinsmith remove {HOST} --key {_first_key()}")
    refused = desk.type("pinsmith sync", ExitCode.BROKE).err
    assert "belongs to a key that is no longer pinned, but the app may still trust it" in refused
    (stale,) = Path("app/src/certificates").glob(f"{_first_key()}-*.cer")
    stale.unlink()
    desk.type("pinsmith sync")
    assert Path(NSC).read_text("utf-8").count("<pin digest=") == 2
    assert desk.type("pinsmith check --strict --quiet").out == ""


JUDGED: Final = """\
set -e
pinsmith export node-https --file "$PINSMITH_LAB_POLICY" > "$PINSMITH_LAB_STATE/pins.mjs"
exec node fetch.mjs "$PINSMITH_LAB_STATE/pins.mjs" "$PINSMITH_LAB_URL" "$PINSMITH_LAB_CAFILE"
"""
CLIENT: Final = """\
import { readFileSync } from "node:fs";
import https from "node:https";

const [pins, url, cafile] = process.argv.slice(2);
const { pinnedAgent } = await import(pins);
const agent = pinnedAgent({ ca: readFileSync(cafile) });
https
  .get(url, { agent }, (response) => response.resume())
  .on("error", (error) => {
    console.error(error.message);
    process.exitCode = 1;
  });
"""
TRIED: Final = (
    *("pinsmith", "lab", "run", "--profile=leaf", "--key=ec-p256"),
    *("--scenario=leaf-pin", "--scenario=wrong-key", "--scenario=leaf-appended"),
    *("--", "sh", "judged.sh"),
)


@pytest.mark.extended
def test_the_exported_code_is_attacked_before_the_release(desk: Desk) -> None:
    """The lab proves that the code for Node pins, and finds out at once when somebody forgets to use it."""
    desk.write("judged.sh", JUDGED)
    desk.write("fetch.mjs", CLIENT)
    seen = desk.start(*TRIED)
    assert seen.out.splitlines()[-1] == "3 passed"
    desk.replace("fetch.mjs", "= pinnedAgent(", "= new https.Agent(")
    refused = desk.start(*TRIED, exit_code=ExitCode.MISMATCH)
    assert "FAIL  wrong-key" in refused.out
    assert "it does not compare the server's key with its pins before it sends (wrong-key)" in refused.err
