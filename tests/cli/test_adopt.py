"""`pinsmith import` of a whole repository: every place is compared, and one pin file is made of all."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pinsmith import pinfile
from pinsmith.cli import _adopt
from pinsmith.exit_code import ExitCode
from pinsmith.pin import Pin
from tests.cli.support import Result, run
from tests.formats.policy import pin
from tests.importing import repository
from tests.importing.repository import (
    API,
    ATS,
    CDN,
    CURL,
    ENVOY,
    JAVA,
    KOTLIN,
    NEXT,
    NSC,
    OLD,
    PAY,
    REACT,
    TLSA,
    TRUSTKIT,
)

if TYPE_CHECKING:
    from tests.cli.conftest import World

LOSSES = ("--accept-loss=expiry-dropped", "--accept-loss=subdomains-narrowed", "--accept-loss=roles-merged")
OF_CURL = "--host=api.curlrc=api.example.com"

FIXTURES = Path(__file__).parents[1] / "readers" / "fixtures"
IN_CODE = (
    "cronet/Engine.kt",
    "go-tls/pins.go",
    "host-map/Adapter.dart",
    "host-map/Delegate.swift",
    "node/agent.js",
    "okhttp/Http.java",
    "okhttp/Pairs.kt",
    "own-check/Lone.swift",
    "ruby-openssl/http.rb",
    "rust-tls/verifier.rs",
    "shell-pinnedpubkey/fetch.sh",
    "trust-manager/Pins.java",
)
_PIN = re.compile(r"[A-Za-z0-9+/]{43}=")

pytestmark = pytest.mark.usefixtures("here")


def _import(*words: str, paths: tuple[str, ...] = (".",)) -> Result:
    return run("import", *paths, OF_CURL, *words)


def _nsc(host: str, *seeds: str) -> str:
    pins = "".join(f'<pin digest="SHA-256">{pin(seed).base64}</pin>' for seed in seeds)
    return (
        f"<network-security-config><domain-config><domain>{host}</domain>\n<pin-set>{pins}</pin-set></domain-config>"
        "</network-security-config>\n"
    )


@pytest.fixture
def repo(here: Path) -> Path:
    """Write the repository with nine places."""
    repository.write(here)
    return here


def _files(folder: Path) -> dict[str, str]:
    return {name: (folder / name).read_text() for name in repository.FILES}


def test_a_repository_is_adopted_by_one_command(repo: Path) -> None:
    """After one command, sync writes every output, keeps all else in the files, and `sync --check` is green."""
    result = _import("--into", "pins.toml", "--prefer", NSC, *LOSSES, *repository.ROLES)
    assert result.code == ExitCode.OK
    assert _files(repo) == repository.FILES
    pin_file = pinfile.load_file("pins.toml")
    assert {entry.host: {key.pin for key in entry.keys} for entry in pin_file.policy.hosts} == {
        "api.example.com": {API, NEXT},
        "cdn.example.com": {CDN, Pin.parse(f"sha256/{repository.ROOT}")},
        "pay.example.com": {PAY, Pin.parse(f"sha256/{repository.ROOT}")},
    }
    beside = {"okhttp-kotlin": KOTLIN.replace("Client", "Pins"), "okhttp-java": JAVA.replace("Net.java", "Pins.java")}
    assert {output.path: output.options.get("package") for output in pin_file.outputs} == {
        beside["okhttp-kotlin"]: "com.example.net",
        beside["okhttp-java"]: "com.example.old",
        **dict.fromkeys((NSC, TRUSTKIT, ATS, REACT, CURL, TLSA)),
    }
    for reason in (f"pins stay in {ENVOY} by hand", f"pins stay in {KOTLIN} by hand until", f"{TRUSTKIT} contains"):
        assert reason in result.stderr
    assert run("sync").code == ExitCode.BROKE  # another expiry date in TrustKit.plist would be lost
    assert run("sync", "--drop-foreign").code == ExitCode.OK
    assert run("sync", "--check").code == ExitCode.OK
    after = _files(repo)
    assert {name for name in (KOTLIN, JAVA, ENVOY) if after[name] != repository.FILES[name]} == set()
    for name, kept in (
        (NSC, "<base-config"),
        (ATS, "CFBundleName"),
        (ATS, "NSPinnedCAIdentities"),
        (CURL, "user-agent"),
        (TLSA, "192.0.2.1"),
    ):
        assert kept in after[name]
    for name in beside.values():
        assert API.base64 in Path(name).read_text()


def test_code_of_many_languages_is_adopted(here: Path) -> None:
    """Places in code of nine languages become one pin file, whose code stands beside them and is up to date."""
    for name in IN_CODE:
        path = here / "code" / name.partition("/")[2]
        path.parent.mkdir(exist_ok=True)
        shutil.copy(FIXTURES / f"{name}.txt", path)
    words = (".", "--into", "pins.toml")
    differs = run("import", *words)
    assert differs.code == ExitCode.MISMATCH
    assert "the places differ for api.example.com, pay.example.com" in differs.stderr
    roles = {f"--role={text}=leaf" for name in IN_CODE for text in _PIN.findall((FIXTURES / f"{name}.txt").read_text())}
    result = run("import", *words, "--union", *sorted(roles - {f"--role={pin('extracted F').base64}=leaf"}))
    assert result.code == ExitCode.OK
    assert "Lone.swift was left out: the file compares pins here" in result.stderr
    outputs = pinfile.load_file("pins.toml").outputs
    assert len({output.path for output in outputs}) == len(outputs) == len(IN_CODE) - 1
    assert run("sync").code == ExitCode.OK
    assert run("sync", "--check").code == ExitCode.OK


def test_differences_are_shown_and_nothing_is_changed(repo: Path) -> None:
    """Without a decision, the matrix shows who lacks which key, the exit code is 3, and no file is written."""
    result = _import("--into", "pins.toml", *repository.ROLES)
    assert result.code == ExitCode.MISMATCH
    assert not Path("pins.toml").exists()
    assert _files(repo) == repository.FILES
    lines = result.stdout.splitlines()
    assert max(map(len, lines)) <= 100
    assert [line.split()[3:] for line in lines if line.startswith("  api-example-com")] == [
        ["x"] * 8,
        ["x", *"-------"],
        ["-", *"xxxxxxx"],
    ]
    assert "  expires = 2031-05-01 in 2; expires = 2031-01-01 in 8; no expires in 9" in lines
    assert "2 hosts have the same pins and settings in every place that pins them" in lines
    assert [line for line in lines if line.startswith("not pinned")] == [
        "not pinned in 7: api.example.com",
        "not pinned in 1, 3, 6, 8-9: cdn.example.com",  # files for one host are not counted
        "not pinned in 1-2, 6-9: pay.example.com",
    ]
    assert "nothing was changed" in result.stderr


def test_a_preferred_place_wins_and_its_losers_are_named(repo: Path) -> None:
    """`--prefer` takes the pins of a place, and prints every pin and setting that is dropped, with its place."""
    result = _import("--prefer", NSC, *repository.ROLES)
    assert result.code == ExitCode.OK
    assert str(OLD) not in result.stdout
    for lost in (f"{KOTLIN} had {OLD}", f"{TRUSTKIT} had expires = 2031-01-01", f"{REACT} had no expires"):
        assert f"api.example.com: {lost}" in result.stderr
    assert not (repo / "pins.toml").exists()


def test_a_union_keeps_every_pin_and_the_strictest_settings(repo: Path) -> None:
    """`--union` drops no pin, and pins that never end win over those that do."""
    assert _import("--into", "pins.toml", "--union", *repository.ROLES).code == ExitCode.OK
    policy = pinfile.load(repo / "pins.toml")
    assert {API, OLD, NEXT, CDN, PAY} < {key.pin for entry in policy.hosts for key in entry.keys}
    entry = policy.find("api.example.com")
    assert entry is not None
    assert (entry.expires, entry.include_subdomains) == (None, True)


def test_a_place_does_not_disagree_about_what_it_cannot_express(repo: Path) -> None:
    """OkHttp and curl have no expiry date, and curl and Envoy no roots; a missing leaf is a difference."""
    leaves = repository.ROLES[0], repository.ROLES[2]
    assert _import(*leaves, "--role", f"{CDN}=leaf", paths=(NSC, JAVA, CURL, TLSA, ENVOY)).code == ExitCode.OK
    for more, code in ((repository.ROOT, ExitCode.OK), (OLD.base64, ExitCode.MISMATCH)):
        path = repo / NSC
        line = f'<pin digest="SHA-256">{more}</pin>'
        path.write_text(repository.FILES[NSC].replace("</pin-set>", f"{line}</pin-set>", 1))
        assert _import(*leaves, paths=(NSC, CURL, ENVOY)).code == code


def test_the_user_is_asked_on_a_terminal(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody at a terminal settles each host by a number, and an answer that is none of them is asked again."""
    monkeypatch.setattr(_adopt, "_may_ask", lambda: True)
    words = ["import", ".", OF_CURL, "--into", "pins.toml", *repository.ROLES]
    assert run(*words, stdin="\n").code == ExitCode.MISMATCH
    assert run(*words, stdin="7\n1\n").code == ExitCode.OK
    entry = pinfile.load(repo / "pins.toml").find("api.example.com")
    assert entry is not None
    assert [key.pin for key in entry.keys] == [API, OLD]


