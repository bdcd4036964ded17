"""Valid pin files, and the policies that they describe."""

from __future__ import annotations

import datetime as dt

import pytest

from pinsmith import Policy
from pinsmith.errors import ParseError
from pinsmith.pinfile import parse, parse_file
from tests.pinfile.sample import STANDBY, TEXT, VALUE, changed


def test_every_value_arrives() -> None:
    """A full file gives the policy and the outputs that it describes."""
    assert parse_file(TEXT) == VALUE


def test_parse_returns_only_the_policy() -> None:
    """`parse` returns no outputs, because enforcement does not need them."""
    assert parse(TEXT) == VALUE.policy


def test_the_least_file_has_a_version_only() -> None:
    """A file that lists no host is a policy that pins nothing."""
    assert parse("version = 1") == Policy()


@pytest.mark.parametrize("line_end", ["\n", "\r\n"], ids=["LF", "CRLF"])
@pytest.mark.parametrize("mark", ["", "\ufeff"], ids=["plain", "byte order mark"])
def test_files_of_windows_editors_are_read(line_end: str, mark: str) -> None:
    """Line ends of Windows and a byte order mark change nothing."""
    assert parse_file(mark + TEXT.replace("\n", line_end)) == VALUE


def test_other_toml_spellings_mean_the_same() -> None:
    """Inline tables, dotted keys and literal strings are TOML too."""
    text = f"""
        version = 1
        keys.api-standby = {{ pin = '{STANDBY}', standby = true }}
        host = [ {{ name = 'api.example.com', keys = ['api-standby'] }} ]
    """
    entry = parse(text).find("api.example.com")
    assert entry is not None
    assert [key.name for key in entry.keys] == ["api-standby"]


def test_defaults_apply_to_hosts_that_do_not_override_them() -> None:
    """Mode and subdomains come from [defaults] unless the entry sets them, and addresses have no subdomains."""
    policy = parse(
        f"""
        version = 1
        [defaults]
        mode = "report-only"
        include-subdomains = true
        require-pins = true
        [keys.k]
        pin = "{STANDBY}"
        [[host]]
        name = "a.example.com"
        keys = ["k"]
        [[host]]
        name = "b.example.com"
        keys = ["k"]
        mode = "enforce"
        include-subdomains = false
        [[host]]
        name = "192.0.2.1"
        keys = ["k"]
        """
    )
    assert policy.require_pins
    assert [(entry.mode, entry.include_subdomains) for entry in policy] == [
        ("report-only", True),
        ("enforce", False),
        ("report-only", False),
    ]


@pytest.mark.parametrize(
    ("name", "host"),
    [
        ("api.example.com", "api.example.com"),
        ("xn--bcher-kva.example", "xn--bcher-kva.example"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("faß.de", "xn--fa-hia.de"),
        ("_acme.example.com", "_acme.example.com"),
        ("localhost", "localhost"),
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8::1", "2001:db8::1"),
    ],
)
def test_a_host_may_be_written_in_canonical_or_readable_spelling(name: str, host: str) -> None:
    """An international name may be written as people read it, and is looked up as an A-label."""
    text = changed("include-subdomains = true", "", text=changed('api.example.com"\nkeys', f'{name}"\nkeys'))
    assert [entry.host for entry in parse(text)] == [host]


def test_an_exempt_host_needs_no_keys() -> None:
    """An entry with mode off needs no keys."""
    (entry,) = parse('version = 1\n[[host]]\nname = "legacy.example.com"\nmode = "off"\n')
    assert (entry.mode, entry.keys) == ("off", ())


def test_pins_only_trust_is_read() -> None:
    """A self-signed server is pinned by its leaf, and the check of its name can be switched off."""
    text = changed("include-subdomains = true", 'trust = "pins-only"\ncheck-host-name = false\nport = 8443')
    (entry,) = parse(text)
    assert (entry.trust, entry.check_host_name, entry.port) == ("pins-only", False, 8443)


def test_options_of_an_output_are_kept_as_written() -> None:
    """Options are not judged here, because formats do that; arrays become tuples."""
    text = changed('package = "com.example.net"', 'package = "a"\nports = [1, 2]\nsince = 2026-01-01\nquiet = true')
    (output,) = parse_file(text).outputs
    assert output.options == {"package": "a", "ports": (1, 2), "since": dt.date(2026, 1, 1), "quiet": True}


def test_without_a_reader_trust_anchors_are_refused() -> None:
    """Without its trust anchors a policy would trust too much, so it is refused."""
    with pytest.raises(ParseError, match="cannot be read, because this policy is parsed from text") as caught:
        parse(changed("include-subdomains = true", 'trust-anchors = ["root.pem"]'))
    assert caught.value.key_path == "host[0].trust-anchors[0]"


ISRG = "sha256/C5+lpZ7tcVwmwQIMcRtPbsQtWLABXhQzejna0wHFr8M="


def _of_role(line: str) -> str:
    return f'version = 1\n[keys.k]\npin = "{ISRG}"\n{line}\n[[host]]\nname = "a.test"\nkeys = ["k"]\n'


def test_a_role_that_contradicts_the_table_of_authorities_is_an_error() -> None:
    """The error names the authority, because a wrong role would lock users out on platforms that check the leaf."""
    with pytest.raises(ParseError) as caught:
        parse(_of_role('role = "leaf"'))
    assert (caught.value.line, caught.value.key_path) == (4, "keys.k.role")
    assert caught.value.problem == "this key is not a leaf: it belongs to the root ISRG Root X1"
    assert caught.value.hint is not None
    assert 'role = "root"' in caught.value.hint


@pytest.mark.parametrize("role", ["root", "intermediate", "unknown"])
def test_other_roles_of_a_known_authority_are_taken(role: str) -> None:
    """A root that others have cross-signed is served as an intermediate, so both roles are accepted."""
    assert parse(_of_role(f'role = "{role}"')).keys[0].role == role


def test_a_key_without_a_role_is_of_unknown_role() -> None:
    """The role stays unknown, even if the table of known authorities has it, because the file decides."""
    assert parse(_of_role("")).keys[0].role == "unknown"
