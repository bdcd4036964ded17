"""`pinsmith bundle`: a policy is proposed, reviewed, signed by enough people, published, suspended and resumed."""

from __future__ import annotations

import builtins
import json
import threading
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from unittest import mock

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from pinsmith.exit_code import ExitCode
from pinsmith.files import lock
from pinsmith.lab.pki.identity import Identity
from pinsmith.lab.servers.server import RecordingServer
from pinsmith.lab.servers.site import Answer, Site
from tests.cli.conftest import HOST
from tests.cli.support import NOW, Result, run

if TYPE_CHECKING:
    from pathlib import Path

    from pinsmith.lab.servers.site import Request
    from tests.cli.conftest import World

PEOPLE = ("ada", "bo", "cy", "dee", "online", "new-online")
SPARE, OTHER, LATER = (Identity.self_signed(name).pin for name in ("spare.test", "other.test", "later.test"))
PIN_FILE = f"""\
version = 1

[keys.api]
pin = "{{pin}}"
role = "leaf"

[keys.spare]
pin = "{SPARE}"
role = "leaf"

[[host]]
name = "{HOST}"
keys = ["api", "spare"]
connect = "{{api}}"
cafile = "{{ca}}"

[updates]
addresses = ["https://updates.example.com/pins/"]
"""


