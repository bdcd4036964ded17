"""Shell: a function that calls curl."""

from __future__ import annotations

from typing import Final

from pinsmith.formats._format import Can, OutputOption
from pinsmith.formats.code._language import SHELL
from pinsmith.formats.code._limit import ADDRESSES
from pinsmith.formats.code._target import code_format

FORMAT: Final = code_format(
    id="curl-shell",
    title="POSIX shell, curl",
    spec="https://curl.se/docs/manpage.html#--pinnedpubkey",
    language=SHELL,
    suffix=".sh",
    compromised="leaf",
    can=Can(subdomains="any-depth", exempts=True, expiry=True, require_pins=True, matches="leaf"),
    platforms=("command-line",),
    place="scripts/pins.sh",
    usage="""
. ./pins.sh
pinned_curl https://api.example.com/ --fail --silent --show-error --output answer.json

# A redirect needs another call
target=$(pinned_curl https://api.example.com/old --silent --output /dev/null --write-out '%{redirect_url}')
pinned_curl "$target" --fail --silent --show-error
""",
    options=(OutputOption("function", "the name of the function", default="pinned_curl", pattern=SHELL.name),),
    limits=(
        *ADDRESSES,
        "Keys of authorities are not compared. curl compares only the key of the leaf.",
        "Not pinned: further URLs among the options, or in a file of `--config`.",
        "Not pinned: HTTP/3 with curl 8.5 to 8.13 on wolfSSL (CVE-2025-5025).",
    ),
    remarks=(
        "It runs in every POSIX shell, and needs `tr`, and `date` if pins expire.",
        "It needs curl 7.44 or newer with OpenSSL, GnuTLS, wolfSSL or mbedTLS, or curl 7.58.1 or newer with Schannel.",
        (
            "The URL comes first. All options of curl may follow, except `--url`, `--next` and `--`. `--insecure` and"
            " `--location` have no effect."
        ),
        (
            "Redirects are not followed, because curl would apply the pins of the first host to all hosts, or since"
            " 2026 none."
        ),
        "A mismatch ends with status 90, the one of curl, before the request is sent.",
    ),
)
