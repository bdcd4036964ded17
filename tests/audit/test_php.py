"""Pins in PHP: options of curl, in the ways in which applications write them."""

from __future__ import annotations

from typing import Final

import pytest

from pinsmith import audit
from pinsmith.audit._code import Code
from pinsmith.audit._value import texts
from pinsmith.audit.languages.php import PHP
from pinsmith.errors import UnknownFormatError
from tests.audit.read import hosts, notes
from tests.formats.policy import pin

A, B, C = (f"sha256//{pin(name).base64}" for name in "abc")
CURL: Final = f"""<?php
namespace App;

const HOST = 'api.example.com';
define('OTHER', "other.example.com");

final class Client
{{
    private const FIRST = '{A}';
    private const ALL = [self::FIRST, "{B}"];
    private static string $standby = '{C}';

    public function constant(string $path)
    {{
        $handle = curl_init('https://' . HOST . '/v1/' . $path);
        curl_setopt($handle, CURLOPT_PINNEDPUBLICKEY, implode(';', self::ALL));
        return curl_exec($handle);
    }}

    public function list()
    {{
        $handle = \\curl_init();
        \\curl_setopt_array($handle, [
            \\CURLOPT_URL => 'https://' . OTHER . ':8443/',
            \\CURLOPT_PINNEDPUBLICKEY => self::FIRST . ';' . self::$standby,
        ]);
    }}

    public function guzzle()
    {{
        $client = new \\GuzzleHttp\\Client([
            'base_uri' => 'https://base.example.com',
            'curl' => [CURLOPT_PINNEDPUBLICKEY => static::FIRST],
        ]);
        $client->request('GET', "https://request.example.com/{{$this->path}}", [
            'curl' => [CURLOPT_PINNEDPUBLICKEY => '{B}'],
        ]);
    }}

    public function options()
    {{
        $options[CURLOPT_URL] = 'https://options.example.com';
        $options[CURLOPT_PINNEDPUBLICKEY] = 'sha256//' . implode(';sha256//', ['{A[8:]}', '{B[8:]}']);
    }}
}}
"""
FOLDED: Final = """<?php
const HOST = 'a', X = "b\\x41\\101$undefined";
define('LONE', 'it\\'s');
$outer = 'outer';
class P {
    const HOST = 'member';
    public static $list = ['x', HOST . self::HOST];
    private string $field = 'f';
    private string $changed = 'f';
    function f($given, $default = 'd') {
        $local = "l{$this->field}"; $twice = 'a'; $twice = 'b'; $grown = 'a'; $grown .= 'b'; $item['a'] = 'b';
        $pushed = ['a']; array_push($pushed, 'b'); [$one, $two] = ['a', 'b'];
        $this->changed = 'g'; foreach (self::$list as $each) { show($each); }
        foreach (self::$list as $key => $value) { show($key); }
        show(HOST, self::HOST, LONE, self::$list, $this->field, $this->changed, $given, $default, $local, $twice);
        show($grown, $item, $pushed, $one, $outer, Other::HOST, X, implode('-', self::$list), 'a' + 'b', trim('a'));
        show($given ?: 'x', (string) 'cast', \\HOST, ["k" => 'v'], [...self::$list, 'z'], fn($given) => 'x');
    }
}
"""
VALUES: Final = {
    "HOST": ["a"],
    "self::HOST": ["member"],
    "LONE": ["it's"],
    "self::$list": ["x", "amember"],
    "$this->field": ["f"],
    "$local": ["lf"],
    "$each": ["x", "amember"],
    "implode('-', self::$list)": ["x-amember"],
    "(string) 'cast'": ["cast"],
    "[\"k\" => 'v']": ["v"],
    "[...self::$list, 'z']": ["x", "amember", "z"],
}


def test_php_is_folded() -> None:
    """Constants, members, templates, lists and loops have their texts; what the file does not give has none."""
    code = Code(FOLDED, "file", PHP)
    found = {
        argument.text(): texts(code.values(argument))
        for match in code.find("show($$$ARGUMENTS)")
        for argument in code.arguments(match, "ARGUMENTS")
    }
    assert len(found) == 28
    assert {name: values for name, values in found.items() if values != [None]} == VALUES