@pytest.fixture
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make the keys of some people, outside of the folder of the pin file."""
    folder = tmp_path_factory.mktemp("keys")
    for name in PEOPLE:
        private = Ed25519PrivateKey.generate()
        path = folder / f"{name}.key"
        path.touch(0o600)
        path.write_bytes(
            private.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        (folder / f"{name}.pub").write_bytes(
            private.public_key().public_bytes(
                serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
            )
        )
    return folder


@pytest.fixture
def project(here: Path, world: World) -> Path:
    """Write a pin file whose host is a live server."""
    (here / "pins.toml").write_text(
        PIN_FILE.format(pin=world.identity.pin, api=world.values["api"], ca=world.values["ca"])
    )
    return here


@pytest.fixture
def bundle(project: Path, keys: Path) -> Path:
    """Publish the first policy."""
    assert init(keys).code == 0
    sign(keys)
    assert publish(keys).code == 0
    return project


def init(keys: Path, *more: str) -> Result:
    """Let two of three people sign."""
    people = (word for name in PEOPLE[:3] for word in ("--key", f"{name}={keys / name}.pub"))
    return run("bundle", "init", *people, "--online", keys / "online.pub", *more)


def sign(keys: Path, *more: str, names: tuple[str, ...] = ("ada", "bo")) -> Result:
    """Sign as these people, who must succeed."""
    for name in names:
        answer = run("bundle", "sign", keys / f"{name}.key", *more)
        assert answer.code == 0, answer.stderr
    return answer


def publish(keys: Path, name: str = "online") -> Result:
    """Publish with the online key."""
    return run("bundle", "publish", keys / f"{name}.key")


def show() -> dict[str, Any]:
    """Read the document of ``show``."""
    document: dict[str, Any] = json.loads(run("bundle", "show", "--json").stdout)
    return document


def change(project: Path, old: str, new: str) -> None:
    """Change the pin file."""
    text = (project / "pins.toml").read_text()
    assert old in text
    (project / "pins.toml").write_text(text.replace(old, new))


def test_two_of_three_people_publish_the_pin_file(project: Path, keys: Path) -> None:
    """Each step says how many signatures are missing, and a client accepts the result."""
    first = init(keys)
    assert "root version 1 is not signed yet; it needs 2 more people of ada, bo, cy" in first.stderr
    shown = run("bundle", "sign").stdout.splitlines()
    assert shown[0].startswith("2 of 3 people must sign: ada (ed25519, ")
    assert shown[1].startswith("the online key is online (ed25519, ")
    assert shown[3] == f"{HOST} is pinned from now on: it may present api and spare"
    assert "it needs 1 more person of bo, cy" in sign(keys, names=("ada",)).stderr
    refused = publish(keys)
    assert (refused.code, refused.stdout) == (1, "")
    assert "the root needs 1 more person, so nothing was published" in refused.stderr
    assert "enough people have signed" in sign(keys, names=("cy",)).stderr
    published = publish(keys)
    assert published.stdout.splitlines()[-1].endswith("timestamp.json")
    verified = run("bundle", "verify")
    assert (verified.code, verified.stderr) == (0, "pinsmith: ok: clients accept version 1 of the policy\n")
    document = show()
    assert document["policy"]["hosts"] == [HOST]
    assert document["root"]["threshold"] == 2
    assert document["proposals"] == []
    text = run("bundle", "show").stdout
    assert "2 of 3 must sign: ada (ed25519, " in text


def test_no_private_key_is_written_into_the_bundle(bundle: Path, keys: Path) -> None:
    """The published files have public keys only."""
    content = b"".join(path.read_bytes() for path in bundle.glob("bundle/**/*") if path.is_file())
    assert b"PRIVATE" not in content
    for name in PEOPLE:
        private = serialization.load_pem_private_key((keys / f"{name}.key").read_bytes(), None)
        assert isinstance(private, Ed25519PrivateKey)
        assert private.private_bytes_raw().hex().encode() not in content


def test_a_change_is_shown_in_words(bundle: Path, keys: Path) -> None:
    """Those who sign read what each host gains and loses."""
    change(bundle, "[[host]]", f'[keys.next]\npin = "{OTHER}"\nrole = "leaf"\n\n[[host]]')
    change(bundle, '["api", "spare"]', '["api", "next"]\ninclude-subdomains = true')
    shown = run("bundle", "sign").stdout.splitlines()
    assert shown[:3] == [
        f"{HOST} may also present next ({OTHER})",
        f"{HOST} may not present spare any more, after the removal delay ({SPARE})",
        f"{HOST}: include-subdomains was false, and becomes true",
    ]
    sign(keys)
    assert publish(keys).code == 0
    assert show()["policy"]["policy_version"] == 2


def test_a_change_of_keys_is_shown_in_words(bundle: Path, keys: Path) -> None:
    """Nobody signs another threshold, another person or another key under a known name without reading it."""
    words = ("--remove", "cy", "--add", f"cy={keys / 'dee.pub'}", "--threshold", "1", "--online")
    assert run("bundle", "key", *words, keys / "new-online.pub").code == 0
    before = {signer["name"]: signer["key_id"][:8] for signer in show()["root"]["offline"]}
    lines = run("bundle", "sign").stdout.splitlines()
    assert f"cy (ed25519, {before['cy']}) may not sign any more" in lines
    (added,) = (line for line in lines if line.endswith(" may sign from now on"))
    assert added.startswith("cy (ed25519, ")
    assert before["cy"] not in added
    assert "1 of 3 people must sign from now on, and not 2 of 3" in lines
    assert any(
        line.startswith("the online key is online (ed25519, ") and ", and not online (" in line for line in lines
    )
    assert f"these keys count until {NOW + timedelta(days=365):%Y-%m-%d %H:%M} UTC" in lines
    assert bundle.exists()


def test_a_renewal_changes_no_pin(bundle: Path, keys: Path) -> None:
    """A policy that has not changed can be signed for a longer time."""
    sign(keys, "--days", "200")
    assert "no pin changes" in run("bundle", "sign").stdout
    publish(keys)
    assert show()["policy"]["expires"] == f"{NOW + timedelta(days=200):%Y-%m-%dT%H:%M:%SZ}"


@pytest.mark.parametrize(
    ("old", "new", "code", "problem"),
    [
        ('["api", "spare"]', '["api"]', "fewer-pins", "would have 1 of at least 2 pins"),
        ('["api", "spare"]', '["api", "spare"]\nmode = "off"', "weaker-entry", 'mode = "off"'),
        ('["api", "spare"]', '["api", "spare"]\nmode = "report-only"', "weaker-entry", "protected less"),
    ],
    ids=["a backup less", "off", "report-only"],
)
def test_a_weaker_policy_is_not_signed(  # noqa: PLR0917 - a row of the table
    old: str, new: str, code: str, problem: str, bundle: Path, keys: Path
) -> None:
    """The refusal names the host, the reason and its code; with the consent of its name, the host may lose."""
    change(bundle, old, new)
    refused = run("bundle", "sign", keys / "ada.key")
    assert refused.code == ExitCode.MISMATCH
    assert f"error[update-refused]: the policy was refused: {HOST}" in refused.stderr
    assert problem in refused.stderr
    assert f"({code})" in refused.stderr
    assert show()["proposals"][0]["signed_by"] == []


def test_a_host_that_is_given_up_may_go(bundle: Path, keys: Path) -> None:
    """A host leaves the policy only if the user names it."""
    change(bundle, f'name = "{HOST}"', 'name = "other.example.com"')
    refused = run("bundle", "sign", keys / "ada.key", "--offline")
    assert (
        f"{HOST} is pinned by the policy in force, and would not be pinned any more (host-left-out)" in refused.stderr
    )
    assert run("bundle", "sign", keys / "ada.key", "--offline", "--give-up", HOST).code == 0


def test_a_policy_that_the_live_host_does_not_match_is_not_signed(project: Path, keys: Path, world: World) -> None:
    """Every client would lose the host; without asking it, nobody would see that."""
    change(project, world.identity.pin, OTHER)
    init(keys)
    refused = run("bundle", "sign", keys / "ada.key")
    assert refused.code == ExitCode.MISMATCH
    assert f"{HOST} presents no key that the policy pins, so every client would lose it (not-served)" in refused.stderr
    assert run("bundle", "sign", keys / "ada.key", "--offline").code == 0


def test_a_host_that_cannot_be_asked_stops_the_signature(project: Path, keys: Path, world: World) -> None:
    """It says so, and how to sign all the same."""
    change(project, world.values["api"], world.values["closed"])
    init(keys)
    refused = run("bundle", "sign", keys / "ada.key")
    assert refused.code == ExitCode.MISMATCH
    assert "(not-asked)" in refused.stderr
    assert "--offline signs without asking the hosts" in refused.stderr


def test_a_release_that_would_refuse_the_policy_is_named(bundle: Path, keys: Path) -> None:
    """Its users would keep the policy they have, unless somebody accepts that by the name of the release."""
    assert run("release", "add", "android", "4.1", "--updates").code == 0
    change(bundle, '["api", "spare"]', '["api", "spare"]\nexpires = 2026-08-01')
    options = ("--offline", "--give-up", HOST)
    refused = run("bundle", "sign", keys / "ada.key", *options)
    assert refused.code == ExitCode.MISMATCH
    assert f"clients of android 4.1 would refuse it: {HOST} would be protected less" in refused.stderr
    assert run("bundle", "sign", keys / "ada.key", *options, "--leave-behind", "android 4.1").code == 0


def test_a_client_that_missed_a_policy_is_not_left_behind(bundle: Path, keys: Path) -> None:
    """Clients that have been offline go from an older policy to the newest one, so these two need a common pin."""
    change(bundle, "[[host]]", f'[keys.next]\npin = "{OTHER}"\nrole = "leaf"\n\n[[host]]')
    change(bundle, "[[host]]", f'[keys.later]\npin = "{LATER}"\nrole = "leaf"\n\n[[host]]')
    change(bundle, '["api", "spare"]', '["api", "spare", "next", "later"]')
    sign(keys, "--offline")
    publish(keys)
    change(bundle, '["api", "spare", "next", "later"]', '["next", "later"]')
    refused = run("bundle", "sign", keys / "ada.key", "--offline")
    assert refused.code == ExitCode.MISMATCH
    assert f"clients of policy 1 would refuse it: {HOST} would keep none of the pins in force" in refused.stderr
    assert run("bundle", "sign", keys / "ada.key", "--offline", "--leave-behind", "policy 1").code == 0
    later = NOW + timedelta(days=91)
    assert "clients of policy 1" not in run("bundle", "sign", "--offline", "--renew", now=later).stderr


def test_a_release_that_reads_updates_is_not_locked_out(bundle: Path, keys: Path) -> None:
    """`check` warns until its programs have read the policy; a release that reads none is locked out."""
    text = (bundle / "pins.toml").read_text()
    (bundle / "old.toml").write_text(text.replace('["api", "spare"]', '["spare"]'))
    assert run("release", "add", "program", "1.0", "--updates", "--from", "old.toml").code == 0
    checked = run("check")
    assert checked.code == 0, checked.stderr
    assert "program 1.0 can connect only after reading the published policy" in checked.stdout
    assert run("check", "--strict").code == ExitCode.WARNED
    assert run("release", "add", "program", "0.9", "--from", "old.toml").code == 0
    checked = run("check")
    assert checked.code == ExitCode.MISMATCH
    assert "program 0.9 is locked out" in checked.stdout
    (policy,) = bundle.glob("bundle/targets/*.policy.json")
    policy.write_bytes(b"{}")
    unread = run("check")
    assert "nobody knows whether pins are suspended, or which pins programs have" in unread.stdout
    assert "program 1.0 is locked out" in unread.stdout
    assert keys.exists()


def test_a_suspension_is_signed_and_ends_by_itself(bundle: Path, keys: Path) -> None:
    """It needs the same signatures as a policy, and has an end and a reason."""
    asked = run("bundle", "suspend", HOST, "--until", "2026-06-20", "--reason", "the key was stolen")
    assert asked.code == 0
    assert "a wrong key of api.example.com would be reported and not refused" in asked.stderr
    line = f"the pins of {HOST} are only reported until 2026-06-20 00:00 UTC: the key was stolen"
    assert line in run("bundle", "sign").stdout
    sign(keys)
    publish(keys)
    assert f"{HOST} suspended until 2026-06-20T00:00:00Z: the key was stolen" in run("bundle", "show").stdout
    checked = run("check")
    assert (
        "its pins are suspended until 2026-06-20 00:00 UTC, so programs that get updates only report"
        in checked.stdout + checked.stderr
    )
    later = NOW + timedelta(days=6)
    assert "suspended" not in run("check", now=later).stderr
    assert f"{HOST} was suspended until" in run("bundle", "show", now=later).stdout
    assert run("bundle", "resume", HOST).code == 0
    assert f"the pins of {HOST} are enforced again" in run("bundle", "sign").stdout
    sign(keys)
    publish(keys)
    assert show()["policy"]["suspensions"] == []


@pytest.mark.parametrize(
    ("host", "until", "problem"),
    [
        (HOST, "2026-07-20", "at most 30 days"),
        (HOST, "2026-06-14", "at most 30 days"),
        ("other.example.com", "2026-06-20", "cannot be suspended"),
    ],
    ids=["too long", "past", "another host"],
)
def test_a_suspension_that_cannot_be_is_refused(host: str, until: str, problem: str, bundle: Path) -> None:
    """Nothing is proposed."""
    answer = run("bundle", "suspend", host, "--until", until, "--reason", "x")
    assert answer.code == ExitCode.BROKE
    assert "error[invalid-suspension]" in answer.stderr
    assert problem in answer.stderr
    assert not list(bundle.glob("bundle/proposed/targets.json"))


def test_only_a_suspended_host_can_be_resumed(bundle: Path) -> None:
    """The host is named in the error."""
    answer = run("bundle", "resume", HOST)
    assert (answer.code, answer.stdout) == (ExitCode.BROKE, "")
    assert f"{HOST} is not suspended" in answer.stderr
    assert bundle.exists()


def test_publishing_waits_for_the_service(bundle: Path, keys: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two freshnesses of the same version at once would be a bundle that no client accepts."""
    monkeypatch.setattr(lock, "WAIT_SECONDS", 0.0)
    holds, ends = threading.Event(), threading.Event()

    def hold() -> None:
        with lock.held(bundle / "bundle" / "metadata"):
            holds.set()
            ends.wait(30)

    thread = threading.Thread(target=hold)
    thread.start()
    try:
        assert holds.wait(30)
        assert "error[locked]" in publish(keys).stderr
    finally:
        ends.set()
        thread.join()
    assert publish(keys).code == 0


