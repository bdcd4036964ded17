"""Pins in C#: dictionaries of hosts, and callbacks that check certificates."""

from __future__ import annotations

from typing import Final

import pytest

from pinsmith import audit
from pinsmith.audit._code import Code
from pinsmith.audit._value import texts
from pinsmith.audit.languages.csharp import CSHARP
from pinsmith.errors import UnknownFormatError
from tests.audit.read import hosts, notes
from tests.formats.policy import pin

A, B, C = pin("a").base64, pin("b").base64, pin("c").base64
KEY: Final = "Convert.ToBase64String(SHA256.HashData(cert.PublicKey.ExportSubjectPublicKeyInfo()))"
HANDLER: Final = f"""
namespace App;

public static class Pinning
{{
    private const string Host = "api.example.com", First = "{A}";
    private static readonly string[] Standby = {{ "sha256/" + First, @"{B}" }};
    private static readonly Dictionary<string, string[]> Pins = new(StringComparer.OrdinalIgnoreCase)
    {{
        [Host] = Standby,
        [$"www.{{Host}}"] = new[] {{ First }},
        ["a.example.org"] = [First, .. Standby],
    }};
    private static readonly IReadOnlyDictionary<string, HashSet<string>> Others =
        new Dictionary<string, HashSet<string>>
        {{
            {{ "b.example.org", new HashSet<string> {{ "{B}", "{C}" }} }},
            {{ "c.example.org", new List<string>(Standby) {{ "{C}" }}.ToHashSet() }},
        }}.ToFrozenDictionary();

    public static void Use()
    {{
        Pins["d.example.org"] = new string[] {{ "{C}" }};
        Others.Add("e.example.org", new() {{ First }});
        ServicePointManager.ServerCertificateValidationCallback += (sender, cert, chain, errors) =>
            errors == SslPolicyErrors.None && Pins[Name(sender)].Contains({KEY});
    }}
}}
"""
FOLDED: Final = """
class P(string given) {
    const string Host = "a", Verbatim = @"b""c\\d";
    static readonly string[] List = { Host, $"x{Host}" };
    public string Property { get; } = "p";
    public static string Arrow => "q";
    public string Changed { get; set; } = "r";
    void F(string parameter, object any) {
        var local = "l" + $@"{Host}\\"; string Host2 = "1"; Host2 = "2"; Changed = "s"; var (one, two) = G();
        var grown = new List<string> { "a" }; grown.Add("b");
        foreach (var each in List) Show(each);
        foreach (string item in new[] { "i" }) { Show(item); }
        if (any is string pattern) Show(pattern);
        if (T.TryGet(out var outer)) Show(outer);
        Func<string, string> f = lambda => Show(lambda);
        Show(Host, P.Host, this.Property, Arrow, Changed, Verbatim, List, local, Host2, grown, parameter, given, one);
        Show(Other.Host, string.Join("-", List), new Uri("u"), new Foo("u"), Host!, (string)Host, $"{{", any ?? "d");
        Show("\\u0041\\x41", \"\"\"raw\"\"\", new() { "n" }, nameof(Host), Host - "a", new List<string>(List) { "z" });
        Show(new List<string>(given) { "z" }, new Dictionary<string, string>(10));
    }
    void G() { const string Arrow = "hidden"; Show(Arrow + ""); }
}
"""
VALUES: Final = {
    "each": ["a", "xa"],
    "item": ["i"],
    "Host": ["a"],
    "P.Host": ["a"],
    "this.Property": ["p"],
    "Arrow": ["q"],
    "Verbatim": ['b"c\\d'],
    "List": ["a", "xa"],
    "local": ["la\\"],
    'string.Join("-", List)': ["a-xa"],
    'new Uri("u")': ["u"],
    "Host!": ["a"],
    "(string)Host": ["a"],
    '"\\u0041\\x41"': ["AA"],
    '"""raw"""': ["raw"],
    'new() { "n" }': ["n"],
    'new List<string>(List) { "z" }': ["a", "xa", "z"],
    'Arrow + ""': ["hidden"],
}