def test_a_pin_file_is_a_place_and_keeps_its_comments(repo: Path) -> None:
    """With an existing pin file, names and comments stay, outputs are added once, and a second run changes nothing."""
    path = repo / "pins.toml"
    path.write_text(
        f'version = 1\n# Ours.\n[keys.main]\npin = "{API}"  # of 2025\n[[host]]\nname = "api.example.com"\n'
        f'keys = ["main"]\n[[output]]\nformat = "android-nsc"\npath = "{NSC}"\n'
        '[[lint.allow]]\nrule = "x"\nreason = "y"\n'
    )
    words = ("--into", "pins.toml", "--prefer", NSC, *repository.ROLES)
    assert _import(*words).code == ExitCode.OK
    text = path.read_text()
    assert text.startswith("version = 1\n# Ours.\n[keys.main]\n")
    assert "# of 2025" in text
    assert [output.path for output in pinfile.load_file(path).outputs].count(NSC) == 1
    assert _import(*words).code == ExitCode.OK
    assert path.read_text() == text


def test_one_bad_file_does_not_stop_the_others(here: Path) -> None:
    """Files that are broken or missing are reported and fail the command, but the others are adopted; links are not."""
    Path("app").mkdir()
    Path("app/good.xml").write_text(_nsc("api.example.com", "a", "b"))
    Path("app/bad.xml").write_text(_nsc("api.example.com", "a", "b").replace("<domain>", "<domain"))
    Path("app/link.xml").symlink_to("good.xml")
    Path("app/loop").symlink_to("..", target_is_directory=True)
    Path("app/a\nb.xml").write_text(_nsc("www.example.com", "a", "b"))
    Path("app/notes.json").write_text('{"pinned": true}')
    result = run("import", "app", "app/good.xml", str(here / "app/good.xml"), "gone.xml", "--into", "pins.toml")
    assert result.code == ExitCode.BROKE
    assert "app/bad.xml:1:" in result.stderr
    assert "gone.xml cannot be read" in result.stderr
    assert [output.path for output in pinfile.load_file("pins.toml").outputs] == ["app/good.xml"]
    assert "notes.json" not in result.stderr
    assert len([line for line in result.stdout.splitlines() if "app/good.xml" in line]) == 1
    assert "pins stay in app/a\\nb.xml by hand" in result.stderr
    assert {entry.host for entry in pinfile.load("pins.toml").hosts} == {"api.example.com", "www.example.com"}


