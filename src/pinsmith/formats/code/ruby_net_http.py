"""Ruby: what makes a `Net::HTTP` pin."""

from __future__ import annotations

from typing import Final

from pinsmith.formats._format import Can, OutputOption
from pinsmith.formats.code._language import RUBY
from pinsmith.formats.code._target import code_format

_CONSTANT: Final = rf"(?=[A-Z]){RUBY.name}"
_PATH: Final = rf"{_CONSTANT}(::{_CONSTANT}){{0,15}}"

FORMAT: Final = code_format(
    id="ruby-net-http",
    title="Ruby, net/http",
    spec="https://docs.ruby-lang.org/en/master/Net/HTTP.html#attribute-i-verify_callback",
    language=RUBY,
    suffix=".rb",
    compromised="accepted",
    can=Can(subdomains="any-depth", exempts=True, expiry=True, report_only=True, require_pins=True),
    options=(OutputOption("module", "the name of the module", default="PinnedHTTP", pattern=_PATH),),
    limits=(
        "Hosts that are IP addresses.",
        "Clients that are not handed to it, such as those of open-uri, Net::HTTP.get and most gems.",
    ),
    remarks=(
        "`PinnedHTTP.pin(Net::HTTP.new('api.example.com', 443)).start { |http| http.get('/') }`.",
        "All that was set before stays: authorities, proxy, time-outs, a callback of the app.",
        "net/http follows no redirect: whoever does makes a new `Net::HTTP` for it, and pins that.",
        "`on_mismatch` is told of each mismatch, those too that only report; not of hosts that `require-pins` refuses.",
        "What it raises refuses the connection, also where a host only reports.",
        "A refused connection raises `OpenSSL::SSL::SSLError`, which names an application verification failure.",
        "A module within others, such as `App::PinnedHTTP`, needs those to be there when the file is loaded.",
        "It needs Ruby 3.0.",
    ),
)