def test_csharp_is_folded() -> None:
    """Constants, properties, interpolation, lists and loops have their texts; what the file does not give has none."""
    code = Code(FOLDED, "file", CSHARP)
    found = {
        argument.text(): texts(code.values(argument))
        for match in code.find("Show($$$ARGUMENTS)")
        for argument in code.arguments(match, "ARGUMENTS")
    }
    assert len(found) == 35
    assert {name: values for name, values in found.items() if values != [None]} == VALUES


def test_dictionaries_of_hosts_are_read() -> None:
    """Both spellings of initialisers, indexers and `Add` give hosts and pins."""
    assert hosts(HANDLER, "Pinning.cs") == {
        "api.example.com": (2, False),
        "www.api.example.com": (1, False),
        "a.example.org": (2, False),
        "b.example.org": (2, False),
        "c.example.org": (3, False),
        "d.example.org": (1, False),
        "e.example.org": (1, False),
    }
    assert notes(HANDLER, "Pinning.cs") == []
    target, _ = audit.read(HANDLER.encode(), "Pinning.cs")
    assert target.id == "dotnet"


@pytest.mark.parametrize(
    ("compared", "rule"),
    [
        (KEY, "value-elsewhere"),
        ("Convert.ToBase64String(cert.GetCertHash(HashAlgorithmName.SHA256))", "pins-not-kept"),
        ("Convert.ToBase64String(SHA256.HashData(cert.RawData))", "pins-not-kept"),
        ("Convert.ToBase64String(SHA256.HashData(cert.GetPublicKey()))", "pins-not-kept"),
    ],
)
def test_a_lone_constant_is_a_note(compared: str, rule: str) -> None:
    """A pin whose host stands elsewhere, and digests of certificates and of raw keys, are notes."""
    text = f"""class H {{ const string Pin = "{A}";
    object Make() => new HttpClientHandler {{
        ServerCertificateCustomValidationCallback = (request, cert, chain, errors) => {compared} == Pin }}; }}"""
    assert hosts(text, "H.cs") == {}
    assert notes(text, "H.cs") == [(rule, 1)]


@pytest.mark.parametrize(
    ("compared", "value"),
    [
        ("cert.Thumbprint", "0123456789ABCDEF0123456789ABCDEF01234567"),
        ("cert.GetCertHashString()", "01:23:45:67:89:AB:CD:EF:01:23:45:67:89:AB:CD:EF:01:23:45:67"),
        ("cert.GetPublicKeyString()", "3082010A0282010100" + "C0" * 250),
    ],
)
def test_fingerprints_are_notes(compared: str, value: str) -> None:
    """A thumbprint and a whole key in hexadecimal are not pins."""
    text = f"""class H {{ static bool Check(object s, X509Certificate2 cert) => {compared} == "{value}";
    void Use() {{ options.RemoteCertificateValidationCallback = Check; }} }}"""
    assert hosts(text, "H.cs") == {}
    assert notes(text, "H.cs") == [("pins-not-kept", 1)]


def test_a_dictionary_of_certificate_hashes_is_not_kept() -> None:
    """The digests look like pins, but belong to certificates."""
    text = HANDLER.replace(KEY, "Convert.ToBase64String(cert.GetCertHash(HashAlgorithmName.SHA256))")
    assert hosts(text, "Pinning.cs") == {}
    assert {rule for rule, _ in notes(text, "Pinning.cs")} == {"pins-not-kept"}


@pytest.mark.parametrize(
    "text",
    [
        "class H { void F() { h.ServerCertificateCustomValidationCallback = (m, c, ch, e) => true; } }",
        "class H { bool ServerCertificateValidationCallback(object s) => s == null; string sha256 = Id; }",
        f'class H {{ Dictionary<string, string[]> Etags = new() {{ ["a.example.com"] = new[] {{ "{A}" }} }}; }}',
        f'class H {{ const string Etag = "{A}"; X509Certificate2 Load() => new("pin.pem"); }}',
    ],
)
def test_code_without_pins_is_quiet(text: str) -> None:
    """A callback without pins, and texts like pins in files without a callback, pin nothing."""
    with pytest.raises(UnknownFormatError):
        audit.read(text.encode(), "H.cs")
