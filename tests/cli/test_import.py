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
    lines = "\n".join(f'<pin digest="SHA-256">{pin.base64}</pin>' for pin in pins)
    return (
        f'<network-security-config>{more}<domain-config cleartextTrafficPermitted="true">\n<domain>{host}</domain>\n'
        f'<pin-set expiration="{day}">\n{lines}\n</pin-set></domain-config></network-security-config>\n'
    )


def _import(text: str, *words: str) -> tuple[int, str, str]:
    result = run("import", "-", *words, stdin=text)
    return result.code, result.stdout, result.stderr


def test_known_authorities_give_role_and_name() -> None:
    """The role of a public authority is known, and the warning names only the keys that are unknown."""
    code, out, err = _import(_nsc(ROOT, A))
    assert code == ExitCode.OK
    root, other = pinfile.parse(out).keys
    assert (root.name, root.pin, root.role) == ("isrg-root-x1", ROOT, "root")
    assert "are unknown: api-example-com-2: " in err
    assert "--online" in err
    assert other.name == "api-example-com-2"


@pytest.mark.parametrize("spelling", [str(A), A.base64, A.hex, f'pin-sha256="{A.base64}"'])
def test_the_user_may_pass_the_role_of_a_key(spelling: str) -> None:
    """The pin of --role may have any spelling."""
    code, out, err = _import(_nsc(A, ROOT), "--role", f"{spelling}=intermediate")
    assert code == ExitCode.OK
    assert pinfile.parse(out).keys[0].role == "intermediate"
    assert "are unknown" not in err


@pytest.mark.parametrize(
    ("role", "code", "message"),
    [
        (f"{ROOT}=leaf", ExitCode.BROKE, "cannot have the role leaf: this key is not a leaf"),
        (f"{C}=leaf", ExitCode.BROKE, f"does not pin {C}"),
        (f"{A}=backup", ExitCode.USAGE, "is not PIN=ROLE"),
        ("leaf", ExitCode.USAGE, "is not PIN=ROLE"),
        ("AAAA=leaf", ExitCode.BROKE, "is not a pin"),
    ],
)
@pytest.mark.parametrize("command", ["import", "convert"])
def test_a_role_that_cannot_be_is_refused(command: str, role: str, code: int, message: str) -> None:
    """A role is refused if it contradicts the table, belongs to no pin of the file, or does not exist."""
    words = ["-", "-", "--to", "plain-list"] if command == "convert" else ["-"]
    result = run(command, *words, "--role", role, stdin=_nsc(A, ROOT))
    assert (result.code, result.stdout) == (code, "")
    assert message in result.stderr


def test_live_hosts_give_the_role_of_a_key(world: World) -> None:
    """With --online every key gets the role of its place in the verified chain, and an absent key gets none."""
    root, middle, leaf = (Pin.parse(world.values[f"{name}-pin"]) for name in ("root", "intermediate", "leaf"))
    words = ["--online", "--connect", world.values["api"], "--cafile", str(world.cafile)]
    result = run("import", "-", *words, stdin=_nsc(root, middle, leaf, A))
    assert result.code == ExitCode.OK
    roles = {key.pin: key.role for key in pinfile.parse(result.stdout).keys}
    assert [roles[pin] for pin in (root, middle, leaf, A)] == ["root", "intermediate", "leaf", "unknown"]
    assert "are unknown: api-example-com-4: " in result.stderr


def test_convert_asks_live_hosts_too(world: World) -> None:
    """A format for leaf pins can be written if a live host shows that the key is a leaf."""
    words = ["convert", "-", "-", "--to", "curl", "--accept-loss", "expiry-dropped"]
    leaf = Pin.parse(world.values["leaf-pin"])
    assert run(*words, stdin=_nsc(leaf)).code == ExitCode.BROKE
    result = run(*words, "--online", "--connect", world.values["api"], "--cafile", world.cafile, stdin=_nsc(leaf))
    assert result.code == ExitCode.OK
    assert leaf.base64 in result.stdout


@pytest.mark.parametrize("server", ["closed", "self"])
def test_a_host_that_proves_nothing_gives_no_roles(world: World, server: str) -> None:
    """A host that does not answer or verify causes a warning, and the import goes on."""
    result = run("import", "-", "--online", "--connect", world.values[server], "--timeout", "5", stdin=_nsc(A, B))
    assert result.code == ExitCode.OK
    assert "warning: " in result.stderr
    assert "api.example.com" in result.stderr
    assert len(pinfile.parse(result.stdout).keys) == 2


