"""Shell: a function that calls curl."""

from __future__ import annotations

from typing import Final

from pinsmith.formats._format import Can, OutputOption
from pinsmith.formats.code._language import SHELL
from pinsmith.formats.code._target import code_format

FORMAT: Final = code_format(
    id="curl-shell",
    title="POSIX shell, curl",
    spec="https://curl.se/docs/manpage.html#--pinnedpubkey",
    language=SHELL,
    suffix=".sh",
    compromised="leaf",
    can=Can(subdomains="any-depth", exempts=True, expiry=True, require_pins=True, matches="leaf"),
    options=(OutputOption("function", "the name of the function", default="pinned_curl", pattern=SHELL.name),),
    limits=(
        "Hosts that are IP addresses.",
        "Authorities: curl compares the key of the leaf alone.",
        "Further URLs among the options, or in a file of `--config`; `--url`, `--next` and `--` are refused.",
        "HTTP/3 with curl 8.5 to 8.13 on wolfSSL, which does not pin there (CVE-2025-5025).",
    ),
    remarks=(
        "`. ./pins.sh`, then `pinned_curl https://api.example.com/ --fail --silent` instead of `curl`.",
        "The URL comes first; what follows are options of curl, all but `--insecure` and `--location`.",
        "A mismatch ends with status 90, as with curl itself, before anything is sent.",
        "Redirects are not followed: curl would apply the pins of the first host to every other or, since 2026, none.",
        "Call it again with what `--write-out '%{redirect_url}'` tells.",
        "It runs in any POSIX shell, and needs `tr`, and `date` if pins end.",
        "It needs curl 7.44 with OpenSSL, GnuTLS, wolfSSL or mbedTLS, or curl 7.58.1 with Schannel.",
    ),
)