def test_a_stolen_online_key_is_replaced(bundle: Path, keys: Path) -> None:
    """The old key publishes nothing any more, and clients of the first root accept the new one."""
    assert run("bundle", "key", "--online", keys / "new-online.pub").code == 0
    sign(keys)
    assert "is not the online key" in publish(keys).stderr
    assert publish(keys, "new-online").code == 0
    assert run("bundle", "verify").code == 0
    assert show()["root"]["root_version"] == 2
    assert bundle.exists()


def test_a_lost_offline_key_is_replaced_by_the_others(bundle: Path, keys: Path) -> None:
    """The policy is signed again, because the signature of the lost key does not count any more."""
    assert run("bundle", "key", "--remove", "ada", "--add", f"dee={keys / 'dee.pub'}").code == 0
    sign(keys, names=("bo", "cy"))
    assert publish(keys).code == 0
    assert [signer["name"] for signer in show()["root"]["offline"]] == ["bo", "cy", "dee"]
    assert run("bundle", "verify").code == 0
    refused = run("bundle", "sign", keys / "ada.key")
    assert "error[not-signed]: the key is not one of those that may sign this proposal" in refused.stderr
    assert bundle.exists()


def test_a_daily_job_renews_the_freshness_beside_a_proposal(bundle: Path, keys: Path) -> None:
    """A proposal that waits for signatures stops `publish`, but not `publish --renew`."""
    change(bundle, '["api", "spare"]', '["api", "spare"]\ninclude-subdomains = true')
    sign(keys, names=("ada",))
    later = NOW + timedelta(days=3)
    assert run("bundle", "publish", keys / "online.key", now=later).code == ExitCode.BROKE
    assert run("bundle", "publish", "--renew", keys / "online.key", now=later).code == 0
    document = show()
    assert document["policy"]["policy_version"] == 1
    assert document["policy"]["fresh_until"] == f"{later + timedelta(days=7):%Y-%m-%dT%H:%M:%SZ}"
    assert document["proposals"][0]["signed_by"] == ["ada"]


