"""`pinsmith import` and `pinsmith convert`: what they print, change and refuse."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pinsmith import pinfile
from pinsmith.authorities import compromised_keys
from pinsmith.exit_code import ExitCode
from pinsmith.pin import Pin
from tests.cli.support import run
from tests.formats.policy import pin

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import World

A, B, C = (pin(seed) for seed in "abc")
ROOT = Pin.parse("sha256/C5+lpZ7tcVwmwQIMcRtPbsQtWLABXhQzejna0wHFr8M=")  # ISRG Root X1
PLACEHOLDER = Pin(b"\0" * 32)


def _nsc(*pins: Pin, host: str = "api.example.com", day: str = "2031-05-01", more: str = "") -> str:
    lines = "\n".join(f'<pin digest="SHA-256">{each.base64}</pin>' for each in pins)
    return (
        f'<network-security-config>{more}<domain-config cleartextTrafficPermitted="true">\n<domain>{host}</domain>\n'
        f'<pin-set expiration="{day}">\n{lines}\n</pin-set></domain-config></network-security-config>\n'
    )


def _import(text: str, *words: str) -> tuple[int, str, str]:
    result = run("import", "-", *words, stdin=text)
    return result.code, result.stdout, result.stderr


def test_known_authorities_give_role_and_name() -> None:
    """A pin of a public authority needs no question; the warning names only the keys that nobody knows."""
    code, out, told = _import(_nsc(ROOT, A))
    assert code == ExitCode.OK
    root, other = pinfile.parse(out).keys
    assert (root.name, root.pin, root.role) == ("isrg-root-x1", ROOT, "root")
    assert "are unknown: api-example-com-2;" in told
    assert "--online" in told
    assert other.name == "api-example-com-2"


@pytest.mark.parametrize("spelling", [str(A), A.base64, A.hex, f'pin-sha256="{A.base64}"'])
def test_the_user_may_say_what_a_key_is(spelling: str) -> None:
    """The pin may be spelled as anywhere else."""
    code, out, told = _import(_nsc(A, ROOT), "--role", f"{spelling}=intermediate")
    assert code == ExitCode.OK
    assert pinfile.parse(out).keys[0].role == "intermediate"
    assert "nobody says" not in told


@pytest.mark.parametrize(
    ("role", "code", "told"),
    [
        (f"{ROOT}=leaf", ExitCode.BROKE, "cannot have the role leaf: this key is not a leaf"),
        (f"{C}=leaf", ExitCode.BROKE, f"does not pin {C}"),
        (f"{A}=backup", ExitCode.USAGE, "is not PIN=ROLE"),
        ("leaf", ExitCode.USAGE, "is not PIN=ROLE"),
        ("AAAA=leaf", ExitCode.BROKE, "is not a pin"),
    ],
)
@pytest.mark.parametrize("command", ["import", "convert"])
def test_a_role_that_cannot_be_is_refused(command: str, role: str, code: int, told: str) -> None:
    """It contradicts the table, belongs to no pin of the file, or is none."""
    words = ["-", "-", "--to", "plain-list"] if command == "convert" else ["-"]
    result = run(command, *words, "--role", role, stdin=_nsc(A, ROOT))
    assert (result.code, result.stdout) == (code, "")
    assert told in result.stderr


def test_live_hosts_say_where_a_key_stands(world: World) -> None:
    """With --online each key gets the role of its place in the verified chain; a key of no chain keeps none."""
    root, middle, leaf = (Pin.parse(world.values[f"{name}-pin"]) for name in ("root", "intermediate", "leaf"))
    words = ["--online", "--connect", world.values["api"], "--cafile", str(world.cafile)]
    result = run("import", "-", *words, stdin=_nsc(root, middle, leaf, A))
    assert result.code == ExitCode.OK
    roles = {key.pin: key.role for key in pinfile.parse(result.stdout).keys}
    assert [roles[each] for each in (root, middle, leaf, A)] == ["root", "intermediate", "leaf", "unknown"]
    assert "are unknown: api-example-com-4;" in result.stderr


def test_convert_asks_live_hosts_too(world: World) -> None:
    """What looks at the leaf alone can be written when a live host shows that the key is a leaf."""
    words = ["convert", "-", "-", "--to", "curl", "--accept-loss", "expiry-dropped"]
    leaf = Pin.parse(world.values["leaf-pin"])
    assert run(*words, stdin=_nsc(leaf)).code == ExitCode.BROKE
    result = run(*words, "--online", "--connect", world.values["api"], "--cafile", world.cafile, stdin=_nsc(leaf))
    assert result.code == ExitCode.OK
    assert leaf.base64 in result.stdout


@pytest.mark.parametrize("server", ["closed", "self"])
def test_a_host_that_proves_nothing_says_no_roles(world: World, server: str) -> None:
    """What does not answer, or does not verify, is a warning, and the import goes on."""
    result = run("import", "-", "--online", "--connect", world.values[server], "--timeout", "5", stdin=_nsc(A, B))
    assert result.code == ExitCode.OK
    assert "warning: " in result.stderr
    assert "api.example.com" in result.stderr
    assert len(pinfile.parse(result.stdout).keys) == 2


def test_a_host_that_presents_none_of_the_pins_is_warned_about(world: World) -> None:
    """Whoever imports dead pins learns so."""
    words = ["--online", "--connect", world.values["api"], "--cafile", str(world.cafile)]
    result = run("import", "-", *words, stdin=_nsc(A, B))
    assert "presented no pinned key" in result.stderr


def test_a_compromised_authority_is_refused(here: Path) -> None:
    """Its key cannot be imported; --skip-bad leaves it out by name."""
    stolen = Pin(next(iter(compromised_keys())))
    code, out, told = _import(_nsc(A, stolen, B))
    assert (code, out) == (ExitCode.BROKE, "")
    assert "-:5: " in told
    assert "is compromised" in told
    assert "--skip-bad" in told
    code, out, told = _import(_nsc(A, stolen, B), "--skip-bad")
    assert code == ExitCode.OK
    assert [key.pin for key in pinfile.parse(out).keys] == [A, B]
    assert "-:5: left out: " in told
    assert list(here.iterdir()) == []


def test_every_problem_is_printed() -> None:
    """One run shows all of them, each with its line."""
    _, _, told = _import(_nsc(PLACEHOLDER, A, Pin(b"\xff" * 32)))
    assert "error[invalid-file]: -:4: " in told
    assert "  -:6: " in told


@pytest.mark.parametrize("body", ["", "<!-- x -->"])
def test_a_file_that_pins_nothing_exits_4(body: str) -> None:
    """No pin file is printed that would look like success."""
    text = _nsc(A).replace(f'<pin digest="SHA-256">{A.base64}</pin>', body)
    code, out, told = _import(text)
    assert (code, out) == (ExitCode.NOT_PINNED, "")
    assert "error[nothing-pinned]" in told
    assert "has an empty <pin-set>" in told


@pytest.mark.parametrize("name", ["README.md", "notes.js", "pins"])
def test_a_text_about_pins_is_of_no_format(here: Path, name: str) -> None:
    """The error says that no format recognises it and how to name one, and does not complain about JSON alone."""
    (here / name).write_text('Write {"domains": {"pins": ["sha256/..."]}} into pinset.json\n')
    result = run("import", name)
    assert result.code == ExitCode.USAGE
    assert f"error[unknown-format]: {name}: no format recognises it" in result.stderr
    assert "it resembles rn-cert-pinner" in result.stderr
    assert "--from" in result.stderr


def test_a_broken_file_of_a_known_kind_is_told_with_its_line(here: Path) -> None:
    """A file whose name fits is what it seems to be, and the place of the fault counts."""
    (here / "pinset.json").write_text('{"domains": {\n"pins": ["sha256/..."]}}}\n')
    result = run("import", "pinset.json")
    assert result.code == ExitCode.BROKE
    assert "error[invalid-file]: pinset.json:2: " in result.stderr


# ---- --into

PINS = """version = 1
# Ours.
[keys.old]
pin = "{}"  # of 2025

