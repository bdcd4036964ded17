"""Pins in Ruby, in the ways in which programs write them."""

from __future__ import annotations

from typing import Final

import pytest

from pinsmith import audit
from pinsmith.audit._code import Code
from pinsmith.audit._value import Known
from pinsmith.audit.languages.ruby import RUBY
from pinsmith.errors import UnknownFormatError
from tests.audit.read import hosts, notes
from tests.formats.policy import pin

A, B, C = pin("a").base64, pin("b").base64, pin("c").base64
TABLES: Final = f"""
require 'net/http'

module Pins
  LEAF = '{A}'.freeze
  HOST = "api.example.com"
  BACKUPS = %w[{B} {C}].freeze
  BY_HOST = {{
    HOST => [LEAF, "sha256/#{{LEAF}}"], # two spellings
    'example.org' => BACKUPS,
    'nested.example.com' => {{ pins: ["{A}"], days: 90 }},
    'names' => ['one'],
  }}.freeze

  def self.of(host)
    case host
    when 'one.example.com', 'two.example.com' then BACKUPS
    when 'other.example.com' then ['none']
    else []
    end
  end

  def self.check(http)
    http.verify_callback = lambda do |ok, context|
      ok && BY_HOST[http.address].include?(OpenSSL::Digest::SHA256.base64digest(context.current_cert.public_key.to_der))
    end
  end
end
"""
VALUES: Final = r"""
PIN = 'one'.freeze
LIST = [PIN, "x#{PIN}", 'a' 'b', 'c' + PIN].freeze
WORDS = %w[d e]
CHANGED = 'a'
CHANGED << 'b'
TWICE = 'a'
TWICE = 'b'
MAYBE ||= 'a'
module Config
  INNER = 'inner'
  def f(given, other = 'x')
    local = PIN
    grown = [PIN]
    grown.push(given)
    first, second = 'a', 'b'
    @field = 'a'
    chosen = debug ? 'a' : 'b'
    LIST.each { |item| use_(item) }
    use_(HERE)
  end
  def g
    foreign = 'a'
  end
end
"""
CURL: Final = f"""
PINS = 'sha256//{A};sha256//{B}'
Typhoeus.get('https://api.example.com/v1', pinnedpublickey: PINS, followlocation: false)
Typhoeus::Request.new "https://example.org/", {{ method: :get, pinnedpublickey: "sha256//{C}" }}
curl = Curl::Easy.new('https://curb.example.com/')
curl.set(:pinnedpublickey, PINS)
other = Curl::Easy.new
other.url = 'https://other.example.com/'
other.setopt(Curl::CURLOPT_PINNEDPUBLICKEY, PINS)
"""


def test_hashes_of_hosts_are_read() -> None:
    """Hashes, nested hashes and branches give hosts and pins, and other hashes do not."""
    assert hosts(TABLES, "pins.rb") == {
        "api.example.com": (1, False),
        "example.org": (2, False),
        "nested.example.com": (1, False),
        "one.example.com": (2, False),
        "two.example.com": (2, False),
    }
    assert notes(TABLES, "pins.rb") == []
    assert audit.read(TABLES.encode(), "pins.rb")[0].id == "ruby-net-http"


def test_options_of_curl_are_read() -> None:
    """Requests and handles give the pins to the host of their URL."""
    assert hosts(CURL, "client.rb") == {
        "api.example.com": (2, False),
        "example.org": (1, False),
        "curb.example.com": (2, False),
        "other.example.com": (2, False),
    }
    assert notes(CURL, "client.rb") == []


@pytest.mark.parametrize(
    ("expression", "values"),
    [
        ("PIN", ["one"]),
        ("LIST", ["one", "xone", "ab", "cone"]),
        ("WORDS", ["d", "e"]),
        ("local", ["one"]),
        ("Config::INNER", ["inner"]),
        ("INNER", ["inner"]),
        ("'a#{PIN}'", ["a#{PIN}"]),
        (r'"a\n"', [None]),
        ("CHANGED", [None]),
        ("TWICE", [None]),
        ("MAYBE", [None]),
        ("given", [None]),
        ("other", [None]),
        ("grown", [None]),
        ("first", [None]),
        ("@field", [None]),
        ("$PIN", [None]),
        ("chosen", [None]),
        ("foreign", [None]),
        ("ENV['PIN']", [None]),
        ("ENV.fetch('PIN', 'x')", [None]),
        ("Other::PIN", [None]),
        ("PIN.upcase", [None]),
        ("item", [None]),
    ],
)
def test_ruby_is_folded(expression: str, values: list[str | None]) -> None:
    """Constants, texts and lists have values; parameters, fields and what changes are not known."""
    code = Code(VALUES.replace("HERE", expression), "file", RUBY)
    *_, match = code.find("use_($VALUE)")
    assert [value.text if isinstance(value, Known) else None for value in code.values(match["VALUE"])] == values


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (f"PIN = '{A}'\nhttp.verify_callback = ->(ok, c) {{ digest(c.public_key) == PIN }}", "value-elsewhere"),
        (f"h = {{ ENV['HOST'] => ['{A}'] }} # verify_callback", "value-elsewhere"),
        (f"h = {{ 'a.example.com' => ['{A}', Config.pin] }} # verify_callback", "value-elsewhere"),
        (f"h = {{ 'a.example.com' => ['{A}'] }}\nSHA256.base64digest(http.peer_cert.to_der)", "pins-not-kept"),
        (f"Typhoeus.get(url, pinnedpublickey: 'sha256//{A}')", "value-elsewhere"),
        ("Typhoeus.get('https://a.example.com/', pinnedpublickey: 'key.pem')", "pins-elsewhere"),
        (f"Typhoeus.get('https://a.example.com/', pinnedpublickey: 'sha256/{A}')", "pin-never-matches"),
    ],
)
def test_what_is_not_a_pin_of_a_host_is_noted(text: str, found: str) -> None:
    """Pins without a host, values from elsewhere, files and digests of certificates are notes."""
    assert [rule for rule, _ in notes(text, "pins.rb")] == [found]


@pytest.mark.parametrize(
    "text",
    [
        f"PINS = {{ 'a.example.com' => ['{A}'] }}",
        f"# verify_callback {{ 'a.example.com' => ['{A}'] }}",
        "http.verify_callback = method(:check)\nNAMES = { 'a.example.com' => ['one'] }",
        "curl.set(:pinnedpublickey, nil) if false",
    ],
    ids=["no check", "a comment", "other lists", "no pins"],
)
def test_other_code_pins_nothing(text: str) -> None:
    """Comments and other hashes are not pins."""
    with pytest.raises(UnknownFormatError):
        audit.read(text.encode(), "other.rb")
