"""Ruby: a function that makes a `Net::HTTP` pin."""

from __future__ import annotations

from typing import Final

from pinsmith.formats._format import Can, OutputOption
from pinsmith.formats._guide import Addition
from pinsmith.formats.code._language import RUBY
from pinsmith.formats.code._limit import ADDRESSES, Limit, requires_pins
from pinsmith.formats.code._target import code_format

_CONSTANT: Final = rf"(?=[A-Z]){RUBY.name}"
_PATH: Final = rf"{_CONSTANT}(::{_CONSTANT}){{0,15}}"

FARADAY: Final = """\
# With Faraday
connection = Faraday.new('https://api.example.com/') do |faraday|
  faraday.adapter(:net_http) { |http| PinnedHTTP.pin(http) }
end
"""
"""For users of Faraday; tests/prove runs it as it is."""

FORMAT: Final = code_format(
    id="ruby-net-http",
    title="Ruby, net/http",
    spec="https://docs.ruby-lang.org/en/master/Net/HTTP.html#attribute-i-verify_callback",
    language=RUBY,
    suffix=".rb",
    compromised="accepted",
    can=Can(subdomains="any-depth", exempts=True, expiry=True, report_only=True, require_pins=True),
    platforms=("languages",),
    place="lib/pinned_http.rb",
    additions=(Addition("app.rb", "require_relative 'lib/pinned_http'"),),
    usage="""
http = PinnedHTTP.pin(Net::HTTP.new('api.example.com', 443))
response = http.start { |connection| connection.get('/') }

PinnedHTTP.on_mismatch = lambda do |host, presented, refused|
  warn "#{host} presented #{presented.join(' ')}, #{refused ? 'refused' : 'accepted'}"
end

"""
    + FARADAY,
    options=(OutputOption("module", "the name of the module", default="PinnedHTTP", pattern=_PATH),),
    limits=(
        (
            "Not pinned: connections that were not passed to `pin`, such as those of open-uri, Net::HTTP.get and most"
            " gems."
        ),
        *ADDRESSES,
        Limit("Hosts that require-pins refuses are not reported to `on_mismatch`.", requires_pins),
    ),
    remarks=(
        "It needs Ruby 3.0 or newer.",
        "`pin` keeps all other settings, such as trust anchors, a proxy, time-outs, and a callback of yours.",
        "net/http does not follow redirects. If you follow one, make a new `Net::HTTP` for it and pin that.",
        (
            "`on_mismatch` is called for every mismatch, also of report-only hosts. If it raises, the connection is"
            " refused."
        ),
        (
            "A refused connection raises `OpenSSL::SSL::SSLError`, or in Faraday `Faraday::SSLError`, whose text names"
            " an application verification failure."
        ),
        "If the module is nested, as in `App::PinnedHTTP`, the outer module must exist when the file is loaded.",
    ),
)