def test_a_proposal_that_is_not_the_pin_file_says_so(bundle: Path, keys: Path) -> None:
    """Signatures are never dropped without a word: --renew does it by name."""
    change(bundle, '["api", "spare"]', '["api", "spare"]\ninclude-subdomains = true')
    sign(keys, names=("ada",))
    change(bundle, "include-subdomains = true", "")
    kept = run("bundle", "sign")
    assert "the proposal is not what pins.toml says now; --renew proposes the pin file instead" in kept.stderr
    assert show()["proposals"][0]["signed_by"] == ["ada"]
    assert run("bundle", "sign", "--renew").code == 0
    assert show()["proposals"][0]["signed_by"] == []


def test_what_expires_soon_is_a_warning(bundle: Path) -> None:
    """With --strict, a job that runs it daily fails in time; after the end, clients refuse the bundle."""
    soon = run("bundle", "verify", "--strict", now=NOW + timedelta(days=6))
    assert soon.code == ExitCode.WARNED
    assert (
        "the freshness expires on 2026-06-22 12:00 UTC; renew it with `pinsmith bundle publish --renew`" in soon.stderr
    )
    over = run("bundle", "verify", now=NOW + timedelta(days=8))
    assert over.code == ExitCode.BROKE
    assert "error[invalid-bundle]: clients refuse the bundle in the folder, because it has expired" in over.stderr
    assert bundle.exists()


