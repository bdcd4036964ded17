"""PHP: a class that pins, for curl and for clients built on it."""

from __future__ import annotations

from typing import Final

from pinsmith.formats._format import Can, OutputOption
from pinsmith.formats._guide import Addition
from pinsmith.formats.code._language import PHP
from pinsmith.formats.code._limit import ADDRESSES, Limit, reports
from pinsmith.formats.code._target import code_format

_NAMESPACE: Final = rf"{PHP.name}(\\{PHP.name}){{0,15}}"

GUZZLE: Final = """\
// With Guzzle
$stack = GuzzleHttp\\HandlerStack::create(new GuzzleHttp\\Handler\\CurlHandler());
$stack->push(fn(callable $next) => function ($request, array $options) use ($next) {
    $options['curl'] = Pins\\PinnedCurl::options((string) $request->getUri()) + ($options['curl'] ?? []);
    return $next($request, $options);
});
$client = new GuzzleHttp\\Client(['handler' => $stack]);
"""
"""For users of Guzzle; tests/prove runs it as it is."""

FORMAT: Final = code_format(
    id="php-curl",
    title="PHP 8, curl",
    spec="https://curl.se/libcurl/c/CURLOPT_PINNEDPUBLICKEY.html",
    language=PHP,
    suffix=".php",
    compromised="leaf",
    can=Can(subdomains="any-depth", exempts=True, expiry=True, report_only=True, require_pins=True, matches="leaf"),
    platforms=("languages",),
    place="src/PinnedCurl.php",
    additions=(Addition("index.php", "require __DIR__ . '/src/PinnedCurl.php';"),),
    usage=f"""
$pinned = new Pins\\PinnedCurl([CURLOPT_RETURNTRANSFER => true]);
$answer = $pinned->exec('https://api.example.com/', [CURLOPT_TIMEOUT => 10]);

{GUZZLE}""",
    options=(
        OutputOption("namespace", "the namespace", default="Pins", pattern=_NAMESPACE),
        OutputOption("class", "the name of the class", default="PinnedCurl", pattern=PHP.name),
    ),
    limits=(
        "Not pinned: handles that you make yourself without `options`, and streams such as file_get_contents().",
        *ADDRESSES,
        "Keys of authorities are not compared. curl compares only the key of the leaf.",
        "Not pinned: HTTP/3 with curl 8.5 to 8.13 on wolfSSL (CVE-2025-5025).",
        Limit("Mismatches of report-only hosts are not reported with `options`.", reports),
    ),
    remarks=(
        "It needs PHP 8.0 or newer, and a libcurl with OpenSSL, GnuTLS, wolfSSL, mbedTLS or Schannel.",
        "`exec` returns what `curl_exec` does. `$pinned->handle` is for `curl_getinfo` and `curl_errno`.",
        (
            "`exec` does not follow redirects, because curl would apply the pins of the first host to all hosts, or"
            " since 2026 none. Call it again with `curl_getinfo($pinned->handle, CURLINFO_REDIRECT_URL)`."
        ),
        "After a mismatch `curl_errno` returns `CURLE_SSL_PINNEDPUBKEYNOTMATCH`. Nothing was sent.",
        "A mismatch of a report-only host is reported. Then `exec` sends the request again without pins.",
        "If curl refuses an option, `exec` throws an exception, because PHP would ignore all options after it.",
        ("With Guzzle, push the middleware last. Then it is called for each redirect, with the pins of the new host."),
    ),
)
