"""XMPP: chat, for clients; `xmpp_server` is the same between servers."""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING, Final

from pinsmith.probe.starttls._dialogue import Protocol

if TYPE_CHECKING:
    from pinsmith.probe.starttls._dialogue import Dialogue, Talk

# The server's XML is searched, not parsed: a stream is not a document, and only three elements matter.
_FEATURES: Final = re.compile(
    rb"<(?:\w+:)?features\b[^>]*(?:/>|>.*?</(?:\w+:)?features\s*>)|<(?:\w+:)?error\b|</(?:\w+:)?stream\s*>", re.DOTALL
)
_ANSWER: Final = re.compile(rb"<proceed\b[^>]*?(?:/>|>\s*</proceed\s*>)|<failure\b|</(?:\w+:)?stream\s*>")


def dialogue(talk: Talk, *, namespace: bytes) -> Dialogue[None]:
    """
    Open a stream and ask for TLS.

    No white space may stand between the elements of this exchange (:rfc:`6120#section-5.3.3`).
    """
    talk.say(
        b"<?xml version='1.0'?><stream:stream xmlns='" + namespace + b"'"
        b" xmlns:stream='http://etherx.jabber.org/streams'"
        b" to='" + talk.host.encode("ascii") + b"' version='1.0'>"
    )
    features = yield from talk.until(_FEATURES)
    if b"features" not in features[0] or b"<starttls" not in features[0]:
        raise talk.failed("does not offer STARTTLS", said=features.string)
    talk.say(b"<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>")
    answer = yield from talk.until(_ANSWER)
    if not answer[0].startswith(b"<proceed"):
        raise talk.failed("refused STARTTLS", said=answer.string)


PROTOCOL: Final = Protocol(
    id="xmpp",
    title="XMPP",
    port=5222,
    spec="https://www.rfc-editor.org/rfc/rfc6120#section-5",
    dialogue=functools.partial(dialogue, namespace=b"jabber:client"),
)
