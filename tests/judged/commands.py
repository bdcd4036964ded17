"""Define the judged programs of the command line."""

from __future__ import annotations

from tests.judged.subject import CURL, OPENSSL, WGET, Subject

_S_CLIENT = ("{pin-hex}", "{host}", "{port}", "{cafile}")

COMMANDS = (
    Subject(
        "curl-unpinned",
        "curl without pins",
        "command line",
        (CURL,),
        ("curl", "-sS", "-L", "--max-time", "8", "--cacert", "{cafile}", "--proxy", "{proxy}", "{url}"),
        "The control. It checks chain, name and dates, but not pins. So its "
        "failures show the attacks against which pins protect.",
        "Pin, or live with what every authority of the trust store may do.",
        profile="chain",
    ),
    Subject(
        "curl",
        "curl --pinnedpubkey",
        "command line",
        (CURL,),
        (
            *("curl", "-sS", "-L", "--max-time", "8", "--cacert", "{cafile}", "--pinnedpubkey", "{pins-curl}"),
            *("--proxy", "{proxy}", "{url}"),
        ),
        "It compares the leaf's key, besides all other checks and before the request. `-L` lets it follow redirects.",
        "Use it, with a backup pin, for leaf keys; it cannot pin an authority. Where the host speaks TLS 1.3, "
        "`--tlsv1.3` rules renegotiation out.",
    ),
    Subject(
        "curl-chain",
        "curl --pinnedpubkey, asked to pin authorities",
        "command line",
        (CURL,),
        (
            *("curl", "-sS", "-L", "--max-time", "8", "--cacert", "{cafile}", "--pinnedpubkey", "{pins-curl}"),
            *("--proxy", "{proxy}", "{url}"),
        ),
        "The same command, judged by the profile `chain`. It shows what happens if the pins are those of an "
        "intermediate or a root.",
        "curl refuses every server if it gets such pins. Give it leaf keys.",
        profile="chain",
    ),
    Subject(
        "curl-insecure",
        "curl --insecure --pinnedpubkey",
        "command line",
        (CURL,),
        ("curl", "-sS", "-L", "--max-time", "8", "--insecure", "--pinnedpubkey", "{pins-curl}", "{url}"),
        "With `--insecure`, curl still checks the pin, but nothing else.",
        "Leave `--insecure` out; for a server with a private authority, pass `--cacert`.",
    ),
    Subject(
        "wget",
        "wget --pinnedpubkey",
        "command line",
        (WGET,),
        (
            *("wget", "-q", "-O", "/dev/null", "--tries=1", "--timeout=5", "--ca-certificate={cafile}"),
            *("--pinnedpubkey={pins-curl}", "-e", "use_proxy=yes", "-e", "https_proxy={proxy}", "{url}"),
        ),
        "Debian's wget is built with GnuTLS and has the option; it takes the same text as curl, and compares the "
        "leaf's key.",
        "As with curl: leaf keys, and a backup.",
    ),
    Subject(
        "s-client-ee",
        "openssl s_client, DANE-EE (3 1 1)",
        "command line",
        (OPENSSL,),
        ("{programs}/s_client.sh", "3", *_S_CLIENT),
        "s_client has no option for pins; a TLSA record on its command line comes closest. Usage 3 compares the leaf's "
        "key but, by RFC 7671 section 5.1, checks neither dates nor authorities.",
        "Use usage 1 where certificates come from public authorities; see the next client.",
    ),
    Subject(
        "s-client-pkix",
        "openssl s_client, PKIX-EE (1 1 1)",
        "command line",
        (OPENSSL,),
        ("{programs}/s_client.sh", "1", *_S_CLIENT),
        "The same with usage 1, which compares the leaf's key besides the usual checks. s_client follows no redirect.",
        "Use it for checks by hand, always with `-verify_return_error`: without that option, s_client reports an error "
        "but continues.",
    ),
)