def test_code_that_gives_no_pins_is_named(repo: Path) -> None:
    """Code whose pins come from elsewhere, and code that pinsmith generated, are left out by name."""
    elsewhere = (
        'import okhttp3.CertificatePinner\nval p = CertificatePinner.Builder().add("api.example.com", Config.pin)\n'
    )
    Path("Elsewhere.kt").write_text(elsewhere)
    words = ("--into", "pins.toml", "--prefer", NSC, *LOSSES, *repository.ROLES)
    result = _import(*words)
    assert result.code == ExitCode.OK
    assert "Elsewhere.kt was left out: " in result.stderr
    assert "come from Config.pin, and this file does not contain the value" in result.stderr
    assert run("sync", "--drop-foreign").code == ExitCode.OK
    text = (repo / "pins.toml").read_text()
    result = _import(*words)
    assert f"{KOTLIN.replace('Client', 'Pins')} was left out: pinsmith generated it" in result.stderr
    assert (repo / "pins.toml").read_text() == text


def test_a_file_may_pin_in_two_formats(here: Path) -> None:
    """A property list with both TrustKit and App Transport Security is two places, and gets two outputs."""
    (here / "Info.plist").write_text(repository.both_plists())
    result = run("import", ".", "--into", "pins.toml", *LOSSES, "--role", f"{API}=leaf", "--role", f"{NEXT}=leaf")
    assert result.code == ExitCode.OK
    assert "--from" not in result.stderr
    outputs = [(output.format, output.options["hosts"]) for output in pinfile.load_file("pins.toml").outputs]
    assert outputs == [("apple-ats", ("cdn.example.com",)), ("trustkit-ios", ("api.example.com",))]
    assert run("sync").code == run("sync", "--check").code == ExitCode.OK


