"""Every way to write a host, and the one form in which pins are looked up."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from pinsmith.errors import HostError
from pinsmith.host import ancestors, canonical_host, is_address, private_suffix_remark, public_suffix_problem

SAME = {
    "a plain name stays": ("api.example.com", "api.example.com"),
    "upper case becomes lower": ("API.Example.COM", "api.example.com"),
    "the final dot goes": ("api.example.com.", "api.example.com"),
    "a single label is a host": ("localhost", "localhost"),
    "an underscore is kept": ("_dmarc.my_host.example.com", "_dmarc.my_host.example.com"),
    "hyphens inside a label are kept": ("r3---sn-x.example.com", "r3---sn-x.example.com"),
    "digits may begin and end labels": ("1api2.3example.com", "1api2.3example.com"),
    "the last label may end in a digit": ("db.node1", "db.node1"),
    "a sharp s is a letter of its own": ("faß.de", "xn--fa-hia.de"),
    "a sharp s in A-labels stays": ("xn--fa-hia.de", "xn--fa-hia.de"),
    "an umlaut becomes an A-label": ("bücher.example", "xn--bcher-kva.example"),
    "an upper-case umlaut does too": ("BÜCHER.Example", "xn--bcher-kva.example"),
    "a decomposed umlaut does too": ("bu\u0308cher.example", "xn--bcher-kva.example"),
    "an upper-case A-label becomes lower": ("XN--BCHER-KVA.example", "xn--bcher-kva.example"),
    "a final sigma is kept": ("βόλος.com", "xn--nxasmm1c.com"),
    "an ideographic full stop is a dot": ("bücher\u3002example", "xn--bcher-kva.example"),
    "it is a dot between ASCII labels too": ("api\u3002example\u3002com", "api.example.com"),
    "it is a dot at the end too": ("api.example.com\u3002", "api.example.com"),
    "full-width letters are letters": ("\uff45\uff58\uff41\uff4d\uff50\uff4c\uff45.com", "example.com"),
    "the Kelvin sign is a k": ("\u212aey.example", "key.example"),
    "an ignorable soft hyphen goes": ("exam\u00adple.com", "example.com"),
    "IPv4 stays": ("192.0.2.1", "192.0.2.1"),
    "IPv6 in capitals": ("2001:DB8::1", "2001:db8::1"),
    "IPv6 with all its zeros": ("2001:0db8:0000:0000:0000:0000:0000:0001", "2001:db8::1"),
    "IPv6 with its zeros at another place": ("2001:db8:0:0:0::1", "2001:db8::1"),
    "IPv6 in brackets": ("[2001:db8::1]", "2001:db8::1"),
    "IPv6 with a zone": ("fe80::1%eth0", "fe80::1"),
    "IPv6 in brackets with a zone": ("[fe80::1%25eth0]", "fe80::1"),
    "IPv6 with an IPv4 tail": ("2001:db8::192.0.2.1", "2001:db8::c000:201"),
    "IPv4 mapped into IPv6 is IPv4": ("::ffff:192.0.2.1", "192.0.2.1"),
    "IPv4 mapped, in hexadecimal": ("::FFFF:C000:201", "192.0.2.1"),
    "the loopback of IPv6": ("::1", "::1"),
    "a label of 63 octets": ("a" * 63 + ".example", "a" * 63 + ".example"),
    "a name of 253 octets": (".".join(["a" * 49] * 5) + ".com", ".".join(["a" * 49] * 5) + ".com"),
    "253 octets and the final dot": (".".join(["a" * 49] * 5) + ".com.", ".".join(["a" * 49] * 5) + ".com"),
}


@pytest.mark.parametrize("case", SAME)
def test_canonical_form(case: str) -> None:
    """Every spelling has one canonical form, and the canonical form of that form is itself."""
    name, host = SAME[case]
    assert canonical_host(name) == host
    assert canonical_host(host) == host


REFUSED = {
    "nothing": ("", "1 to 253 characters"),
    "a dot": (".", "1 to 253 characters"),
    "a blank": (" ", "the label ' '"),
    "an empty label": ("api..example.com", "a label is empty"),
    "an empty first label": (".example.com", "a label is empty"),
    "two final dots": ("example.com..", "a label is empty"),
    "a label that vanishes": ("api.\u00ad.com", "a label is empty"),
    "a wildcard": ("*.example.com", "the label '*'"),
    "a URL": ("https://example.com/", "the label 'https://example'"),
    "a port": ("example.com:443", "not letters, digits"),
    "a user": ("user@example.com", "not letters, digits"),
    "a path": ("example.com/x", "not letters, digits"),
    "a first hyphen": ("-api.example.com", "the label '-api'"),
    "a last hyphen": ("api-.example.com", "the label 'api-'"),
    "a blank around it": (" example.com", "the label ' example'"),
    "a final line feed": ("example.com\n", "not letters, digits"),
    "a null byte": ("example.com\0.evil.test", "not letters, digits"),
    "a percent sign": ("example%2ecom", "not letters, digits"),
    "a label of 64 octets": ("a" * 64 + ".example", "not letters, digits"),
    "a label of 64 octets once it is ASCII": ("ü" + "a" * 58 + ".example", "not a host"),
    "a name of 254 octets": (".".join(["a" * 49] * 5) + ".info", "1 to 253 characters"),
    "a letter no label may have": ("a\u2665b.example", "not a host"),
    "a joiner out of place": ("a\u200db.example", "not a host"),
    "mixed directions": ("\u05d0a.example", "not a host"),
    "half a surrogate pair": ("\ud800.example", "not a host"),
    "old IPv4 with one number": ("2130706433", "not an IP address"),
    "old IPv4 in hexadecimal": ("0x7f.1", "not an IP address"),
    "old IPv4 in octal": ("0177.0.0.01", "not an IP address"),
    "IPv4 with three numbers": ("192.0.2", "not an IP address"),
    "IPv4 with five numbers": ("192.0.2.1.1", "not an IP address"),
    "IPv4 out of range": ("192.0.2.256", "not an IP address"),
    "IPv4 with a final dot": ("192.0.2.1.", "not an IP address"),
    "IPv4 in brackets": ("[192.0.2.1]", "not letters, digits"),
    "IPv4 in full-width digits": ("\uff11\uff19\uff12.0.2.\uff11", "not an IP address"),
    "IPv6 with a bracket missing": ("[2001:db8::1", "not letters, digits"),
    "IPv6 with a port": ("[2001:db8::1]:443", "not letters, digits"),
    "IPv6 with two gaps": ("2001::db8::1", "not letters, digits"),
    "megabytes": ("a" * 3_000_000, "1 to 253 characters"),
    "megabytes that vanish": ("example.com" + "\u00ad" * 3_000_000, "1 to 253 characters"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused(case: str) -> None:
    """A text that is not a host is refused with the reason, in one line that a terminal can show safely."""
    name, reason = REFUSED[case]
    with pytest.raises(HostError) as caught:
        canonical_host(name)
    text = str(caught.value)
    assert reason in text
    assert "\n" not in text
    assert len(text) < 1000


@pytest.mark.parametrize(
    ("name", "hint"),
    [("https://example.com", "without scheme"), ("*.example.com", "include-subdomains = true"), ("a b", None)],
)
def test_hint(name: str, hint: str | None) -> None:
    """For the two usual mistakes the error shows the correct text, and for others it has no hint."""
    with pytest.raises(HostError) as caught:
        canonical_host(name)
    assert (caught.value.hint is None) if hint is None else (hint in (caught.value.hint or ""))


@given(st.text())
def test_any_text_is_a_host_or_refused(name: str) -> None:
    """Any text is either a host, whose canonical form is stable, or raises the documented error."""
    try:
        host = canonical_host(name)
    except HostError:
        return
    assert host.isascii()
    assert host == host.lower()
    assert canonical_host(host) == host


LABEL = st.from_regex(r"\A[a-zA-Z0-9_ßäñи中-]{1,12}\Z")


@given(st.lists(LABEL, min_size=1, max_size=5).map(".".join), st.sampled_from(["", "."]))
def test_name_like_text_is_idempotent(name: str, dot: str) -> None:
    """Names of plausible labels, many of them in other scripts, keep their canonical form."""
    try:
        host = canonical_host(name + dot)
    except HostError:
        return
    assert canonical_host(host) == host == canonical_host(name)


@given(st.ip_addresses())
def test_every_spelling_of_an_address_is_one_host(address: object) -> None:
    """Every spelling of an address, however long, is the same host."""
    exploded = getattr(address, "exploded", str(address))
    assert canonical_host(exploded) == canonical_host(exploded.upper()) == canonical_host(str(address))
    assert is_address(canonical_host(exploded))


@pytest.mark.parametrize(
    ("host", "expected"),
    [("192.0.2.1", True), ("::1", True), ("db.node1", False), ("node1", False), ("1.example", False), ("x", False)],
)
def test_is_address(host: str, expected: object) -> None:
    """Names that end in a digit are not addresses."""
    assert is_address(host) is expected


def test_ancestors() -> None:
    """Ancestors come longest first and are cut at dots; a name that ends in a digit has some, an address has none."""
    assert list(ancestors("a.b.example.com")) == ["b.example.com", "example.com", "com"]
    assert list(ancestors("localhost")) == []
    assert list(ancestors("192.0.2.1")) == []
    assert list(ancestors("2001:db8::1")) == []
    assert list(ancestors("a.db.node1")) == ["db.node1", "node1"]


@pytest.mark.parametrize(
    "host",
    ["com", "co.uk", "xn--p1ai", "foo.ck"],
    ids=["top level", "second level", "in A-labels", "by a wildcard rule"],
)
def test_public_suffix(host: str) -> None:
    """A public suffix is refused and not only remarked, because pins for all names below it would cover strangers."""
    assert host in (public_suffix_problem(host) or "")
    assert private_suffix_remark(host) is None


@pytest.mark.parametrize("host", ["github.io", "supabase.co", "httpbin.org"])
def test_private_suffix(host: str) -> None:
    """A suffix that a company registered for its customers may be pinned, and gets a remark."""
    assert public_suffix_problem(host) is None
    assert "different customers" in (private_suffix_remark(host) or "")


@pytest.mark.parametrize(
    "host",
    ["example.com", "example.co.uk", "me.github.io", "www.ck", "localhost", "corp.internal", "192.0.2.1", "::1"],
)
def test_no_public_suffix(host: str) -> None:
    """Registered names, private names and addresses are not public suffixes."""
    assert public_suffix_problem(host) is None
    assert private_suffix_remark(host) is None
