"""The signed bundle of react-native-ssl-manager: its text, and the policy that it expresses."""

from __future__ import annotations

import base64
import json

from pinsmith.formats import LOSSES, export, recognising, rn_ssl_manager
from pinsmith.formats.rn_ssl_manager_bundle import FORMAT
from tests.formats.policy import FULL, PLAIN, signing
from tests.formats.test_signed import Pair, payload


def test_the_bundle_in_full() -> None:
    """The payload is the JSON that its own tool writes, and the signature is one of Ed25519 over these bytes."""
    pair = Pair(FORMAT)
    members = json.loads(pair.write())
    signed = base64.b64decode(members["payload"])
    pair.private.public_key().verify(base64.b64decode(members["signature"]), signed)
    config = export(PLAIN, rn_ssl_manager.FORMAT).text
    assert signed.decode() == (
        '{"version":1,"issuedAt":"2031-04-01T12:00:00.000Z","expiresAt":"2031-05-01T00:00:00.000Z","config":'
        f"{json.dumps(json.loads(config), separators=(',', ':'))}}}"
    )


def test_the_configuration_is_that_of_the_file() -> None:
    """Trials, days and subdomains are written as into ssl_config.json, with the same losses."""
    options = {"accept-loss": tuple(LOSSES)}
    plain = export(FULL, rn_ssl_manager.FORMAT, options=options)
    made = export(FULL, FORMAT, options=options | {"expires": "2031-05-01"}, **signing(FORMAT))
    assert payload(made.text)["config"] == json.loads(plain.text)
    assert [loss.rule for loss in made.losses] == [loss.rule for loss in plain.losses]


def test_only_whole_bundles_are_recognised() -> None:
    """A bundle is called by its name, and a text about bundles is not."""
    text = Pair(FORMAT).write()
    assert recognising(text.encode(), "f") == [FORMAT]
    assert recognising(f"# Bundles\n{text}".encode(), "f") == []


def test_the_signed_text_is_revealed() -> None:
    """A search for pins sees the signed text, and a broken file as it is."""
    assert FORMAT.reveal is not None
    assert json.loads(FORMAT.reveal(Pair(FORMAT).write()))["config"]
    broken = json.dumps({"payload": "A" * 9, "signature": "A" * 86})
    assert FORMAT.reveal(broken) == broken
    assert FORMAT.reveal("x") == "x"