[[host]]
name = "api.example.com"
keys = ["old"]
expires = 2031-05-01  # with the app
"""


@pytest.fixture
def pins(here: Path) -> Path:
    """Write a pin file with one host, whose key is A."""
    path = here / "pins.toml"
    path.write_text(PINS.format(A))
    return path


def test_a_file_that_says_the_same_changes_nothing(pins: Path) -> None:
    """There is nothing to decide."""
    before = pins.read_text()
    assert run("import", "-", "--into", pins, stdin=_nsc(A)).code == ExitCode.OK
    assert pins.read_text() == before


DIFFERENT = {
    "expires": (_nsc(A, day="2032-01-01"), ["-expires = 2031-05-01", "+expires = 2032-01-01"]),
    "include-subdomains": (
        _nsc(A).replace("<domain>", '<domain includeSubdomains="true">'),
        ["-include-subdomains = false", "+include-subdomains = true"],
    ),
    "keys": (_nsc(B), [f"-{A}  old", f"+{B}  api-example-com-1"]),
}


@pytest.mark.parametrize("field", DIFFERENT)
def test_every_difference_is_shown_and_nothing_is_changed(pins: Path, field: str) -> None:
    """Pins are not all that counts: a setting that differs is printed as a diff of its host, and exits 3."""
    text, lines = DIFFERENT[field]
    before = pins.read_text()
    extra = _nsc(C, host="new.example.com").split("<domain-config")[1].removesuffix("</network-security-config>\n")
    both = text.replace("</network-security-config>", f"<domain-config{extra}</network-security-config>")
    result = run("import", "-", "--into", pins, stdin=both)
    assert result.code == ExitCode.MISMATCH
    assert result.stdout.splitlines() == [f"--- {pins}: api.example.com", "+++ -: api.example.com", *lines]
    assert "nothing was changed" in result.stderr
    assert pins.read_text() == before


def test_a_host_that_is_switched_off_differs(pins: Path) -> None:
    """A pinned host that the file exempts, or the other way round, is a difference of modes."""
    text = _nsc(A, host="www.example.com").replace(
        "</network-security-config>",
        "<domain-config><domain>api.example.com</domain><pin-set /></domain-config></network-security-config>",
    )
    result = run("import", "-", "--into", pins, stdin=text)
    assert result.code == ExitCode.MISMATCH
    assert '+mode = "off"' in result.stdout


def test_what_the_format_cannot_say_is_no_difference(pins: Path) -> None:
    """The syntax of curl knows no days, so its file does not contradict one."""
    text = f'pinnedpubkey = "sha256//{A.base64}"\n'
    result = run("import", "-", "--from", "curl", "--host", "api.example.com", "--into", pins, stdin=text)
    assert (result.code, result.stdout) == (ExitCode.OK, "")


@pytest.mark.parametrize("field", DIFFERENT)
def test_taking_edits_in_place(pins: Path, field: str) -> None:
    """The pin file says what the other file says, and keeps its comments."""
    text, _ = DIFFERENT[field]
    assert run("import", "-", "--into", pins, "--take", stdin=text).code == ExitCode.OK
    wanted = pinfile.parse(run("import", "-", stdin=text).stdout).hosts[0]
    found = pinfile.load(pins).hosts[0]
    assert {key.pin for key in found.keys} == {key.pin for key in wanted.keys}
    assert (found.expires, found.include_subdomains, found.mode) == (
        wanted.expires,
        wanted.include_subdomains,
        wanted.mode,
    )
    assert "# Ours." in pins.read_text()
    assert run("import", "-", "--into", pins, stdin=text).code == ExitCode.OK


def test_taking_false_overrules_a_default(pins: Path) -> None:
    """A setting that the file does not have must not come back from [defaults]."""
    pins.write_text(pins.read_text().replace("version = 1\n", "version = 1\n[defaults]\ninclude-subdomains = true\n"))
    assert run("import", "-", "--into", pins, "--take", stdin=_nsc(A)).code == ExitCode.OK
    assert pinfile.load(pins).hosts[0].include_subdomains is False


def test_keeping_adds_new_hosts_only(pins: Path) -> None:
    """What pins.toml says of its own hosts stays."""
    before = pinfile.load(pins).hosts[0]
    text = _nsc(B).replace("<domain>", "<domain>new.example.com</domain><domain>")
    assert run("import", "-", "--into", pins, "--keep", stdin=text).code == ExitCode.OK
    kept, new = pinfile.load(pins).hosts
    assert (kept, new.host) == (before, "new.example.com")


def test_a_key_that_no_host_has_any_more_is_named(pins: Path) -> None:
    """Its table stays, because only its owner knows whether the key is gone."""
    result = run("import", "-", "--into", pins, "--take", stdin=_nsc(B))
    assert "no host in" in result.stderr
    assert "uses the key old any longer" in result.stderr
    assert [key.name for key in pinfile.load(pins).keys] == ["old", "api-example-com-1"]


def test_a_role_that_is_known_now_is_taken_without_a_question(pins: Path) -> None:
    """It contradicts nothing, because nobody knew it; the comment of the key stays."""
    result = run("import", "-", "--into", pins, "--role", f"{A}=leaf", stdin=_nsc(A))
    assert (result.code, result.stdout) == (ExitCode.OK, "")
    assert "set the role of old in" in result.stderr
    assert [key.role for key in pinfile.load(pins).keys] == ["leaf"]
    assert "# of 2025" in pins.read_text()


def test_a_role_that_contradicts_is_a_difference(pins: Path) -> None:
    """Two known roles of one key are for the user to decide."""
    pins.write_text(pins.read_text().replace("[[host]]", 'role = "root"\n[[host]]'))
    words = ["--into", str(pins), "--role", f"{A}=leaf"]
    result = run("import", "-", *words, stdin=_nsc(A))
    assert result.code == ExitCode.MISMATCH
    assert result.stdout.splitlines()[2:] == ["-old: role = root", "+old: role = leaf"]
    assert run("import", "-", *words, "--take", stdin=_nsc(A)).code == ExitCode.OK
    assert [key.role for key in pinfile.load(pins).keys] == ["leaf"]


def test_nothing_is_half_done(pins: Path) -> None:
    """A pin file that cannot be changed in place is left byte for byte as it was, new hosts included."""
    inline = f'version = 1\nkeys = {{old = {{pin = "{A}"}}}}\nhost = [{{name = "api.example.com", keys = ["old"]}}]\n'
    pins.write_text(inline)
    text = _nsc(B).replace("<domain>", "<domain>new.example.com</domain><domain>")
    assert run("import", "-", "--into", pins, "--take", stdin=text).code == ExitCode.BROKE
    assert pins.read_text() == inline


@pytest.mark.parametrize("words", [["--keep"], ["--into", "p", "--keep", "--take"], ["--cafile", "x"]])
def test_options_that_make_no_sense_are_refused(words: list[str]) -> None:
    """Each says what is missing."""
    assert run("import", "-", *words, stdin=_nsc(A)).code == ExitCode.USAGE


# ---- convert


def test_the_same_format_keeps_all_else() -> None:
    """Nothing but pins is written into the copy: cleartext, base-config and comments stay."""
    more = '<!-- ours --><base-config cleartextTrafficPermitted="false" />\n'
    result = run("convert", "-", "-", "--to", "android-nsc", stdin=_nsc(A, PLACEHOLDER, B, more=more))
    assert result.code == ExitCode.BROKE
    text = _nsc(A, PLACEHOLDER, B, more=more)
    result = run("convert", "-", "-", "--to", "android-nsc", "--skip-bad", stdin=text)
    assert result.code == ExitCode.OK
    for kept in ("<!-- ours -->", "<base-config", 'cleartextTrafficPermitted="true"', A.base64, B.base64):
        assert kept in result.stdout
    assert PLACEHOLDER.base64 not in result.stdout


def test_a_file_that_cannot_be_edited_is_written_anew_with_a_warning() -> None:
    """What is lost beside the pins is not lost in silence."""
    text = (
        "validation_context:\n  trusted_ca: {filename: ca.pem}\n"
        "  match_typed_subject_alt_names:\n  - {san_type: DNS, matcher: {exact: api.example.com}}\n"
        f'  verify_certificate_spki: ["{A.base64}"]\n'
    )
    result = run("convert", "-", "-", "--to", "envoy", stdin=text)
    assert result.code == ExitCode.OK
    assert "only the pins of - are written" in result.stderr


def test_what_convert_writes_does_not_call_its_source_a_pin_file(here: Path) -> None:
    """An XML file is no place for `pinsmith sync` to read from."""
    (here / "nsc.xml").write_text(_nsc(A))
    result = run("convert", "nsc.xml", "-", "--to", "curl", "--role", f"{A}=leaf", "--accept-loss", "expiry-dropped")
    assert "written by pinsmith from nsc.xml." in result.stdout
    assert "pinsmith sync" not in result.stdout