def test_a_preferred_exemption_drops_the_pins_by_name() -> None:
    """A place that exempts a host may be preferred, and every pin that the host loses is named."""
    exempt = "<domain-config><domain>api.example.com</domain><pin-set /></domain-config></network-security-config>"
    Path("a.xml").write_text(_nsc("www.example.com", "a", "b").replace("</network-security-config>", exempt))
    Path("b.xml").write_text(_nsc("api.example.com", "a", "b"))
    result = run("import", "a.xml", "b.xml", "--into", "pins.toml", "--prefer", "a.xml")
    assert result.code == ExitCode.OK
    entry = pinfile.load("pins.toml").find("api.example.com")
    assert entry is not None
    assert (entry.mode, entry.keys) == ("off", ())
    for lost in (pin("a"), pin("b"), 'mode = "enforce"'):
        assert f"api.example.com: b.xml had {lost}" in result.stderr
    result = run("import", "a.xml", "b.xml", "--union", "--into", "union.toml")
    entry = pinfile.load("union.toml").find("api.example.com")
    assert entry is not None
    assert (entry.mode, len(entry.keys)) == ("enforce", 2)


def test_the_document_holds_everything(repo: Path) -> None:
    """`--json` prints places, hosts, differences and the text of the pin file, and only warnings besides."""
    result = _import("--json", *repository.ROLES)
    document = json.loads(result.stdout)
    assert (result.code, document["ok"], document["pin_file"]) == (ExitCode.MISMATCH, False, None)
    host = next(host for host in document["hosts"] if host["host"] == "api.example.com")
    assert (host["differs"], host["settled"], host["lacks"]) == (True, False, [7])
    assert [(key["pin"], key["lacks"]) for key in host["keys"]][1] == (str(OLD), [2, 3, 4, 5, 6, 8, 9])
    document = json.loads(_import("--json", "--prefer", NSC, *repository.ROLES).stdout)
    assert document["ok"] is True
    assert pinfile.parse(document["pin_file"]).find("api.example.com") is not None
    by_file = {place["file"]: (place["output"], bool(place["by_hand"])) for place in document["places"]}
    assert by_file[NSC] == (NSC, False)
    assert by_file[ENVOY] == (None, True)
    assert by_file[KOTLIN] == (KOTLIN.replace("Client", "Pins"), True)
    assert {obstacle["file"] for obstacle in document["obstacles"]} == {CURL, TLSA, ATS, TRUSTKIT, REACT}
    assert not (repo / "pins.toml").exists()


