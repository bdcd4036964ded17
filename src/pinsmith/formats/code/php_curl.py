"""PHP: a class to call instead of `curl_exec`."""

from __future__ import annotations

from typing import Final

from pinsmith.formats._format import Can, OutputOption
from pinsmith.formats.code._language import PHP
from pinsmith.formats.code._target import code_format

_NAMESPACE: Final = rf"{PHP.name}(\\{PHP.name}){{0,15}}"

FORMAT: Final = code_format(
    id="php-curl",
    title="PHP 8, curl",
    spec="https://curl.se/libcurl/c/CURLOPT_PINNEDPUBLICKEY.html",
    language=PHP,
    suffix=".php",
    compromised="leaf",
    can=Can(subdomains="any-depth", exempts=True, expiry=True, report_only=True, require_pins=True, matches="leaf"),
    options=(
        OutputOption("namespace", "the namespace", default="Pins", pattern=_NAMESPACE),
        OutputOption("class", "the name of the class", default="PinnedCurl", pattern=PHP.name),
    ),
    limits=(
        "Hosts that are IP addresses.",
        "Authorities: curl compares the key of the leaf alone.",
        "HTTP/3 with curl 8.5 to 8.13 on wolfSSL, which does not pin there (CVE-2025-5025).",
        "Handles that the app makes itself, and streams such as file_get_contents().",
    ),
    remarks=(
        "Make a `$pinned = new PinnedCurl([CURLOPT_RETURNTRANSFER => true])` and call `$pinned->exec($url, $options)`.",
        "It returns what `curl_exec` does; `$pinned->handle` is for `curl_getinfo` and `curl_errno`.",
        "Options that curl refuses are an error, and nothing is sent: those after them would be dropped.",
        "Redirects are not followed: curl would apply the pins of the first host to every other or, since 2026, none.",
        "Call it again with `curl_getinfo($pinned->handle, CURLINFO_REDIRECT_URL)` instead.",
        "After a mismatch `curl_errno` tells `CURLE_SSL_PINNEDPUBKEYNOTMATCH`.",
        "A host that only reports is then asked again without pins; nothing was sent before.",
        "It needs PHP 8.0, and a libcurl with OpenSSL, GnuTLS, wolfSSL, mbedTLS or Schannel.",
    ),
)  # fmt: skip