def test_options_of_curl_are_read() -> None:
    """A handle, a list of options, Guzzle and an array that grows give hosts and pins."""
    assert hosts(CURL, "Client.php") == {
        "api.example.com": (2, False),
        "other.example.com": (2, False),
        "base.example.com": (1, False),
        "request.example.com": (1, False),
        "options.example.com": (2, False),
    }
    assert notes(CURL, "Client.php") == []
    target, _ = audit.read(CURL.encode(), "Client.php")
    assert target.id == "php-curl"


def test_a_map_of_hosts_is_read() -> None:
    """A map of hosts and lists for curl pins, although the handle is for any of them."""
    text = f"""<?php
    const PINS = ['a.example.com' => '{A};{B}', 'b.example.com' => ['{C}'], 'title' => 'x'];
    curl_setopt($handle, CURLOPT_PINNEDPUBLICKEY, PINS[$host]);
    """
    assert hosts(text, "pins.php") == {"a.example.com": (2, False), "b.example.com": (1, False)}
    assert notes(text, "pins.php") == []


@pytest.mark.parametrize(
    ("body", "rules"),
    [
        (f"$h = curl_init($url); curl_setopt($h, CURLOPT_PINNEDPUBLICKEY, '{A}');", ["value-elsewhere"]),
        (f"curl_setopt($h, CURLOPT_PINNEDPUBLICKEY, '{A}');", ["value-elsewhere"]),
        (
            "$h = curl_init('https://a.example.com'); curl_setopt($h, CURLOPT_PINNEDPUBLICKEY, getenv('PIN'));",
            ["value-elsewhere"],
        ),
        (
            "$h = curl_init('https://a.example.com'); curl_setopt($h, CURLOPT_PINNEDPUBLICKEY, __DIR__ . '/key.pem');",
            ["value-elsewhere"],
        ),
        (
            "$h = curl_init('https://a.example.com'); curl_setopt($h, CURLOPT_PINNEDPUBLICKEY, 'key.pem');",
            ["pins-elsewhere"],
        ),
        (
            (
                f"$h = curl_init('https://a.example.com'); curl_setopt($h, CURLOPT_PINNEDPUBLICKEY, '{A}');"
                "curl_setopt($h, CURLOPT_URL, 'https://b.example.com');"
            ),
            ["value-elsewhere"],
        ),
        (
            (
                "if ($x) { $h = curl_init('https://a.example.com'); } else { $h = curl_init('https://b.example.com'); }"
                f"curl_setopt($h, CURLOPT_PINNEDPUBLICKEY, '{A}');"
            ),
            ["value-elsewhere"],
        ),
        (
            (
                "function f() { $h = curl_init('https://a.example.com'); }"
                f"function g($h) {{ curl_setopt($h, CURLOPT_PINNEDPUBLICKEY, '{A}'); }}"
            ),
            ["value-elsewhere"],
        ),
        (f"return [CURLOPT_PINNEDPUBLICKEY => '{A}'];", ["value-elsewhere"]),
        (f"$request->opt(CURLOPT_PINNEDPUBLICKEY, '{A}')->send();", ["value-elsewhere"]),
        (
            f"Http::withOptions(['verify' => false, 'curl' => [CURLOPT_PINNEDPUBLICKEY => '{A}']]);",
            ["value-elsewhere", "chain-unchecked"],
        ),
        (
            (
                f"$o = [CURLOPT_URL => 'https://a.example.com', CURLOPT_PINNEDPUBLICKEY => '{A}'];"
                "$o[CURLOPT_URL] = 'https://b.example.com'; curl_setopt_array($h, $o);"
            ),
            ["value-elsewhere"],
        ),
        (
            (
                "foreach (['https://a.example.com', 'https://b.example.com'] as $url) {"
                f"$h = curl_init($url); curl_setopt($h, CURLOPT_PINNEDPUBLICKEY, '{A}'); }}"
            ),
            ["value-elsewhere"],
        ),
        (
            (
                "$url = 'https://a.example.com'; function f() {"
                f"$h = curl_init($url); curl_setopt($h, CURLOPT_PINNEDPUBLICKEY, '{A}'); }}"
            ),
            ["value-elsewhere"],
        ),
    ],
)
def test_what_the_file_does_not_give_is_a_note(body: str, rules: list[str]) -> None:
    """A host or a pin from elsewhere, two hosts, a key file and a handle of another function pin nothing."""
    text = f"<?php {body}"
    assert hosts(text, "a.php") == {}
    assert [rule for rule, _ in notes(text, "a.php")] == rules