def test_what_the_web_hosts_serve_is_verified(bundle: Path, world: World) -> None:
    """Each address is asked, and an old copy, another root or a host with a wrong certificate is an error."""
    now = datetime.now(UTC)

    def published(request: Request) -> Answer:
        path = bundle / "bundle" / request.path.lstrip("/")
        return Answer(body=path.read_bytes()) if path.is_file() else Answer(404)

    identity = world.intermediate.issue("localhost")
    with RecordingServer(identity, speak=Site(published, keeps_open=False)) as server:
        address = f"https://localhost:{server.port}/"
        change(bundle, "https://updates.example.com/pins/", address)
        live = ("bundle", "verify", "--live", "--cafile", world.cafile)
        verified = run(*live)
        assert (verified.code, verified.stdout.splitlines()[0]) == (0, address), verified.stderr
        assert run(*live, "--strict", now=NOW + timedelta(days=6)).code == ExitCode.WARNED
        over = run(*live, now=now)
        assert f"clients refuse the bundle at {address}, because it has expired" in over.stderr
        untrusted = run("bundle", "verify", "--live")
        assert (untrusted.code, "error[invalid-bundle]" in untrusted.stderr) == (ExitCode.BROKE, True)
    change(bundle, f'[updates]\naddresses = ["{address}"]\n', "")
    assert run("bundle", "verify", "--live").code == ExitCode.USAGE


def test_a_bundle_that_was_changed_is_not_verified(bundle: Path) -> None:
    """A single byte of a published file counts."""
    (policy,) = bundle.glob("bundle/targets/*.policy.json")
    policy.write_bytes(policy.read_bytes().replace(b"enforce", b"report-only"))
    answer = run("bundle", "verify")
    assert answer.code == ExitCode.BROKE
    assert "error[invalid-bundle]" in answer.stderr


def test_without_a_bundle_each_command_says_how_to_begin(project: Path, keys: Path) -> None:
    """The hint names the command."""
    for words in (("sign",), ("publish", keys / "online.key"), ("verify",), ("show",), ("resume", HOST)):
        answer = run("bundle", *words)
        assert answer.code == ExitCode.BROKE
        assert "make one with `pinsmith bundle init`" in answer.stderr
    assert not (project / "bundle").exists()


def test_without_the_extra_it_is_named(project: Path) -> None:
    """The core has no python-tuf."""
    real = builtins.__import__

    def without(name: str, *rest: Any, **more: Any) -> Any:  # noqa: ANN401 - as Python's own
        if name.startswith("tuf"):
            raise ModuleNotFoundError(name=name)
        return real(name, *rest, **more)

    with mock.patch.object(builtins, "__import__", without):
        answer = run("bundle", "show")
    assert answer.code == ExitCode.USAGE
    assert "pip install 'pinsmith[updates]'" in answer.stderr
    assert project.exists()