def test_a_host_that_presents_none_of_the_pins_is_warned_about(world: World) -> None:
    """An import of pins that the host does not present causes a warning."""
    words = ["--online", "--connect", world.values["api"], "--cafile", str(world.cafile)]
    result = run("import", "-", *words, stdin=_nsc(A, B))
    assert "presented no pinned key" in result.stderr


def test_a_compromised_authority_is_refused(here: Path) -> None:
    """A compromised key cannot be imported; --skip-bad leaves it out and names it."""
    stolen = Pin(next(iter(compromised_keys())))
    code, out, err = _import(_nsc(A, stolen, B))
    assert (code, out) == (ExitCode.BROKE, "")
    assert "-:5:1: " in err
    assert "is compromised" in err
    assert "--skip-bad" in err
    code, out, err = _import(_nsc(A, stolen, B), "--skip-bad")
    assert code == ExitCode.OK
    assert [key.pin for key in pinfile.parse(out).keys] == [A, B]
    assert "-:5:1: left out: " in err
    assert list(here.iterdir()) == []


def test_every_problem_is_printed() -> None:
    """One run prints all problems with their lines."""
    _, _, err = _import(_nsc(PLACEHOLDER, A, Pin(b"\xff" * 32)))
    assert "error[invalid-file]: -:4:1: " in err
    assert "  -:6:1: " in err


@pytest.mark.parametrize("body", ["", "<!-- x -->"])
def test_a_file_that_pins_nothing_exits_4(body: str) -> None:
    """No pin file is printed, because it would look like success."""
    text = _nsc(A).replace(f'<pin digest="SHA-256">{A.base64}</pin>', body)
    code, out, err = _import(text)
    assert (code, out) == (ExitCode.NOT_PINNED, "")
    assert "error[nothing-pinned]" in err
    assert "has an empty <pin-set>" in err


@pytest.mark.parametrize("name", ["README.md", "notes.js", "pins"])
def test_a_text_about_pins_has_no_format(here: Path, name: str) -> None:
    """The error states that no format fits and how to name one, and does not only complain about JSON."""
    (here / name).write_text('Write {"domains": {"pins": ["sha256/..."]}} into pinset.json\n')
    result = run("import", name)
    assert result.code == ExitCode.USAGE
    assert f"error[unknown-format]: {name}: no format recognises it" in result.stderr
    assert "it resembles rn-cert-pinner" in result.stderr
    assert "--from" in result.stderr


def test_a_broken_file_of_a_known_kind_is_reported_with_its_line(here: Path) -> None:
    """A file with a fitting name is read as that format, and the error has the line of the fault."""
    (here / "pinset.json").write_text('{"domains": {\n"pins": ["sha256/..."]}}}\n')
    result = run("import", "pinset.json")
    assert result.code == ExitCode.BROKE
    assert "error[invalid-file]: pinset.json:2:25: " in result.stderr


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


def test_a_file_that_agrees_changes_nothing(pins: Path) -> None:
    """If both files agree, nothing changes."""
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
    """A different setting counts too: it is printed as a diff of its host, and the command exits with 3."""
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
    """A host that is pinned in one file and exempted in the other is a difference of modes."""
    text = _nsc(A, host="www.example.com").replace(
        "</network-security-config>",
        "<domain-config><domain>api.example.com</domain><pin-set /></domain-config></network-security-config>",
    )
    result = run("import", "-", "--into", pins, stdin=text)
    assert result.code == ExitCode.MISMATCH
    assert '+mode = "off"' in result.stdout


def test_a_setting_that_the_format_cannot_express_is_not_a_difference(pins: Path) -> None:
    """The syntax of curl has no dates, so its file does not contradict an expiry date."""
    text = f'pinnedpubkey = "sha256//{A.base64}"\n'
    result = run("import", "-", "--from", "curl", "--host", "api.example.com", "--into", pins, stdin=text)
    assert (result.code, result.stdout) == (ExitCode.OK, "")


@pytest.mark.parametrize("field", DIFFERENT)
def test_taking_edits_in_place(pins: Path, field: str) -> None:
    """The pin file gets the values of the other file, and keeps its comments."""
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
    """The entries that pins.toml already has stay as they are."""
    before = pinfile.load(pins).hosts[0]
    text = _nsc(B).replace("<domain>", "<domain>new.example.com</domain><domain>")
    assert run("import", "-", "--into", pins, "--keep", stdin=text).code == ExitCode.OK
    kept, new = pinfile.load(pins).hosts
    assert (kept, new.host) == (before, "new.example.com")


