"""In every format, pins that are only in a file and not in pins.toml are never lost without consent."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pinsmith.errors import ForeignPinsError, FormatError
from pinsmith.formats import LOSSES, policy_of
from pinsmith.formats.code import CODE
from pinsmith.lab.pki.authority import Authority
from pinsmith.lab.pki.key import generate, private_pem
from pinsmith.pin import Pin
from pinsmith.pinfile import Output, PinFile
from pinsmith.policy import HostPins, Key, Policy
from pinsmith.sync import Consent, apply, compare
from tests.formats.policy import NOW
from tests.sync.writers import KEPT, WRITERS
from tests.thinned import thinned

if TYPE_CHECKING:
    from pinsmith.formats import Format
    from pinsmith.lab.pki.identity import Identity
    from pinsmith.sync import Comparison

SAMPLES = Path(__file__).parents[1] / "formats" / "samples"
BOTH = [target for target in WRITERS if target.read is not None]
HOST = "unrelated.example.net"
# Comparing these files is refused, so nothing foreign can be lost.
NOT_EDITED = {
    "apple-ats/binary.plist",
    "chromium-pins/both.pins",
    "envoy/cluster.yaml",
    "envoy/secrets.envoy.yaml",
    "hpkp/apache.conf",
    "hpkp/site.conf",
    "trustkit-ios/binary.plist",
}
# These files name certificates by file name or by hash, and contain no pin.
NAMES_ONLY = {"capacitor-certificates", "cordova", "smartface", "expo-nsc"}
ROOT = Authority.root()
KEYS: dict[str, Authority | Identity] = {
    "root": ROOT,
    "other-root": Authority.root(),
    "first": ROOT.issue(HOST),
    "second": ROOT.issue(HOST),
    "third": ROOT.issue(HOST),
}


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """Make a repository with certificates, and a place for a pin file."""
    (tmp_path / ".git").mkdir()
    for name, key in KEYS.items():
        (tmp_path / f"{name}.pem").write_text(key.pem)
    for name in ("out/www/certificates", "out/certificates", "out/sslCerts", "out/assets"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "EC P-256-for-tests-only.pem").write_bytes(private_pem(generate("ec-p256")))
    (tmp_path / "Ed25519-for-tests-only.pem").write_bytes(private_pem(generate("ed25519")))
    return tmp_path / "pins.toml"


def _key(name: str) -> Key:
    role = "root" if "root" in name else "leaf"
    return Key(name, Pin.parse(KEYS[name].pin), role, "EC P-256", certificate=f"{name}.pem")  # type: ignore[arg-type]


def _output(target: Format, path: str) -> Output:
    options: dict[str, Any] = {**dict(target.example_options), "accept-loss": tuple(LOSSES)}
    if target.signature is not None:
        options["signing-key"] = f"{target.signature}-for-tests-only.pem"
    return Output(target.id, path, options)


def _pin_file(target: Format, path: str, *names: str) -> PinFile:
    if target.can.matches == "anchors":
        names = tuple({"first": "root", "second": "other-root", "third": "other-root"}[name] for name in names)
    keys = tuple(_key(name) for name in dict.fromkeys(names))
    return PinFile(Policy((HostPins(HOST, keys),)), (_output(target, path),))


def _path(target: Format) -> str:
    return f"out/a{target.suffixes[0]}" if target.suffixes[0].startswith(".") else f"out/{target.suffixes[0]}"


SAMPLED = [(target, path) for target in BOTH for path in sorted((SAMPLES / target.id / "valid").glob("*"))]


def _said(target: Format, content: bytes) -> dict[str, HostPins]:
    assert target.read is not None
    policy, _ = policy_of(
        target.read(content, "file"), file="file", hosts=(HOST,) if target.can.hosts == "none" else ()
    )
    return {entry.host: entry for entry in policy.hosts}


def _foreign(compared: Comparison) -> str:
    return "\n".join(str(foreign) for change in compared.changes for foreign in change.foreign)


@pytest.mark.parametrize(("target", "sample"), SAMPLED, ids=[f"{target.id}-{path.name}" for target, path in SAMPLED])
def test_at_first_contact_every_host_and_pin_is_named(target: Format, sample: Path, here: Path) -> None:
    """A foreign file is refused with everything that it would lose, and stays unchanged until the user consents."""
    path = here.parent / _path(target)
    before = sample.read_bytes()
    path.write_bytes(before)
    wanted = _pin_file(target, _path(target), "first", "second")
    try:
        compared = compare(wanted, here, now=NOW)
    except FormatError:
        assert f"{target.id}/{sample.name}" in NOT_EDITED
        return
    with pytest.raises(ForeignPinsError) as caught:
        apply(compared)
    assert path.read_bytes() == before
    assert not (here.parent / "pins.lock").exists()
    details = "\n".join(caught.value.details)
    apply(compared, Consent(drop_foreign=True))
    after = _said(target, path.read_bytes())
    for host, entry in _said(target, before).items():
        kept = {key.pin for key in after[host].keys} if host in after else set()
        assert host in details or host in after
        assert all(str(key.pin) in details for key in entry.keys if key.pin not in kept)
        if host not in after and entry.expires:
            assert f"its pins end on {entry.expires}" in details
        if host not in after and entry.include_subdomains:
            assert f"{host}: the host would be removed" in details
    again = compare(wanted, here, now=NOW)
    assert (again.needed, _foreign(again)) == ((), "")
    assert not again.lock.is_needed


@pytest.mark.parametrize("target", thinned(WRITERS, KEPT), ids=lambda target: target.id)
def test_sync_may_overwrite_its_own_files(target: Format, here: Path) -> None:
    """A rotation needs no consent, because the digest in pins.lock matches the file."""
    apply(compare(_pin_file(target, _path(target), "first", "second"), here, now=NOW))
    for stale in here.parent.rglob("first-*"):
        stale.unlink()
    for stale in here.parent.rglob("root-*"):
        stale.unlink()
    compared = compare(_pin_file(target, _path(target), "second", "third"), here, now=NOW)
    assert _foreign(compared) == ""
    apply(compared)
    assert compare(_pin_file(target, _path(target), "second", "third"), here, now=NOW).needed == ()


@pytest.mark.parametrize(
    "target",
    thinned([target for target in WRITERS if target.id not in NAMES_ONLY], KEPT),
    ids=lambda target: target.id,
)
def test_a_file_without_its_digest_is_foreign(target: Format, here: Path) -> None:
    """Without its digest, a file of any format counts as foreign: a lost pin is named, and nothing is written."""
    apply(compare(_pin_file(target, _path(target), "first", "second"), here, now=NOW))
    (here.parent / "pins.lock").unlink()
    before = (here.parent / _path(target)).read_bytes()
    if target.trusted_names:
        for stale in (here.parent / "out").rglob("first-*"):
            stale.unlink()  # another error asks for it
    compared = compare(_pin_file(target, _path(target), "second", "third"), here, now=NOW)
    with pytest.raises(ForeignPinsError) as caught:
        apply(compared)
    assert (here.parent / _path(target)).read_bytes() == before
    lost = {foreign.pin for change in compared.changes for foreign in change.foreign if foreign.pin}
    if target.can.takes == "pin":
        assert lost == {KEYS["first"].pin}
    assert lost
    assert "--drop-foreign" in (caught.value.hint or "")


@pytest.mark.parametrize("target", thinned(CODE, KEPT), ids=lambda target: target.id)
def test_a_host_that_was_written_into_code_by_hand_is_named(target: Format, here: Path) -> None:
    """Code is rewritten as a whole, so a host that is only in the old text is named before it is lost."""
    apply(compare(_pin_file(target, _path(target), "first", "second"), here, now=NOW))
    path = here.parent / _path(target)
    path.write_text(path.read_text() + '\n"partner.example.org"\n')
    assert "partner.example.org: the name would no longer be listed" in _foreign(
        compare(_pin_file(target, _path(target), "first", "second"), here, now=NOW)
    )


def test_a_file_beside_an_output_is_compared_too(here: Path) -> None:
    """A host that was added to Android's configuration beside the plugin is named with its pin."""
    wanted = PinFile(
        Policy((HostPins(HOST, (_key("first"), _key("second"))),)),
        (_output(next(target for target in WRITERS if target.id == "expo-nsc"), "out/plugin.js"),),
    )
    apply(compare(wanted, here, now=NOW))
    beside = here.parent / "out" / "pinned_network_security_config.xml"
    block = f"<domain-config><domain>partner.example.org</domain><pin-set>{_xml('third')}</pin-set></domain-config>"
    beside.write_text(beside.read_text().replace("</network-security-config>", f"{block}</network-security-config>"))
    with pytest.raises(ForeignPinsError) as caught:
        apply(compare(wanted, here, now=NOW))
    assert any("partner.example.org: the host would be removed" in detail for detail in caught.value.details)
    assert any(KEYS["third"].pin in detail for detail in caught.value.details)


def _xml(name: str) -> str:
    return f'<pin digest="SHA-256">{Pin.parse(KEYS[name].pin).base64}</pin>'