@pytest.mark.parametrize(
    ("options", "rule"),
    [
        (f"CURLOPT_PINNEDPUBLICKEY => '{A}', CURLOPT_SSL_VERIFYPEER => false", "chain-unchecked"),
        (f"CURLOPT_PINNEDPUBLICKEY => '{A}', CURLOPT_SSL_VERIFYHOST => 0", "chain-unchecked"),
        (f"CURLOPT_PINNEDPUBLICKEY => '{A}; {B}'", "pin-never-matches"),
        (f"CURLOPT_PINNEDPUBLICKEY => '{A.replace('//', '/')}'", "pin-never-matches"),
        (f"CURLOPT_PINNEDPUBLICKEY => '{A};'", "invalid-pin"),
        ("CURLOPT_PINNEDPUBLICKEY => 'sha256//AAAA'", "invalid-pin"),
    ],
)
def test_mistakes_are_notes(options: str, rule: str) -> None:
    """Checks that are off, blanks, a single slash and texts that are not pins are named."""
    text = f"<?php $h = curl_init('https://a.example.com');\ncurl_setopt_array($h, [{options}]);"
    assert rule in [rule for rule, _ in notes(text, "a.php")]


def test_functions_of_the_application_are_read() -> None:
    """A method that passes options on, alone or in a chain, has a name and a value beside each other."""
    text = f"""<?php
    $request->opt(CURLOPT_URL, 'https://a.example.com')->opt(CURLOPT_PINNEDPUBLICKEY, '{A}');
    final class Client {{
        function one() {{ $this->set(CURLOPT_URL, 'https://b.example.com'); }}
        function two() {{ $this->set(CURLOPT_PINNEDPUBLICKEY, '{B};{C}'); }}
    }}"""
    assert hosts(text, "a.php") == {"a.example.com": (1, False), "b.example.com": (2, False)}
    assert notes(text, "a.php") == []


def test_one_name_may_be_a_new_handle() -> None:
    """Each handle of the name has its own URL."""
    text = "<?php\n" + "".join(
        f"$h = curl_init('https://{host}.example.com'); curl_setopt($h, CURLOPT_PINNEDPUBLICKEY, '{pins}');\n"
        for host, pins in (("a", A), ("b", f"{A};{B}"))
    )
    assert hosts(text, "a.php") == {"a.example.com": (1, False), "b.example.com": (2, False)}


def test_fingerprints_of_certificates_are_notes() -> None:
    """A fingerprint of a stream context belongs to a certificate, and the pins of Symfony are pins."""
    text = f"""<?php
    $context = stream_context_create(['ssl' => ['peer_name' => 'a.example.com', 'peer_fingerprint' => $given]]);
    $more = stream_context_create(['ssl' => ['peer_fingerprint' => ['sha256' => '{"ab" * 32}']]]);
    $pins = ['pin-sha256' => ['{A[8:]}', '{B[8:]}']];
    $client->request('GET', 'https://b.example.com/x', ['peer_fingerprint' => $pins]);
    $other = HttpClient::create(['peer_fingerprint' => ['pin-sha256' => '{A[8:]}']]);
    """
    assert hosts(text, "a.php") == {"b.example.com": (2, False)}
    assert notes(text, "a.php") == [("pins-not-kept", 2), ("pins-not-kept", 3), ("value-elsewhere", 6)]


@pytest.mark.parametrize(
    "text",
    [
        "<?php $h = curl_init('https://a.example.com'); curl_setopt($h, CURLOPT_URL, 'https://b.example.com');",
        "<?php echo 'CURLOPT_PINNEDPUBLICKEY'; // CURLOPT_PINNEDPUBLICKEY",
        "<?php if (array_key_exists(CURLOPT_PINNEDPUBLICKEY, $options)) { $known = [CURLOPT_PROXY => 'proxy']; }",
        "<?php if (!defined('CURLOPT_PINNEDPUBLICKEY')) { define('CURLOPT_PINNEDPUBLICKEY', 10230); }",
        f"<?php $sri = ['integrity' => '{A}']; $digest = hash('sha256', $x);",
    ],
)
def test_code_without_pins_is_quiet(text: str) -> None:
    """Code that only names the option, or has other digests, pins nothing."""
    with pytest.raises(UnknownFormatError):
        audit.read(text.encode(), "a.php")