@pytest.mark.parametrize(("first", "second", "kept"), [("a.xml", "b.xml", "a"), ("b.xml", "a.xml", "b")])
def test_the_first_preferred_place_that_pins_the_host_wins(first: str, second: str, kept: str) -> None:
    """`--prefer` may be repeated: a later place decides only about hosts that no earlier one pins."""
    for name, seed in (("a.xml", "a"), ("b.xml", "b"), ("c.xml", "c")):
        Path(name).write_text(_nsc("api.example.com", seed, "same"))
    Path("d.xml").write_text(_nsc("www.example.com", "d", "same"))
    words = [f"--prefer={name}" for name in ("d.xml", first, second)]
    assert run("import", ".", "--into", "pins.toml", *words).code == ExitCode.OK
    entry = pinfile.load("pins.toml").find("api.example.com")
    assert entry is not None
    assert {key.pin for key in entry.keys} == {pin(kept), pin("same")}


def test_a_stricter_policy_for_all_hosts_is_a_difference() -> None:
    """A policy that refuses hosts without pins and its own compromised keys must be preferred, or joined, by name."""
    keys = f'[keys.a]\npin = "{API}"\n[keys.spare]\npin = "{CDN}"\n'
    own = f'version = 1\n{keys}[[host]]\nname = "api.example.com"\nkeys = ["a"]\n'
    Path("pins.toml").write_text(own)
    stolen = f'[compromised.stolen]\npin = "{OLD}"\n'
    Path("strict.pins.toml").write_text(own.replace("[keys", "[defaults]\nrequire-pins = true\n[keys", 1) + stolen)
    words = ["import", "strict.pins.toml", ".", "--into", "pins.toml"]
    result = run(*words)
    assert result.code == ExitCode.MISMATCH
    assert "  require-pins = false in 1; require-pins = true in 2" in result.stdout
    assert "1 host has the same pins and settings in every place that pins it" in result.stdout
    assert Path("pins.toml").read_text() == own
    result = run(*words, "--prefer", "pins.toml")
    assert result.code == ExitCode.OK
    assert f'[defaults]: strict.pins.toml had compromised = ["{OLD}"]; this is dropped' in result.stderr
    assert Path("pins.toml").read_text() == own
    assert run(*words, "--union").code == ExitCode.OK
    policy = pinfile.load("pins.toml")
    assert (policy.require_pins, [key.pin for key in policy.compromised]) == (True, [OLD])
    assert run("import", "strict.pins.toml", "pins.toml", "--into", "new.toml").code == ExitCode.OK
    assert [key.name for key in pinfile.load("new.toml").keys] == ["a", "spare"]


def test_keys_of_equal_names_get_names_of_their_own() -> None:
    """Two files name different keys after the same host, and the new pin file tells them apart."""
    for name, seeds in (("a.xml", ("a", "b")), ("b.xml", ("c", "d"))):
        Path(name).write_text(_nsc("api.example.com", *seeds))
    assert run("import", "a.xml", "b.xml", "--union", "--into", "pins.toml").code == ExitCode.OK
    keys = pinfile.load("pins.toml").keys
    assert [key.name for key in keys] == [f"api-example-com-{number}" for number in (1, 2, 3, 4)]


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["--prefer", "gone.xml"], ExitCode.USAGE, "fits none of the places"),
        (["--accept-loss", "everything"], ExitCode.USAGE, "there is no loss 'everything'"),
        (["--host", "gone.curlrc=www.example.com"], ExitCode.USAGE, "--host gone.curlrc=HOST fits none of the files"),
        (["--take", "--into", "pins.toml"], ExitCode.USAGE, "--take is for a single file"),
        (["--from", "curl"], ExitCode.USAGE, "--from is for a single file"),
        (["--role", f"{pin('elsewhere')}=leaf"], ExitCode.BROKE, f"does not pin {pin('elsewhere')}"),
    ],
)
def test_options_that_fit_nothing_are_refused(repo: Path, words: list[str], code: int, message: str) -> None:
    """A place, a loss or a pin that does not exist is an error, and no file is written."""
    result = _import(*words)
    assert (result.code, result.stdout) == (code, "")
    assert message in result.stderr
    assert not (repo / "pins.toml").exists()


