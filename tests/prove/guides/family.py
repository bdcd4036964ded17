"""List the snippets of published guides; a new snippet is an entry here."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tests.judged import outcome
from tests.judged.judging import judge
from tests.judged.subject import NODE, Subject
from tests.prove import jvm
from tests.prove.guides import evidence
from tests.prove.guides.guide import Guide
from tests.prove.subject import PROGRAMS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

_SSLENS: Final = "SSLens, pinning guide"
_EXPO: Final = "a React Native course, SSL Pinning"
_FOLDER: Final = PROGRAMS / "guides"


@cache
def _compiled() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="pinsmith-guides-"))
    atexit.register(shutil.rmtree, folder)
    return jvm.compile_java([_FOLDER / "Connected.java"], jvm.NOTHING, folder / "guides.jar", release=11)


def _java(main: str, *arguments: str) -> Sequence[str]:
    return (jvm.JAVA.find(), "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-cp", str(_compiled()), main, *arguments)


def wrapper() -> Subject:
    """Return a client that wraps fetch, with pins that it does not use."""
    command = ("node", str(_FOLDER / "wrapper.mjs"), "{url}", "{pins}")
    about = "A function around fetch that looks up the pins of the host, but does not use them."
    return Subject("guide-wrapper", "fetch in a wrapper", "Node", (NODE,), command, about, "", "leaf")


def connected() -> Subject:
    """Return a client in Java that connects, and then searches the certificates that the server sent."""
    about = "HttpsURLConnection, `connect()`, then any of `getServerCertificates()`."
    command = tuple(_java("Connected", "{url}", "{cafile}", "{pins}"))
    return Subject("guide-connected", "HttpsURLConnection", "Node", (), command, about, "", "chain")


GUIDES: Final = (
    Guide(
        "sslens-okhttp",
        f"{_SSLENS}, OkHttp",
        "builds a CertificatePinner for one host, without its subdomains and without an expiry date",
        "okhttp-kotlin",
        shown=evidence.placeholders,
    ),
    Guide(
        "sslens-nsc",
        f"{_SSLENS}, Network Security Config",
        "ends its pins on 2025-12-31",
        "android-nsc",
        shown=evidence.pins_that_have_ended,
    ),
    Guide(
        "sslens-swift",
        f"{_SSLENS}, URLSession",
        "hashes the result of SecKeyCopyExternalRepresentation, and refuses every challenge except for server trust",
        "urlsession-swift",
        shown=evidence.raw_key_is_not_what_is_pinned,
    ),
    Guide(
        "sslens-dio",
        f"{_SSLENS}, Dio",
        "compares the hash of the certificate with pins, in badCertificateCallback",
        "dart-io",
        shown=evidence.certificate_is_not_what_is_pinned,
    ),
    Guide(
        "sslens-node",
        f"{_SSLENS}, Node",
        "hashes `cert.pubkey`, replaces the check of the name, and throws",
        "node-https",
        judged="node-guide",
    ),
    Guide(
        "sslens-requests",
        f"{_SSLENS}, requests",
        "reads the certificate after the response has arrived, and hashes all of it",
        "python",
        judged="guide-after-send-pins",
    ),
    Guide(
        "sslens-requests-certificates",
        f"{_SSLENS}, requests, with the hashes that it really compares",
        "reads the certificate after the response has arrived",
        "python",
        judged="guide-after-send-certificates",
    ),
    Guide(
        "expo-wrapper",
        f"{_EXPO}, the concept for Expo",
        "defines a table of pins beside a fetch that does not use it; the guide calls it a concept",
        "rn-public-key-pinning",
        wrapper,
    ),
    Guide(
        "smartface-nsc",
        "Smartface 7, SSL Pinning, Android",
        "shows pieces of a configuration without the elements around them, and an empty host",
        "android-nsc",
        shown=evidence.file_that_android_cannot_read,
    ),
    Guide(
        "openssl-rsa",
        "Smartface 7 and the OutSystems plugin, how to get a hash",
        "pipes the key through `openssl rsa`",
        "fetch",
        shown=evidence.rsa_command_on_an_ec_key,
    ),
    Guide(
        "outsystems-list",
        "OutSystems SSL Pinning plugin, the configuration file",
        "advises a dummy text as the second hash",
        "outsystems",
        shown=evidence.list_that_the_plugin_does_not_take,
    ),
    Guide(
        "java-connected",
        "common answers about Java",
        "looks for a pinned key among the certificates that the server sent, after `connect()`",
        "jsse-java",
        connected,
    ),
    Guide(
        "python-before",
        "common answers about Python",
        "compares the key on one connection, and sends the request on another",
        "python-standalone",
        judged="guide-before-connect",
    ),
    Guide(
        "python-bundle",
        "common answers about Python",
        "gives requests a bundle with the host's own authority, and calls it pinning",
        "python",
        judged="guide-own-bundle",
    ),
    Guide(
        "go-presented",
        "common answers about Go",
        "looks for a pinned key among the certificates that the server sent",
        "go",
        judged="go-presented",
    ),
    Guide(
        "go-insecure",
        "common answers about Go",
        "switches every check off, and compares the leaf's key",
        "go",
        judged="go-insecure",
    ),
)


def found() -> list[tuple[Guide, Mapping[str, str]]]:
    """Run the snippets that can be run; return the failures of every snippet, as in `tests.judged.outcome`."""
    known = outcome.read()
    return [(guide, known[guide.judged] if guide.judged else _failed(guide.subject)) for guide in GUIDES]


def _failed(made: Callable[[], Subject] | None) -> Mapping[str, str]:
    if made is None:
        return {}
    subject = made()
    subject.require_tools()
    return outcome.Outcome(subject, tuple(judge(subject))).as_expectation()