def test_a_key_that_is_no_longer_used_is_named(pins: Path) -> None:
    """The table of the key stays, because only its owner knows whether the key is gone."""
    result = run("import", "-", "--into", pins, "--take", stdin=_nsc(B))
    assert "no host in" in result.stderr
    assert "uses the key old any longer" in result.stderr
    assert [key.name for key in pinfile.load(pins).keys] == ["old", "api-example-com-1"]


def test_a_role_that_was_unknown_is_taken_without_a_question(pins: Path) -> None:
    """A known role does not contradict an unknown one, so it is taken, and the comment of the key stays."""
    result = run("import", "-", "--into", pins, "--role", f"{A}=leaf", stdin=_nsc(A))
    assert (result.code, result.stdout) == (ExitCode.OK, "")
    assert "set the role of old in" in result.stderr
    assert [key.role for key in pinfile.load(pins).keys] == ["leaf"]
    assert "# of 2025" in pins.read_text()


def test_a_role_that_contradicts_is_a_difference(pins: Path) -> None:
    """The user must decide between two known roles of one key."""
    pins.write_text(pins.read_text().replace("[[host]]", 'role = "root"\n[[host]]'))
    words = ["--into", str(pins), "--role", f"{A}=leaf"]
    result = run("import", "-", *words, stdin=_nsc(A))
    assert result.code == ExitCode.MISMATCH
    assert result.stdout.splitlines()[2:] == ["-old: role = root", "+old: role = leaf"]
    assert run("import", "-", *words, "--take", stdin=_nsc(A)).code == ExitCode.OK
    assert [key.role for key in pinfile.load(pins).keys] == ["leaf"]


def test_an_import_is_complete_or_changes_nothing(pins: Path) -> None:
    """A pin file that cannot be edited stays byte for byte as it was, without the new hosts."""
    inline = f'version = 1\nkeys = {{old = {{pin = "{A}"}}}}\nhost = [{{name = "api.example.com", keys = ["old"]}}]\n'
    pins.write_text(inline)
    text = _nsc(B).replace("<domain>", "<domain>new.example.com</domain><domain>")
    assert run("import", "-", "--into", pins, "--take", stdin=text).code == ExitCode.BROKE
    assert pins.read_text() == inline


@pytest.mark.parametrize("words", [["--keep"], ["--into", "p", "--keep", "--take"], ["--cafile", "x"]])
def test_options_that_make_no_sense_are_refused(words: list[str]) -> None:
    """The error names the missing option."""
    assert run("import", "-", *words, stdin=_nsc(A)).code == ExitCode.USAGE


# ---- convert


def test_the_same_format_keeps_all_else() -> None:
    """Only pins are written into the copy; cleartext, base-config and comments stay."""
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
    """The warning names the settings that are lost."""
    text = (
        "validation_context:\n  trusted_ca: {filename: ca.pem}\n"
        "  match_typed_subject_alt_names:\n  - {san_type: DNS, matcher: {exact: api.example.com}}\n"
        f'  verify_certificate_spki: ["{A.base64}"]\n'
    )
    result = run("convert", "-", "-", "--to", "envoy", stdin=text)
    assert result.code == ExitCode.OK
    assert "only the pins of - are written" in result.stderr


def test_a_converted_file_does_not_call_its_source_a_pin_file(here: Path) -> None:
    """The new file does not name the XML file as its source, because `pinsmith sync` cannot read that."""
    (here / "nsc.xml").write_text(_nsc(A))
    result = run("convert", "nsc.xml", "-", "--to", "curl", "--role", f"{A}=leaf", "--accept-loss", "expiry-dropped")
    assert "written by pinsmith from nsc.xml." in result.stdout
    assert "pinsmith sync" not in result.stdout


def test_a_converted_file_is_what_its_name_says(here: Path) -> None:
    """The suffix of the new file chooses the kind of module, as it does in `export` and `sync`."""
    (here / "nsc.xml").write_text(_nsc(A))
    for name, word in (("pins.cjs", "module.exports"), ("pins.mjs", "export class")):
        result = run("convert", "nsc.xml", name, "--to", "node-https", "--role", f"{A}=leaf")
        assert result.code == ExitCode.OK
        assert word in (here / name).read_text()