def test_live_hosts_give_the_roles_before_places_are_compared(world: World) -> None:
    """With --online, curl does not lack a root, because it cannot pin one; without, the key may be a leaf."""
    root, leaf = (Pin.parse(world.values[f"{name}-pin"]) for name in ("root", "leaf"))
    text = _nsc("api.example.com", "a")
    Path("a.xml").write_text(text.replace(pin("a").base64, f'{leaf.base64}</pin><pin digest="SHA-256">{root.base64}'))
    Path("b.curlrc").write_text(f'pinnedpubkey = "sha256//{leaf.base64}"\n')
    words = ["import", "a.xml", "b.curlrc", "--host", "b.curlrc=api.example.com", "--into", "pins.toml"]
    assert run(*words).code == ExitCode.MISMATCH
    online = ["--online", "--connect", world.values["api"], "--cafile", str(world.cafile)]
    assert run(*words, *online).code == ExitCode.OK
    assert {key.pin: key.role for key in pinfile.load("pins.toml").keys} == {leaf: "leaf", root: "root"}


def test_an_empty_folder_is_not_adopted(here: Path) -> None:
    """A folder without pins is not a success, and leaves no empty pin file."""
    assert run("import", ".", "--into", "pins.toml").code == ExitCode.NOT_PINNED
    assert list(here.iterdir()) == []


def test_a_single_file_creates_the_pin_file() -> None:
    """`--into` creates a file that does not exist, also for a single file."""
    Path("nsc.xml").write_text(_nsc("api.example.com", "a", "b"))
    assert run("import", "nsc.xml", "--into", "new/pins.toml").code == ExitCode.OK
    assert [entry.host for entry in pinfile.load("new/pins.toml").hosts] == ["api.example.com"]


def test_many_hosts_are_counted() -> None:
    """Of many hosts, those that differ are shown in full up to a limit, and the others are counted."""
    for name, seed in (("a.xml", "a"), ("b.xml", "b")):
        entries = "".join(
            _nsc(f"h{number}.example.com", seed if number < 60 else "same")
            .removeprefix("<network-security-config>")
            .removesuffix("</network-security-config>\n")
            for number in range(100)
        )
        Path(name).write_text(f"<network-security-config>{entries}</network-security-config>\n")
    result = run("import", "a.xml", "b.xml")
    lines = result.stdout.splitlines()
    assert result.code == ExitCode.MISMATCH
    assert "20 more hosts differ; --json lists them" in lines
    assert "40 hosts have the same pins and settings in every place that pins them" in lines
    assert max(map(len, lines)) <= 100


@pytest.mark.thorough
def test_thousands_of_files_are_adopted() -> None:
    """A repository with two thousand files that pin is adopted, and two thousand files without pins are ignored."""
    for number in range(2000):
        folder = Path(f"app{number % 50}")
        folder.mkdir(exist_ok=True)
        (folder / f"{number}.xml").write_text(_nsc(f"h{number % 100}.example.com", "a", "b"))
        (folder / f"{number}.json").write_text('{"shipping": true}')
    result = run("import", ".", "--into", "pins.toml")
    assert result.code == ExitCode.OK
    assert len(pinfile.load_file("pins.toml").outputs) == 2000
